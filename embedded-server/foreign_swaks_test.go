package sandbox

import (
	"os"
	"strings"
	"testing"
)

// Exit codes of swaks: what it was doing when it was refused.
const (
	swaksMail = 23
	swaksRcpt = 24
	swaksData = 26 // its end
	swaksAuth = 28
	swaksTLS  = 29
)

// swaks is swaks with what it can do here: TLS and CRAM-MD5 need Perl modules.
type swaks struct {
	foreign
	support string
}

func newSwaks(t *testing.T) swaks {
	t.Helper()
	f := program(t, "swaks")
	return swaks{f, f.run("--support")}
}

// can reports whether swaks supports what its report calls so; TODOKU_INTEROP=1 demands that it does.
func (p swaks) can(what string) bool {
	p.t.Helper()
	ok := strings.Contains(p.support, "=== "+what+" supported")
	if !ok && os.Getenv("TODOKU_INTEROP") == "1" {
		p.t.Errorf("swaks lacks the Perl modules for %s, and TODOKU_INTEROP=1 demands them:\n%s", what, p.support)
	}
	if !ok {
		p.t.Logf("swaks lacks the Perl modules for %s", what)
	}
	return ok
}

func auth(mechanism, password string) []string {
	return []string{"--auth", mechanism, "--auth-user", "alice@sakura.test", "--auth-password", password}
}

func envelope(from, to string) []string { return []string{"--from", from, "--to", to} }

func joined(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// TestSwaksSubmits sends in every TLS mode with every mechanism, verified by the CA file.
func TestSwaksSubmits(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	p := newSwaks(t)
	verify := []string{"--tls-verify", "--tls-ca-path", s.World().CAFile}
	n := 0
	for _, mode := range []struct {
		addr string
		args []string
	}{
		{h.Submission, nil},
		{h.Submission, append([]string{"--tls"}, verify...)},
		{h.Submissions, append([]string{"--tls-on-connect"}, verify...)},
	} {
		if mode.args != nil && !p.can("TLS") {
			continue
		}
		for _, mech := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
			if mech == "CRAM-MD5" && !p.can("AUTH CRAM-MD5") {
				continue
			}
			out := p.run(joined([]string{"--server", mode.addr, "--header", "Subject: " + mech}, mode.args, auth(mech, "apple"),
				envelope("alice@sakura.test", "bob@fuji.test,yuki@sakura.test"))...)
			if !strings.Contains(out, "250 2.0.0 Ok: queued as") {
				t.Errorf("%v %s:\n%s", mode.args, mech, out)
			}
			n++
		}
	}
	for _, user := range []string{"bob@fuji.test", "yuki@sakura.test"} {
		if got := inbox(t, s, user, n); len(got) != n {
			t.Errorf("%s got %d of %d", user, len(got), n)
		}
	}
}

// TestSwaksDeliversToPort25 sends as another mail host does: in the clear, and after STARTTLS.
func TestSwaksDeliversToPort25(t *testing.T) {
	s := start(t, Options{}, nil)
	mx := host(t, s.World(), "mx1.sakura.test").SMTP
	p := newSwaks(t)
	to := envelope("stranger@example.test", "alice@sakura.test")
	n := 1
	p.run(append([]string{"--server", mx}, to...)...)
	if p.can("TLS") {
		n++
		p.run(append([]string{"--server", mx, "--tls", "--tls-verify", "--tls-ca-path", s.World().CAFile}, to...)...)
	}
	all := inbox(t, s, "alice@sakura.test", n)
	if len(all) != n || !strings.Contains(all[0], "Return-Path: <stranger@example.test>\r\n") || !strings.Contains(all[0], " with ESMTP\r\n") &&
		!strings.Contains(all[0], " with ESMTP ") {
		t.Errorf("alice got %q", all)
	}
	if n == 2 && !strings.Contains(all[1], " with ESMTPS ") {
		t.Errorf("over TLS: %q", all[1])
	}
}

// TestSwaksIsRefused reads the reply and the exit code for everything that must not pass.
func TestSwaksIsRefused(t *testing.T) {
	s, other := start(t, Options{}, nil), start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	mx := host(t, s.World(), "mx1.sakura.test").SMTP
	p := newSwaks(t)
	large := p.write("large", "Subject: large\r\n\r\n"+strings.Repeat(strings.Repeat("x", 998)+"\r\n", 34_000), 0o600)
	login := auth("PLAIN", "apple")
	toBob := envelope("alice@sakura.test", "bob@fuji.test")
	for _, c := range []struct {
		name, server string
		args         []string
		want         int
		says         string
	}{
		{"wrong password", h.Submission, joined(auth("PLAIN", "pear"), toBob), swaksAuth, "535 5.7.8"},
		{"no login", h.Submission, toBob, swaksMail, "530 5.7.0"},
		{"somebody else's address", h.Submission, joined(login, envelope("yuki@sakura.test", "bob@fuji.test")), swaksMail, "553 5.7.1"},
		{"unknown user", h.Submission, joined(login, envelope("alice@sakura.test", "nobody@sakura.test")), swaksRcpt, "550 5.1.1"},
		{"unknown user on port 25", mx, envelope("x@example.test", "nobody@sakura.test"), swaksRcpt, "550 5.1.1"},
		{"no open relay", mx, envelope("x@example.test", "bob@fuji.test"), swaksRcpt, "550 5.7.1"},
		{"too large", h.Submission, joined(login, toBob, []string{"--data", "@" + large, "--suppress-data"}), swaksData, "552 5.3.4"},
		{"another authority", h.Submission, joined([]string{"--tls", "--tls-verify", "--tls-ca-path", other.World().CAFile}, login, toBob),
			swaksTLS, "certificate verify failed"},
	} {
		if c.want == swaksTLS && !p.can("TLS") {
			continue
		}
		out, code := p.status("", append([]string{"--server", c.server}, c.args...)...)
		if code != c.want || !strings.Contains(out, c.says) {
			t.Errorf("%s: swaks ended with %d, want %d and %q\n%s", c.name, code, c.want, c.says, out)
		}
	}
	for _, u := range s.World().Users {
		if got := messages(t, s, u.Address); len(got) != 0 {
			t.Errorf("%s got %q", u.Address, got)
		}
	}
}

// TestSwaksSendsToSome has one recipient of two refused: the other gets the message.
func TestSwaksSendsToSome(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	out := newSwaks(t).run(joined([]string{"--server", h.Submission}, auth("LOGIN", "apple"),
		envelope("alice@sakura.test", "nobody@sakura.test,yuki@sakura.test"))...)
	if !strings.Contains(out, "550 5.1.1 <nobody@sakura.test>") {
		t.Errorf("no refusal:\n%s", out)
	}
	if got := inbox(t, s, "yuki@sakura.test", 1); len(got) != 1 {
		t.Errorf("yuki got %d", len(got))
	}
}
