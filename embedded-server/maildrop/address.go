package maildrop

import (
	"strings"

	"todoku/internal/mail"
)

// missing stands where a part of an address is not there: IMAP reads NIL in these places as a group's start or end.
const (
	missingMailbox = "missing"
	missingHost    = "missing.invalid"
)

// parseAddresses reads an address list (RFC 5322 section 3.4) leniently and without decoding: what is not an
// address becomes one with a missing half, never an error. Comments become the name when there is no other.
func parseAddresses(value string) []Address {
	p := addressParser{rest: value}
	for p.rest != "" && len(p.list) < maxAddresses-1 {
		p.next()
	}
	p.endGroup()
	return p.list
}

// addressParser collects one address until a comma, a semicolon or the end.
type addressParser struct {
	rest    string
	list    []Address
	inGroup bool
	phrase  strings.Builder // display name, or the bare address
	comment string
	angle   string
	angled  bool
}

func (p *addressParser) next() {
	switch c := p.rest[0]; c {
	case '"':
		p.quoted()
	case '(':
		text, rest := mail.CutComment(p.rest)
		p.comment, p.rest = text, rest
	case '<':
		p.angledAddress()
	case ':':
		p.rest = p.rest[1:]
		p.startGroup()
	case ',', ';':
		p.rest = p.rest[1:]
		p.finish()
		if c == ';' {
			p.endGroup()
		}
	default:
		i := strings.IndexAny(p.rest, "\"(<:,;")
		if i < 0 {
			i = len(p.rest)
		}
		p.phrase.WriteString(p.rest[:i])
		p.rest = p.rest[i:]
	}
	if p.rest == "" {
		p.finish()
	}
}

// quoted takes a quoted-string. In a local part the quotes are kept away as well: IMAP's addr-mailbox is the
// unquoted text (RFC 9051 section 2.3.5).
func (p *addressParser) quoted() {
	s := p.rest[1:]
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i+1 < len(s) {
				i++
				p.phrase.WriteByte(s[i])
			}
		case '"':
			p.rest = s[i+1:]
			return
		default:
			p.phrase.WriteByte(s[i])
		}
	}
	p.rest = ""
}

func (p *addressParser) angledAddress() {
	p.rest = p.rest[1:]
	inside, rest, ok := strings.Cut(p.rest, ">")
	if !ok {
		inside, rest = p.rest, ""
	}
	if at := strings.IndexByte(inside, ':'); at >= 0 && strings.HasPrefix(inside, "@") {
		inside = inside[at+1:] // the source route of RFC 5321 appendix C
	}
	p.angle, p.angled, p.rest = inside, true, rest
}

func (p *addressParser) startGroup() {
	name := strings.TrimSpace(p.phrase.String())
	p.reset()
	if p.inGroup || name == "" {
		return
	}
	p.inGroup = true
	p.list = append(p.list, Address{Mailbox: name})
}

func (p *addressParser) endGroup() {
	if p.inGroup {
		p.list = append(p.list, Address{})
	}
	p.inGroup = false
}

func (p *addressParser) finish() {
	name, addr := strings.TrimSpace(p.phrase.String()), p.angle
	if !p.angled {
		name, addr = strings.TrimSpace(p.comment), name
	}
	p.reset()
	addr = strings.TrimSpace(addr)
	if addr == "" {
		return
	}
	a := Address{Name: name, Mailbox: addr}
	if at := strings.LastIndexByte(addr, '@'); at >= 0 {
		a.Mailbox, a.Host = strings.Trim(addr[:at], `" `), strings.TrimSpace(addr[at+1:])
	}
	if a.Host == "" {
		a.Host = missingHost
	}
	if a.Mailbox == "" {
		a.Mailbox = missingMailbox
	}
	p.list = append(p.list, a)
}

func (p *addressParser) reset() {
	p.phrase.Reset()
	p.comment, p.angle, p.angled = "", "", false
}
