package compare

import (
	"testing"

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
		"nothing said":         {Answers{}, OK, OK, UseIMAP, "compare.because.lost"},
		"two devices":          {Answers{Devices: 2}, OK, OK, UseIMAP, "compare.because.devices"},
		"shared":               {Answers{Devices: 1, Shared: true}, OK, OK, UseIMAP, "compare.because.devices"},
		"two, and offline":     {Answers{Devices: 2, Offline: true}, OK, OK, UseIMAP, "compare.because.devices"},
		"no room there":        {Answers{Devices: 1, RoomThere: 50_000_000, RoomHere: big}, OK, OK, UsePOP3, "compare.because.full"},
		"no room here":         {Answers{Devices: 1, RoomHere: 50_000_000}, OK, OK, UseIMAP, "compare.because.room"},
		"no room anywhere":     {Answers{Devices: 1, RoomHere: 50_000_000, RoomThere: 50_000_000}, OK, OK, UseIMAP, "compare.because.room"},
		"offline":              {Answers{Devices: 1, Offline: true, RoomHere: big}, OK, OK, UsePOP3Leave, "compare.because.offline"},
		"only POP3":            {Answers{Devices: 2}, OK, NA, UsePOP3Leave, "compare.because.pop3"},
		"only POP3, room said": {Answers{Devices: 1, RoomThere: big}, OK, Fail, UsePOP3, "compare.because.pop3"},
		"only IMAP":            {Answers{Devices: 1, Offline: true}, NA, OK, UseIMAP, "compare.because.imap"},
		"not asked":            {Answers{Devices: 2}, Unknown, Unknown, UseIMAP, "compare.because.devices"},
		"neither":              {Answers{}, Fail, NA, UseNeither, ""},
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
