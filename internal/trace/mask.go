package trace

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Masker hides who writes to whom and what: local parts of addresses, messages, the quoted strings of IMAP. Host names,
// reply codes and everything else that a provider's support needs stay. It is not safe for concurrent use.
type Masker struct {
	names map[string]bool // local parts seen, in lower case: servers repeat them without the domain
}

// mask stands for what was hidden.
const mask = "***"

var (
	quotedForm = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	codeForm   = regexp.MustCompile(`^[0-9]{3}[ -]`)
	userForm   = regexp.MustCompile(`(?i)^USER .*`)
)

// Learn notes the addresses that stand in an event. All events are learnt before the first is masked.
func (m *Masker) Learn(e Event) {
	if m.names == nil {
		m.names = map[string]bool{}
	}
	texts := [][]byte{e.Data, []byte(e.Name), []byte(e.Error)}
	if e.TLS != nil {
		for _, c := range e.TLS.Chain {
			texts = append(texts, namesIn(c)...)
		}
	}
	if e.Finding != nil {
		for _, v := range e.Finding.Args {
			texts = append(texts, []byte(v))
		}
	}
	for _, text := range texts {
		for rest := text; ; {
			begin, at, end, ok := nextAddress(rest)
			if !ok {
				break
			}
			m.note(rest[begin:at])
			rest = rest[end:]
		}
		for _, word := range wordForm.FindAll(text, -1) {
			for _, found := range domainForm.FindAllSubmatch(unescaped(word), -1) {
				m.note(found[1])
			}
		}
	}
}

// namesIn are the texts of a certificate in which an address may stand (RFC 5280 sections 4.1.2.6 and 4.2.1.6).
func namesIn(c CertFacts) [][]byte {
	texts := [][]byte{[]byte(c.Subject), []byte(c.Issuer)}
	for _, name := range c.Names {
		texts = append(texts, []byte(name))
	}
	parsed, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return texts
	}
	for _, name := range parsed.EmailAddresses {
		texts = append(texts, []byte(name))
	}
	for _, part := range slices.Concat(parsed.Subject.Names, parsed.Issuer.Names) {
		if value, ok := part.Value.(string); ok {
			texts = append(texts, []byte(value))
		}
	}
	return texts
}

// Event gives e without what is hidden.
func (m *Masker) Event(e Event) Event {
	switch e.Kind {
	case KindData:
		e.Data, e.SHA256 = nil, "" // a short text can be found by its hash
	case KindSend, KindRecv:
		e.Data = m.line(e.Proto, e.Data)
	case KindStep:
		e.Data = m.object(e.Data)
	default:
		e.Data = m.encoded(addresses(e.Data))
	}
	e.Name, e.Addr, e.Error = m.text(e.Name), m.text(e.Addr), m.value("error", e.Error)
	e.Query, e.Reply, e.TLS = m.octets(e.Query), m.octets(e.Reply), m.handshake(e.TLS)
	if e.Finding != nil {
		f := *e.Finding
		f.Args = maps.Clone(f.Args)
		for k, v := range f.Args {
			f.Args[k] = m.value(k, v)
		}
		e.Finding = &f
	}
	return e
}

// octets gives octets, none if an address is in them.
func (m *Masker) octets(octets []byte) []byte {
	if m.inOctets(octets) {
		return nil
	}
	return octets
}

// handshake masks the names in certificates, and leaves out the certificates that hold an address.
func (m *Masker) handshake(facts *TLSFacts) *TLSFacts {
	if facts == nil {
		return nil
	}
	shown := *facts
	shown.Chain = slices.Clone(facts.Chain)
	for i, c := range shown.Chain {
		c.Subject, c.Issuer, c.Names, c.DER = m.text(c.Subject), m.text(c.Issuer), slices.Clone(c.Names), m.octets(c.DER)
		for j, name := range c.Names {
			c.Names[j] = m.text(name)
		}
		shown.Chain[i] = c
	}
	return &shown
}

// line masks a line of a dialogue. Its first word is a verb, a code or a tag.
func (m *Masker) line(proto string, data []byte) []byte {
	switch proto {
	case "imap": // subjects, names and folders are quoted strings
		data = quotedForm.ReplaceAll(data, []byte(`"`+mask+`"`))
	case "pop3": // a login name need not be an address
		data = userForm.ReplaceAll(data, []byte("USER "+mask))
	}
	data = m.encoded(addresses(data))
	at := bytes.IndexByte(data, ' ')
	if codeForm.Match(data) {
		at = len("250-")
	}
	if at < 0 {
		return data
	}
	return append(data[:at:at], m.words(data[at:])...)
}

// addresses masks the local part of every address.
func addresses(text []byte) []byte {
	begin, _, end, ok := nextAddress(text)
	if !ok {
		return text
	}
	out := make([]byte, 0, len(text))
	for ; ok; begin, _, end, ok = nextAddress(text) {
		at := begin + bytes.LastIndexByte(text[begin:end], '@') // of several in a row all but the last are local
		out = append(out, text[:begin]...)
		out = append(out, first(text[begin:at])...)
		out = append(out, text[at:end]...)
		text = text[end:]
	}
	return append(out, text...)
}

// first is a local part of which only the first letter is left.
func first(local []byte) []byte {
	r, n := utf8.DecodeRune(local)
	if r == utf8.RuneError || r == '"' {
		n = 0
	}
	return append(bytes.Clone(local[:n]), mask...)
}

func (m *Masker) text(s string) string { return string(m.encoded(addresses([]byte(s)))) }

// value masks what stands under a name. Words that a server chose are searched for lone local parts too; elsewhere such
// a word may be one of ours. A login name need not be an address.
func (m *Masker) value(name, s string) string {
	switch name {
	case "user":
		return string(first([]byte(s)))
	case "query", "reply", "der": // octets in base64: they are left out whole
		if octets, err := base64.StdEncoding.DecodeString(s); err == nil && m.inOctets(octets) {
			return ""
		}
		return s
	}
	s = m.text(s)
	switch name {
	case "said", "lines", "error":
		return string(m.words([]byte(s)))
	}
	return s
}

// object masks every string of a JSON object. Data that is none is treated as text.
func (m *Masker) object(data []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // seeds have 64 bits
	var v any
	if d.Decode(&v) != nil {
		return addresses(data)
	}
	out, err := json.Marshal(m.inside("", v))
	if err != nil {
		return addresses(data)
	}
	return out
}

func (m *Masker) inside(name string, v any) any {
	switch v := v.(type) {
	case string:
		return m.value(name, v)
	case []any:
		for i := range v {
			v[i] = m.inside(name, v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = m.inside(k, v[k])
		}
	}
	return v
}
