package mail

// Damages that reading a message can meet, as plain codes: the message was read as well as it could be. Their words
// are diag/explain's.
const (
	DamageHeaderTooLong   = "header.too-long"          // the header was cut at maxHeader octets
	DamageHeaderLine      = "header.line-malformed"    // a line is no field and no continuation
	DamageHeaderMissing   = "header.missing"           // the message begins with its body
	DamageType            = "mime.type-malformed"      // Content-Type cannot be read; text/plain was assumed
	DamageBoundaryNone    = "mime.boundary-undeclared" // a multipart names no boundary
	DamageBoundaryMissing = "mime.boundary-missing"    // the boundary that a multipart names never comes
	DamageEndMissing      = "mime.end-missing"         // the last boundary is missing: the message may be cut off
	DamageDepth           = "mime.too-deep"            // parts below maxDepth were not taken apart
	DamageParts           = "mime.too-many-parts"      // parts after maxParts were left out
	DamageEncodingUnknown = "mime.encoding-unknown"    // an unknown Content-Transfer-Encoding, read as 8bit
	DamageEncodingNested  = "mime.encoding-on-multipart"
	DamageBase64          = "mime.base64-broken"
	DamageQuotedPrintable = "mime.quoted-printable-broken"
	DamageTooLarge        = "mime.part-too-large" // only the beginning was decoded
	DamageCharsetUnknown  = "charset.unknown"     // the label names no charset that is known
	DamageCharsetWrong    = "charset.mismatch"    // the octets are not what the label says
	DamageCharsetLoss     = "charset.undecodable" // some octets mean nothing in the charset
	DamageTextCut         = "text.cut"            // the text is longer than is shown
	DamageHTMLCut         = "html.cut"            // the HTML is longer than was rendered
)
