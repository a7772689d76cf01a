package ui

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"todoku/diag/delivery"
	"todoku/diag/headers"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/smtp"
	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/wire"
)

// evil is text that would act on a terminal, or on the reader of one, if it were drawn as it came.
const evil = "\x1b]0;pwned\x07\x1b[2J\x1b[31mA\u009b5mB\x9b\u202eC\u2066\U000e0041\r\nD\tE\x00\x7f\u200d\u0301\u0301\u0301\u0301\u0301\u0301\xed\xa0\x80\x1b]52;c;cm0=\x1b\\\x1b]8;;http://evil.test\x07link"

// ours matches the sequences that the interface itself writes: colours and their end.
var ours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// harmless fails if a frame holds anything but our own sequences and printable text.
func harmless(t *testing.T, frame string) {
	t.Helper()
	for _, r := range ours.ReplaceAllString(frame, "") {
		if r == '\n' {
			continue
		}
		if r < ' ' || r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Bidi_Control, r) || r >= 0xe0000 && r < 0xe0100 || r == 0x200d {
			t.Fatalf("%U reaches the terminal:\n%q", r, frame)
		}
	}
	if !utf8.ValidString(frame) {
		t.Fatal("the frame is not UTF-8")
	}
}

func evilAddress() []mail.Address { return []mail.Address{{Name: evil, Addr: evil + "@x.test"}} }

// traceable gives the senders addresses that a trace begins with: evil ones stay in its form.
func traceable(f *fake) {
	for _, r := range f.rows {
		r.Envelope.From[0].Addr = "hanako@tsuru.test"
	}
}

// poison puts evil text into every field that comes from outside.
func poison(f *fake) {
	for i := range f.accounts {
		f.accounts[i].Address, f.accounts[i].FullName, f.accounts[i].Submission = evil, evil, evil
	}
	for name := range f.folders {
		for i := range f.folders[name] {
			if f.folders[name][i].Role == mail.RoleNone {
				f.folders[name][i].Name = evil
				f.folders[name][i].Delimiter = "\x1b"
			}
		}
	}
	for k, r := range f.rows {
		r.Envelope = mail.Envelope{Subject: evil, From: evilAddress(), To: evilAddress(), Cc: evilAddress(),
			Date: r.Envelope.Date, MessageID: evil}
		f.rows[k] = r
	}
	f.journey, f.box, f.contest = evilJourney(), evilBox(), &contest{said: evil}
	f.reading = func(r session.Row) session.Reading {
		hop := headers.PathStep{Known: true, From: evil, By: evil, TLS: evil}
		part := mail.Part{Path: "1" + evil, Type: evil, FileName: evil, Size: 7}
		return session.Reading{Row: r, Text: strings.Repeat(evil+"\n> "+evil+"\n", 20), Raw: []byte(evil + "\n" + evil),
			Header: []session.HeaderField{{Name: evil, Value: evil}}, Links: []string{evil}, Files: []mail.Part{part},
			Parts: &mail.Part{Type: evil, Children: []*mail.Part{&part}}, Charset: evil, Labelled: evil + "x",
			Charsets: []string{evil}, ServerAuth: evil, FromHTML: true, Remote: 3,
			Path: headers.Path{Hops: make([]headers.Hop, 3), Steps: [4]headers.PathStep{hop, hop, hop, hop}}}
	}
}

// evilJourney is a trace whose every text comes from an evil server.
func evilJourney() *journey {
	w := &writer{}
	f := trace.Finding{Code: "trace.refused.nobody", Level: trace.Fail, Args: map[string]string{}}
	for _, name := range []string{"host", "server", "addr", "address", "domain", "said", "zone", "rcode", "names", "for", "child"} {
		f.Args[name] = evil
	}
	q := dns.Hop{For: evil + " MX", Zone: evil, Server: evil, Addr: evil, Name: evil, Type: evil, Rcode: evil, Child: evil, Network: evil, Minimised: true,
		Extended: []dns.ExtendedError{{Code: 1, Name: evil, Text: evil}}, Wrong: []string{evil}, Answer: []string{evil}, Authority: []string{evil}, Extra: []string{evil}}
	for _, kind := range []delivery.Kind{"query", "device", "resolver", "fact", "policy", "pick-up", "unheard of" + evil, "command"} {
		for step := 1; step <= 4; step++ {
			h := w.hop(delivery.Hop{Kind: kind, Step: step, Where: evil, Addr: evil, What: evil, Offers: []string{evil, "SIZE " + evil}, TLS: &trace.TLSFacts{Version: evil,
				Cipher: evil, Problem: evil, Chain: []trace.CertFacts{{Subject: evil, Issuer: "CN=" + evil, Names: []string{evil}}}}}, step, 200, f)
			h.Reply = &smtp.Reply{Code: 550, Lines: []string{evil, evil}}
			if kind == "query" {
				h.Query = &q
			}
		}
	}
	w.events = evilTalk()
	w.hops[len(w.hops)-1].Last = 1000
	return w.end(delivery.Word(evil), &w.hops[0], delivery.State(evil), delivery.Fail, delivery.Fail, delivery.Fail)
}

func evilTalk() []trace.Event {
	at := fixedNow()
	var out []trace.Event
	for i, k := range []trace.Kind{trace.KindOpen, trace.KindDial, trace.KindTLS, trace.KindSend, trace.KindRecv, trace.KindRecv,
		trace.KindData, trace.KindDNS, trace.KindStep, trace.KindFinding, trace.KindNote, trace.KindClose, trace.KindDropped} {
		e := trace.Event{Seq: int64(i + 1), Time: at, Kind: k, Side: trace.SideClient, Proto: "smtp", Conn: evil, Lane: evil,
			Addr: evil, Name: evil, Data: []byte("250-" + evil), Error: evil, Size: 9, Rule: evil}
		if k == trace.KindTLS {
			e.TLS = &trace.TLSFacts{Version: evil, Curve: evil, SNI: evil, Chain: []trace.CertFacts{{Subject: evil, Issuer: evil,
				Names: []string{evil}}}}
		}
		if k == trace.KindFinding {
			e.Finding = &trace.Finding{Code: evil, Args: map[string]string{"x": evil}}
		}
		out = append(out, e)
	}
	return out
}

// TestHostileText draws every scene with evil text in every field from outside: only our own sequences come out, and
// every frame still fills its size.
func TestHostileText(t *testing.T) {
	if testing.Short() {
		t.Skip("every scene at three sizes; run without -short")
	}
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 12}} {
		for _, s := range scenes() {
			t.Run(fmt.Sprintf("%s.%dx%d", s.name, size[0], size[1]), func(t *testing.T) {
				f := newFake()
				poison(f)
				if strings.HasPrefix(s.name, "trace-") {
					traceable(f)
				}
				b := s.open(t, size[0], size[1], Options{Lang: text.EN}, f)
				b.send(wire.Events(evilTalk()))
				harmless(t, b.app.View().Content)
				harmless(t, b.app.View().WindowTitle)
				b.exact()
			})
		}
	}
}

// TestHostileErrors draws errors whose words come from a server.
func TestHostileErrors(t *testing.T) {
	for _, set := range []func(*fake){
		func(f *fake) { f.listErr = errors.New(evil) },
		func(f *fake) { f.syncErr = errors.New(evil) },
		func(f *fake) { f.readErr = errors.New(evil) },
	} {
		f := newFake()
		set(f)
		b := newBench(t, 120, 40, Options{Session: f})
		for _, keys := range [][]string{{"enter"}, {"e"}, {"y"}} {
			b.press(keys...)
			harmless(t, b.app.View().Content)
			harmless(t, b.copied)
			b.exact()
		}
	}
}

// TestCopiesAreHarmless checks that what goes to the clipboard could be pasted into a terminal.
func TestCopiesAreHarmless(t *testing.T) {
	f := newFake()
	poison(f)
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("enter", "y")
	if b.copied == "" {
		t.Fatal("nothing was copied")
	}
	harmless(t, b.copied)
	b.press("1")
	harmless(t, b.app.View().Content)
}
