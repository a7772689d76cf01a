package ui

import (
	"testing"

	"todoku/diag/delivery"
	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// A replay is the only screen of its program: no session is asked for anything, and q ends it.
func TestAReplayIsDrawnAlone(t *testing.T) {
	recorded := delivery.Recorded{Report: delivery.Report{Domain: "fuji.test"}}
	for _, speed := range []session.Speed{session.StepByStep, 1} {
		r := session.NewReplay(recorded, session.ReplayOptions{Speed: speed})
		a := New(Options{Replay: r, Lang: text.EN})
		if a.session() != nil {
			t.Error("a session is there")
		}
		open := a.first()
		args, ok := open.With.(screen.TracerArgs)
		if open.Name != screen.Tracer || !ok || !args.Alone || args.Seen != r.Seen() || args.Targets[0] != "fuji.test" {
			t.Errorf("%+v", open)
		}
		if _, steps := args.Source.(screen.Stepped); steps != (speed == session.StepByStep) {
			t.Errorf("at speed %d it takes steps: %v", speed, steps)
		}
		if _, clocked := args.Source.(screen.Clocked); !clocked {
			t.Error("it has no time of its own")
		}
	}
}
