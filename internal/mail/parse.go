package mail

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits on messages. RFC 2045 and 2046 set none; these hold for all mail that a person is meant to read.
const (
	maxPart  = 64 << 20 // octets of one decoded part
	maxDepth = 32       // multiparts inside one another
	maxParts = 1000     // parts of one message
	maxBound = 250      // octets of a boundary; RFC 2046 section 5.1.1 says 70
)

// Parsed is a message that was read: the best reading of whatever came, and the damages met on the way. Message is a
// row of a list; Parsed is the message itself.
type Parsed struct {
	Envelope Envelope
	Header   []Field  // in order, decoded
	Root     *Part    // path "" for a multipart, "1" otherwise, as IMAP numbers sections (RFC 9051 section 6.4.5)
	Damages  []string // codes, each once, in the order they were met

	raw      []byte
	sections map[string]section
}

// section is where a part's octets are.
type section struct {
	part   *Part
	fields []Field
	body   []byte // encoded
}

// ErrNoPart says that the message has no part of that path.
var ErrNoPart = errors.New("the message has no such part")

// Parse reads a message. It never fails: garbage is a message with a damage. The octets must not be changed while
// the result is in use.
func Parse(raw []byte) *Parsed {
	p := &Parsed{raw: raw, sections: make(map[string]section)}
	fields, body, damage := parseHeader(raw)
	p.damaged(damage)
	p.Header = fields
	p.Envelope = ParseEnvelope(raw[:body])
	p.Root = p.message("", fields, raw[body:], 0)
	return p
}

func (p *Parsed) damaged(code string) {
	if code != "" && !slices.Contains(p.Damages, code) {
		p.Damages = append(p.Damages, code)
	}
}

// message takes a whole message apart. prefix is the path of the message/rfc822 part that holds it.
func (p *Parsed) message(prefix string, fields []Field, body []byte, depth int) *Part {
	part := p.newPart(fields, body, "text/plain")
	switch {
	case !isMultipart(part):
		part.Path = join(prefix, 1)
	case prefix != "":
		part.Path = prefix + ".TEXT"
	}
	p.open(part, prefix, fields, body, depth)
	return part
}

// open notes where the part is and reads what is inside it.
func (p *Parsed) open(part *Part, prefix string, fields []Field, body []byte, depth int) {
	p.sections[part.Path] = section{part, fields, body}
	switch {
	case isMultipart(part):
		p.multipart(part, prefix, body, depth)
	case part.Type == "message/rfc822" || part.Type == "message/global":
		if !identityEncoding(part.Encoding) || depth >= maxDepth || len(p.sections) >= maxParts {
			return
		}
		inner, at, damage := parseHeader(body)
		p.damaged(damage)
		part.Children = []*Part{p.message(part.Path, inner, body[at:], depth+1)}
	}
}

func isMultipart(part *Part) bool { return strings.HasPrefix(part.Type, "multipart/") }

func identityEncoding(encoding string) bool {
	switch encoding {
	case "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

func join(prefix string, n int) string {
	if prefix == "" {
		return strconv.Itoa(n)
	}
	return prefix + "." + strconv.Itoa(n)
}

// newPart reads the MIME fields of a part (RFC 2045, RFC 2183).
func (p *Parsed) newPart(fields []Field, body []byte, kind string) *Part {
	part := &Part{Size: int64(len(body)), Type: kind}
	if raw := fieldRaw(fields, "Content-Type"); raw != "" {
		named, params := parseParams(raw)
		part.Params = params
		if mediaType(named) {
			part.Type = named
		} else {
			p.damaged(DamageType)
		}
	}
	disposition, params := parseParams(fieldRaw(fields, "Content-Disposition"))
	switch disposition {
	case "":
	case "inline":
		part.Disposition = "inline"
	default:
		part.Disposition = "attachment" // RFC 2183 section 2.8: unknown ones too
	}
	name := params["filename"]
	if name == "" {
		name = part.Params["name"]
	}
	part.FileName = SafeFileName(name)
	part.ContentID = firstID(fieldRaw(fields, "Content-ID"))
	part.Encoding = transferEncoding(fieldRaw(fields, "Content-Transfer-Encoding"))
	if isMultipart(part) && !identityEncoding(part.Encoding) {
		p.damaged(DamageEncodingNested)
	}
	return part
}

// mediaType checks type "/" subtype (RFC 2045 section 5.1).
func mediaType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	return ok && token(kind) && token(sub)
}

func token(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7F || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return s != "" && len(s) <= 127
}

func transferEncoding(raw string) string {
	word, _, _ := strings.Cut(strings.ToLower(raw), ";")
	if i := strings.IndexByte(word, '('); i >= 0 {
		word = word[:i]
	}
	word = strings.Trim(word, " \t\"'")
	switch word {
	case "quoted_printable", "quoted-printabl", "qp":
		return "quoted-printable"
	case "base-64":
		return "base64"
	case "7-bit", "8-bit":
		return word[:1] + "bit"
	}
	if !token(word) {
		return ""
	}
	return word
}

// multipart splits a body at its boundary (RFC 2046 section 5.1). A boundary that is not declared, or not the one
// that is used, is guessed; without any the body is read as text.
func (p *Parsed) multipart(part *Part, prefix string, body []byte, depth int) {
	if depth >= maxDepth {
		p.damaged(DamageDepth)
		return
	}
	boundary := part.Params["boundary"]
	if boundary == "" {
		p.damaged(DamageBoundaryNone)
	}
	split := splitParts(body, boundary)
	if split.parts == nil {
		if boundary != "" {
			p.damaged(DamageBoundaryMissing)
		}
		split = splitParts(body, guessBoundary(body))
	}
	if split.parts == nil {
		p.whole(part, prefix, body)
		return
	}
	if !split.ended {
		p.damaged(DamageEndMissing)
	}
	kind := "text/plain"
	if part.Type == "multipart/digest" {
		kind = "message/rfc822" // RFC 2046 section 5.1.5
	}
	for i, octets := range split.parts {
		if len(p.sections) >= maxParts {
			p.damaged(DamageParts)
			return
		}
		fields, at := p.partHeader(octets)
		child := p.newPart(fields, octets[at:], kind)
		child.Path = join(prefix, i+1)
		part.Children = append(part.Children, child)
		p.open(child, child.Path, fields, octets[at:], depth+1)
	}
}

// whole makes the only child of a multipart that could not be split.
func (p *Parsed) whole(part *Part, prefix string, body []byte) {
	if len(p.sections) >= maxParts || len(bytes.TrimSpace(body)) == 0 {
		return
	}
	child := &Part{Path: join(prefix, 1), Type: "text/plain", Size: int64(len(body)), Encoding: part.Encoding}
	if strings.Contains(strings.ToLower(string(body[:min(len(body), 512)])), "<html") {
		child.Type = "text/html"
	}
	part.Children = []*Part{child}
	p.sections[child.Path] = section{child, nil, body}
}

// partHeader reads a part's header; a part may begin with its body, after a blank line or, wrongly, without one.
func (p *Parsed) partHeader(octets []byte) (fields []Field, body int) {
	line, rest := cutLine(octets)
	if len(line) == 0 {
		return nil, len(octets) - len(rest)
	}
	if fieldName(line) == nil {
		p.damaged(DamageHeaderMissing)
		return nil, 0
	}
	fields, body, damage := parseHeader(octets)
	p.damaged(damage)
	return fields, body
}

// splitting is what a boundary made of a body.
type splitting struct {
	parts [][]byte
	ended bool
}

func splitParts(body []byte, boundary string) splitting {
	var s splitting
	if boundary == "" || len(boundary) > maxBound {
		return s
	}
	delimiter := []byte("--" + strings.TrimRight(boundary, " \t"))
	start := -1
	for at := 0; at < len(body) && len(s.parts) <= maxParts; {
		i := bytes.Index(body[at:], delimiter)
		if i < 0 {
			break
		}
		i += at
		after, last, ok := delimiterLine(body, i, len(delimiter))
		if !ok {
			at = i + len(delimiter)
			continue
		}
		if start >= 0 {
			s.parts = append(s.parts, trimLineEnd(body[start:max(start, i)]))
		}
		if last {
			s.ended = true
			return s
		}
		start, at = after, after
	}
	if start >= 0 {
		s.parts = append(s.parts, body[start:])
	}
	return s
}

// delimiterLine checks that the delimiter at i stands alone on its line and gives where the next line begins.
func delimiterLine(body []byte, i, n int) (after int, last, ok bool) {
	if i > 0 && body[i-1] != '\n' {
		return 0, false, false
	}
	line, rest := cutLine(body[i:])
	tail := bytes.TrimRight(line[n:], " \t")
	last = bytes.HasPrefix(tail, []byte("--"))
	return len(body) - len(rest), last, len(tail) == 0 || last && len(bytes.Trim(tail, "- \t")) == 0
}

// trimLineEnd takes the line end before a delimiter, which belongs to the delimiter.
func trimLineEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// guessBoundary finds a line "--x" that MIME fields follow.
func guessBoundary(body []byte) string {
	for len(body) > 0 {
		line, rest := cutLine(body)
		if len(line) > 2 && len(line) < maxBound && line[0] == '-' && line[1] == '-' {
			next, _ := cutLine(rest)
			if len(next) > 8 && strings.EqualFold(string(next[:8]), "content-") && fieldName(next) != nil {
				return string(bytes.TrimRight(line[2:], " \t"))
			}
		}
		body = rest
	}
	return ""
}

// Decode gives a part's octets with the transfer encoding undone, at most maxPart of them, and a damage code if that
// did not go well. The path "" is the whole message as it came.
func (p *Parsed) Decode(path string) (b []byte, damage string, err error) {
	if path == "" {
		return p.raw, "", nil
	}
	s, ok := p.sections[path]
	if !ok {
		return nil, "", fmt.Errorf("part %q: %w", path, ErrNoPart)
	}
	if isMultipart(s.part) {
		return s.body, "", nil
	}
	b, damage = decodeTransfer(s.part.Encoding, s.body, maxPart)
	return b, damage, nil
}

// Part finds a part by its path.
func (p *Parsed) Part(path string) (*Part, bool) {
	s, ok := p.sections[path]
	return s.part, ok
}
