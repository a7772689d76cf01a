package session

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	sandbox "todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/interop"
)

// checkOf gives the check with the code, or nil.
func checkOf(all []Check, code string) *Check {
	if i := slices.IndexFunc(all, func(c Check) bool { return c.Code == code }); i >= 0 {
		return &all[i]
	}
	return nil
}

func (c *client) ahead(d Draft) []Check {
	c.t.Helper()
	all, err := c.CheckAhead(c.t.Context(), nil, d)
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// TestDomainsAhead: a domain that takes mail, and each way in which one does not.
func TestDomainsAhead(t *testing.T) {
	answers := func(name, record string) []fault.Rule {
		return []fault.Rule{{Stage: fault.Query, Match: fault.Match{Name: name, Type: "MX"}, Do: fault.Action{Records: []string{record}}}}
	}
	for _, v := range []struct {
		name, to string
		rules    []fault.Rule
		code     string
		level    trace.Level
	}{
		{"takes mail", bob, nil, "compose.domain", trace.Pass},
		{"three take mail", bob + ", " + hanako + ", " + yuki + ", " + taro, nil, "compose.domains", trace.Pass},
		{"null MX", bob, answers("fuji.test", "fuji.test. 300 MX 0 ."), "compose.domain.null-mx", trace.Fail},
		{"NXDOMAIN", "bob@nowhere.test", nil, "compose.domain.missing", trace.Fail},
		{"neither MX nor address", bob, []fault.Rule{{Stage: fault.Query, Match: fault.Match{Name: "fuji.test"}, Do: fault.Action{Reply: "NOERROR"}}},
			"compose.domain.no-mail", trace.Fail},
		{"own domain", yuki, answers("sakura.test", "sakura.test. 300 MX 0 ."), "compose.domain.null-mx", trace.Warn},
		{"an address literal", "bob@[192.0.2.1]", nil, "", ""},
		{"no address yet", "bob", nil, "", ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			c := newClient(t, smallWorld(t, false))
			for _, r := range v.rules {
				c.fault(r)
			}
			all := c.ahead(Draft{Account: "alice", To: v.to})
			got := checkOf(all, v.code)
			if v.code == "" && len(all) != 0 || v.code != "" && (got == nil || got.Level != v.level) {
				t.Errorf("%+v", all)
			}
			if v.code == "compose.domains" && got != nil && got.Args["count"] != "3" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestDomainsCouldNotBeTold: SERVFAIL is no absence; it is not kept, and known answers are.
func TestDomainsCouldNotBeTold(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	c.ahead(Draft{Account: "alice", To: hanako})
	c.fault(fault.Rule{Stage: fault.Query, Match: fault.Match{Name: "*"}, Do: fault.Action{Reply: "SERVFAIL"}})
	all := c.ahead(Draft{Account: "alice", To: bob + ", " + hanako})
	if u := checkOf(all, "compose.domain.unknown"); u == nil || u.Level != trace.Unknown || u.Args["domain"] != "fuji.test" || u.Args["said"] == "" {
		t.Errorf("%+v", all)
	}
	if checkOf(all, "compose.domain") == nil {
		t.Errorf("what was told before is asked again: %+v", all)
	}
	c.healed()
	if all = c.ahead(Draft{Account: "alice", To: bob}); checkOf(all, "compose.domain") == nil {
		t.Errorf("after the resolver is back: %+v", all)
	}
}

// TestDomainsOfASandboxThatEnded: nobody answers for its domains any more, and that is what is said, once.
func TestDomainsOfASandboxThatEnded(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	c.fault(fault.Rule{Stage: fault.Query, Match: fault.Match{Name: "*"}, Do: fault.Action{Reply: "SERVFAIL"}})
	c.joined, c.world = "world.json", &sandbox.World{DNS: interop.Hold(t, "127.0.0.1:0"), PID: 7}
	all := c.ahead(Draft{Account: "alice", To: bob + ", " + hanako})
	if len(all) != 1 || all[0].Code != "sandbox.ended" || all[0].Level != trace.Unknown || all[0].Args["path"] != "world.json" {
		t.Errorf("%+v", all)
	}
}

// TestMistyped: an address that was never met, one letter from one that was or from a provider's domain.
func TestMistyped(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	c.send(c.write("alice", bob, "hello"))
	for to, near := range map[string]string{"bbo@fuji.test": bob, "bob@fugi.test": bob, "someone@gmial.com": "someone@gmail.com", bob: "", "other@fuji.test": ""} {
		got := checkOf(c.ahead(Draft{Account: "alice", To: to}), "compose.mistyped")
		if (got == nil) != (near == "") || got != nil && (got.Args["near"] != near || got.Level != trace.Warn) {
			t.Errorf("%s: %+v, want %q", to, got, near)
		}
	}
}

// TestSizeAhead: unknown until the server said it, learned by asking or by sending, and durable; what is larger fails.
func TestSizeAhead(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	d := Draft{Account: "alice", From: alice, To: bob, Subject: "size", Text: "x\n"}
	check := func() []Check {
		t.Helper()
		all, err := c.Check(t.Context(), nil, d)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if u := checkOf(check(), "compose.size.unknown"); u == nil || u.Level != trace.Unknown {
		t.Errorf("before anybody asked: %+v", check())
	}
	c.ahead(d)
	ok := checkOf(check(), "compose.size")
	if ok == nil || ok.Level != trace.Pass || ok.Args["limit"] != "33554432" {
		t.Fatalf("%+v", check())
	}
	d.Files = []DraftFile{{Name: "big", Size: 24_600_000}} // 33.7 million octets in base64
	if large := checkOf(check(), "compose.too-large"); large == nil || large.Level != trace.Fail || large.Args["limit"] != "33554432" {
		t.Errorf("%+v", check())
	}
	d.Files[0].Size = 24_000_000
	if checkOf(check(), "compose.size") == nil {
		t.Errorf("%+v", check())
	}
	for size, code := range map[int64]string{0: "compose.size", store.SizeNotSaid: "compose.size.unknown"} {
		if err := c.Store.PutAnnounced(t.Context(), store.Announced{Account: "alice", Server: "mail.sakura.test:587", Size: size}); err != nil {
			t.Fatal(err)
		}
		if got := checkOf(check(), code); got == nil || got.Args["limit"] != "" {
			t.Errorf("size %d: %+v", size, check())
		}
	}
	c.send(c.write("alice", bob, "sent"))
	if checkOf(check(), "compose.size").Args["limit"] != "33554432" {
		t.Errorf("sending taught nothing: %+v", check())
	}
}

// TestManyRecipients: what every server takes, or what this one announced.
func TestManyRecipients(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	d := Draft{Account: "alice", From: alice, To: strings.Repeat(bob+", ", 100) + hanako}
	many := func() *Check {
		all, err := c.Check(t.Context(), nil, d)
		if err != nil {
			t.Fatal(err)
		}
		return checkOf(all, "compose.many-recipients")
	}
	if got := many(); got == nil || got.Level != trace.Warn || got.Args["limit"] != "100" || got.Args["count"] != "101" {
		t.Errorf("%+v", got)
	}
	announce := func(n int) {
		t.Helper()
		if err := c.Store.PutAnnounced(t.Context(), store.Announced{Account: "alice", Server: "mail.sakura.test:587", Recipients: n}); err != nil {
			t.Fatal(err)
		}
	}
	announce(1000)
	if got := many(); got != nil {
		t.Errorf("%+v", got)
	}
	announce(50)
	if got := many(); got == nil || got.Level != trace.Fail || got.Args["limit"] != "50" {
		t.Errorf("%+v", got)
	}
}

// TestAheadEndsWithItsContext, whatever the servers do.
func TestAheadEndsWithItsContext(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	c.fault(fault.Rule{Stage: fault.Query, Match: fault.Match{Name: "*"}, Do: fault.Action{Silent: true}})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	all, err := c.CheckAhead(ctx, nil, Draft{Account: "alice", To: bob})
	if err != nil || checkOf(all, "compose.domain.unknown") == nil {
		t.Errorf("%+v %v", all, err)
	}
}
