package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"
)

// check refuses what no header may hold, naming the field.
func (o Outgoing) check() error {
	if err := o.checkText(); err != nil {
		return err
	}
	if o.From.Addr == "" {
		return &FieldError{"From", errors.New("name a sender")}
	}
	if o.Date.IsZero() {
		return &FieldError{"Date", errors.New("set the time of writing")}
	}
	for _, list := range []struct {
		field     string
		addresses []Address
	}{{"From", []Address{o.From}}, {"To", o.To}, {"Cc", o.Cc}, {"Bcc", o.Bcc}} {
		for _, a := range list.addresses {
			if err := checkAddress(a); err != nil {
				return &FieldError{list.field, err}
			}
		}
	}
	for _, ids := range []struct {
		field string
		ids   []string
	}{{"Message-ID", []string{o.MessageID}}, {"In-Reply-To", o.InReplyTo}, {"References", o.References}} {
		for _, id := range ids.ids {
			if err := checkID(id); err != nil {
				return &FieldError{ids.field, err}
			}
		}
	}
	return o.checkFiles()
}

func (o Outgoing) checkText() error {
	for _, f := range []struct{ field, value string }{{"Subject", o.Subject}, {"User-Agent", o.UserAgent}} {
		if err := checkValue(f.value); err != nil {
			return &FieldError{f.field, err}
		}
	}
	return nil
}

func (o Outgoing) checkFiles() error {
	if len(o.Files) > maxFiles {
		return &FieldError{"files", fmt.Errorf("%d are too many: attach %d at most", len(o.Files), maxFiles)}
	}
	for i, f := range o.Files {
		where := fmt.Sprintf("file %d", i+1)
		if strings.ContainsAny(f.Name, "\r\n\x00") {
			return &FieldError{where, fmt.Errorf("the name %q holds a line end: rename it", f.Name)}
		}
		if f.Type != "" && !mediaType(f.Type) {
			return &FieldError{where, fmt.Errorf("%q is no media type: write type/subtype", f.Type)}
		}
	}
	return nil
}

// checkValue refuses header injection: a line end in a value would begin a field of somebody else's choice.
func checkValue(v string) error {
	if i := strings.IndexAny(v, "\r\n\x00"); i >= 0 {
		return fmt.Errorf("it holds a line end (%q) at octet %d: write it on one line", v[i], i)
	}
	if !utf8.ValidString(v) {
		return errors.New("it is not UTF-8")
	}
	if len(v) > maxSubject {
		return fmt.Errorf("it has %d octets: write at most %d", len(v), maxSubject)
	}
	return nil
}

func checkAddress(a Address) error {
	if err := checkValue(a.Name); err != nil {
		return fmt.Errorf("the name of %q: %w", a.Addr, err)
	}
	if len(a.Name) > maxName {
		return fmt.Errorf("the name of %q has %d octets: write at most %d", a.Addr, len(a.Name), maxName)
	}
	if err := checkValue(a.Addr); err != nil {
		return err
	}
	_, err := a.Wire()
	return err
}

// checkID wants msg-id without its brackets (RFC 5322 section 3.6.4).
func checkID(id string) error {
	if id == "" || len(id) > maxID-24 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == '<' || r == '>' }) {
		return fmt.Errorf("%q is no message-id: it takes printable ASCII without spaces and angle brackets", id)
	}
	return nil
}

// encodeUnstructured makes a field value of ASCII that go-mail can fold at single spaces: as it is if it can be, in
// encoded-words (RFC 2047) if it is not ASCII, has spaces that folding would lose, or words too long for a line.
func encodeUnstructured(s string) string {
	if plainValue(s) {
		return s
	}
	ascii := 0
	for i := 0; i < len(s); i++ {
		if s[i] < 0x80 {
			ascii++
		}
	}
	if ascii*3 > len(s)*2 {
		return forceWords(mime.QEncoding, s)
	}
	return forceWords(mime.BEncoding, s)
}

const longestWord = 70 // octets of a word that stays as it is

func plainValue(s string) bool {
	for word := range strings.SplitSeq(s, " ") {
		if word == "" && s != "" || len(word) > longestWord {
			return false
		}
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7F {
			return false
		}
	}
	return !strings.Contains(s, "=?")
}

// forceWords encodes also what package mime would leave as it is because it is ASCII.
func forceWords(encoding mime.WordEncoder, s string) string {
	if !isASCII(s) {
		return encoding.Encode("UTF-8", s)
	}
	var words []string
	for s != "" {
		piece := s[:min(len(s), 40)]
		s = s[len(piece):]
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(piece))+"?=")
	}
	return strings.Join(words, " ")
}

// nameWords is a file name for the name parameter of Content-Type: quoted, RFC 2047 words inside if need be.
func nameWords(name string) string {
	if isASCII(name) && len(name) <= longestWord {
		return quoteString(name)
	}
	words := strings.ReplaceAll(forceWords(mime.BEncoding, name), " ", "\r\n ")
	return `"` + words + `"`
}

// extendedParam writes a parameter as RFC 2231 has it: plain in quotes if it can be, else percent-encoded UTF-8 in as
// many numbered pieces as it takes.
func extendedParam(param, value string) string {
	if isASCII(value) && len(value) <= longestWord {
		return param + "=" + quoteString(value)
	}
	const piece = 54
	encoded := percentEncode(value)
	if len(encoded) <= piece {
		return param + "*=UTF-8''" + encoded
	}
	var out []string
	for n := 0; encoded != ""; n++ {
		cut := min(piece, len(encoded))
		for cut < len(encoded) && (encoded[cut-1] == '%' || encoded[cut-2] == '%') {
			cut-- // keep %XX whole
		}
		charset := ""
		if n == 0 {
			charset = "UTF-8''"
		}
		out = append(out, fmt.Sprintf("%s*%d*=%s%s", param, n, charset, encoded[:cut]))
		encoded = encoded[cut:]
	}
	return strings.Join(out, ";\r\n ")
}

func percentEncode(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			out.WriteByte(c)
			continue
		}
		fmt.Fprintf(&out, "%%%02X", c)
	}
	return out.String()
}
