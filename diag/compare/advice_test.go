package compare

import (
	"strings"
	"testing"

	"todoku/diag/explain"
	"todoku/internal/trace"
)

// TestAdvice: answers and offers, and what follows.
func TestAdvice(t *testing.T) {
	const big = 80_000_000_000
	settings := []Setting{{Protocol: "imap"}, {Protocol: "pop3"}, {Protocol: "smtp"}}
	for name, c := range map[string]struct {
		who        Answers
		pop3, imap State
		want       Use
		because    string
	}{
		"nothing said":             {Answers{}, OK, OK, UseIMAP, "compare.because.lost"},
		"two devices":              {Answers{Devices: 2}, OK, OK, UseIMAP, "compare.because.devices"},
		"shared":                   {Answers{Devices: 1, Shared: true}, OK, OK, UseIMAP, "compare.because.devices"},
		"two, and offline":         {Answers{Devices: 2, Offline: true}, OK, OK, UseIMAP, "compare.because.devices"},
		"no room there":            {Answers{Devices: 1, RoomThere: 50_000_000, RoomHere: big}, OK, OK, UsePOP3, "compare.because.full"},
		"no room here":             {Answers{Devices: 1, RoomHere: 50_000_000}, OK, OK, UseIMAP, "compare.because.room"},
		"no room anywhere":         {Answers{Devices: 1, RoomHere: 50_000_000, RoomThere: 50_000_000}, OK, OK, UseIMAP, "compare.because.room"},
		"offline":                  {Answers{Devices: 1, Offline: true, RoomHere: big}, OK, OK, UsePOP3Leave, "compare.because.offline"},
		"only POP3":                {Answers{Devices: 2}, OK, NA, UsePOP3Leave, "compare.because.pop3"},
		"only POP3, room there":    {Answers{Devices: 1, RoomThere: big}, OK, Fail, UsePOP3Leave, "compare.because.pop3"},
		"only POP3, no room there": {Answers{Devices: 1, RoomThere: 50_000_000}, OK, Fail, UsePOP3, "compare.because.pop3"},
		"only POP3, no room, two":  {Answers{Devices: 2, RoomThere: 50_000_000}, OK, Fail, UsePOP3Leave, "compare.because.pop3"},
		"only IMAP":                {Answers{Devices: 1, Offline: true}, NA, OK, UseIMAP, "compare.because.imap"},
		"not asked":                {Answers{Devices: 2}, Unknown, Unknown, UseIMAP, "compare.because.devices"},
		"neither":                  {Answers{}, Fail, NA, UseNeither, ""},
	} {
		t.Run(name, func(t *testing.T) {
			script, _, err := ScriptNamed("")
			if err != nil {
				t.Fatal(err)
			}
			a := Advise(Report{Script: script, Answers: c.who, Offers: []Offer{{Protocol: POP3, State: c.pop3}, {Protocol: IMAP, State: c.imap}}}, settings)
			if a.Use != c.want || a.Finding.Code != useCode(c.want) {
				t.Fatalf("%+v", a)
			}
			if c.because == "" {
				return
			}
			if len(a.Because) == 0 || a.Because[0].Finding.Code != c.because || len(a.But) == 0 {
				t.Errorf("because %+v, but %+v", a.Because, a.But)
			}
			wanted := "pop3"
			if a.Use == UseIMAP {
				wanted = "imap"
			}
			if len(a.Settings) != 2 || a.Settings[0].Protocol != wanted || (a.LeaveDays > 0) != (a.Use == UsePOP3Leave) {
				t.Errorf("settings %+v, %d days", a.Settings, a.LeaveDays)
			}
		})
	}
}

// everyAnswer gives every combination of answers, and of what servers offer.
func everyAnswer(try func(who Answers, pop3, imap State)) {
	rooms := []int64{0, 50_000_000, 80_000_000_000}
	states := []State{OK, Unknown, NA}
	for _, devices := range []int{0, 1, 2} {
		for _, here := range rooms {
			for _, there := range rooms {
				for _, pop3 := range states {
					for _, imap := range states {
						for _, yes := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
							try(Answers{Devices: devices, Shared: yes[0], Offline: yes[1], RoomHere: here, RoomThere: there}, pop3, imap)
						}
					}
				}
			}
		}
	}
}

// TestEveryCombinationIsAdvised: whatever a person answers and servers offer, the advice can be followed with these servers,
// gives its reasons and what speaks against it, each with the step that shows it, and the settings to copy.
func TestEveryCombinationIsAdvised(t *testing.T) {
	script, _, err := ScriptNamed("")
	if err != nil {
		t.Fatal(err)
	}
	settings := []Setting{{Protocol: "imap", Host: "i"}, {Protocol: "pop3", Host: "p"}, {Protocol: "smtp", Host: "s"}}
	seen, led, codes := map[Use]int{}, map[string]bool{}, map[string]bool{}
	everyAnswer(func(who Answers, pop3, imap State) {
		r := Report{Address: "alice@sakura.test", Script: script, Answers: who, Offers: []Offer{{Protocol: POP3, State: pop3}, {Protocol: IMAP, State: imap}}}
		a := Advise(r, settings)
		seen[a.Use]++
		codes[a.Finding.Code] = true
		fail := func(why string) { t.Errorf("%+v, POP3 %s, IMAP %s: %s: %+v", who, pop3, imap, why, a) }
		if a.Use == UseNeither {
			if r.offers(POP3) || r.offers(IMAP) {
				fail("one is offered")
			}
			return
		}
		wanted := string(POP3)
		if a.Use == UseIMAP {
			wanted = string(IMAP)
		}
		several := who.Devices > 1 || who.Shared
		switch {
		case !r.offers(Protocol(wanted)):
			fail("it is not offered")
		case len(a.Because) == 0 || len(a.But) == 0:
			fail("it has no reasons")
		case len(a.Settings) != 2 || a.Settings[0].Protocol != wanted || a.Settings[1].Protocol != "smtp":
			fail("it has not the settings")
		case several && r.offers(IMAP) && a.Use != UseIMAP, several && a.Use == UsePOP3:
			fail("the other devices are forgotten")
		case small(who.RoomHere) && r.offers(IMAP) && a.Use != UseIMAP:
			fail("it does not fit on the device")
		case a.Use == UsePOP3 && !small(who.RoomThere):
			fail("mail leaves a server that has room")
		case (a.LeaveDays > 0) != (a.Use == UsePOP3Leave):
			fail("days")
		}
		for _, lang := range []explain.Lang{explain.English, explain.Japanese} {
			if d := explain.Finding(a.Finding, lang); d.Code != a.Finding.Code || d.Title == "" || strings.Contains(d.Title, "{") {
				fail("it has no words")
			}
		}
		said := map[string]bool{}
		for _, reason := range append(append([]Reason{}, a.Because...), a.But...) {
			if code := reason.Finding.Code; said[code] {
				fail(code + " is said twice")
			}
			said[reason.Finding.Code] = true
			if !led[reason.Finding.Code] {
				led[reason.Finding.Code] = true
				shown(t, reason)
			}
		}
	})
	for _, use := range []Use{UseIMAP, UsePOP3, UsePOP3Leave, UseNeither} {
		if seen[use] == 0 {
			t.Errorf("nobody is advised %s", use)
		}
	}
	for _, code := range []string{"compare.use.imap", "compare.use.pop3", "compare.use.pop3-leave", "compare.use.neither"} {
		if !codes[code] {
			t.Errorf("nobody is told %s", code)
		}
	}
	for _, code := range []string{"compare.because.devices", "compare.because.mark", "compare.because.room", "compare.because.here", "compare.because.pop3",
		"compare.because.imap"} {
		if !led[code] {
			t.Errorf("%s is no reason for anything", code)
		}
	}
}

// shown wants a reason to lead to a step that is there; that only one protocol is offered, the offers show.
func shown(t *testing.T, r Reason) {
	t.Helper()
	offers := r.Finding.Code == "compare.because.pop3" || r.Finding.Code == "compare.because.imap"
	s, found, err := ScriptNamed(r.Script)
	if inScript := err == nil && found && r.Script != "" && r.Step >= 1 && r.Step <= len(s.Steps); inScript == offers {
		t.Errorf("%s is shown by %q, step %d", r.Finding.Code, r.Script, r.Step)
	}
}

// TestLineTime: round trips, those of connecting among them, and octets both ways.
func TestLineTime(t *testing.T) {
	var c trace.Counters
	c.In, c.Out, c.RoundTrips, c.Handshakes = 900_000, 100_000, 10, 2
	if got := (Line{RTT: 60_000_000, Bandwidth: 8_000_000}).Time(c); got.Milliseconds() != 12*60+1000 {
		t.Error(got)
	}
	if got := (Line{RTT: 60_000_000}).Time(c); got.Milliseconds() != 12*60 {
		t.Error(got)
	}
}
