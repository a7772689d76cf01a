package mail

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// AddressProblem says what is wrong with a typed address, as a plain code.
type AddressProblem string

const (
	AddressFullWidth     AddressProblem = "address.full-width"     // Char should be Want
	AddressNoAt          AddressProblem = "address.no-at"          // no @: a name, but no address
	AddressNoLocal       AddressProblem = "address.no-local"       // nothing before @
	AddressNoDomain      AddressProblem = "address.no-domain"      // nothing after @
	AddressCharacter     AddressProblem = "address.character"      // Char cannot stand there
	AddressDomain        AddressProblem = "address.domain"         // what follows @ is no domain name
	AddressUnclosedQuote AddressProblem = "address.unclosed-quote" // a " without its partner
	AddressUnclosedAngle AddressProblem = "address.unclosed-angle" // a < without its >
	AddressTextAfter     AddressProblem = "address.text-after"     // something follows >; a comma is missing
	AddressTooLong       AddressProblem = "address.too-long"
	AddressTooMany       AddressProblem = "address.too-many"
)

// AddressError is where and why what a person typed is no address list.
type AddressError struct {
	Problem AddressProblem
	Offset  int  // octets into the text
	Char    rune // the character there, 0 at the end
	Want    rune // the character that was probably meant, or 0
}

func (e *AddressError) Error() string {
	switch {
	case e.Want != 0:
		return fmt.Sprintf("%s: at octet %d write %q, not %q", e.Problem, e.Offset, e.Want, e.Char)
	case e.Char != 0:
		return fmt.Sprintf("%s: look at %q at octet %d", e.Problem, e.Char, e.Offset)
	}
	return fmt.Sprintf("%s: look at octet %d", e.Problem, e.Offset)
}

// maxTyped bounds the addresses of one list.
const maxTyped = 10000

// ParseAddressList reads what a person typed into To, Cc or Bcc: addresses with or without names, separated by
// commas, semicolons or line ends; quoted local parts and comments as RFC 5322 has them; domains in any script. The
// error is an *AddressError. a..b@docomo.ne.jp and its like are accepted: Japanese carriers gave such addresses out.
func ParseAddressList(s string) ([]Address, error) {
	var list []Address
	for from := 0; from <= len(s); {
		end, err := itemEnd(s, from)
		if err != nil {
			return list, err
		}
		if strings.Trim(s[from:end], typedSpace) != "" {
			if len(list) == maxTyped {
				return list, problemAt(AddressTooMany, s, from)
			}
			t := typedItem{s: s, from: from, end: end}
			a, err := t.address()
			if err != nil {
				return list, err
			}
			list = append(list, a)
		}
		from = end + 1
	}
	return list, nil
}

const typedSpace = " \t\r\n\u3000"

func problemAt(p AddressProblem, s string, at int) *AddressError {
	e := &AddressError{Problem: p, Offset: at}
	if at < len(s) {
		e.Char, _ = utf8.DecodeRuneInString(s[at:])
	}
	return e
}

// itemEnd finds the separator after the address that begins at from.
func itemEnd(s string, from int) (int, error) {
	open := -1 // of the angle bracket
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '"':
			end := quoteEnd(s, i)
			if end < 0 {
				return 0, problemAt(AddressUnclosedQuote, s, i)
			}
			i = end
		case '(':
			_, rest := CutComment(s[i:])
			i = len(s) - len(rest) - 1
		case '<':
			open = i
		case '>':
			open = -1
		case ',', ';', '\n':
			if open >= 0 {
				return 0, problemAt(AddressUnclosedAngle, s, open)
			}
			return i, nil
		}
	}
	if open >= 0 {
		return 0, problemAt(AddressUnclosedAngle, s, open)
	}
	return len(s), nil
}

// quoteEnd gives the offset of the quote that closes the one at i, or -1.
func quoteEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// typedItem is one address between separators; offsets count from the beginning of the whole text.
type typedItem struct {
	s         string
	from, end int
}

func (t *typedItem) address() (Address, error) {
	t.trim()
	open := t.find('<', t.from)
	if open < 0 {
		name := t.cutTrailingComment()
		addr, err := t.mailbox(t.from, t.end)
		return Address{Name: name, Addr: addr}, err
	}
	shut := t.find('>', open)
	if shut < 0 {
		return Address{}, problemAt(AddressUnclosedAngle, t.s, open)
	}
	if after := strings.TrimLeft(t.s[shut+1:t.end], typedSpace); after != "" && after[0] != '(' {
		return Address{}, problemAt(AddressTextAfter, t.s, t.end-len(after))
	}
	if err := t.nameHoldsAddress(open); err != nil {
		return Address{}, err
	}
	inner := typedItem{t.s, open + 1, shut}
	inner.trim()
	addr, err := inner.mailbox(inner.from, inner.end)
	if err != nil {
		return Address{}, err
	}
	name := typedDisplayName(t.s[t.from:open])
	if len(name) > maxName {
		return Address{}, problemAt(AddressTooLong, t.s, t.from)
	}
	return Address{Name: name, Addr: addr}, nil
}

func (t *typedItem) trim() {
	item := t.s[t.from:t.end]
	t.from += len(item) - len(strings.TrimLeft(item, typedSpace))
	t.end = t.from + len(strings.TrimRight(t.s[t.from:t.end], typedSpace))
}

// find looks for c outside quotes, from there to the end of the item.
func (t *typedItem) find(c byte, from int) int {
	for i := from; i < t.end; i++ {
		switch t.s[i] {
		case c:
			return i
		case '"':
			if end := quoteEnd(t.s, i); end > 0 {
				i = end
			}
		}
	}
	return -1
}

// nameHoldsAddress finds the address that a full-width comma joins to the next one's name.
func (t *typedItem) nameHoldsAddress(open int) error {
	at := t.find('@', t.from)
	if at < 0 || at > open {
		return nil
	}
	if i := strings.IndexAny(t.s[at:open], "，、；"); i >= 0 {
		return fullWidthAt(t.s, at+i, listWant)
	}
	return nil
}

func typedDisplayName(s string) string {
	s = strings.Trim(s, typedSpace)
	if strings.HasPrefix(s, `"`) {
		text, rest := cutQuoted(s)
		if strings.Trim(rest, typedSpace) == "" {
			return strings.TrimSpace(oneLine(text))
		}
	}
	return strings.Join(strings.Fields(DecodeHeader(s)), " ")
}

// cutTrailingComment takes the old form "hanako@tsuru.test (Tanaka Hanako)" apart.
func (t *typedItem) cutTrailingComment() string {
	item := t.s[t.from:t.end]
	i := strings.IndexByte(item, '(')
	if i <= 0 || !strings.HasSuffix(item, ")") {
		return ""
	}
	name := item[i+1 : len(item)-1]
	t.end = t.from + i
	t.trim()
	return strings.TrimSpace(name)
}

// mailbox checks local@domain between the offsets and gives it without quotes.
func (t *typedItem) mailbox(from, end int) (string, error) {
	s := t.s[:end]
	if from >= end {
		return "", problemAt(AddressNoAt, s, from)
	}
	local, at, err := typedLocalPart(s, from)
	if err != nil {
		return "", err
	}
	if at >= end {
		return "", problemAt(AddressNoAt, s, from)
	}
	if at == from {
		return "", problemAt(AddressNoLocal, s, from)
	}
	if err := checkDomain(s, at+1); err != nil {
		return "", err
	}
	if len(local) > maxLocal {
		return "", problemAt(AddressTooLong, s, from)
	}
	return local + "@" + s[at+1:], nil
}

// typedLocalPart reads up to "@" and gives its offset, or the end of s.
func typedLocalPart(s string, from int) (local string, at int, err error) {
	if s[from] == '"' {
		text, rest := cutQuoted(s[from:])
		at = len(s) - len(rest)
		if at < len(s) && s[at] != '@' {
			return "", 0, problemAt(AddressCharacter, s, at)
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7F || r == utf8.RuneError }); i >= 0 {
			return "", 0, problemAt(AddressCharacter, s, from+1+i)
		}
		return text, at, nil
	}
	for i, r := range s[from:] {
		switch {
		case r == '@':
			return s[from : from+i], from + i, nil
		case wanted(r, addressWant) != 0:
			return "", 0, fullWidthAt(s, from+i, addressWant)
		case r != '.' && !localRune(r):
			return "", 0, problemAt(AddressCharacter, s, from+i)
		}
	}
	return s[from:], len(s), nil
}

func checkDomain(s string, from int) error {
	domain := s[from:]
	if domain == "" {
		return problemAt(AddressNoDomain, s, from)
	}
	if strings.HasPrefix(domain, "[") {
		literal := strings.TrimPrefix(strings.Trim(domain, "[]"), "IPv6:")
		if _, err := netip.ParseAddr(literal); err != nil || !strings.HasSuffix(domain, "]") {
			return problemAt(AddressDomain, s, from)
		}
		return nil
	}
	for i, r := range domain {
		switch {
		case wanted(r, addressWant) != 0:
			return fullWidthAt(s, from+i, addressWant)
		case r < 0x80 && r != '.' && !strings.ContainsRune(domainOctets, r), r >= 0x80 && !localRune(r):
			return problemAt(AddressCharacter, s, from+i)
		}
	}
	if i := strings.Index("."+domain+".", ".."); i >= 0 {
		return problemAt(AddressDomain, s, min(from+i, len(s)))
	}
	if _, err := wireDomain(domain); err != nil {
		return problemAt(AddressDomain, s, from)
	}
	if strings.Contains(strings.ToLower(domain), "xn--") {
		if _, err := idna.Lookup.ToUnicode(domain); err != nil {
			return problemAt(AddressDomain, s, from)
		}
	}
	return nil
}

// addressWant and listWant say which ASCII character a full-width one stands for, in an address and between two.
const (
	addressWant = "＠@．.。.｡.，,、,；;：:＜<＞>　 "
	listWant    = "，,、,；;"
)

func wanted(r rune, table string) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		return r - 0xFF01 + '!'
	}
	if r < 0x80 {
		return 0
	}
	if i := strings.IndexRune(table, r); i >= 0 {
		return rune(table[i+utf8.RuneLen(r)])
	}
	return 0
}

func fullWidthAt(s string, at int, table string) *AddressError {
	e := problemAt(AddressFullWidth, s, at)
	e.Want = wanted(e.Char, table)
	return e
}
