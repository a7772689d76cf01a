package versus

import (
	"todoku/diag/explain"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// Subject is the account whose two protocols are compared.
func (s *Screen) Subject() screen.About { return screen.About{Account: s.account.Name} }

// Help says what works now.
func (s *Screen) Help() screen.Help {
	return screen.Help{Name: s.env.Words.Versus.Name, About: s.aboutHere(), Verbs: []screen.Live{
		s.pauseVerb(), s.stepVerb(), s.openVerb(), s.settingsVerb(), s.changeVerb(), s.againVerb(), s.turnVerb(),
		{Verb: keys.Wire, Rank: 9}, s.saveVerb(), s.backVerb(), s.explainVerb(), s.doctorVerb(), s.besideVerb(), s.lineVerb(),
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown}, {Verb: keys.PageUp}, {Verb: keys.Previous},
	}}
}

// rankIf is a rank in the footer where something is shown, else none.
func rankIf(shown bool, rank int) int {
	if !shown {
		return 0
	}
	return rank
}

// onRun reports whether a run is shown, in any way.
func (s *Screen) onRun() bool { return s.run != nil && s.part != onMenu && s.part != onCard }

// hasAnswer reports whether the run that is shown came to its end.
func (s *Screen) hasAnswer() bool { return s.run != nil && s.run.report != nil }

func (s *Screen) pauseVerb() screen.Live {
	v := screen.Live{Verb: keys.Toggle, Label: s.env.Words.Versus.Pause, Rank: rankIf(s.running(), 2)}
	if s.running() && s.run.control.Paused() {
		v.Label = s.env.Words.Versus.Resume
	}
	return v
}

func (s *Screen) stepVerb() screen.Live {
	w := s.env.Words.Versus
	v := screen.Live{Verb: keys.Step, Label: w.OneStep, Rank: rankIf(s.part == onMenu || s.part == onLanes, 3)}
	switch {
	case s.part == onMenu && s.menu.At() == 0, s.part == onCard:
		v.Rank, v.Off = 0, w.NotRunning
	case v.Rank > 0 && !s.running():
		v.Label = w.StepByStep
	}
	return v
}

func (s *Screen) openVerb() screen.Live {
	w := s.env.Words.Versus
	label := map[part]text.Safe{onMenu: w.RunIt, onLanes: w.Dialogue, onAnswer: w.GoToStep, onCard: w.GoToStep}[s.part]
	return screen.Live{Verb: keys.Open, Label: label, Rank: rankIf(label != "", 1)}
}

func (s *Screen) settingsVerb() screen.Live {
	w := s.env.Words.Versus
	v := screen.Live{Verb: keys.CopyText, Label: w.CopySettings, Rank: rankIf(s.part == onAnswer, 4)}
	if !s.hasAnswer() || s.part == onTalk {
		v.Off = w.NoSettings
	}
	return v
}

func (s *Screen) changeVerb() screen.Live {
	w := s.env.Words.Versus
	v := screen.Live{Verb: keys.Change, Label: w.ChangeAnswers, Rank: rankIf(s.part != onChanges, 5)}
	if s.part == onLanes || s.part == onTalk {
		v.Label = w.OtherScript
	}
	if s.replay != nil {
		v.Rank, v.Off = 0, w.OnlyRecorded
	}
	return v
}

func (s *Screen) againVerb() screen.Live {
	return screen.Live{Verb: keys.Again, Label: s.env.Words.Versus.RunAgain, Rank: rankIf(s.onRun(), 6)}
}

// turnVerb goes from the steps to the answer and back.
func (s *Screen) turnVerb() screen.Live {
	w := s.env.Words.Versus
	v := screen.Live{Verb: keys.Next, Label: w.ToAnswer, Rank: rankIf(s.hasAnswer() && (s.part == onLanes || s.part == onAnswer), 7)}
	if s.part == onAnswer {
		v.Label = w.ToLanes
	}
	if !s.hasAnswer() || s.part == onTalk {
		v.Off = w.NotOver
	}
	return v
}

func (s *Screen) saveVerb() screen.Live {
	return screen.Live{Verb: keys.Save, Label: s.env.Words.Versus.SaveIt, Rank: rankIf(s.onRun(), 8)}
}

func (s *Screen) backVerb() screen.Live {
	v := screen.Live{Verb: keys.Back, Rank: 10}
	if s.running() {
		v.Label = s.env.Words.Versus.StopRun
	}
	return v
}

func (s *Screen) explainVerb() screen.Live {
	return screen.Live{Verb: keys.Explain, Rank: rankIf(s.part != onChanges, 11)}
}

// doctorVerb is in the footer where something failed that the doctor may know more of.
func (s *Screen) doctorVerb() screen.Live {
	w := s.env.Words.Versus
	v := screen.Live{Verb: keys.Accounts, Label: w.Doctor, Rank: rankIf(s.failing(), 4)}
	if s.replay != nil {
		v.Rank, v.Off = 0, w.OnlyRecorded
	}
	return v
}

func (s *Screen) besideVerb() screen.Live {
	return screen.Live{Verb: keys.Beside, Label: s.env.Words.Tracer.BesideKey, Rank: rankIf(s.onRun() && s.part != onChanges, 12)}
}

func (s *Screen) lineVerb() screen.Live {
	return screen.Live{Verb: keys.Number, Label: s.env.Words.Versus.OtherLine, Rank: rankIf(s.part == onAnswer, 13)}
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
