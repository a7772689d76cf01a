package ladder

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/protocols/interop"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// patience is how long a reply of somebody else's server may take here, where other tests run beside it.
const patience = 20 * time.Second

// onLoopback lets a small Internet reach this machine's own listeners, and trusts who vouches for them.
func onLoopback(t *testing.T, d *interop.Server) *wire.Net {
	n := small(t)
	inside := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && strings.HasPrefix(address, "127.0.0.1:") {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		return inside(ctx, network, address)
	}
	n.TLSRoots = d.Roots
	return n
}

// mika is one server of an account whose name and password that Dovecot knows.
func mika(t *testing.T, d *interop.Server, proto, addr string, mode wire.TLSMode) Server {
	t.Helper()
	_, text, _ := net.SplitHostPort(addr)
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return Server{Proto: proto, Host: "localhost", Port: port, TLS: mode, User: d.User, Secret: func(context.Context) (sasl.Credentials, error) {
		return sasl.Credentials{User: d.User, Password: d.Password}, nil
	}}
}

// broke is the first broken rung and its code; "" for none.
func broke(l Ladder) string {
	if f, broken := l.Answer(); broken {
		return l.Rungs[l.Broken-1].Name + " " + f.Code
	}
	return ""
}

// named fails the test unless that is what the doctor names.
func named(t *testing.T, way string, l Ladder, want string) {
	t.Helper()
	if got := broke(l); got != want {
		t.Errorf("%s, %s: %q, want %q\n%s", way, l.Name, got, want, states(l))
	}
}

// Settings that are sound, and some that name another server than the one that is there.
func TestSettingsForDovecotAndPostfix(t *testing.T) {
	t.Parallel()
	d := interop.Dovecot(t)
	p := interop.Postfix(t, d)
	at := func(proto, addr string, mode wire.TLSMode) Server { return mika(t, d, proto, addr, mode) }
	for _, c := range []struct {
		name          string
		change        func(*DoctorOptions)
		receive, send string // rung and code; "" for sound
	}{
		{"sound, IMAP", func(*DoctorOptions) {}, "", ""},
		{"sound, POP3", func(o *DoctorOptions) { o.Receive = at(POP3, d.POP3S, wire.TLSImplicit) }, "", ""},
		{"sound, STARTTLS", func(o *DoctorOptions) {
			o.Receive, o.Send = at(IMAP, d.IMAP, wire.TLSStart), at(SMTP, p.Submissions, wire.TLSImplicit)
		}, "", ""},
		{"wrong protocol", func(o *DoctorOptions) {
			o.Receive, o.Send = at(POP3, d.IMAPS, wire.TLSImplicit), at(SMTP, d.IMAPS, wire.TLSImplicit)
		}, "greeting doctor.protocol", "greeting doctor.protocol"},
		{"another name", func(o *DoctorOptions) {
			resolve := o.Net.Resolve
			n := *o.Net
			n.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
				return resolve(ctx, strings.Replace(host, "mail.example.test", "localhost", 1))
			}
			o.Net, o.Receive.Host, o.Send.Host = &n, "mail.example.test", "mail.example.test"
		}, "tls doctor.certificate.use", "tls doctor.certificate.use"},
		{"nobody vouches", func(o *DoctorOptions) { o.Net.TLSRoots = interop.Certificate(t).Roots },
			"tls tls.unknown-authority", "tls tls.unknown-authority"},
	} {
		o := DoctorOptions{Net: onLoopback(t, d), Name: "mika", Address: "mika@fuji.test", Wait: patience, OutAndBack: true, Back: patience,
			Receive: at(IMAP, d.IMAPS, wire.TLSImplicit), Send: at(SMTP, p.Submission, wire.TLSStart)}
		c.change(&o)
		checkup := examined(t, o)
		named(t, c.name, checkup.Receive, c.receive)
		named(t, c.name, checkup.Send, c.send)
	}
}

// A mailbox without room, as somebody else's servers have it: over IMAP the server tells, over POP3 only the message that
// comes back does. Who must act is the person, for it is their mailbox.
func TestFullMailboxOfDovecot(t *testing.T) {
	t.Parallel()
	d := interop.Dovecot(t, interop.Quota("20K")...)
	p := interop.Postfix(t, d, interop.AskQuota(d))
	sound := func(proto, addr string) DoctorOptions {
		return DoctorOptions{Net: onLoopback(t, d), Name: "mika", Address: "mika@fuji.test", Wait: patience, OutAndBack: true, Back: patience,
			Receive: mika(t, d, proto, addr, wire.TLSImplicit), Send: mika(t, d, SMTP, p.Submission, wire.TLSStart)}
	}
	letter := func(octets int) []byte {
		head := "From: a@sakura.test\r\nSubject: room\r\n\r\n"
		return []byte(head + strings.Repeat("x", octets-len(head)-2) + "\r\n")
	}
	for _, step := range []struct {
		add                 int // octets; the message that came back by POP3 stays too
		imap, pop3, outward string
		state               State // of IMAP's mailbox
		code                string
	}{
		{1000, "", "", "", OK, "doctor.mailbox"},
		{17_000, "", "", "", Warn, "doctor.mailbox.nearly"},
		{1000, "mailbox doctor.mailbox.full", "", "roundtrip doctor.roundtrip.full", Fail, "doctor.mailbox.full"},
	} {
		d.Deliver(t, "S", letter(step.add))
		byIMAP := examined(t, sound(IMAP, d.IMAPS))
		box := byIMAP.Receive.Rungs[8]
		if got := broke(byIMAP.Receive); got != step.imap || box.State != step.state || box.Finding.Code != step.code {
			t.Errorf("%d octets, IMAP: %q, %s %+v", step.add, got, box.State, box.Finding)
		}
		byPOP3 := examined(t, sound(POP3, d.POP3S))
		if in, out := broke(byPOP3.Receive), broke(byPOP3.Send); in != step.pop3 || out != step.outward {
			t.Errorf("%d octets, POP3: %q, %q\n%s", step.add, in, out, states(byPOP3.Send))
		}
		if f, broken := byPOP3.Send.Answer(); broken && (explain.Finding(f, explain.English).Who != explain.You || !strings.Contains(f.Args["said"], "552 5.2.2")) {
			t.Errorf("%+v", f)
		}
	}
}

// A server that takes only small messages says so in EHLO, or only when asked with the size, or only at the message's end.
func TestTooLargeForPostfix(t *testing.T) {
	t.Parallel()
	d := interop.Dovecot(t)
	for _, c := range []struct {
		name   string
		conf   []string
		size   int64
		rung   string
		who    string
		saying string
	}{
		{"a named size", []string{"message_size_limit = 100000"}, 200_000, "sender doctor.size", explain.You, "552 5.3.4"},
		{"a named size that fits", []string{"message_size_limit = 100000"}, 50_000, "", "", ""},
		{"said in EHLO", []string{"message_size_limit = 300"}, 0, "roundtrip doctor.roundtrip.toolarge", explain.Provider, "the server takes 300"},
		{"not said in EHLO", []string{"message_size_limit = 300", "smtpd_discard_ehlo_keywords = size, chunking"}, 0, "roundtrip doctor.roundtrip.toolarge", explain.Provider, "552 5.3.4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := interop.Postfix(t, d, c.conf...)
			checkup := examined(t, DoctorOptions{Net: onLoopback(t, d), Name: "mika", Address: "mika@fuji.test", Wait: patience,
				OutAndBack: true, Back: patience, Size: c.size,
				Receive: mika(t, d, IMAP, d.IMAPS, wire.TLSImplicit), Send: mika(t, d, SMTP, p.Submission, wire.TLSStart)})
			f, _ := checkup.Send.Answer()
			if got := broke(checkup.Send); got != c.rung || c.rung != "" && (explain.Finding(f, explain.English).Who != c.who || !strings.Contains(f.Args["said"], c.saying)) {
				t.Errorf("%q, want %q: %+v\n%s", got, c.rung, f, states(checkup.Send))
			}
		})
	}
}

// A token that has run out is told from one that holds, by each protocol, and is not in the proof.
func TestTokensOfDovecot(t *testing.T) {
	t.Parallel()
	issuer := interop.OAuth(t)
	d := interop.Dovecot(t, issuer.Lines...)
	p := interop.Postfix(t, d)
	for _, c := range []struct {
		name  string
		until time.Time
		want  string
	}{
		{"good", time.Now().Add(time.Hour), ""},
		{"run out", time.Now().Add(-time.Hour), "login oauth.invalid-token"},
	} {
		token := issuer.Token(d.User, c.until)
		server := func(proto, addr, mechanism string) Server {
			s := mika(t, d, proto, addr, wire.TLSImplicit)
			s.Auth = mechanism
			s.Secret = func(context.Context) (sasl.Credentials, error) {
				return sasl.Credentials{User: d.User, Token: token}, nil
			}
			return s
		}
		rec := &trace.Recorder{}
		for _, receive := range []Server{server(IMAP, d.IMAPS, "oauthbearer"), server(POP3, d.POP3S, "xoauth2")} {
			o := DoctorOptions{Net: onLoopback(t, d), Name: "mika", Address: "mika@fuji.test", Wait: patience,
				Receive: receive, Send: server(SMTP, p.Submissions, "")}
			checkup, err := Examine(t.Context(), trace.New(rec, nil), o)
			if err != nil || broke(checkup.Receive) != c.want || broke(checkup.Send) != c.want {
				t.Errorf("%s, %s: %v, %q, %q, want %q\n%s", c.name, receive.Proto, err, broke(checkup.Receive), broke(checkup.Send), c.want, states(checkup.Send))
			}
		}
		for _, e := range rec.Events() {
			if text, err := e.JSON(); err != nil || strings.Contains(string(text)+string(e.Data), token) {
				t.Errorf("%s: %s %v", c.name, text, err)
			}
		}
	}
}
