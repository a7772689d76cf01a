package compare

import (
	"testing"

	"todoku/diag/explain"
)

// TestScriptsAreWhole: every script can be run and has words, every step says what it needs, and every verb is shown.
func TestScriptsAreWhole(t *testing.T) {
	all, err := Scripts()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[Verb]bool{}
	for _, s := range all {
		for _, lang := range []explain.Lang{explain.English, explain.Japanese} {
			if d := explain.Finding(s.Title(), lang); d.Title == "" || d.Code == "unknown" || d.Sure != explain.Finding(Step{Do: Visit}.Title(), lang).Sure {
				t.Errorf("%s has no words: %+v", s.Name, d)
			}
		}
		if s.Devices < 1 || s.Devices > 2 || len(s.Steps) == 0 || len(s.Mail) == 0 {
			t.Errorf("%s: %+v", s.Name, s)
		}
		subjects := map[string]bool{}
		for _, l := range s.Mail {
			if subjects[l.Subject] {
				t.Errorf("%s has two letters %q", s.Name, l.Subject)
			}
			subjects[l.Subject] = true
		}
		for i, step := range s.Steps {
			shown[step.Do] = true
			if stepCode(step.Do) == "" {
				t.Errorf("%s, step %d: no verb %q", s.Name, i+1, step.Do)
			}
			acts := step.Do != Arrive && step.Do != Fill
			if acts != (step.Device == "A" || step.Device == "B" && s.Devices == 2) {
				t.Errorf("%s, step %d: device %q", s.Name, i+1, step.Device)
			}
			switch step.Do {
			case Read, Mark, Delete, Move:
				if !subjects[step.Message] {
					t.Errorf("%s, step %d: no letter %q", s.Name, i+1, step.Message)
				}
			}
		}
	}
	for _, v := range []Verb{Visit, Look, Read, Mark, Delete, Move, Search, Send, Arrive, Lose, Offline, Fill, Days} {
		if !shown[v] {
			t.Errorf("no script shows %s", v)
		}
	}
}

// TestCardIsShown: every claim points to a step that does what it says.
func TestCardIsShown(t *testing.T) {
	for _, r := range Card() {
		shown(t, r)
	}
	if len(Card()) != 8 {
		t.Errorf("%d claims", len(Card()))
	}
}
