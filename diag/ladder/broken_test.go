package ladder

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/diag/explain"
	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

// foreign is a pair of somebody else's servers.
type foreign struct {
	d *interop.Server
	p *interop.Relay
}

// over are sound settings that receive by one of the two protocols; those of POP3 send too.
func (f foreign) over(t *testing.T, proto string) DoctorOptions {
	o := DoctorOptions{Net: onLoopback(t, f.d), Name: "mika", Address: "mika@fuji.test", Wait: patience, Back: patience}
	if proto == IMAP {
		o.Receive = mika(t, f.d, IMAP, f.d.IMAPS, wire.TLSImplicit)
		return o
	}
	o.Receive, o.Send = mika(t, f.d, POP3, f.d.POP3S, wire.TLSImplicit), mika(t, f.d, SMTP, f.p.Submission, wire.TLSStart)
	return o
}

// notItsOwn stands where a server has no part: it takes no recipients and no messages from us, or has no word for it.
const notItsOwn = ""

// wayToBreak is one of the ways, and the rung and code that the doctor names for it on each server.
type wayToBreak struct {
	way                   string
	in                    foreign
	by                    func(t *testing.T, f foreign, o *DoctorOptions)
	imap, pop3, smtp, who string
}

// Dovecot and Postfix, broken on purpose one way at a time: the doctor names the rung and who must act each time.
func TestDovecotAndPostfixBroken(t *testing.T) {
	t.Parallel()
	noDelay := []string{"service anvil {", "  unix_listener anvil-auth-penalty {", "    mode = 0", "  }", "}"} // after a wrong password
	d := interop.Dovecot(t, append(noDelay, interop.Quota("20K")...)...)
	good := foreign{d, interop.Postfix(t, d, interop.AskQuota(d))}
	outdated := interop.Expired(t)
	d = interop.Dovecot(t, outdated.Dovecot...)
	old := foreign{d, interop.Postfix(t, d, outdated.Postfix...)}

	const refused, mode, password = "tcp dial.refused", "doctor.tls.mode", "login doctor.login.password"
	const expired = "tls doctor.certificate.expired"
	beside := []wayToBreak{
		//                                                 Dovecot, IMAP     Dovecot, POP3     Postfix
		{"wrong port", good, wrongPort, refused, refused, refused, explain.You},
		{"wrong TLS mode: in the clear to a TLS port", good, clearToTLS, "greeting " + mode, "greeting " + mode, "greeting " + mode, explain.You},
		{"wrong TLS mode: TLS to a port in the clear", good, tlsToClear, "tls " + mode, "tls " + mode, "tls " + mode, explain.You},
		{"expired certificate", old, trusting(outdated), expired, expired, expired, explain.Provider},
		{"wrong password", good, passwords, password, password, password, explain.You},
		{"refused recipient", good, wrongRecipient, notItsOwn, notItsOwn, "roundtrip reason.nobody", explain.You},
		{"too large", good, tooLarge, notItsOwn, notItsOwn, "sender doctor.size", explain.You},
	}
	// These two change the servers themselves.
	then := []wayToBreak{
		{"full disk quota", good, full, "mailbox doctor.mailbox.full", notItsOwn, "roundtrip doctor.roundtrip.full", explain.You},
		{"stopped", good, stopped, refused, refused, refused, explain.You},
	}
	t.Run("beside one another", func(t *testing.T) {
		for _, w := range beside {
			t.Run(w.way, func(t *testing.T) { t.Parallel(); w.examine(t) })
		}
	})
	for _, w := range then {
		t.Run(w.way, w.examine)
	}
}

func (w wayToBreak) examine(t *testing.T) {
	imap, pop3 := w.in.over(t, IMAP), w.in.over(t, POP3)
	w.by(t, w.in, &imap)
	w.by(t, w.in, &pop3)
	byIMAP, byPOP3 := examined(t, imap), examined(t, pop3)
	for _, server := range []struct {
		Ladder
		want string
	}{{byIMAP.Receive, w.imap}, {byPOP3.Receive, w.pop3}, {byPOP3.Send, w.smtp}} {
		named(t, w.way, server.Ladder, server.want)
		if f, broken := server.Answer(); broken && explain.Finding(f, explain.English).Who != w.who {
			t.Errorf("%s, %s: %s must act, want %s", w.way, server.Name, explain.Finding(f, explain.English).Who, w.who)
		}
	}
}

// portOf is the port of an address.
func portOf(t *testing.T, address string) int {
	_, text, _ := net.SplitHostPort(address)
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func wrongPort(t *testing.T, _ foreign, o *DoctorOptions) {
	o.Receive.Port = portOf(t, interop.Hold(t, "127.0.0.1:0"))
	o.Send.Port = portOf(t, interop.Hold(t, "127.0.0.1:0"))
}

// clearToTLS waits in vain for a greeting, until the time for it is over.
func clearToTLS(t *testing.T, f foreign, o *DoctorOptions) {
	o.Wait = 2 * time.Second
	o.Receive.TLS = wire.TLSStart
	if o.Send.Host != "" {
		o.Send = mika(t, f.d, SMTP, f.p.Submissions, wire.TLSStart)
	}
}

func tlsToClear(t *testing.T, f foreign, o *DoctorOptions) {
	o.Receive.Port = portOf(t, map[string]string{IMAP: f.d.IMAP, POP3: f.d.POP3}[o.Receive.Proto])
	o.Send.TLS = wire.TLSImplicit
}

// trusting lets the authority be known, so that nothing but the time is wrong.
func trusting(old interop.Outdated) func(*testing.T, foreign, *DoctorOptions) {
	return func(_ *testing.T, _ foreign, o *DoctorOptions) { o.Net.TLSRoots = old.Roots }
}

func passwords(_ *testing.T, _ foreign, o *DoctorOptions) { wrongPassword(o) }

func wrongRecipient(_ *testing.T, _ foreign, o *DoctorOptions) {
	o.Address, o.OutAndBack = "nobody@fuji.test", true
}

// tooLarge asks about a message larger than Postfix takes; nothing of it is sent.
func tooLarge(_ *testing.T, _ foreign, o *DoctorOptions) { o.Size = 60_000_000 }

func full(t *testing.T, f foreign, o *DoctorOptions) {
	f.d.Deliver(t, "S", []byte("From: a@sakura.test\r\nSubject: room\r\n\r\n"+strings.Repeat("x", 20_000)+"\r\n"))
	o.OutAndBack = true
}

// stopped ends both, and keeps their ports from everybody else.
func stopped(t *testing.T, f foreign, o *DoctorOptions) {
	f.d.Stop()
	f.p.Stop()
	for _, s := range []Server{o.Receive, o.Send} {
		if s.Host != "" {
			interop.Hold(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
		}
	}
}
