package accounts

import (
	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// press does a verb.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	if s.whole && s.scroll(p.Verb) {
		return nil, nil
	}
	switch p.Verb {
	case keys.Down, keys.Up, keys.First, keys.Last, keys.PageDown, keys.PageUp:
		if s.onList {
			return nil, s.chooseAccount(p.Verb)
		}
		s.rows.Press(p.Verb)
		s.follow = false
		s.prove()
	case keys.LeftDown:
		return nil, s.chooseAccount(keys.Down)
	case keys.LeftUp:
		return nil, s.chooseAccount(keys.Up)
	case keys.Left, keys.Right, keys.Next, keys.Previous:
		s.onList = s.paned() && !s.whole && (p.Verb == keys.Left || p.Verb != keys.Right && !s.onList)
	case keys.Open:
		if s.onList {
			return s.change(), nil
		}
		s.enlarge(true)
	case keys.Change:
		return s.change(), nil
	case keys.Explain:
		return s.explain(), nil
	case keys.Number:
		return s.remedy(p.N)
	case keys.Add:
		return screen.Open{Name: screen.Setup}, nil
	case keys.Save:
		return s.runs.Save(true), nil
	case keys.Again:
		return nil, s.climb()
	case keys.CopyText:
		return screen.CopyText{Text: s.note()}, nil
	case keys.Back:
		return s.stepBack(), nil
	case keys.Quit:
		if s.whole {
			s.enlarge(false)
			return nil, nil
		}
		return screen.Back{}, nil
	}
	return nil, nil
}

// chooseAccount moves among the accounts and climbs what was not climbed yet.
func (s *Screen) chooseAccount(v keys.Verb) tea.Cmd {
	s.list.Press(v)
	s.follow, s.whole = true, false
	return s.climbOnce()
}

// scroll moves through the proof.
func (s *Screen) scroll(v keys.Verb) bool {
	step := map[keys.Verb]int{keys.Down: 1, keys.Up: -1, keys.PageDown: s.height - 1, keys.Toggle: s.height - 1, keys.PageUp: 1 - s.height,
		keys.First: -len(s.proof), keys.Last: len(s.proof)}[v]
	if step == 0 {
		return false
	}
	s.proofTop = max(min(s.proofTop+step, len(s.proof)-s.height), 0)
	return true
}

// enlarge gives the proof all of the screen, or takes it back.
func (s *Screen) enlarge(on bool) {
	if _, ok := s.here(); on && !ok {
		return
	}
	s.whole, s.proofTop = on, 0
	s.prove()
}

// change opens the mailbox of the account.
func (s *Screen) change() screen.Action {
	a, ok := s.account()
	if !ok {
		return nil
	}
	return screen.Back{With: screen.AccountsReturn{Account: a.Name}}
}

// explain explains the rung under the cursor, else why there is none.
func (s *Screen) explain() screen.Action {
	if c := s.current(); c != nil && c.Failure != nil {
		return screen.ExplainThis{Err: c.Failure}
	}
	if r, ok := s.here(); ok && r.Finding != nil {
		return screen.ExplainFinding{Finding: *r.Finding}
	}
	return screen.Say{Text: s.env.Words.Ladder.NothingToExplain}
}

// stepBack undoes one step of depth; a climb that is under way is one.
func (s *Screen) stepBack() screen.Action {
	c := s.current()
	switch {
	case s.whole:
		s.enlarge(false)
	case s.onList:
		s.onList = false
	case c != nil && c.job != 0:
		s.env.Jobs.Cancel(c.job)
	default:
		return screen.Back{}
	}
	return nil
}

// click puts the cursor where the mouse points; a second click opens.
func (s *Screen) click(m screen.Click) (screen.Action, tea.Cmd) {
	if s.whole {
		return nil, nil
	}
	if s.paned() && m.X < listCells {
		if i := m.Y - 1; i >= 0 && i < s.list.Len() {
			s.onList = true
			s.list.Go(i)
			s.follow = true
			return nil, s.climbOnce()
		}
		return nil, nil
	}
	i := s.rows.Top() + m.Y - s.rungsTop()
	if m.Y < s.rungsTop() || i >= s.rows.Len() || i >= s.rows.Top()+s.rows.Height() {
		return nil, nil
	}
	again := i == s.rows.At() && !s.onList
	s.rows.Go(i)
	s.follow, s.onList = false, false
	s.prove()
	if again {
		s.enlarge(true)
	}
	return nil, nil
}

func (s *Screen) wheel(m screen.Wheel) {
	if s.whole {
		s.proofTop = max(min(s.proofTop+m.Rows, len(s.proof)-s.height), 0)
		return
	}
	s.rows.Scroll(m.Rows)
	s.follow = false
	s.prove()
}

// Subject is the account under the cursor.
func (s *Screen) Subject() screen.About {
	a, _ := s.account()
	return screen.About{Account: a.Name, Tests: screen.Accounts}
}

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Ladder
	open := screen.Live{Verb: keys.Open, Label: w.Proof, Rank: 1}
	if s.onList {
		open.Label = w.OpenMailbox
	}
	if s.whole {
		open.Rank = 0
	}
	back := screen.Live{Verb: keys.Back, Rank: 5}
	if c := s.current(); c != nil && c.job != 0 && !s.whole {
		back.Label = w.StopClimb
	}
	number := screen.Live{Verb: keys.Number}
	if f, broken := s.broken(); broken && !s.whole {
		if n := len(explain.Finding(f, s.lang()).Do); n > 0 {
			number = screen.Live{Verb: keys.Number, Key: "1", Label: w.DoIt, Rank: 2}
			if n > 1 {
				number.Key += "-" + text.Num(n)
			}
		}
	}
	return screen.Help{Name: s.env.Words.App.Accounts, About: s.answer(), Verbs: []screen.Live{open, number,
		{Verb: keys.Explain, Rank: 3}, {Verb: keys.Again, Label: w.ClimbAgain, Rank: 4}, back,
		{Verb: keys.LeftDown, Key: "J/K", Label: w.OtherAccount, Rank: 6}, {Verb: keys.Change, Label: w.OpenMailbox, Rank: 7},
		{Verb: keys.Add, Label: w.AddAccount, Rank: 8}, {Verb: keys.CopyText, Label: w.CopyNote, Rank: 9}, {Verb: keys.Wire, Rank: 10},
		{Verb: keys.Save, Label: s.env.Words.Tracer.SaveRun, Rank: 11},
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.LeftUp}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown}, {Verb: keys.PageUp},
		{Verb: keys.Toggle}, {Verb: keys.Left}, {Verb: keys.Right}, {Verb: keys.Next}, {Verb: keys.Previous},
	}}
}
