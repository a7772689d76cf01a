package setup

import (
	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// press does a verb, or types. While the settings are written nothing else is begun, and nobody leaves before the end is told.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	if s.saves && p.Verb != keys.Explain {
		return screen.Say{Text: s.env.Words.Setup.Saving}, nil
	}
	if p.Verb == keys.Back {
		return s.stepBack(), nil
	}
	switch s.step {
	case atAddress:
		if p.Verb == keys.Open {
			return s.look()
		}
		s.address.Key(p.Key)
		return nil, nil
	case atForm:
		return s.formKey(p)
	}
	return s.checkKey(p)
}

// formKey moves through the form, types and chooses.
func (s *Screen) formKey(p screen.Press) (screen.Action, tea.Cmd) {
	f := &s.form
	switch p.Verb {
	case keys.Open:
		if f.at == secret {
			return s.try()
		}
		f.at++
	case keys.Next, keys.Down:
		f.at = (f.at + 1) % fields
	case keys.Previous, keys.Up:
		f.at = (f.at + fields - 1) % fields
	default:
		if in := f.input(f.at); in != nil {
			in.Key(p.Key)
			return nil, nil
		}
		switch p.Key.String() {
		case "right", "space":
			f.choose(1)
		case "left":
			f.choose(-1)
		}
	}
	return nil, nil
}

// checkKey answers the check.
func (s *Screen) checkKey(p screen.Press) (screen.Action, tea.Cmd) {
	choices := s.choices()
	switch p.Verb {
	case keys.Again:
		return s.try()
	case keys.Explain:
		return s.explain(), nil
	case keys.Open:
		p.N = 1
	case keys.Number:
	default:
		return nil, nil
	}
	if p.N < 1 || p.N > len(choices) {
		return nil, nil
	}
	return choices[p.N-1].do()
}

// choice is what can be done when the check is over.
type choice struct {
	name text.Safe
	do   func() (screen.Action, tea.Cmd)
}

// choices come when the check is over, the safe one first.
func (s *Screen) choices() []choice {
	w := s.env.Words.Setup
	if s.job != 0 {
		return nil
	}
	save := choice{w.SaveOpen, s.save}
	change := choice{w.Change, func() (screen.Action, tea.Cmd) { return s.stepBack(), nil }}
	if c := s.climb.Checkup; c != nil && !c.Stopped() {
		if _, broken := c.Answer(); !broken {
			return []choice{save, change}
		}
	}
	save.name = w.SaveAnyway
	return []choice{change, save}
}

// explain explains what broke.
func (s *Screen) explain() screen.Action {
	if s.climb.Failure != nil {
		return screen.ExplainThis{Err: s.climb.Failure}
	}
	if f, broken := s.climb.Broken(); broken {
		return screen.ExplainFinding{Finding: f}
	}
	return screen.Say{Text: s.env.Words.Ladder.NothingToExplain}
}

// stepBack goes back one step. What was typed stays, and what was found.
func (s *Screen) stepBack() screen.Action {
	s.stop()
	if s.step == atAddress {
		return screen.Back{}
	}
	s.step--
	return nil
}

// paste types what was pasted, as one line.
func (s *Screen) paste(pasted string) {
	in := &s.address
	if s.step == atForm {
		in = s.form.input(s.form.at)
	}
	if s.step != atCheck && in != nil {
		in.Insert(pasted)
	}
}

// Subject is the account that is set up: it has no name before it is saved.
func (s *Screen) Subject() screen.About { return screen.About{Tests: screen.Accounts} }

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words
	back := screen.Live{Verb: keys.Back, Rank: 3}
	h := screen.Help{Name: w.Setup.Name}
	switch s.step {
	case atAddress:
		h.Verbs = []screen.Live{{Verb: keys.Open, Label: w.Setup.Look, Rank: 1}, back}
	case atForm:
		open := screen.Live{Verb: keys.Open, Label: w.Setup.NextField, Rank: 1}
		if s.form.at == secret {
			open.Label = w.Setup.Try
		}
		h.Verbs = []screen.Live{open, {Verb: keys.Next, Label: w.Setup.NextField, Rank: 2}}
		if all, _ := s.form.choice(s.form.at); all != nil {
			h.Verbs = append(h.Verbs, screen.Live{Verb: keys.Right, Key: "left/right", Label: w.Setup.Choose, Rank: 1})
		}
		h.Verbs = append(h.Verbs, back, screen.Live{Verb: keys.Previous}, screen.Live{Verb: keys.Down}, screen.Live{Verb: keys.Up})
	default:
		h.About = s.climb.Answer(w)
		if n := len(s.choices()); n > 0 {
			h.Verbs = append(h.Verbs, screen.Live{Verb: keys.Number, Key: "1-" + text.Num(n), Label: w.Welcome.Foot, Rank: 1})
		}
		h.Verbs = append(h.Verbs, screen.Live{Verb: keys.Explain, Rank: 2}, screen.Live{Verb: keys.Again, Label: w.Ladder.ClimbAgain, Rank: 4}, back,
			screen.Live{Verb: keys.Wire, Rank: 5}, screen.Live{Verb: keys.Open})
	}
	return h
}

func (s *Screen) lang() explain.Lang { return explain.Lang(s.env.Words.Lang) }
