package trace

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
)

// masked learns and masks one event.
func masked(e Event) Event {
	var m Masker
	m.Learn(e)
	m.Learn(Event{Data: []byte("<hanako@tsuru.test>")})
	return m.Event(e)
}

func TestLinesAreMasked(t *testing.T) {
	for _, c := range []struct{ proto, line, want string }{
		{"smtp", "RCPT TO:<hanako@tsuru.test>", "RCPT TO:<h***@tsuru.test>"},
		{"smtp", "RCPT TO:<花子@tsuru.test> ORCPT=utf-8;hanako+2Bx@tsuru.test", "RCPT TO:<花***@tsuru.test> ORCPT=utf-8;h***@tsuru.test"},
		{"smtp", `MAIL FROM:<"a b"@tsuru.test> SIZE=10`, "MAIL FROM:<***@tsuru.test> SIZE=10"},
		{"smtp", "550 5.1.1 Hanako: no such user here, hanako", "550 5.1.1 H***: no such user here, h***"},
		{"smtp", "550 hanako.tsuru.test says no", "550 hanako.tsuru.test says no"},
		{"smtp", "220 mx1.tsuru.test ESMTP \xff\x1b[1m", "220 mx1.tsuru.test ESMTP \xff\x1b[1m"},
		{"smtp", "QUIT", "QUIT"},
		{"smtp", "", ""},
		{"smtp", "\r\n", "\r\n"},
		{"pop3", "USER hanako", "USER ***"},
		{"pop3", "user alice01", "USER ***"},
		{"pop3", "+OK hanako has 2 messages", "+OK h*** has 2 messages"},
		{"imap", `* 1 FETCH (ENVELOPE ("x" "Subject \"q\"" (("A" NIL "a" "b"))))`, `* 1 FETCH (ENVELOPE ("***" "***" (("***" NIL "***" "***"))))`},
	} {
		if got := masked(Event{Kind: KindSend, Proto: c.proto, Data: []byte(c.line)}); string(got.Data) != c.want {
			t.Errorf("%q became %q, want %q", c.line, got.Data, c.want)
		}
	}
}

func TestWhatAnEventHoldsIsMasked(t *testing.T) {
	body := masked(Event{Kind: KindData, Data: []byte("Subject: secret"), Size: 15, SHA256: "abc"})
	if body.Data != nil || body.SHA256 != "" || body.Size != 15 {
		t.Errorf("%+v", body)
	}
	f := &Finding{Code: "trace.accepted", Args: map[string]string{"address": "hanako@tsuru.test", "said": "550 hanako", "host": "hanako"}}
	got := masked(Event{Kind: KindFinding, Finding: f})
	if a := got.Finding.Args; a["address"] != "h***@tsuru.test" || a["said"] != "550 h***" || a["host"] != "hanako" || got.Finding.Code != f.Code {
		t.Errorf("%v", a)
	}
	if f.Args["address"] != "hanako@tsuru.test" {
		t.Error("the event that was given is changed")
	}
	step := `{"seed":18446744073709551615,"kind":"hanako","reply":{"lines":["hanako@tsuru.test","hanako"]},"raw":"aGFuYWtv"}`
	got = masked(Event{Kind: KindStep, Name: "hop", Data: []byte(step)})
	want := `{"seed":18446744073709551615,"kind":"hanako","reply":{"lines":["h***@tsuru.test","h***"]},"raw":"***"}`
	var a, b bytes.Buffer
	if json.Compact(&a, got.Data) != nil || json.Compact(&b, []byte(want)) != nil || sorted(t, a.Bytes()) != sorted(t, b.Bytes()) {
		t.Errorf("%s", got.Data)
	}
}

// A local part that was seen once is masked in every form in which servers, or our own commands, say it again; and an
// address in such a form, although it was not seen before.
func TestEveryFormIsMasked(t *testing.T) {
	for _, c := range []struct{ proto, line, want string }{
		{"smtp", "VRFY hanako.yamada", "VRFY h***"},
		{"smtp", "EXPN <hanako.yamada>", "EXPN <h***>"},
		{"smtp", "RCPT TO:<x@y.test> ORCPT=rfc822;hanako.yamada+40tsuru.test NOTIFY=NEVER", "RCPT TO:<x***@y.test> ORCPT=rfc822;*** NOTIFY=NEVER"},
		{"smtp", "RCPT TO:<x@y.test> ORCPT=rfc822;somebody.else+40tsuru.test", "RCPT TO:<x***@y.test> ORCPT=rfc822;***"},
		{"smtp", "MAIL FROM:<SRS0=HHH=TT=tsuru.test=hanako.yamada@forward.test>", "MAIL FROM:<S***@forward.test>"},
		{"smtp", "MAIL FROM:<bounce-7-hanako.yamada=tsuru.test@lists.test> SIZE=40960", "MAIL FROM:<b***@lists.test> SIZE=40960"},
		{"smtp", "550 SRS0=HHH=TT=tsuru.test=hanako.yamada is unknown", "550 SRS0=HHH=TT=tsuru.test=h*** is unknown"},
		{"smtp", "550 bounce-7-hanako.yamada=tsuru.test is unknown", "550 bounce-7-h***=tsuru.test is unknown"},
		{"smtp", "550 hanako.yamada+news: unknown", "550 h***+news: unknown"},
		{"smtp", "550-hanako.yamada", "550-h***"},
		{"smtp", "550 'Hanako.Yamada' is unknown.", "550 'H***' is unknown."},
		{"smtp", "550 mailbox hanako.yamada/tsuru.test", "550 mailbox h***/tsuru.test"},
		{"smtp", `550 hanako\.yamada\@tsuru.test`, "550 ***@tsuru.test"},
		{"smtp", "550 see https://help.test/?rcpt=hanako.yamada%40tsuru.test&code=7", "550 see https://help.test/?***&code=7"},
		{"smtp", "550 see https://help.test/?rcpt=somebody.else%40tsuru.test", "550 see https://help.test/?***"},
		{"smtp", "550 see https://help.test/aGFuYWtvLnlhbWFkYUB0c3VydS50ZXN0", "550 see https://help.test/***"}, // hanako.yamada@tsuru.test
		{"smtp", "550 id c29tZWJvZHkuZWxzZUB0c3VydS50ZXN0 refused", "550 id *** refused"},                       // somebody.else@tsuru.test
		{"smtp", "550 id aGFuYWtvLnlhbWFkYQ== refused", "550 id *** refused"},                                   // hanako.yamada
		{"smtp", "550 =?utf-8?q?hanako=2Eyamada?= is unknown", "550 =?utf-8?q?***?= is unknown"},
		{"smtp", "250 2.0.0 Ok: queued as 4cXyZ+40Q1", "250 2.0.0 Ok: queued as 4cXyZ+40Q1"},
		{"smtp", "550 mx1.hanako.yamada.test says no", "550 mx1.hanako.yamada.test says no"},
		{"imap", "a1 SELECT INBOX/hanako.yamada", "a1 SELECT INBOX/h***"},
		{"pop3", "APOP hanako.yamada (digest removed)", "APOP h*** (digest removed)"},
		{"http", "Location: https://login.test/?hint=hanako.yamada%40tsuru.test", "Location: https://login.test/?***"},
	} {
		var m Masker
		m.Learn(Event{Data: []byte("RCPT TO:<hanako.yamada@tsuru.test>")})
		e := Event{Kind: KindRecv, Proto: c.proto, Data: []byte(c.line)}
		m.Learn(e)
		if got := m.Event(e); string(got.Data) != c.want {
			t.Errorf("%q became %q, want %q", c.line, got.Data, c.want)
		}
	}
}

// Octets that hold an address, such as a DNS message with a report address or a certificate with its owner's, are left out.
func TestOctetsAreLeftOut(t *testing.T) {
	octets := func(s string) string {
		data, err := json.Marshal([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	got := masked(Event{Kind: KindStep, Name: "hop", Data: []byte(`{"query":{"query":` + octets("\x00\x01\x04fuji\x04test") + `,"reply":` +
		octets("\x00\x01\x20v=TLSRPTv1; rua=mailto:hanako@tsuru.test\xc0") + `},"tls":{"der":` + octets("\x30\x82\x0chanako@tsuru.test") + `},"user":"alice01"}`)})
	want := `{"query":{"query":` + octets("\x00\x01\x04fuji\x04test") + `,"reply":""},"tls":{"der":""},"user":"a***"}`
	if sorted(t, got.Data) != sorted(t, []byte(want)) {
		t.Errorf("%s", got.Data)
	}
}

// What an event itself holds of DNS messages and certificates is masked like what steps hold.
func TestOctetsOfEventsAreLeftOut(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	certificate := func(owner pkix.Name, san ...string) CertFacts {
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: owner, EmailAddresses: san, NotAfter: time.Unix(1<<31, 0)}
		der, err := x509.CreateCertificate(nil, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		if c, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		return CertFacts{Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: []string{"mx1.tsuru.test"}, DER: der}
	}
	email := pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "jiro@yuri.test"}
	chain := []CertFacts{
		certificate(pkix.Name{CommonName: "mx1.tsuru.test"}),
		certificate(pkix.Name{CommonName: "hanako@tsuru.test"}),
		certificate(pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{email}}),
		certificate(pkix.Name{CommonName: "mx1.tsuru.test"}, "saburo@yuri.test"),
		{Subject: "E=shiro@yuri.test", Issuer: "E=shiro@yuri.test", Names: []string{"shiro@yuri.test"}},
	}
	query := []byte("\x00\x01\x04fuji\x04test")
	reply := []byte("\x20v=TLSRPTv1; rua=mailto:nobody@x.test\xc0\x0c\x12hanako@tsuru.test")
	e := Event{Kind: KindDNS, Data: []byte("rua=mailto:hanako@tsuru.test"), Query: query, Reply: reply, TLS: &TLSFacts{Version: "TLS 1.3", Chain: chain}}
	before, err := e.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got := masked(e)
	all := [][]byte{got.Data, got.Query, got.Reply}
	for _, c := range got.TLS.Chain {
		all = append(all, []byte(c.Subject+" "+c.Issuer+" "+strings.Join(c.Names, " ")), c.DER)
	}
	text := bytes.Join(all, []byte("\n"))
	for _, name := range []string{"hanako", "jiro", "saburo", "shiro"} {
		if bytes.Contains(text, []byte(name)) || strings.Contains(string(text), hex.EncodeToString([]byte(name))) {
			t.Errorf("%s is in %q", name, text)
		}
	}
	if !bytes.Equal(got.Query, query) || got.TLS.Version != "TLS 1.3" || !bytes.Equal(got.TLS.Chain[0].DER, chain[0].DER) || got.TLS.Chain[0].Subject != chain[0].Subject {
		t.Error("what holds no address is gone")
	}
	if after, err := e.JSON(); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the event that was given is changed: %v", err)
	}
}

// sorted is a JSON object with its names in order.
func sorted(t *testing.T, data []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// FuzzMask looks for an address that is left.
func FuzzMask(f *testing.F) {
	f.Add("smtp", "RCPT TO:<hanako@tsuru.test>")
	f.Add("imap", `a1 LOGIN "hanako@tsuru.test"`)
	f.Add("pop3", "USER\thanako@tsuru.test")
	f.Fuzz(func(t *testing.T, proto, line string) {
		got := masked(Event{Kind: KindRecv, Proto: proto, Data: []byte(line + " <hanako@tsuru.test>")})
		if strings.Contains(string(got.Data), "hanako@tsuru.test") {
			t.Errorf("%q", got.Data)
		}
	})
}
