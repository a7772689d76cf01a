package mail

import (
	"bytes"
	"io"

	"github.com/emersion/go-message"
)

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045 section 6), at most limit octets of it. go-message
// does the work; where it stops at the first wrong octet, a second, lenient reading goes on. The damage is empty
// when there was none.
func decodeTransfer(encoding string, b []byte, limit int64) (out []byte, damage string) {
	switch encoding {
	case "", "7bit", "8bit", "binary":
		if int64(len(b)) > limit {
			return b[:limit], DamageTooLarge
		}
		return b, ""
	case "base64", "quoted-printable":
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return decodeUU(b, limit)
	default:
		if int64(len(b)) > limit {
			b = b[:limit]
		}
		return b, DamageEncodingUnknown
	}
	var h message.Header
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Transfer-Encoding", encoding)
	entity, err := message.New(h, bytes.NewReader(b))
	if err == nil {
		out, err = io.ReadAll(io.LimitReader(entity.Body, limit+1))
	}
	if err != nil {
		out, damage = lenientTransfer(encoding, b)
	}
	if int64(len(out)) > limit {
		return out[:limit], DamageTooLarge
	}
	return out, damage
}

func lenientTransfer(encoding string, b []byte) ([]byte, string) {
	if encoding == "base64" {
		return lenientBase64(b), DamageBase64
	}
	return lenientQuotedPrintable(b), DamageQuotedPrintable
}

// lenientBase64 decodes the alphabet that it finds, across padding, and skips all other octets (RFC 2045 section 6.8
// asks for that). A line of which more than a quarter is no base64 is left out, and where lines hold whole groups, as
// nearly all encoders write them, a lost octet spoils only its own line.
func lenientBase64(b []byte) []byte {
	d := base64Decoder{out: make([]byte, 0, len(b)*3/4)}
	whole, known := false, false
	for line := range bytes.Lines(b) {
		line = bytes.Trim(line, " \t\r\n")
		valid := 0
		for _, c := range line {
			if _, ok := base64Value(c); ok || c == '=' {
				valid++
			}
		}
		if (len(line)-valid)*4 > len(line) || len(line) == 0 {
			continue
		}
		if !known {
			whole, known = valid%4 == 0, true
		}
		for _, c := range line {
			d.add(c)
		}
		if whole {
			d.end()
		}
	}
	d.end()
	return d.out
}

type base64Decoder struct {
	out   []byte
	group uint32
	n     int
}

func (d *base64Decoder) add(c byte) {
	v, ok := base64Value(c)
	if !ok {
		if c == '=' {
			d.end()
		}
		return
	}
	d.group = d.group<<6 | v
	d.n++
	if d.n == 4 {
		d.out = append(d.out, byte(d.group>>16), byte(d.group>>8), byte(d.group))
		d.group, d.n = 0, 0
	}
}

func (d *base64Decoder) end() {
	d.out = endGroup(d.out, d.group, d.n)
	d.group, d.n = 0, 0
}

func endGroup(out []byte, group uint32, n int) []byte {
	switch n {
	case 2:
		out = append(out, byte(group>>4))
	case 3:
		out = append(out, byte(group>>10), byte(group>>2))
	}
	return out
}

func base64Value(c byte) (uint32, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A'), true
	case c >= 'a' && c <= 'z':
		return uint32(c-'a') + 26, true
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	}
	return 0, false
}

// lenientQuotedPrintable decodes =XX and soft line ends and leaves everything else as it is.
func lenientQuotedPrintable(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			out = append(out, b[i])
			continue
		}
		if i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0 {
			out = append(out, byte(unhex(b[i+1])<<4|unhex(b[i+2])))
			i += 2
			continue
		}
		end := i + 1
		for end < len(b) && (b[end] == ' ' || b[end] == '\t' || b[end] == '\r') {
			end++
		}
		if end < len(b) && b[end] == '\n' {
			i = end
			continue
		}
		out = append(out, '=')
	}
	return out
}

// decodeUU reads uuencoded data, which old mailers label as a transfer encoding.
func decodeUU(b []byte, limit int64) ([]byte, string) {
	var out []byte
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, "\r\n")
		if bytes.HasPrefix(line, []byte("begin ")) || bytes.Equal(line, []byte("end")) || len(line) == 0 {
			continue
		}
		n := int(line[0]-' ') & 63
		line = append(bytes.Clone(line), "   "...) // spaces at the end get lost on the way
		at := len(out)
		for i := 1; i+3 < len(line); i += 4 {
			v := uint32(line[i]-' ')&63<<18 | uint32(line[i+1]-' ')&63<<12 | uint32(line[i+2]-' ')&63<<6 | uint32(line[i+3]-' ')&63
			out = append(out, byte(v>>16), byte(v>>8), byte(v))
		}
		if len(out)-at > n {
			out = out[:at+n]
		}
		if int64(len(out)) > limit {
			return out[:limit], DamageTooLarge
		}
	}
	return out, ""
}
