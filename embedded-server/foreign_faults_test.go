package sandbox

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/embedded-server/fault"
)

// add puts a case of the catalogue in.
func (s *Sandbox) add(t *testing.T, id string) {
	t.Helper()
	c, ok := fault.Find(id)
	if !ok {
		t.Fatalf("no case %s", id)
	}
	if err := s.Faults().AddCase(c); err != nil {
		t.Fatal(err)
	}
}

// TestSwaksMeetsGreylisting is refused until the clock has moved, by a rule and by an address alone.
func TestSwaksMeetsGreylisting(t *testing.T) {
	s := start(t, Options{}, nil)
	mx := host(t, s.World(), "mx1.fuji.test").SMTP
	p := newSwaks(t)
	s.add(t, "smtp.greylist")
	for _, to := range []string{"bob@fuji.test", "fault+greylist@fuji.test"} {
		try := func() (string, int) {
			return p.status("", append([]string{"--server", mx}, envelope("stranger@example.test", to)...)...)
		}
		if out, code := try(); code != swaksRcpt || !strings.Contains(out, "451 4.7.1 Greylisted") {
			t.Fatalf("%s: swaks ended with %d\n%s", to, code, out)
		}
		s.Advance(299 * time.Second)
		if _, code := try(); code != swaksRcpt {
			t.Fatalf("%s: passed a second early, %d", to, code)
		}
		s.Advance(time.Second)
		if out, code := try(); code != 0 {
			t.Fatalf("%s: swaks ended with %d\n%s", to, code, out)
		}
		s.Faults().Remove("smtp.greylist")
	}
	if got := messages(t, s, "bob@fuji.test"); len(got) != 2 {
		t.Errorf("bob got %d", len(got))
	}
}

// TestSwaksMeetsFaults reads exit code and words where an address or a case of the catalogue makes them.
func TestSwaksMeetsFaults(t *testing.T) {
	s := start(t, Options{}, nil)
	mx := host(t, s.World(), "mx1.fuji.test").SMTP
	p := newSwaks(t)
	const swaksConnect, swaksHelo = 21, 22
	for _, c := range []struct {
		id, to string
		want   int
		says   string
	}{
		{"", "fault+552-5.2.2@fuji.test", swaksRcpt, "552 5.2.2 As the address asks"},
		{"", "fault+eod-554-5.7.1@fuji.test", swaksData, "554 5.7.1 As the address asks"},
		{"", "fault+no-such-thing@fuji.test", swaksRcpt, "there is no fault"},
		{"smtp.blocklisted", "bob@fuji.test", swaksConnect, "554 5.7.1 Service unavailable"},
		{"smtp.helo-refused", "bob@fuji.test", swaksHelo, "550 5.7.1 Helo command rejected"},
		{"smtp.moved", "bob@fuji.test", swaksRcpt, "551 5.1.6 User not local; please try <bob@tsuru.test>"},
		{"smtp.ehlo-refused", "bob@fuji.test", 0, "queued as"}, // tsuru.test's fault
	} {
		if c.id != "" {
			s.add(t, c.id)
		}
		out, code := p.status("", append([]string{"--server", mx}, envelope("stranger@example.test", c.to)...)...)
		if code != c.want || !strings.Contains(out, c.says) {
			t.Errorf("%s %s: swaks ended with %d, want %d and %q\n%s", c.id, c.to, code, c.want, c.says, out)
		}
		s.Faults().Remove(c.id)
	}
}

// TestCurlMeetsFaults reads curl's exit codes: login denied, certificate, weird reply, nothing received.
func TestCurlMeetsFaults(t *testing.T) {
	s := start(t, Options{SeedMessages: 1}, nil)
	fuji, sakura := host(t, s.World(), "mail.fuji.test"), host(t, s.World(), "mail.sakura.test")
	for _, c := range []struct {
		id, user, password, url string
		want                    []int
	}{
		{"pop3.in-use", "bob@fuji.test", "banana", "pop3s://" + fuji.POP3S + "/", []int{67}},
		{"pop3.garbage", "bob@fuji.test", "banana", "pop3://" + fuji.POP3 + "/", []int{8, 56}},
		{"imap.login-refused", alice, "apple", "imaps://" + sakura.IMAPS + "/", []int{67}},
		{"imap.drop-in-fetch", alice, "apple", "imaps://" + sakura.IMAPS + "/INBOX;MAILINDEX=1", []int{18, 56}},
	} {
		curl := newCurl(t, s, c.user, c.password)
		curl.ask(c.url)
		s.add(t, c.id)
		if out, code := curl.status("", append(slices.Clone(curl.login), c.url)...); !slices.Contains(c.want, code) {
			t.Errorf("%s: curl ended with %d, want one of %v\n%s", c.id, code, c.want, out)
		}
		s.Faults().Remove(c.id)
	}
}

// TestCurlMeetsACertificate has curl, which verifies by the CA file, refuse a host whose certificate a rule made bad.
func TestCurlMeetsACertificate(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), sakuraHost)
	c := newCurl(t, s, alice, "apple")
	port := portOf(t, h.Submissions)
	send := append(slices.Clone(c.login), "--resolve", sakuraHost+":"+port+":127.0.0.1", "smtps://"+sakuraHost+":"+port, "--mail-from", alice, "--mail-rcpt", "yuki@sakura.test",
		"--upload-file", c.write("message", hello, 0o600))
	for _, kind := range fault.Certificates() {
		if !slices.Contains([]fault.Certificate{fault.Expired, fault.OtherName, fault.SelfSigned}, kind) {
			continue // other kinds are their own tests' business
		}
		rule := fault.Rule{ID: "f", Host: sakuraHost, Stage: fault.TLS, Do: fault.Action{Certificate: kind}}
		if err := s.Faults().Add(rule); err != nil {
			t.Fatal(err)
		}
		const peerCertificate = 60
		if out, code := c.status("", send...); code != peerCertificate {
			t.Errorf("%s: curl ended with %d, want %d\n%s", kind, code, peerCertificate, out)
		}
		s.Faults().Remove("f")
	}
	c.run(send...)
}

// TestMbsyncMeetsBYE pulls what it can until the server says BYE between two messages; the next run gets the rest, and
// nothing twice.
func TestMbsyncMeetsBYE(t *testing.T) {
	s := start(t, Options{}, nil)
	m := newMbsync(t, s, host(t, s.World(), sakuraHost).IMAPS, "IMAPS", "LOGIN")
	deliver(t, s, mbsyncUser, "", letter("one"), letter("two"), letter("three"), letter("four"))
	rule := fault.Rule{ID: "bye", Host: sakuraHost, Stage: fault.Message, Nth: 6,
		Do: fault.Action{Reply: "BYE [UNAVAILABLE] Going down", Close: true}}
	if err := s.Faults().Add(rule); err != nil {
		t.Fatal(err)
	}
	if out, code := m.status("", "--config", m.rc, "--all", "--verbose"); code == 0 || !strings.Contains(out, "Going down") {
		t.Errorf("mbsync ended with %d:\n%s", code, out)
	}
	if here := m.files("INBOX"); len(here) >= 4 {
		t.Errorf("all %d messages came", len(here))
	}
	m.sync()
	here := m.files("INBOX")
	words := make(map[string]bool)
	for _, name := range here {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		words[string(b)] = true
	}
	if len(here) != 4 || len(words) != 4 {
		t.Errorf("after the second run: %q", here)
	}
}
