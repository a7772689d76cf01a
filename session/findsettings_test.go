package session

import (
	"slices"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

func (f *Found) answered(begins string) string {
	for _, p := range f.Probes {
		if strings.HasPrefix(p.What, begins) && p.State == trace.Pass {
			return p.Answer
		}
	}
	return ""
}

// TestFindSettings by the domain's SRV records, by its file when it has none, by the catalogue without a question, and for
// a domain that says nothing.
func TestFindSettings(t *testing.T) {
	none := fault.Rule{Stage: fault.Query, Match: fault.Match{Type: "SRV"}, Do: fault.Action{Reply: "NOERROR"}}
	imap, smtp := FoundServer{"mail.sakura.test", 993, "implicit"}, FoundServer{"mail.sakura.test", 465, "implicit"}
	for _, v := range []struct {
		name, address, by string
		rules             []fault.Rule
		imap, smtp        FoundServer
		probes            int
	}{
		{"SRV", "new@sakura.test", "_imaps._tcp.sakura.test SRV", nil, imap, smtp, 0},
		{"autoconfig", "Somebody <new@SAKURA.test>", "https://autoconfig.sakura.test/mail/config-v1.1.xml", []fault.Rule{none}, imap, smtp, 0},
		{"catalogue", "someone@gmail.com", "catalogue gmail.com", nil, FoundServer{"imap.gmail.com", 993, "implicit"}, FoundServer{"smtp.gmail.com", 465, "implicit"}, 1},
		{"exchangers", "new@fuji.test", "fuji.test MX alt1.aspmx.l.google.com", []fault.Rule{none,
			{Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "MX"}, Do: fault.Action{Records: []string{"fuji.test. 300 MX 5 alt1.aspmx.l.google.com."}}},
			{Stage: fault.Query, Match: fault.Match{Name: "autoconfig.fuji.test"}, Do: fault.Action{Reply: "NXDOMAIN"}},
			{Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "A"}, Do: fault.Action{Reply: "NOERROR"}},
		}, FoundServer{"imap.gmail.com", 993, "implicit"}, FoundServer{"smtp.gmail.com", 465, "implicit"}, 0},
		{"nothing", "new@nowhere.test", "", nil, FoundServer{}, FoundServer{}, 9},
	} {
		t.Run(v.name, func(t *testing.T) {
			c := newClient(t, smallWorld(t, false))
			for _, r := range v.rules {
				c.fault(r)
			}
			var watched []Probe
			f, err := c.FindSettings(t.Context(), nil, FindOptions{Address: v.address, Watch: func(p Probe) { watched = append(watched, p) }})
			if err != nil || f.IMAP != v.imap || f.SMTP != v.smtp || f.Complete() != (v.by != "") {
				t.Fatalf("%+v %v", f, err)
			}
			if v.by != "" && f.answered(v.by) == "" || v.probes != 0 && len(f.Probes) != v.probes || len(watched) != len(f.Probes) {
				t.Errorf("probes %+v", f.Probes)
			}
			if v.by == "" && slices.ContainsFunc(f.Probes, func(p Probe) bool { return p.State == trace.Pass }) {
				t.Errorf("probes %+v", f.Probes)
			}
		})
	}
}

// TestFindSettingsCouldNotTell: SERVFAIL is unknown, with the reason.
func TestFindSettingsCouldNotTell(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	c.fault(fault.Rule{Stage: fault.Query, Match: fault.Match{Name: "*"}, Do: fault.Action{Reply: "SERVFAIL"}})
	f, err := c.FindSettings(t.Context(), nil, FindOptions{Address: "new@sakura.test"})
	if err != nil || f.Complete() {
		t.Fatalf("%+v %v", f, err)
	}
	for _, p := range f.Probes[1:] {
		if p.State != trace.Unknown || p.Finding == nil {
			t.Errorf("%+v", p)
		}
	}
	if _, err := c.FindSettings(t.Context(), nil, FindOptions{Address: "nobody"}); err == nil {
		t.Error("a name without @ has servers")
	}
}

// TestFillRefuses what came from outside and is no name, no port, or in the clear.
func TestFillRefuses(t *testing.T) {
	for _, s := range []FoundServer{
		{"mail.sakura.test\"\nhost = \"evil", 993, "implicit"}, {"mail", 993, "implicit"}, {"-.test", 993, "implicit"}, {"mail.sakura.test", 0, "implicit"},
		{"mail.sakura.test", 70000, "implicit"}, {"mail.sakura.test", 143, ""}, {"mail.sakura.test", 143, "none"},
	} {
		var at FoundServer
		if fill(&at, s) || at != (FoundServer{}) {
			t.Errorf("%+v was taken", s)
		}
	}
}
