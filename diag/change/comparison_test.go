package change

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/compare"
	"todoku/diag/explain"
	tr "todoku/internal/trace"
)

// contestOf is a comparison of two steps, both done well in both lanes.
func contestOf() compare.Report {
	steps := []compare.Step{{Do: compare.Visit, Device: "A"}, {Do: compare.Delete, Device: "A", Message: "Printer again"}}
	r := compare.Report{Address: "alice@sakura.test", Script: compare.Script{Name: "delete", Devices: 2, Steps: steps}, Mode: compare.Good,
		Offers: []compare.Offer{{Protocol: compare.POP3, Server: "mail.sakura.test:995", State: compare.OK, Capabilities: []string{"UIDL", "TOP"},
			Ports: []compare.Port{{Port: 995, TLS: "implicit", State: compare.OK}, {Port: 110, TLS: "starttls", State: compare.Fail}}},
			{Protocol: compare.IMAP, Server: "mail.sakura.test:993", State: compare.OK, Capabilities: []string{"MOVE"}, TLS: &tr.TLSFacts{Version: "TLS 1.3"}}},
		Advice: compare.Advice{Use: compare.UseIMAP, Finding: tr.Finding{Code: "compare.use.imap", Args: map[string]string{"address": "alice@sakura.test"}}}}
	for i, s := range steps {
		row := compare.Row{Step: s, POP3: wellDone(i+1, compare.POP3), IMAP: wellDone(i+1, compare.IMAP)}
		row.POP3.Notes = []tr.Finding{{Code: "compare.pop3.delete", Level: tr.Pass}, {Code: "compare.used", Args: map[string]string{"what": "UIDL"}}}
		row.IMAP.Notes = []tr.Finding{{Code: "compare.imap.delete", Level: tr.Pass}}
		r.Rows = append(r.Rows, row)
	}
	return r
}

// wellDone is a step that a lane did.
func wellDone(step int, lane compare.Protocol) compare.Result {
	sees := func(code string) tr.Finding {
		return tr.Finding{Code: code, Level: tr.Pass, Args: map[string]string{"total": "4", "unread": "0", "octets": "9,120", "message": "Printer again"}}
	}
	return compare.Result{Step: step, Lane: lane, State: compare.OK, Place: compare.Sandbox, Counters: tr.Counters{In: 9120, Out: 402, RoundTrips: 6, Handshakes: 2},
		About: [3]tr.Finding{sees("compare.holds.numbers"), sees("compare.sees.numbers"), sees("compare.sees.numbers")}}
}

// contestLines writes changes a line each.
func contestLines(all []Change) []string {
	var out []string
	for _, c := range all {
		step := "-"
		if c.Shown.Number > 0 {
			step = string(rune('0' + c.Shown.Number))
		}
		out = append(out, strings.TrimRight(strings.Join([]string{step, string(c.Level), c.Code, c.Where, c.What, c.Was, c.Now}, " | "), " |"))
	}
	return out
}

func TestWhatChangedBetweenComparisons(t *testing.T) {
	full := tr.Finding{Code: "compare.pop3.fill", Level: tr.Fail}
	for name, c := range map[string]struct {
		change func(*compare.Report)
		want   []string
	}{
		"nothing": {func(*compare.Report) {}, nil},
		"chance": {func(r *compare.Report) {
			r.Rows[0].POP3.Counters = tr.Counters{In: 9200, Out: 500, RoundTrips: 7, Handshakes: 2}
			r.Rows[0].POP3.About[0].Args["octets"] = "9,200"
			r.Rows[0].POP3.Elapsed, r.Rows[0].POP3.Span, r.Elapsed = 5e9, 77, 5e9
		}, nil},
		"a step fails": {func(r *compare.Report) { r.Rows[1].POP3.State, r.Rows[1].POP3.Error = compare.Fail, &full },
			[]string{"2 | fail | change.compare.cannot | POP3 | outcome | ok | fail"}},
		"a step has a loss": {func(r *compare.Report) { r.Rows[1].IMAP.State, r.Rows[1].IMAP.Notes[0].Level = compare.Warn, tr.Warn },
			[]string{"2 | warn | change.compare.worse | IMAP | outcome | ok | warn"}},
		"another way": {func(r *compare.Report) { r.Rows[1].POP3.Notes[0].Code = "compare.pop3.delete.kept" },
			[]string{"2 | n/a | change.compare.way | POP3 | outcome | ok | ok"}},
		"other capabilities are used": {func(r *compare.Report) { r.Rows[0].POP3.Notes[1].Args["what"] = "PIPELINING, UIDL" },
			[]string{"1 | n/a | change.compare.use | POP3 | use | UIDL | PIPELINING, UIDL"}},
		"nobody could look": {func(r *compare.Report) { r.Rows[1].IMAP.State = compare.Unknown },
			[]string{"2 | unknown | change.compare.known | IMAP | outcome | ok | unknown"}},
		"what is seen": {func(r *compare.Report) {
			r.Rows[1].POP3.About[compare.AboutServer].Args["total"] = "3"
			r.Rows[1].IMAP.About[compare.AboutDeviceB].Code = "compare.sees.gone"
		}, []string{"2 | warn | change.compare.holds | POP3 | server", "2 | warn | change.compare.sees | IMAP | B"}},
		"numbers": {func(r *compare.Report) {
			r.Rows[0].POP3.Counters = tr.Counters{In: 20_000, Out: 402, RoundTrips: 3, Handshakes: 2}
			r.Rows[1].IMAP.Counters = tr.Counters{In: 900, Out: 1402, RoundTrips: 16, Handshakes: 2}
		}, []string{"1 | pass | change.compare.trips.fewer | POP3 | round trips | 8 | 5", "1 | warn | change.compare.down.more | POP3 | octets down | 9120 | 20000",
			"2 | warn | change.compare.trips.more | IMAP | round trips | 8 | 18", "2 | pass | change.compare.down.fewer | IMAP | octets down | 9120 | 900",
			"2 | warn | change.compare.up.more | IMAP | octets up | 402 | 1402"}},
		"numbers from elsewhere": {func(r *compare.Report) { r.Rows[0].POP3.Place, r.Rows[0].POP3.Counters.In = compare.Account, 99_999 },
			[]string{"1 | n/a | change.compare.place | POP3 | place | sandbox | account"}},
		"what servers offer": {func(r *compare.Report) {
			r.Offers[0].Capabilities = []string{"UIDL", "PIPELINING"}
			r.Offers[0].Notes = []tr.Finding{{Code: "compare.offer.expire-zero", Level: tr.Warn}}
			r.Offers[1] = compare.Offer{Protocol: compare.IMAP, Server: "mail.sakura.test:143", State: compare.Fail, Error: &full}
		}, []string{"- | warn | change.compare.capability.gone | POP3 | TOP | TOP", "- | pass | change.compare.capability.new | POP3 | PIPELINING |  | PIPELINING",
			"- | warn | change.compare.oddity.new | POP3 | oddity", "- | n/a | change.compare.server | IMAP | server | mail.sakura.test:993 | mail.sakura.test:143",
			"- | fail | change.compare.not-offered | IMAP | offer | ok | fail"}},
		"ports": {func(r *compare.Report) {
			r.Offers[0].Ports = []compare.Port{{Port: 995, TLS: "implicit", State: compare.Fail}, {Port: 110, TLS: "starttls", State: compare.OK}}
		}, []string{"- | warn | change.compare.port.closed | POP3 | 995 implicit | ok | fail", "- | pass | change.compare.port.open | POP3 | 110 starttls | fail | ok"}},
		"TLS": {func(r *compare.Report) { r.Offers[1].TLS = &tr.TLSFacts{Version: "TLS 1.2"} },
			[]string{"- | warn | change.compare.tls | IMAP | TLS | TLS 1.3 | TLS 1.2"}},
		"answers and advice": {func(r *compare.Report) {
			r.Address, r.Answers, r.Advice.Use = "bob@fuji.test", compare.Answers{Devices: 1, RoomThere: 5_000_000, Offline: true}, compare.UsePOP3
		}, []string{"- | n/a | change.compare.mailbox |  | mailbox | alice@sakura.test | bob@fuji.test",
			"- | n/a | change.compare.answers |  | answers | - | --devices 1 --room-there 5000000 --offline", "- | warn | change.compare.advice |  | advice | imap | pop3"}},
		"a run that was stopped": {func(r *compare.Report) {
			r.Rows[1].POP3, r.Rows[1].IMAP = compare.Result{State: compare.Wait}, compare.Result{State: compare.Wait}
		}, nil},
		"a script with another step": {func(r *compare.Report) {
			first := compare.Row{Step: compare.Step{Do: compare.Look, Device: "B"}}
			r.Rows = append([]compare.Row{first}, r.Rows...)
			r.Rows[2].IMAP.State = compare.NA
		}, []string{"3 | n/a | change.compare.cannot | IMAP | outcome | ok | n/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			now := contestOf()
			c.change(&now)
			all, err := Comparisons([]compare.Report{contestOf()}, []compare.Report{now})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, contestLines(all)); d != "" {
				t.Error(d)
			}
			for _, one := range all {
				for _, lang := range []explain.Lang{explain.English, explain.Japanese} {
					if d := explain.Finding(one.Finding(), lang); d.Code != one.Code || d.Title == "" || strings.Contains(d.Title, "{") {
						t.Errorf("%s has no words: %+v", one.Code, d)
					}
				}
			}
		})
	}
}

// Back from a change the same thing is said the other way round: a step that could not be done and now can.
func TestAStepThatCanBeDoneNow(t *testing.T) {
	broken := contestOf()
	for state, want := range map[compare.State]string{compare.Fail: "fail", compare.Warn: "warn", compare.NA: "n/a"} {
		broken.Rows[1].IMAP.State = state
		all := BetweenComparisons(broken, contestOf())
		if d := cmp.Diff([]string{"2 | pass | change.compare.can | IMAP | outcome | " + want + " | ok"}, contestLines(all)); d != "" {
			t.Error(d)
		}
	}
}

// Comparisons are matched by script and kind of clients; what only one run has is named.
func TestComparisonsThatHaveNoPartner(t *testing.T) {
	naive, other := contestOf(), contestOf()
	naive.Mode, other.Script.Name = compare.Naive, "search"
	all, err := Comparisons([]compare.Report{contestOf(), naive}, []compare.Report{contestOf(), other})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"- | n/a | change.compare.gone", "- | n/a | change.compare.new"}, contestLines(all)); d != "" {
		t.Error(d)
	}
	_, err = Comparisons([]compare.Report{naive}, []compare.Report{other})
	var found explain.Found
	if !errors.As(err, &found) || found.Code != "run.other-script" || found.Args["was"] != "delete (naive)" || found.Args["now"] != "search (good)" {
		t.Errorf("%v", err)
	}
}
