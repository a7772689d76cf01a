package versus

import (
	"todoku/diag/explain"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Versus
	open := screen.Live{Verb: keys.Open, Label: map[part]text.Safe{onMenu: w.RunIt, onLanes: w.Dialogue, onAnswer: w.GoToStep, onCard: w.GoToStep}[s.part], Rank: 1}
	if s.part == onTalk {
		open.Rank = 0
	}
	change := screen.Live{Verb: keys.Change, Label: w.OtherScript, Rank: 5}
	if s.part != onLanes && s.part != onTalk {
		change.Label = w.ChangeAnswers
	}
	again := screen.Live{Verb: keys.Again, Label: w.RunAgain, Rank: 6}
	save := screen.Live{Verb: keys.Save, Label: w.SaveIt, Rank: 8}
	turn := screen.Live{Verb: keys.Next, Label: w.ToAnswer, Rank: 7}
	settings := screen.Live{Verb: keys.CopyText, Label: w.CopySettings, Rank: 4}
	pause := screen.Live{Verb: keys.Toggle, Label: w.Pause, Rank: 2}
	step := screen.Live{Verb: keys.Step, Label: w.OneStep, Rank: 3}
	switch {
	case s.part == onMenu && s.menu.At() == 0, s.part == onCard:
		step.Rank, step.Off = 0, w.NotRunning
	case s.part == onAnswer, s.part == onTalk:
		step.Rank = 0
	case !s.running():
		step.Label = w.StepByStep
	}
	back := screen.Live{Verb: keys.Back, Rank: 10}
	explain := screen.Live{Verb: keys.Explain, Rank: 11}
	doctor := screen.Live{Verb: keys.Accounts, Label: w.Doctor}
	if s.failing() {
		doctor.Rank = 4
	}
	beside := screen.Live{Verb: keys.Beside, Label: s.env.Words.Tracer.BesideKey, Rank: 12}
	if s.replay != nil {
		change.Rank, change.Off, doctor.Rank, doctor.Off = 0, w.OnlyRecorded, 0, w.OnlyRecorded
	}
	if s.run == nil || s.part == onMenu || s.part == onCard || s.part == onChanges {
		beside.Rank = 0
	}
	if s.part == onAnswer {
		turn.Label = w.ToLanes
	}
	if s.run == nil || s.part == onMenu || s.part == onCard {
		again.Rank, save.Rank, turn.Rank, settings.Rank = 0, 0, 0, 0
	}
	if s.run == nil || s.run.report == nil || s.part == onTalk {
		turn.Rank, turn.Off, settings.Rank, settings.Off = 0, w.NotOver, 0, w.NoSettings
	}
	if s.part == onLanes {
		settings.Rank = 0
	}
	if s.part == onChanges {
		open.Rank, step.Rank, change.Rank, turn.Rank, settings.Rank, explain.Rank = 0, 0, 0, 0, 0, 0
	}
	line := screen.Live{Verb: keys.Number, Label: w.OtherLine}
	if s.part == onAnswer {
		line.Rank = 13
	}
	if !s.running() {
		pause.Rank = 0
	} else {
		back.Label = w.StopRun
		if s.run.control.Paused() {
			pause.Label = w.Resume
		}
	}
	return screen.Help{Name: w.Name, About: s.aboutHere(), Verbs: []screen.Live{pause, step, open, settings, change, again, turn,
		{Verb: keys.Wire, Rank: 9}, save, back, explain, doctor, beside, line,
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown}, {Verb: keys.PageUp}, {Verb: keys.Previous},
	}}
}

// failing reports whether a server, or the step under the cursor, failed: the doctor says where.
func (s *Screen) failing() bool {
	if s.run == nil || s.part != onLanes && s.part != onTalk {
		return false
	}
	for _, p := range lanes {
		if _, broken := s.run.refused(p); broken || s.run.lane(s.step(), p).Error != nil {
			return true
		}
	}
	return false
}

// aboutHere is a sentence about what is under the cursor.
func (s *Screen) aboutHere() text.Safe {
	switch {
	case s.part == onMenu && s.broken == nil:
		_, means := s.menuRow(s.menu.At())
		return means
	case s.part == onAnswer:
		return outcome(s.env.Words, *s.run.report)
	case s.part == onCard:
		if c, ok := s.card.current(); ok {
			return text.Clean(explain.Finding(*c.finding, explain.Lang(s.env.Words.Lang)).Means)
		}
	}
	return ""
}
