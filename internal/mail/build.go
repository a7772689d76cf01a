package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// File is an attachment to send. An empty Type means application/octet-stream.
type File struct {
	Name string
	Type string
	Data []byte
}

// Outgoing is a message to be built. Bcc names recipients that no header ever shows; it is here so that one value
// holds all there is to know about sending it.
type Outgoing struct {
	From       Address
	To         []Address
	Cc         []Address
	Bcc        []Address
	Subject    string
	Text       string // lines of any length end in "\n"; one line is one paragraph
	Files      []File
	InReplyTo  []string // message-ids without angle brackets
	References []string
	Date       time.Time
	MessageID  string // without angle brackets
	UserAgent  string
	EightBit   bool // the submission server offered 8BITMIME (RFC 6152): UTF-8 text may go as it is
}

// FieldError says which field of an Outgoing cannot be built.
type FieldError struct {
	Field string // "From", "To", "Subject", "file 2" and so on
	Err   error
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap gives the reason.
func (e *FieldError) Unwrap() error { return e.Err }

// Limits of built messages, in octets.
const (
	maxLine    = 998 // without CRLF, RFC 5322 section 2.1.1
	maxSubject = 2000
	maxFiles   = 200
)

// Recipients are all addresses the message goes to, each once: To, Cc and Bcc.
func (o Outgoing) Recipients() []Address {
	var out []Address
	for _, list := range [][]Address{o.To, o.Cc, o.Bcc} {
		out = appendNew(out, list...)
	}
	return out
}

// NeedsUTF8 reports whether sending takes SMTPUTF8 (RFC 6531): an address in the envelope or header has a local part
// that is not ASCII.
func (o Outgoing) NeedsUTF8() bool {
	for _, a := range append([]Address{o.From}, o.Recipients()...) {
		if a.NeedsUTF8() {
			return true
		}
	}
	return false
}

// Build makes the octets of a message (RFC 5322, RFC 2045): UTF-8, text in format=flowed, CRLF line ends, no line over
// 998 octets, and no Bcc field. The same Outgoing gives the same octets every time. The error is a *FieldError.
func Build(o Outgoing) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	body := encodeBody(o.Text, o.EightBit)
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingB64),
		gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(o.boundary(body.text)))
	if err := o.header(msg); err != nil {
		return nil, err
	}
	msg.SetBodyString(gomail.ContentType(body.kind), body.text, gomail.WithPartEncoding(body.encoding))
	for i, f := range o.Files {
		if err := attach(msg, f); err != nil {
			return nil, &FieldError{fmt.Sprintf("file %d", i+1), err}
		}
	}
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, &FieldError{"message", fmt.Errorf("write it: %w", err)}
	}
	raw := out.Bytes()
	if body.sevenBit {
		// go-mail writes octets unchanged under the label 8bit only; the first such label is the text's.
		raw = bytes.Replace(raw, []byte("\r\nContent-Transfer-Encoding: 8bit\r\n"), []byte("\r\nContent-Transfer-Encoding: 7bit\r\n"), 1)
	}
	return raw, checkLines(raw)
}

// header gives go-mail the fields. All values are ASCII by now, so that it folds them and nothing else.
func (o Outgoing) header(msg *gomail.Msg) error {
	for _, list := range []struct {
		field     gomail.AddrHeader
		addresses []Address
	}{{gomail.HeaderFrom, []Address{o.From}}, {gomail.HeaderTo, o.To}, {gomail.HeaderCc, o.Cc}} {
		var addresses []*netmail.Address
		for _, a := range list.addresses {
			wire, err := wireAddress(a)
			if err != nil {
				return &FieldError{string(list.field), err}
			}
			addresses = append(addresses, wire)
		}
		if len(addresses) > 0 {
			msg.SetAddrHeaderFromMailAddress(list.field, addresses...)
		}
	}
	if len(o.To)+len(o.Cc) == 0 {
		msg.SetGenHeader("To", "undisclosed-recipients:;") // RFC 5322 section 3.6.3 asks for none, older servers want one
	}
	msg.SetGenHeader(gomail.HeaderSubject, encodeUnstructured(o.Subject))
	msg.SetDateWithValue(o.Date)
	msg.SetMessageIDWithValue(o.MessageID)
	if len(o.InReplyTo) > 0 {
		msg.SetGenHeader(gomail.HeaderInReplyTo, bracketIDs(o.InReplyTo))
	}
	if len(o.References) > 0 {
		msg.SetGenHeader(gomail.HeaderReferences, bracketIDs(o.References))
	}
	if o.UserAgent != "" {
		msg.SetGenHeader(gomail.HeaderUserAgent, encodeUnstructured(o.UserAgent))
	}
	return nil
}

// wireAddress is the address as net/mail writes it into a header; it quotes the local part where that is needed.
func wireAddress(a Address) (*netmail.Address, error) {
	mailbox, err := a.Wire()
	if err != nil {
		return nil, err
	}
	domain := mailbox[strings.LastIndexByte(mailbox, '@')+1:]
	return &netmail.Address{Name: strings.Join(strings.Fields(a.Name), " "), Address: a.Local() + "@" + domain}, nil
}

func bracketIDs(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = "<" + id + ">"
	}
	return strings.Join(out, " ")
}

// boundary is made of what identifies the message, so that building it again gives the same octets, and is none that
// stands in the text.
func (o Outgoing) boundary(text string) string {
	for n := 0; ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d", o.MessageID, o.Date.UnixNano(), n))
		b := "todoku" + hex.EncodeToString(sum[:12])
		clash := strings.Contains(text, b)
		for _, f := range o.Files {
			clash = clash || bytes.Contains(f.Data, []byte(b))
		}
		if !clash {
			return b
		}
	}
}

// body is the text ready for its transfer encoding.
type body struct {
	text     string
	kind     string // the media type with its parameters, charset excepted
	encoding gomail.Encoding
	sevenBit bool
}

// encodeBody flows the text and takes the encoding that costs least and stays readable: 7bit for ASCII, 8bit where
// the server said so, quoted-printable for mostly ASCII text, base64 for Japanese.
func encodeBody(text string, eightBit bool) body {
	flowed, delSp := flowText(strings.ToValidUTF8(text, "\uFFFD"))
	b := body{text: flowed, kind: "text/plain; format=flowed"}
	if delSp {
		b.kind += "; delsp=yes"
	}
	octets, wide := 0, false
	longest, line := 0, 0
	for i := 0; i < len(flowed); i++ {
		c := flowed[i]
		line++
		if c == '\n' {
			line = 0
		}
		longest = max(longest, line)
		if c >= 0x80 {
			octets++
		}
		wide = wide || c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7F
	}
	switch {
	case octets == 0 && longest <= maxLine && !wide:
		b.encoding, b.sevenBit = gomail.NoEncoding, true
	case eightBit && longest <= maxLine && !wide:
		b.encoding = gomail.NoEncoding
	case octets*4 <= len(flowed):
		b.encoding = gomail.EncodingQP
	default:
		b.encoding = gomail.EncodingB64
	}
	return b
}

// checkLines is the last look at what leaves: RFC 5322 section 2.1.1 and 2.3.
func checkLines(raw []byte) error {
	for n := 1; len(raw) > 0; n++ {
		i := bytes.IndexByte(raw, '\n')
		if i < 1 || raw[i-1] != '\r' || bytes.IndexByte(raw[:i-1], '\r') >= 0 {
			return &FieldError{"message", fmt.Errorf("line %d does not end in CRLF", n)}
		}
		if i-1 > maxLine {
			return &FieldError{"message", fmt.Errorf("line %d has %d octets, %d are allowed", n, i-1, maxLine)}
		}
		raw = raw[i+1:]
	}
	return nil
}

// attach adds a file under both forms of its name: RFC 2047 words in Content-Type, which old readers look at, and
// RFC 2231 in Content-Disposition, which is the standard.
func attach(msg *gomail.Msg, f File) error {
	name := SafeFileName(f.Name)
	if name == "" {
		name = "file"
	}
	kind, encoding := f.Type, gomail.EncodingB64
	if kind == "" {
		kind = "application/octet-stream"
	}
	if kind == "message/rfc822" { // RFC 2046 section 5.2.1: no base64
		encoding = gomail.NoEncoding
		if !isASCII(f.Data) || checkLines(f.Data) != nil {
			kind, encoding = "application/octet-stream", gomail.EncodingB64
		}
	}
	return msg.AttachReader(name, bytes.NewReader(f.Data), func(file *gomail.File) {
		file.Enc = encoding
		file.Header.Set("Content-Type", kind+";\r\n name="+nameWords(name))
		file.Header.Set("Content-Disposition", "attachment;\r\n "+extendedParam("filename", name))
		file.Writer = func(w io.Writer) (int64, error) {
			n, err := w.Write(f.Data)
			return int64(n), err
		}
	})
}
