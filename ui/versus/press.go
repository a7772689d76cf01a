package versus

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/widget"
)

// press does a verb.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	if s.move(p.Verb) {
		s.lay()
		return nil, nil
	}
	switch p.Verb {
	case keys.Open:
		return s.open()
	case keys.Toggle:
		s.pauseOrPage()
	case keys.Step:
		return nil, s.oneStep()
	case keys.Change:
		return s.choose(), nil
	case keys.Again:
		if s.run != nil {
			return nil, s.start(s.newRun(s.run.script), goal{})
		}
	case keys.Next, keys.Previous:
		s.turn()
	case keys.Explain:
		return s.explain(), nil
	case keys.Save:
		return s.keeper.Save(s.run == nil || s.run.report == nil), nil
	case keys.Beside:
		return s.beside(), nil
	case keys.Accounts:
		return screen.Open{Name: screen.Accounts, With: screen.AccountsArgs{Account: s.account.Name}}, nil
	case keys.Number:
		return s.pickLine(p.N), nil
	case keys.CopyText:
		return s.copy(), nil
	case keys.Back:
		return s.stepBack(), nil
	case keys.Quit:
		switch {
		case s.part == onTalk, s.part == onChanges:
			return s.stepBack(), nil
		case s.replay != nil:
			return screen.Exit{}, nil
		}
		return s.leave(), nil
	}
	return nil, nil
}

// oneStep has the run take one step and pause; where none runs, it begins one so.
func (s *Screen) oneStep() tea.Cmd {
	var r *run
	switch {
	case s.running():
		s.run.control.Step()
		return nil
	case s.part == onMenu && s.menu.At() > 0:
		s.back = onMenu
		r = s.newRun(s.scripts[s.menu.At()-1])
	case s.part != onMenu && s.part != onCard:
		r = s.newRun(s.run.script)
	default:
		return nil
	}
	r.control.Step()
	return s.start(r, goal{})
}

func (s *Screen) running() bool { return s.run != nil && s.run.running() }

// move does the verbs that only move.
func (s *Screen) move(v keys.Verb) bool {
	switch s.part {
	case onTalk, onChanges:
		return s.scroll(v)
	case onAnswer:
		return moveClaims(&s.answer, v)
	case onCard:
		return moveClaims(&s.card, v)
	case onLanes:
		if v == keys.Last && s.running() {
			s.follow = true
			return true
		}
		moved := moveList(&s.steps, v)
		s.follow = s.follow && !moved
		return moved
	}
	return moveList(&s.menu, v)
}

// moveList moves the cursor of a list; false if the verb does not move.
func moveList(l *widget.List, v keys.Verb) bool {
	switch v {
	case keys.Down, keys.Up, keys.First, keys.Last, keys.PageDown, keys.PageUp:
		l.Press(v)
		return true
	}
	return false
}

func moveClaims(c *claims, v keys.Verb) bool {
	switch v {
	case keys.Down:
		c.move(1)
	case keys.Up:
		c.move(-1)
	case keys.First:
		c.first()
	case keys.Last:
		c.last()
	case keys.PageDown:
		c.scroll(max(c.height-1, 1))
	case keys.PageUp:
		c.scroll(-max(c.height-1, 1))
	default:
		return false
	}
	return true
}

// scroll moves through the dialogue.
func (s *Screen) scroll(v keys.Verb) bool {
	page := max(s.height-1, 1)
	step, ok := map[keys.Verb]int{keys.Down: 1, keys.Up: -1, keys.PageDown: page, keys.Toggle: page, keys.PageUp: -page,
		keys.First: -s.talkHeight(), keys.Last: s.talkHeight()}[v]
	s.scrollTalk(step)
	return ok
}

// open goes deeper: into a script, the dialogue of a step, the step that a claim rests on.
func (s *Screen) open() (screen.Action, tea.Cmd) {
	switch s.part {
	case onMenu:
		if s.menu.At() == 0 {
			s.part = onCard
			s.lay()
			return nil, nil
		}
		s.back = onMenu
		return nil, s.start(s.newRun(s.scripts[s.menu.At()-1]), goal{})
	case onLanes:
		s.part, s.talkTop = onTalk, 0
		s.lay()
	case onAnswer:
		if c, ok := s.answer.current(); ok {
			return s.visit(c.shown)
		}
	case onCard:
		if c, ok := s.card.current(); ok {
			return s.visit(c.shown)
		}
	}
	return nil, nil
}

// pauseOrPage pauses a run or lets it go on; where none runs, it pages.
func (s *Screen) pauseOrPage() {
	if !s.running() {
		s.move(keys.PageDown)
		s.lay()
		return
	}
	if s.run.control.Paused() {
		s.run.control.Resume()
	} else {
		s.run.control.Pause()
	}
}

// turn goes from the lanes to the answer, and back.
func (s *Screen) turn() {
	switch {
	case s.part == onLanes && s.run.report != nil:
		s.part = onAnswer
	case s.part == onAnswer:
		s.part, s.back = onLanes, onAnswer
	}
	s.lay()
}

// explain explains why the step under the cursor failed, else what is said of it; of the answer, what is under the cursor.
func (s *Screen) explain() screen.Action {
	nothing := screen.Say{Text: s.env.Words.Versus.NothingToExplain}
	switch {
	case s.run != nil && s.run.failure != nil:
		return screen.ExplainThis{Err: s.run.failure}
	case s.part == onAnswer:
		if c, ok := s.answer.current(); ok && c.finding != nil {
			return screen.ExplainFinding{Finding: *c.finding}
		}
		return screen.ExplainFinding{Finding: s.run.report.Advice.Finding}
	case s.part != onLanes && s.part != onTalk:
		return nothing
	}
	for _, p := range lanes {
		o, _ := s.run.refused(p)
		if f := cmp.Or(s.run.lane(s.step(), p).Error, o.Error); f != nil {
			return screen.ExplainFinding{Finding: *f}
		}
	}
	for _, p := range lanes {
		if notes := s.run.lane(s.step(), p).Notes; len(notes) > 0 {
			return screen.ExplainFinding{Finding: notes[0]}
		}
	}
	return nothing
}

// copy copies the settings of the answer; elsewhere there are none.
func (s *Screen) copy() screen.Action {
	if s.run == nil || s.run.report == nil || len(s.run.report.Advice.Settings) == 0 {
		return screen.Say{Text: s.env.Words.Versus.NoSettings}
	}
	return screen.CopyText{Text: s.settings()}
}

// stepBack undoes one step of depth; a run that is under way is one.
func (s *Screen) stepBack() screen.Action {
	switch {
	case s.part == onTalk:
		s.part = onLanes
	case s.part == onChanges:
		s.part = s.whence
		s.keeper.Forget()
	case s.part == onLanes && s.running():
		s.stop()
	case s.part == onLanes && s.earlier != nil:
		s.comeBack()
	case s.replay != nil && s.part != onAnswer:
		return s.leave()
	case s.replay != nil:
		s.part = onLanes
	case s.part == onLanes:
		s.part = s.back
	case s.part == onAnswer, s.part == onCard:
		s.part = onMenu
	default:
		return s.leave()
	}
	s.lay()
	return nil
}

// leave goes back to the mailbox; a run goes on to its end, and says what it came to.
func (s *Screen) leave() screen.Action {
	if s.run != nil {
		s.run.left.Store(true)
		s.run.control.Resume()
	}
	if s.asking != nil {
		s.asking.answer(false)
	}
	return screen.Back{}
}

// click puts the cursor where the mouse points; a second click opens.
func (s *Screen) click(c screen.Click) (screen.Action, tea.Cmd) {
	again, ok := false, false
	switch s.part {
	case onMenu:
		at := s.menu.Top() + c.Y - len(s.menuHead())
		if ok = c.Y >= len(s.menuHead()) && at < s.menu.Len(); ok {
			again = at == s.menu.At()
			s.menu.Go(at)
		}
	case onAnswer:
		again, ok = s.answer.click(c.Y)
	case onCard:
		again, ok = s.card.click(c.Y)
	case onLanes:
		var at int
		if at, ok = s.stepOn(c.Y); ok {
			again = at == s.step()
			s.steps.Go(at)
			s.follow = false
		}
	}
	if again {
		return s.open()
	}
	if ok {
		s.lay()
	}
	return nil, nil
}

// stepOn is the step on a row of the screen, where the lanes stand side by side.
func (s *Screen) stepOn(y int) (int, bool) {
	row := s.top + y - 2
	if !s.paned() || y < 2 || y >= 2+s.share().lanes {
		return 0, false
	}
	for i, b := range s.blocks {
		if row < b.rows() {
			return i, true
		}
		row -= b.rows()
	}
	return 0, false
}

func (s *Screen) wheel(rows int) {
	switch s.part {
	case onMenu:
		s.menu.Scroll(rows)
	case onTalk, onChanges:
		s.scrollTalk(rows)
	case onAnswer:
		s.answer.scroll(rows)
	case onCard:
		s.card.scroll(rows)
	case onLanes:
		s.steps.Move(rows)
		s.follow = false
	}
	s.lay()
}
