package mail

import (
	"strings"
	"unicode"
)

// maxAddresses bounds the addresses that are read from one field.
const maxAddresses = 2000

// parseAddresses reads an address field of a message (RFC 5322 section 3.4), leniently: whatever looks like an
// address is found, names are decoded, groups are opened, what is neither is kept as a name without an address.
func parseAddresses(value string) []Address {
	p := addressParser{s: utf8Header(value)}
	for p.i < len(p.s) && len(p.list) < maxAddresses {
		p.step()
	}
	p.end()
	return p.list
}

// quotedSpace stands for white space inside quotes until the address is complete.
const quotedSpace = "\x01"

type addressParser struct {
	s       string
	i       int
	text    strings.Builder // phrase or bare address, quotes removed
	angle   string
	inAngle bool // an angle address was seen
	comment string
	list    []Address
}

func (p *addressParser) step() {
	rest := p.s[p.i:]
	switch c := rest[0]; c {
	case '"':
		text, after := cutQuoted(rest)
		p.text.WriteString(strings.ReplaceAll(text, " ", quotedSpace))
		p.i = len(p.s) - len(after)
	case '(':
		text, after := CutComment(rest)
		if p.comment == "" {
			p.comment = text
		}
		p.i = len(p.s) - len(after)
	case '<':
		p.takeAngle(rest)
	case ',', ';':
		p.end()
		p.i++
	case ':':
		if strings.Contains(p.text.String(), "@") {
			p.text.WriteByte(c)
		} else {
			p.text.Reset() // the name of a group
		}
		p.i++
	default:
		p.takeText(rest)
	}
}

// maxAngle bounds an address in angle brackets, in octets; source routes may make it long.
const maxAngle = 4 << 10

func (p *addressParser) takeAngle(rest string) {
	near := rest[:min(len(rest), maxAngle)]
	end := strings.IndexByte(near, '>')
	next := strings.IndexAny(near[1:], "<,") // a missing ">"
	switch {
	case end < 0 && next < 0:
		p.angle, p.i = near[1:], p.i+len(near)
	case end < 0:
		p.angle, p.i = rest[1:1+next], p.i+1+next
	default:
		p.angle, p.i = rest[1:end], p.i+end+1
	}
	p.inAngle = true
	if route := strings.LastIndexByte(p.angle, ':'); route >= 0 && strings.HasPrefix(strings.TrimSpace(p.angle), "@") {
		p.angle = p.angle[route+1:] // obsolete source route, RFC 5322 section 4.4
	}
}

// special are the octets that mean something in an address field, and the first of an encoded-word.
const special = `"(<,;:=`

// takeText takes an encoded-word whole, since broken ones hold commas and quotes, or the octets up to what may be special.
func (p *addressParser) takeText(rest string) {
	if strings.HasPrefix(rest, "=?") {
		if _, after, ok := cutWord(rest); ok {
			word := rest[:len(rest)-len(after)]
			p.text.WriteString(strings.ReplaceAll(word, " ", "_"))
			p.i += len(word)
			return
		}
	}
	end := 1
	for end < len(rest) && strings.IndexByte(special, rest[end]) < 0 {
		end++
	}
	p.text.WriteString(rest[:end])
	p.i += end
}

// end makes an address of what was collected.
func (p *addressParser) end() {
	text := strings.Trim(p.text.String(), " \t")
	a := Address{Addr: cleanAddr(p.angle), Name: text}
	if !p.inAngle && strings.Contains(text, "@") {
		a.Name, a.Addr = splitBare(text)
	}
	if a.Name == "" {
		a.Name = p.comment
	}
	a.Name = displayName(a.Name)
	if a.Name == a.Addr {
		a.Name = ""
	}
	if a != (Address{}) {
		p.list = append(p.list, a)
	}
	p.text.Reset()
	p.angle, p.inAngle, p.comment = "", false, ""
}

// splitBare finds the address in text without angle brackets: its last word with "@" in it.
func splitBare(text string) (name, addr string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, " @", "@"), "@ ", "@")
	words := strings.Fields(text)
	for i := len(words) - 1; i >= 0; i-- {
		if strings.Contains(words[i], "@") {
			addr = words[i]
			words = append(words[:i], words[i+1:]...)
			break
		}
	}
	return strings.Join(words, " "), cleanAddr(addr)
}

func cleanAddr(addr string) string {
	addr = strings.TrimSpace(addr)
	if strings.HasPrefix(addr, `"`) {
		if local, rest := cutQuoted(addr); strings.HasPrefix(rest, "@") {
			return local + withoutSpace(rest)
		}
	}
	addr = withoutSpace(strings.Trim(addr, " \t\"'<>"))
	return strings.ReplaceAll(addr, quotedSpace, " ")
}

// withoutSpace takes all white space out.
func withoutSpace(s string) string {
	if !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	return strings.Join(strings.Fields(s), "")
}

func displayName(name string) string {
	if name == "" {
		return ""
	}
	name = DecodeHeader(strings.ReplaceAll(name, quotedSpace, " "))
	name = strings.Trim(name, " \t'")
	return cutUTF8(strings.Join(strings.Fields(name), " "), maxName)
}
