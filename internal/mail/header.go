package mail

import (
	"bytes"
	"strings"
)

// Limits on headers. RFC 5322 has none; what is longer is no header that a person needs.
const (
	maxHeader      = 1 << 20   // octets of one header
	maxHeaderField = 256 << 10 // octets of one field
	maxFields      = 4000      // fields of one header
)

// Field is one header field: Name as written, Value decoded, Raw the octets after the colon, folds and all.
type Field struct {
	Name  string
	Value string
	Raw   string
}

// headerScanner walks over the fields of a header and stops before the body. It allocates nothing.
type headerScanner struct {
	b      []byte // what is left
	raw    []byte // the whole, for offsets
	fields int
	damage string // the first one
	done   bool
}

func newHeaderScanner(raw []byte) *headerScanner {
	s := &headerScanner{b: raw, raw: raw}
	if bytes.HasPrefix(raw, []byte("From ")) || bytes.HasPrefix(raw, []byte(">From ")) {
		_, s.b = cutLine(raw) // mbox separator
	}
	skipped := s.b
	for len(skipped) > 0 && (skipped[0] == '\r' || skipped[0] == '\n') && len(s.b)-len(skipped) < 16 {
		skipped = skipped[1:]
	}
	if line, _ := cutLine(skipped); fieldName(line) != nil {
		s.b = skipped
	}
	return s
}

// cutLine splits after the first LF; the line has its line end removed.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimSuffix(b, []byte("\r")), nil
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
}

// fieldName gives the name of a field line (RFC 5322 section 2.2), or nil if the line is none. White space before
// the colon is forgiven.
func fieldName(line []byte) []byte {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || colon > 128 {
		return nil
	}
	name := line[:colon]
	for len(name) > 0 && (name[len(name)-1] == ' ' || name[len(name)-1] == '\t') {
		name = name[:len(name)-1]
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7F {
			return nil
		}
	}
	if len(name) == 0 {
		return nil
	}
	return name
}

// next gives the next field; value is raw, with folds. It returns false at the end of the header.
func (s *headerScanner) next() (name, value []byte, ok bool) {
	for !s.done {
		line, rest := cutLine(s.b)
		switch {
		case len(s.b) == 0:
			s.done = true
			return nil, nil, false
		case len(line) == 0:
			s.b, s.done = rest, true
			return nil, nil, false
		case len(s.raw)-len(s.b) > maxHeader || s.fields >= maxFields:
			s.note(DamageHeaderTooLong)
			s.skipToBody()
			return nil, nil, false
		}
		name = fieldName(line)
		if name == nil {
			s.malformed(rest)
			continue
		}
		end := fieldEnd(s.b)
		value = s.b[bytes.IndexByte(line, ':')+1 : end]
		s.b = s.b[end:]
		s.fields++
		if len(value) > maxHeaderField {
			s.note(DamageHeaderTooLong)
			value = value[:maxHeaderField]
		}
		return name, value, true
	}
	return nil, nil, false
}

// malformed decides what a line that is no field means: junk between fields, or a body without a blank line before
// it.
func (s *headerScanner) malformed(rest []byte) {
	after, _ := cutLine(rest)
	switch {
	case s.fields == 0:
		s.note(DamageHeaderMissing)
		s.done = true
	case len(after) == 0 && len(rest) > 0, fieldName(after) != nil, len(after) > 0 && (after[0] == ' ' || after[0] == '\t'):
		s.note(DamageHeaderLine)
		s.b = rest
	default:
		s.note(DamageHeaderLine)
		s.done = true
	}
}

func (s *headerScanner) note(damage string) {
	if s.damage == "" {
		s.damage = damage
	}
}

// skipToBody leaves a header that is too long.
func (s *headerScanner) skipToBody() {
	s.done = true
	for len(s.b) > 0 {
		line, rest := cutLine(s.b)
		s.b = rest
		if len(line) == 0 {
			return
		}
	}
}

// body is the offset at which the body begins; right only after next gave false.
func (s *headerScanner) body() int { return len(s.raw) - len(s.b) }

// fieldEnd finds the end of the first field of b: continuation lines begin with white space. A line of white space
// only is a continuation too (RFC 5322 section 4.2).
func fieldEnd(b []byte) int {
	end := 0
	for {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			return len(b)
		}
		end += i + 1
		if end == len(b) || b[end] != ' ' && b[end] != '\t' {
			return end
		}
	}
}

// unfold gives a raw value without folds and outer white space.
func unfold(value []byte) string {
	return oneLine(string(bytes.Trim(value, " \t\r\n")))
}

// ParseHeader gives the fields at the beginning of raw in order, decoded, at most 4,000 of them.
func ParseHeader(raw []byte) []Field {
	fields, _, _ := parseHeader(raw)
	return fields
}

func parseHeader(raw []byte) (fields []Field, body int, damage string) {
	s := newHeaderScanner(raw)
	for {
		name, value, ok := s.next()
		if !ok {
			break
		}
		text := unfold(value)
		fields = append(fields, Field{Name: string(name), Value: DecodeHeader(text), Raw: string(value)})
	}
	return fields, s.body(), s.damage
}

// field gives the first field of that name.
func field(fields []Field, name string) (Field, bool) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return Field{}, false
}

// fieldRaw gives the first field's raw value, unfolded but not decoded.
func fieldRaw(fields []Field, name string) string {
	f, _ := field(fields, name)
	return unfold([]byte(f.Raw))
}
