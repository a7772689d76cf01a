package mail

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Limits on parameters of one field (RFC 2231 sets none).
const (
	maxParams     = 200
	maxParamPiece = 200
)

// parseParams reads a field of the form "value; name=value; ..." (RFC 2045 section 5.1) with the continuations and
// charsets of RFC 2231, encoded-words in quotes, missing quotes and missing semicolons' worth of other mistakes. The
// names are lower case, the values decoded.
func parseParams(raw string) (value string, params map[string]string) {
	raw = utf8Header(raw)
	value, rest := cutParam(raw)
	value = strings.ToLower(strings.TrimSpace(value))
	var pieces []paramPiece
	for rest != "" && len(pieces) < maxParams {
		var one string
		one, rest = cutParam(rest)
		if p, ok := parsePiece(one); ok {
			pieces = append(pieces, p)
		}
	}
	return value, joinPieces(pieces)
}

// cutParam splits at the first ";" outside quotes.
func cutParam(s string) (one, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// paramPiece is name*number*=value of RFC 2231 section 3 and 4; number is -1 for the plain form.
type paramPiece struct {
	name     string
	number   int
	extended bool
	value    string
}

func parsePiece(s string) (paramPiece, bool) {
	name, value, ok := strings.Cut(s, "=")
	name = strings.ToLower(strings.Trim(name, " \t"))
	if !ok || name == "" || len(name) > 64 {
		return paramPiece{}, false
	}
	p := paramPiece{number: -1, value: unquoteParam(strings.TrimSpace(value))}
	if strings.HasSuffix(name, "*") {
		p.extended = true
		name = name[:len(name)-1]
	}
	base, number, numbered := strings.Cut(name, "*")
	if numbered {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n >= maxParamPiece {
			return paramPiece{}, false
		}
		p.number = n
	}
	p.name = base
	return p, true
}

func unquoteParam(v string) string {
	if !strings.HasPrefix(v, `"`) {
		return v
	}
	text, _ := cutQuoted(v)
	return text
}

// cutQuoted reads the quoted-string at the beginning of v (RFC 5322 section 3.2.4); a missing end quote is forgiven.
func cutQuoted(v string) (text, rest string) {
	var out strings.Builder
	for i := 1; i < len(v); i++ {
		switch {
		case v[i] == '\\' && i+1 < len(v):
			i++
			out.WriteByte(v[i])
		case v[i] == '"':
			return out.String(), v[i+1:]
		default:
			out.WriteByte(v[i])
		}
	}
	return out.String(), ""
}

func joinPieces(pieces []paramPiece) map[string]string {
	if len(pieces) == 0 {
		return nil
	}
	params := make(map[string]string, len(pieces))
	long := make(map[string][]paramPiece)
	for _, p := range pieces {
		if p.number < 0 && !p.extended {
			if _, dup := params[p.name]; !dup {
				params[p.name] = DecodeHeader(p.value)
			}
			continue
		}
		long[p.name] = append(long[p.name], p)
	}
	for name, ps := range long {
		if v := joinLong(ps); v != "" {
			params[name] = v
		}
	}
	return params
}

// joinLong puts the numbered pieces of one parameter together before it decodes them, so that a character or an
// escape sequence may be cut over two pieces.
func joinLong(pieces []paramPiece) string {
	slices.SortStableFunc(pieces, func(a, b paramPiece) int { return cmp.Compare(a.number, b.number) })
	var octets []byte
	charset, extended := "", false
	for i, p := range pieces {
		if i > 0 && p.number == pieces[i-1].number {
			continue
		}
		if !p.extended {
			octets = append(octets, p.value...)
			continue
		}
		value := p.value
		if !extended {
			if parts := strings.SplitN(value, "'", 3); len(parts) == 3 {
				charset, value = parts[0], parts[2]
			}
		}
		extended = true
		octets = appendPercent(octets, value)
	}
	if !extended {
		return DecodeHeader(string(octets))
	}
	text, _ := DecodeText(charset, octets)
	return oneLine(text)
}

func appendPercent(out []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}
