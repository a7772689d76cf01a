package mail

import "strings"

// Files gives the parts that are files: attachments, named parts, everything that is no text of the message. A file
// without a name gets one from its place and type. The order is that of the message.
func (p *Parsed) Files() []Part {
	var files []Part
	p.walk(p.Root, func(part *Part) bool {
		if isMultipart(part) {
			return true
		}
		if !p.isBody(part) {
			file := *part
			if file.FileName == "" {
				file.FileName = p.madeName(part)
			}
			files = append(files, file)
		}
		return false // a message inside is one file
	})
	return files
}

// HasFile reports whether a part is there that a person would call an attachment: not a signature, not a report's
// machine-readable part, not an image that the HTML shows inline.
func (p *Parsed) HasFile() bool {
	found := false
	p.walk(p.Root, func(part *Part) bool {
		if isMultipart(part) {
			return true
		}
		found = found || !p.isBody(part) && attachmentLike(part)
		return false
	})
	return found
}

func attachmentLike(part *Part) bool {
	switch part.Type {
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-encrypted",
		"message/delivery-status", "message/disposition-notification", "text/rfc822-headers":
		return false
	}
	return part.ContentID == "" || part.Disposition == "attachment"
}

// walk visits the tree in order; visit says whether to go into the part.
func (p *Parsed) walk(part *Part, visit func(*Part) bool) {
	if part == nil || !visit(part) {
		return
	}
	for _, child := range part.Children {
		p.walk(child, visit)
	}
}

// madeName names a file that has no name: a message by its subject, others by their path.
func (p *Parsed) madeName(part *Part) string {
	if part.Type == "message/rfc822" || part.Type == "message/global" {
		if s, ok := p.sections[part.Path]; ok && identityEncoding(part.Encoding) {
			if name := SafeFileName(strings.NewReplacer("/", "_", `\`, "_").Replace(ParseEnvelope(s.body).Subject)); name != "" {
				return shortFileName(name + ".eml")
			}
		}
	}
	path := part.Path
	if path == "" {
		path = "1"
	}
	return "part-" + strings.ReplaceAll(path, ".TEXT", "") + extension(part.Type)
}

// extension is the usual ending of a type's file names; the system's own table would make results differ.
func extension(kind string) string {
	switch kind {
	case "text/plain", "message/delivery-status", "message/disposition-notification", "text/rfc822-headers":
		return ".txt"
	case "text/html":
		return ".html"
	case "text/calendar":
		return ".ics"
	case "text/csv":
		return ".csv"
	case "text/vcard", "text/x-vcard":
		return ".vcf"
	case "text/x-patch", "text/x-diff":
		return ".patch"
	case "message/rfc822", "message/global":
		return ".eml"
	case "image/jpeg":
		return ".jpg"
	case "image/png", "image/gif", "image/webp", "application/pdf", "application/zip", "audio/mpeg", "video/mp4":
		_, sub, _ := strings.Cut(kind, "/")
		if sub == "mpeg" {
			sub = "mp3"
		}
		return "." + sub
	case "image/svg+xml":
		return ".svg"
	case "application/pgp-signature":
		return ".asc"
	case "application/pkcs7-signature", "application/x-pkcs7-signature":
		return ".p7s"
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		return ".p7m"
	case "application/json":
		return ".json"
	}
	return ".bin"
}
