package imapd

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-imap/v2"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// structure is the part as BODYSTRUCTURE shows it.
func (n *part) structure() imap.BodyStructure {
	if len(n.children) > 0 {
		m := &imap.BodyStructureMultiPart{
			Subtype: n.sub,
			Extended: &imap.BodyStructureMultiPartExt{
				Params: n.params, Disposition: n.disposition(), Language: n.languages(), Location: n.fields["content-location"],
			},
		}
		for _, child := range n.children {
			m.Children = append(m.Children, child.structure())
		}
		return m
	}
	s := &imap.BodyStructureSinglePart{
		Type: n.kind, Subtype: n.sub, Params: n.params, ID: n.fields["content-id"], Encoding: n.encoding(),
		Description: n.fields["content-description"], Size: uint32(len(n.body)),
		Extended: &imap.BodyStructureSinglePartExt{
			Disposition: n.disposition(), Language: n.languages(), Location: n.fields["content-location"],
		},
	}
	lines := int64(bytes.Count(n.body, []byte("\n")))
	switch {
	case n.message != nil:
		s.MessageRFC822 = &imap.BodyStructureMessageRFC822{
			Envelope: envelope(maildrop.ParseEnvelope(n.message.header)), BodyStructure: n.message.structure(), NumLines: lines,
		}
	case n.kind == "text":
		s.Text = &imap.BodyStructureText{NumLines: lines}
	}
	return s
}

func (n *part) encoding() string {
	encoding := strings.ToLower(strings.TrimSpace(n.fields["content-transfer-encoding"]))
	if encoding == "" {
		return "7bit"
	}
	return encoding
}

func (n *part) disposition() *imap.BodyStructureDisposition {
	value, rest, _ := strings.Cut(n.fields["content-disposition"], ";")
	if value = strings.ToLower(strings.TrimSpace(value)); value == "" {
		return nil
	}
	return &imap.BodyStructureDisposition{Value: value, Params: parameters(rest)}
}

func (n *part) languages() []string {
	var list []string
	for _, l := range strings.Split(n.fields["content-language"], ",") {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

// envelope turns the stored envelope into the library's. Encoded-words are ASCII and pass it as they are, so that
// the client sees what the sender wrote.
func envelope(e maildrop.Envelope) *imap.Envelope {
	out := &imap.Envelope{
		Date: e.Date, Subject: headerText(e.Subject), MessageID: e.MessageID, InReplyTo: messageIDs(e.InReplyTo),
	}
	out.From, out.Sender, out.ReplyTo = addresses(e.From), addresses(e.Sender), addresses(e.ReplyTo)
	out.To, out.Cc, out.Bcc = addresses(e.To), addresses(e.Cc), addresses(e.Bcc)
	return out
}

func addresses(list []maildrop.Address) []imap.Address {
	if list == nil {
		return nil
	}
	out := make([]imap.Address, len(list))
	for i, a := range list {
		out[i] = imap.Address{Name: headerText(a.Name), Mailbox: a.Mailbox, Host: a.Host}
	}
	return out
}

// headerText passes ASCII on as it is. Raw octets are given a charset first, because the library writes every
// other text as UTF-8 encoded-words.
func headerText(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 && !utf8.ValidString(s) || s[i] == 0x1b {
			return mail.DecodeHeader(s)
		}
	}
	return s
}

func messageIDs(value string) []string {
	var ids []string
	for value != "" && len(ids) < 100 {
		_, rest, ok := strings.Cut(value, "<")
		id, after, closed := strings.Cut(rest, ">")
		if !ok || !closed {
			break
		}
		ids, value = append(ids, id), after
	}
	return ids
}
