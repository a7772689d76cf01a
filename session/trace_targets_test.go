package session

import (
	"strings"
	"testing"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/embedded-server/fault"
)

// What a person may type, or paste from a page, ends in a verdict or in a sentence that names the mistake.
func TestWhatIsTypedAsATarget(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	const accepted, open, missing, badName = "trace.accepted", "trace.ready", "trace.domain.missing", "dns.badname"
	for typed, want := range map[string]struct {
		code    string // of the verdict, or of the error
		address string // that was traced
	}{
		bob:                                 {accepted, bob},
		" bob@fuji.test\n":                  {accepted, bob},
		"Bob <bob@fuji.test>":               {accepted, bob},
		`"Bob, at work" <bob@fuji.test>`:    {accepted, bob},
		"bob@fuji.test (Bob)":               {accepted, bob},
		`"bob"@fuji.test`:                   {accepted, bob},
		"bob@fuji.test.":                    {accepted, bob},
		"<bob@fuji.test>":                   {accepted, bob},
		"bob@FUJI.TEST":                     {accepted, "bob@FUJI.TEST"},
		"mailto:bob@fuji.test":              {accepted, bob},
		"MAILTO:bob%40fuji.test?subject=hi": {accepted, bob},
		`"bob smith"@fuji.test`:             {"trace.refused.nobody", "bob smith@fuji.test"},
		`"bob@home"@fuji.test`:              {"trace.refused.nobody", "bob@home@fuji.test"},
		"花子@tsuru.test":                     {"trace.refused.nobody", "花子@tsuru.test"},

		"fuji.test":     {open, ""},
		"fuji.test.":    {open, ""},
		"fuji。test":     {open, ""},
		"ｆｕｊｉ．ｔｅｓｔ":     {open, ""},
		"[192.0.2.20]":  {open, ""},
		"bob":           {missing, ""},
		"bob@fuji.tset": {missing, "bob@fuji.tset"},

		"bob@日本語.test":                {missing, "bob@日本語.test"},
		"bob@xn--wgv71a119e.test":     {missing, "bob@xn--wgv71a119e.test"},
		"bob@xn--zzzzzzzz99.test":     {"compose.address.domain", ""},
		"bob@[127.0.0.1]":             {"trace.literal.local", "bob@[127.0.0.1]"},
		"bob@[IPv6:::1]":              {"trace.literal.local", "bob@[IPv6:::1]"},
		"bob@[999.1.1.1]":             {"compose.address.domain", ""},
		"https://fuji.test/":          {badName, ""},
		"...":                         {badName, ""},
		strings.Repeat("a", 64):       {badName, ""},
		strings.Repeat("a.", 200):     {badName, ""},
		"\x1b[2J.test":                {badName, ""},
		"undisclosed-recipients:;":    {badName, ""},
		"":                            {"compose.address", ""},
		" ":                           {"compose.address", ""},
		"\u3000":                      {"compose.address", ""},
		"a@fuji.test, b@fuji.test":    {"compose.address", ""},
		"bob＠fuji.test":               {"compose.address.full-width", ""},
		"ｂｏｂ@fuji.test":               {"compose.address.full-width", ""},
		"bob@fuji。test":               {"compose.address.full-width", ""},
		"bob@fuji｡test":               {"compose.address.full-width", ""},
		"bob@fuji．test":               {"compose.address.full-width", ""},
		"bob @fuji.test":              {"compose.address.character", ""},
		"bob@ fuji.test":              {"compose.address.character", ""},
		"fuji test":                   {"compose.address.character", ""},
		"bob(at work)@fuji.test":      {"compose.address.character", ""},
		"bo\x1bb@fuji.test":           {"compose.address.character", ""},
		"bo\u202eb@fuji.test":         {"compose.address.character", ""},
		"\xff@fuji.test":              {"compose.address.character", ""},
		"bob@@fuji.test":              {"compose.address.character", ""},
		"bob@fuji.test:25":            {"compose.address.character", ""},
		"bob@fuji.test..":             {"compose.address.domain", ""},
		"bob@fuji..test":              {"compose.address.domain", ""},
		"bob@.":                       {"compose.address.domain", ""},
		"bob@":                        {"compose.address.no-domain", ""},
		"@fuji.test":                  {"compose.address.no-local", ""},
		"@":                           {"compose.address.no-local", ""},
		"Bob <bob>":                   {"compose.address.no-at", ""},
		"Bob <bob@fuji.test":          {"compose.address.unclosed-angle", ""},
		`"bob@fuji.test`:              {"compose.address.unclosed-quote", ""},
		strings.Repeat("a", 65) + bob: {"compose.address.too-long", ""},
	} {
		report, err := c.Trace(t.Context(), nil, TraceOptions{Target: typed})
		got, who := report.Verdict.Finding.Code, report.Verdict.Who
		if err != nil {
			d := explain.Error(err, explain.Japanese)
			got, who = d.Code, d.Who
		}
		if got != want.code || report.Address != want.address {
			t.Errorf("%q: %s of %q, want %s of %q", typed, got, report.Address, want.code, want.address)
		}
		if named := report.Verdict.Finding.Args["address"]; strings.HasPrefix(typed, `"bob smith"`) && named != typed {
			t.Errorf("%q is called %s", typed, named)
		}
		if also := report.Verdict.Also; (want.code == accepted || want.code == open) && len(also) > 0 {
			t.Errorf("%q: further faults where none is: %+v", typed, also)
		}
		if want.code != accepted && want.code != open && who != explain.You {
			t.Errorf("%q: %s must act", typed, who)
		}
	}
}

// A server that lacks SMTPUTF8 (RFC 6531) cannot take an address with letters beyond ASCII left of the @: its sender gets
// it back. A domain in any script needs no such thing.
func TestAnAddressThatNoServerCanTake(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	if err := box.Faults().Add(fault.Rule{ID: "a", Host: "mx?.tsuru.test", Stage: fault.Offer, Do: fault.Action{Withhold: []string{"SMTPUTF8"}}}); err != nil {
		t.Fatal(err)
	}
	for target, code := range map[string]string{"花子@tsuru.test": "trace.noutf8", hanako: "trace.accepted"} {
		r, err := c.Trace(t.Context(), nil, TraceOptions{Target: target, Account: "bob"})
		if err != nil || r.Verdict.Finding.Code != code || (r.Verdict.Word == delivery.Delivered) != (target == hanako) {
			t.Errorf("%s: %v, %s, %s must act: %+v", target, err, r.Verdict.Word, r.Verdict.Who, r.Verdict.Finding)
		}
	}
}
