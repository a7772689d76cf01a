package smtp

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"todoku/internal/mail"
)

// Codes of what is refused here, before the server is asked.
const (
	CodeAddress = "smtp.address"       // not an address
	CodeUTF8    = "smtp.no-smtputf8"   // needs SMTPUTF8, which the server does not offer
	CodeEight   = "smtp.no-8bitmime"   // needs 8BITMIME, which the server does not offer
	CodeSize    = "smtp.too-big"       // larger than the server's SIZE
	CodeBareEnd = "smtp.bare-line-end" // holds CR or LF that is no line end
	CodeNobody  = "smtp.no-recipient"  // the envelope has no recipient
	maxPath     = 1000                 // octets of an address that we send
	dsnLeftOut  = "DSN was asked for, but the server does not offer it; the options are left out"
)

// Envelope says from whom and to whom a message goes. It is not the header: Bcc recipients are only here.
type Envelope struct {
	From     string      // address without angle brackets; "" is the null sender <>
	To       []Recipient //
	SMTPUTF8 bool        // the header holds UTF-8 (RFC 6532); addresses that need it are seen without this
	Body8bit bool        // declare BODY=8BITMIME also if no octet above 127 is there
	Return   string      // DSN RET: "FULL" or "HDRS" (RFC 3461 section 4.3)
	EnvID    string      // DSN ENVID, unencoded (section 4.4)
	// Normalise turns CR and LF that are no line end into CRLF; otherwise a message that has such is refused.
	Normalise bool
	// Size is the octets of a message that Mail only asks about; 0 when unknown. Send counts its own.
	Size int64
	// BeforeMessage, if set, runs when at least one recipient was accepted and no octet of the message has gone out: a
	// sender that keeps a queue notes there that the message may soon have been sent. Its error takes the transaction back.
	BeforeMessage func() error
}

// Recipient is one address and what it is to be told (RFC 3461).
type Recipient struct {
	Addr   string   // without angle brackets
	Notify []string // "SUCCESS", "FAILURE", "DELAY", or "NEVER" alone
	Orcpt  string   // original address, unencoded
}

// path makes an address fit for a command: a domain that is not ASCII becomes A-labels when the local part allows
// that and the server lacks SMTPUTF8 (RFC 6531 section 3.3). utf8 tells that the address needs the extension.
func (c *Client) path(verb, addr string) (path string, utf8 bool, err error) {
	addr = quoted(addr)
	if err := checkAddr(addr); err != nil {
		return "", false, c.fault(CodeAddress, verb, "%w", err)
	}
	if isASCII(addr) {
		return addr, false, nil
	}
	if c.ext.UTF8 {
		return addr, true, nil
	}
	local, domain, _ := cutAddr(addr)
	if isASCII(local) {
		if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
			return local + "@" + ascii, false, nil
		}
	}
	return "", false, c.fault(CodeUTF8, verb, "%s needs SMTPUTF8, which the server does not offer; use an address in ASCII", addr)
}

// quoted writes an address whose local part cannot stand bare, such as one with a space, as RFC 5321 section 4.1.2 has it.
// A local part that stands in quotes already is left as it is, and so are two dots in a row: Japanese carriers gave such
// addresses out, and their servers take them bare.
func quoted(addr string) string {
	local, _, ok := cutAddr(addr)
	if !ok || len(local) > 1 && strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`) {
		return addr
	}
	return mail.Address{Addr: addr}.String()
}

// checkAddr refuses what would end the path or begin another parameter or command (RFC 5321 section 4.1.2).
func checkAddr(addr string) error {
	if len(addr) > maxPath {
		return fmt.Errorf("an address of %d octets is too long", len(addr))
	}
	quoted := false
	for i := 0; i < len(addr); i++ {
		switch b := addr[i]; {
		case b < 0x20 || b == 0x7f:
			return fmt.Errorf("%q holds a control character", addr)
		case quoted && b == '\\':
			i++
			if i < len(addr) && (addr[i] < 0x20 || addr[i] == 0x7f) {
				return fmt.Errorf("%q holds a control character", addr)
			}
		case b == '"':
			quoted = !quoted
		case !quoted && (b == ' ' || b == '<' || b == '>'):
			return fmt.Errorf("%q is no address: %q stands outside quotes", addr, b)
		}
	}
	if quoted {
		return fmt.Errorf("%q has a quote without an end", addr)
	}
	return nil
}

func cutAddr(addr string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(addr, '@')
	if i < 0 {
		return addr, "", false
	}
	return addr[:i], addr[i+1:], true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mailLine makes the MAIL command for a message of size octets (0 when unknown).
func (c *Client) mailLine(e Envelope, size int64, eight bool) (string, error) {
	from, utf8, err := c.path("MAIL", e.From)
	if err != nil {
		return "", err
	}
	utf8 = utf8 || e.SMTPUTF8 || c.ext.UTF8 && needsUTF8(e.To)
	if utf8 && !c.ext.UTF8 {
		return "", c.fault(CodeUTF8, "MAIL", "the message has a header in UTF-8, and the server does not offer SMTPUTF8")
	}
	line := "MAIL FROM:<" + from + ">"
	if c.ext.Has("SIZE") && size > 0 {
		line += " SIZE=" + strconv.FormatInt(size, 10)
	}
	if c.ext.EightBit && (eight || e.Body8bit) {
		line += " BODY=8BITMIME"
	}
	if utf8 {
		line += " SMTPUTF8"
	}
	if c.ext.DSN && e.Return != "" {
		line += " RET=" + e.Return
	}
	if c.ext.DSN && e.EnvID != "" {
		line += " ENVID=" + xtext(e.EnvID)
	}
	return line, nil
}

func needsUTF8(to []Recipient) bool {
	for _, r := range to {
		if !isASCII(r.Addr) {
			return true
		}
	}
	return false
}

// rcptLine makes the RCPT command.
func (c *Client) rcptLine(r Recipient) (string, error) {
	to, _, err := c.path("RCPT", r.Addr)
	if err != nil {
		return "", err
	}
	if to == "" {
		return "", c.fault(CodeAddress, "RCPT", "a recipient's address is empty")
	}
	line := "RCPT TO:<" + to + ">"
	if !c.ext.DSN {
		return line, nil
	}
	if len(r.Notify) > 0 {
		line += " NOTIFY=" + strings.Join(r.Notify, ",")
	}
	if r.Orcpt != "" {
		line += " ORCPT=rfc822;" + xtext(r.Orcpt)
	}
	return line, nil
}

// xtext encodes a parameter value (RFC 3461 section 4).
func xtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' || s[i] == '+' || s[i] == '=' {
			fmt.Fprintf(&b, "+%02X", s[i])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
