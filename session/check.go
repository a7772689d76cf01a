package session

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"todoku/diag/provider"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// attachWords are what people write when they mean to attach something.
var attachWords = regexp.MustCompile(`(?i)\battach(ed|ment|ments|ing)?\b|\benclos(ed|ing|ure)\b|添付|同封|別添`)

// manyRecipients is what every server takes for one message (RFC 5321 section 4.5.3.1.8).
const manyRecipients = 100

// Check looks at a draft before it leaves, without asking any server: what is wrong (fail), what looks wrong (warn).
func (s *Session) Check(ctx context.Context, _ *trace.Span, d Draft) ([]Check, error) {
	var all []Check
	recipients := 0
	for _, field := range []struct{ name, text string }{{"to", d.To}, {"cc", d.Cc}, {"bcc", d.Bcc}} {
		list, err := mail.ParseAddressList(field.text)
		recipients += len(list)
		if err != nil {
			all = append(all, addressCheck(field.name, field.text, err))
		}
	}
	if recipients == 0 && len(all) == 0 {
		all = append(all, Check{Code: "compose.no-recipient", Level: trace.Fail})
	}
	if strings.TrimSpace(d.Subject) == "" {
		all = append(all, Check{Code: "compose.no-subject", Level: trace.Warn})
	}
	if len(d.Files) == 0 {
		if word := attachWords.FindString(ownText(d.Text)); word != "" {
			all = append(all, Check{Code: "compose.no-file", Level: trace.Warn, Args: map[string]string{"word": word}})
		}
	}
	if f, wrong := s.senderCheck(d); wrong {
		all = append(all, f)
	}
	a, _, _ := s.find(d.Account)
	server, known, err := s.Store.Announced(ctx, a.Name, hostPort(a.SMTP))
	if err != nil {
		known = false // the draft is checked without what the server takes
	}
	if f, wrong := countCheck(a, server, recipients); wrong {
		all = append(all, f)
	}
	return append(all, sizeCheck(d, server, known)), nil
}

// ownText is what the person wrote: neither quotes nor signature.
func ownText(text string) string {
	var own []string
	for _, l := range strings.Split(text, "\n") {
		if l == "-- " {
			break
		}
		if !strings.HasPrefix(l, ">") {
			own = append(own, l)
		}
	}
	return strings.Join(own, "\n")
}

func addressCheck(field, text string, err error) Check {
	e := fieldError(field, text, err)
	return Check{Code: e.Code, Level: trace.Fail, Args: e.Args}
}

// fieldError says what is wrong with the addresses that were typed into a field.
func fieldError(field, text string, err error) *Error {
	e := &Error{"compose.address", map[string]string{"field": field, "text": text}, err}
	var bad *mail.AddressError
	if errors.As(err, &bad) {
		e.Code = "compose." + string(bad.Problem)
		e.Args["at"] = itoa(utf8.RuneCountInString(text[:min(bad.Offset, len(text))]) + 1)
		if bad.Char != 0 {
			e.Args["char"] = string(bad.Char)
		}
		if bad.Want != 0 {
			e.Args["want"] = string(bad.Want)
		}
	}
	return e
}

// buildError says which field of the message cannot be written (mail.FieldError).
func buildError(err error) error {
	var field *mail.FieldError
	if !errors.As(err, &field) {
		return err
	}
	return &Error{"compose.field", map[string]string{"field": field.Field, "said": field.Err.Error()}, err}
}

// injection refuses what would begin a header field of somebody else's choice.
func injection(d Draft) error {
	values := []struct{ field, value string }{{"subject", d.Subject}}
	for _, f := range d.Files {
		values = append(values, struct{ field, value string }{"file", f.Name})
	}
	for _, v := range values {
		if strings.ContainsAny(v.value, "\r\n\x00") {
			return &Error{"compose.injection", map[string]string{"field": v.field}, nil}
		}
	}
	return nil
}

// senderCheck warns when the From field is not the account's: many servers refuse that (553 5.7.1).
func (s *Session) senderCheck(d Draft) (Check, bool) {
	a, _, ok := s.find(d.Account)
	if !ok {
		return Check{Code: "compose.no-account", Level: trace.Fail, Args: map[string]string{"account": d.Account}}, true
	}
	from, err := mail.ParseAddressList(d.From)
	if err != nil || len(from) != 1 {
		return Check{Code: "compose.sender", Level: trace.Fail, Args: map[string]string{"text": d.From}}, true
	}
	if !strings.EqualFold(from[0].Addr, a.Address) {
		return Check{Code: "compose.sender-other", Level: trace.Warn, Args: map[string]string{"from": from[0].Addr, "account": a.Address}}, true
	}
	return Check{}, false
}

// countCheck compares the number of recipients with what the server announced, else with what its provider publishes, else
// with what every server takes.
func countCheck(a config.Account, server store.Announced, recipients int) (Check, bool) {
	most, level := manyRecipients, trace.Warn
	if p, ok := provider.OfServer(a.SMTP.Host); ok && p.Limits != nil && p.Limits.Recipients > 0 {
		most = p.Limits.Recipients
	}
	if server.Recipients > 0 {
		most, level = server.Recipients, trace.Fail
	}
	args := map[string]string{"count": itoa(recipients), "limit": itoa(most), "host": a.SMTP.Host}
	return Check{Code: "compose.many-recipients", Level: level, Args: args}, recipients > most
}

// fieldOctets is about what the header fields take that are not typed.
const fieldOctets = 500

// sizeCheck tells the size on the wire beside what the server takes.
func sizeCheck(d Draft, server store.Announced, known bool) Check {
	size := fieldOctets + wireSize(int64(len(d.Subject)), ascii(d.Subject)) + wireSize(int64(len(d.Text)), ascii(d.Text))
	for _, f := range d.Files {
		size += wireSize(f.Size, false)
	}
	c := Check{Code: "compose.size", Level: trace.Pass, Args: map[string]string{"octets": itoa(int(size)), "files": itoa(len(d.Files))}}
	switch {
	case !known || server.Size == store.SizeNotSaid:
		c.Code, c.Level = "compose.size.unknown", trace.Unknown
	case server.Size > 0:
		c.Args["limit"] = strconv.FormatInt(server.Size, 10)
		if size > server.Size {
			c.Code, c.Level = "compose.too-large", trace.Fail
		}
	}
	return c
}

// wireSize: base64 makes 76 characters and a line end of 57 octets (RFC 2045 section 6.8).
func wireSize(octets int64, plain bool) int64 {
	if plain {
		return octets
	}
	return (octets + 56) / 57 * 78
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
