package session

import (
	"slices"
	"strings"
	"testing"

	"todoku/diag/compare"
	"todoku/internal/config"
	"todoku/internal/trace"
)

// TestOffersAreAsked: which ports answer, a protocol that the account does not name, and the catalogue apart from that.
func TestOffersAreAsked(t *testing.T) {
	s, rec := foreign(t)
	i := slices.IndexFunc(s.Config.Accounts, func(a config.Account) bool { return a.Name == "alice" })
	s.Config.Accounts[i].Address = "alice@icloud.com" // of which the catalogue says: no POP3
	since := len(rec.Events())
	r, err := s.Compare(t.Context(), nil, CompareOptions{Account: "alice", Script: "first-visit"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[compare.Protocol][]int{compare.POP3: {995, 110}, compare.IMAP: {993, 143}}
	for _, o := range r.Offers {
		var answer []int
		for _, p := range o.Ports {
			if p.State == compare.OK {
				answer = append(answer, p.Port)
			}
		}
		if !slices.Equal(answer, want[o.Protocol]) {
			t.Errorf("%s: %+v", o.Protocol, o.Ports)
		}
	}
	if r.Hint == nil || r.Hint.Provider != "iCloud" || !slices.ContainsFunc(r.Hint.Findings, func(f trace.Finding) bool { return f.Code == "compare.hint.answers" }) {
		t.Errorf("hint %+v", r.Hint)
	}
	if refused, commands := heard(rec, since); len(refused) > 0 || commands["pop3"] == 0 {
		t.Errorf("the servers heard %q", refused)
	}
}

// TestUnconfiguredIsLookedFor: without a login, at the host of the other protocol.
func TestUnconfiguredIsLookedFor(t *testing.T) {
	s, rec := foreign(t)
	i := slices.IndexFunc(s.Config.Accounts, func(a config.Account) bool { return a.Name == "alice" })
	s.Config.Accounts[i].POP3 = config.Server{}
	since := len(rec.Events())
	r, err := s.Compare(t.Context(), nil, CompareOptions{Account: "alice", Script: "first-visit"})
	if err != nil {
		t.Fatal(err)
	}
	if o := r.Offers[0]; o.State != compare.OK || o.Server != "mail.sakura.test:995" || o.Notes[0].Code != "compare.offer.found" {
		t.Errorf("POP3: %+v", o)
	}
	for _, e := range rec.Events()[since:] {
		if line := string(e.Data); e.Proto == "pop3" && e.Kind == trace.KindRecv && (strings.HasPrefix(line, "AUTH") || strings.HasPrefix(line, "USER")) {
			t.Errorf("a login was tried: %q", line)
		}
	}
}

// TestUnseen: a host that does not serve the protocol at its port.
func TestUnseen(t *testing.T) {
	s, _ := foreign(t)
	o := s.unconfigured(t.Context(), &compare.Lane{Protocol: compare.POP3}, s.Config.Accounts[0], config.Server{Host: "mx1.sakura.test"})
	if o.State != compare.NA || len(o.Notes) != 1 || o.Notes[0].Code != "compare.offer.unseen" {
		t.Errorf("%+v", o)
	}
}

// TestClosedPorts: a host that serves one port only.
func TestClosedPorts(t *testing.T) {
	s, _ := foreign(t)
	ports := s.standardPorts(t.Context(), compare.IMAP, nil, config.Server{Host: "mx1.sakura.test", Port: 25})
	if len(ports) != 2 || ports[0].State != compare.Fail || ports[0].Error == nil || ports[1].Error == nil {
		t.Errorf("%+v", ports)
	}
}

// TestBrokenLaneHasItsRung: a server that nobody reaches breaks one lane; the doctor's rung says where, and the other runs.
func TestBrokenLaneHasItsRung(t *testing.T) {
	s, _ := foreign(t)
	i := slices.IndexFunc(s.Config.Accounts, func(a config.Account) bool { return a.Name == "alice" })
	s.Config.Accounts[i].POP3.Port = 996
	r, err := s.Compare(t.Context(), nil, CompareOptions{Account: "alice", Script: "first-visit"})
	if err != nil {
		t.Fatal(err)
	}
	broken := r.Offers[0]
	if broken.Error == nil || broken.Error.Code != "dial.refused" || broken.Rung == nil || broken.Rung.Name != "tcp" ||
		broken.Rung.State != compare.Fail || broken.Rung.Finding == nil {
		t.Errorf("POP3: %+v, rung %+v", broken, broken.Rung)
	}
	if whole := r.Offers[1]; whole.Rung != nil || whole.Error != nil || r.Rows[0].IMAP.Place != compare.Account || r.Rows[0].POP3.Place != compare.Sandbox {
		t.Errorf("IMAP: %+v", whole)
	}
}
