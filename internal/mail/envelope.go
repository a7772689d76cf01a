package mail

import (
	"bytes"
	"strings"
	"time"
)

// Limits on message-ids.
const (
	maxIDs = 500
	maxID  = 998 // octets; a longer one could not stand on a line (RFC 5322 section 2.1.1)
)

// ParseEnvelope reads the fields that a message list shows from a header (what TOP n 0 or the first octets of a
// message give). It looks at nothing else, so that a hundred thousand take seconds. Of repeated fields the first
// counts.
func ParseEnvelope(header []byte) Envelope {
	var e Envelope
	s := newHeaderScanner(header)
	for {
		name, value, ok := s.next()
		if !ok {
			return e
		}
		e.set(name, value)
	}
}

const longestName = len("in-reply-to")

// set takes one field. Names are compared without making a string of each: most fields are none of these.
func (e *Envelope) set(name, raw []byte) {
	var low [longestName]byte
	if len(name) > longestName {
		return
	}
	for i, c := range name {
		low[i] = lowerOctet(c)
	}
	switch string(low[:len(name)]) {
	case "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "date", "message-id", "in-reply-to", "references":
		e.setKnown(string(low[:len(name)]), unfold(raw))
	}
}

func lowerOctet(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func (e *Envelope) setKnown(name, value string) {
	switch name {
	case "subject":
		setOnce(&e.Subject, value, DecodeHeader)
	case "from":
		setAddresses(&e.From, value)
	case "sender":
		setAddresses(&e.Sender, value)
	case "reply-to":
		setAddresses(&e.ReplyTo, value)
	case "to":
		setAddresses(&e.To, value)
	case "cc":
		setAddresses(&e.Cc, value)
	case "bcc":
		setAddresses(&e.Bcc, value)
	case "date":
		if t, ok := ParseDate(value); ok && e.Date.IsZero() {
			e.Date = t
		}
	case "message-id":
		setOnce(&e.MessageID, value, firstID)
	case "in-reply-to":
		if e.InReplyTo == nil {
			e.InReplyTo = parseIDs(value)
		}
	case "references":
		if e.References == nil {
			e.References = parseIDs(value)
		}
	}
}

func setOnce(to *string, value string, read func(string) string) {
	if *to == "" {
		*to = read(value)
	}
}

// setAddresses adds up repeated fields: RFC 5322 forbids them, but dropping a recipient would be worse.
func setAddresses(to *[]Address, value string) {
	if len(*to) < maxAddresses {
		*to = append(*to, parseAddresses(value)...)
	}
}

// parseIDs gives the message-ids of In-Reply-To or References (RFC 5322 section 3.6.4) without angle brackets, at
// most 500. Text between them, which old mailers write, is skipped.
func parseIDs(value string) []string {
	var ids []string
	value = strings.ToValidUTF8(value, "\uFFFD")
	for len(ids) < maxIDs {
		_, rest, ok := strings.Cut(value, "<")
		if !ok {
			break
		}
		id, after, ok := strings.Cut(rest, ">")
		if !ok {
			break
		}
		if id = withoutSpace(id); id != "" && len(id) <= maxID {
			ids = append(ids, id)
		}
		value = after
	}
	return ids
}

// firstID reads Message-ID; one without brackets is taken up to the first white space.
func firstID(value string) string {
	if ids := parseIDs(value); len(ids) > 0 {
		return ids[0]
	}
	fields := strings.Fields(strings.ToValidUTF8(value, "\uFFFD"))
	if len(fields) == 0 || len(fields[0]) > maxID {
		return ""
	}
	return strings.Trim(fields[0], "<>")
}

// ReceivedDate is when the newest server took the message: the date of the topmost Received field (RFC 5321 section
// 4.4), or of Date if there is none. POP3 tells no other.
func ReceivedDate(header []byte) (time.Time, bool) {
	var date time.Time
	for s := newHeaderScanner(header); ; {
		name, value, ok := s.next()
		if !ok {
			return date, !date.IsZero()
		}
		if t := stampOf(name, value); !t.IsZero() {
			return t, true
		}
		if date.IsZero() && bytes.EqualFold(name, []byte("Date")) {
			date, _ = ParseDate(unfold(value))
		}
	}
}

// stampOf is the time at the end of a Received field; the zero time of any other.
func stampOf(name, raw []byte) time.Time {
	semicolon := bytes.LastIndexByte(raw, ';')
	if semicolon < 0 || !bytes.EqualFold(name, []byte("Received")) {
		return time.Time{}
	}
	t, _ := ParseDate(unfold(raw[semicolon+1:]))
	return t
}

// GuessFile tells from the header alone whether an attachment is likely: a multipart/mixed body, or a body that is
// itself a file. The whole message may prove it wrong.
func GuessFile(header []byte) bool {
	var c content
	for s := newHeaderScanner(header); ; {
		name, value, ok := s.next()
		if !ok {
			return c.guessFile()
		}
		c.set(name, value)
	}
}

// content collects the two fields that tell what a body is; of repeated ones the first counts.
type content struct{ kind, disposition []byte }

func (c *content) set(name, raw []byte) {
	switch {
	case c.kind == nil && bytes.EqualFold(name, []byte("Content-Type")):
		c.kind = raw
	case c.disposition == nil && bytes.EqualFold(name, []byte("Content-Disposition")):
		c.disposition = raw
	}
}

func (c *content) guessFile() bool {
	kind, disposition := bareValue(c.kind), bareValue(c.disposition)
	switch {
	case disposition == "attachment", kind == "multipart/mixed":
		return true
	case kind == "", strings.HasPrefix(kind, "text/"), strings.HasPrefix(kind, "multipart/"), !strings.Contains(kind, "/"):
		return c.named()
	}
	return true
}

// bareValue is a value without its parameters.
func bareValue(raw []byte) string {
	value, _ := cutParam(utf8Header(unfold(raw)))
	return strings.ToLower(strings.TrimSpace(value))
}

// named reports that the body has the name of a file. Reading parameters takes longer than seeing that it is none of them.
func (c *content) named() bool {
	if !bytes.Contains(bytes.ToLower(c.kind), []byte("name")) {
		return false
	}
	_, params := parseParams(unfold(c.kind))
	return params["name"] != ""
}
