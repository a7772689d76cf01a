package maildrop

import (
	"bytes"
	"encoding/binary"
	"errors"
	netmail "net/mail"
	"strings"
	"time"
)

// Address is one address of a header, undecoded: Name may hold encoded-words or raw 8-bit octets. A group is
// written as RFC 9051 section 7.5.2 says: its start has no Host and its end neither Host nor Mailbox.
type Address struct{ Name, Mailbox, Host string }

// Envelope is what IMAP's ENVELOPE shows, as the octets came: header values are unfolded and otherwise untouched,
// so that the client's decoding is put to the test, not ours.
type Envelope struct {
	Date                               time.Time // zero if there was no date that RFC 5322 knows
	Subject                            string
	From, Sender, ReplyTo, To, Cc, Bcc []Address
	InReplyTo, MessageID, References   string // MessageID without angle brackets, the others as they came
}

// Limits for hostile headers.
const (
	maxFieldValue = 64 << 10
	maxAddresses  = 2000
)

// Fields calls yield for each field of a header block, value unfolded (CR LF removed, RFC 5322 section 2.2.3) and
// trimmed; it ends when yield returns false.
func Fields(block []byte, yield func(name, value string) bool) {
	for len(block) > 0 {
		field, rest := CutField(block)
		block = rest
		name, value, ok := strings.Cut(unfold(field), ":")
		if !ok {
			continue
		}
		if !yield(strings.TrimRight(name, " \t"), strings.Trim(value, " \t")) {
			return
		}
	}
}

// CutField cuts the first field with its folded lines and their line ends off a header block.
func CutField(block []byte) (field, rest []byte) {
	for end := 0; ; {
		i := bytes.IndexByte(block[end:], '\n')
		if i < 0 {
			return block, nil
		}
		end += i + 1
		if end == len(block) || (block[end] != ' ' && block[end] != '\t') {
			return block[:end], block[end:]
		}
	}
}

// unfold takes the line ends out of a field.
func unfold(field []byte) string {
	if len(field) > maxFieldValue {
		field = field[:maxFieldValue]
	}
	field = bytes.TrimRight(field, "\r\n")
	if bytes.IndexByte(field, '\n') >= 0 {
		field = bytes.ReplaceAll(field, []byte("\r\n"), nil)
	}
	return string(field)
}

// ParseEnvelope reads a header block. Of a field that comes twice the first counts.
func ParseEnvelope(block []byte) Envelope {
	var e Envelope
	Fields(block, func(name, value string) bool {
		var buf [longestName]byte
		if len(name) > len(buf) {
			return true
		}
		switch name := lower(buf[:0], name); string(name) {
		case "subject":
			first(&e.Subject, value)
		case "message-id":
			first(&e.MessageID, strings.Trim(value, "<> \t"))
		case "in-reply-to":
			first(&e.InReplyTo, value)
		case "references":
			first(&e.References, value)
		case "date":
			if t, err := netmail.ParseDate(value); err == nil && e.Date.IsZero() {
				e.Date = t
			}
		default:
			if list := e.addresses(string(name)); list != nil && *list == nil {
				*list = parseAddresses(value)
			}
		}
		return true
	})
	return e
}

func first(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

// longestName is the length of the longest field name that ParseEnvelope knows, in-reply-to.
const longestName = 11

// lower appends name to b in lower case.
func lower(b []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func (e *Envelope) addresses(name string) *[]Address {
	switch name {
	case "from":
		return &e.From
	case "sender":
		return &e.Sender
	case "reply-to":
		return &e.ReplyTo
	case "to":
		return &e.To
	case "cc":
		return &e.Cc
	case "bcc":
		return &e.Bcc
	}
	return nil
}

// encode writes the envelope for the contents table: a zone and a time, then every string with its length.
func (e *Envelope) encode() []byte {
	b := make([]byte, 0, 256)
	var unix int64
	var zone int
	if !e.Date.IsZero() {
		unix = e.Date.Unix()
		_, zone = e.Date.Zone()
		b = append(b, 1)
		b = binary.AppendVarint(b, unix)
		b = binary.AppendVarint(b, int64(zone))
	} else {
		b = append(b, 0)
	}
	for _, s := range []string{e.Subject, e.InReplyTo, e.MessageID, e.References} {
		b = appendString(b, s)
	}
	for _, list := range [][]Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, a := range list {
			b = appendString(appendString(appendString(b, a.Name), a.Mailbox), a.Host)
		}
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errEnvelope = errors.New("maildrop: a stored envelope is damaged: start with another data folder")

// decoder cuts values off a stored envelope; bad stays set once something did not fit.
type decoder struct {
	rest string
	bad  bool
}

func decodeEnvelope(b []byte) (Envelope, error) {
	var e Envelope
	d := decoder{rest: string(b)}
	if d.uvarint() == 1 {
		unix, zone := d.varint(), d.varint()
		e.Date = time.Unix(unix, 0).In(time.FixedZone("", int(zone)))
	}
	for _, s := range []*string{&e.Subject, &e.InReplyTo, &e.MessageID, &e.References} {
		*s = d.string()
	}
	for _, list := range []*[]Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
		n := d.uvarint()
		if d.bad || n > maxAddresses {
			return e, errEnvelope
		}
		for range n {
			*list = append(*list, Address{d.string(), d.string(), d.string()})
		}
	}
	if d.bad || d.rest != "" {
		return e, errEnvelope
	}
	return e, nil
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.bad = true
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) string() string {
	n := d.uvarint()
	if d.bad || n > uint64(len(d.rest)) {
		d.bad = true
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}
