package tracer

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/ui/keys"
	"todoku/ui/screen"
)

// press does a verb.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	if s.form != nil {
		return s.fill(p)
	}
	if s.move(p.Verb) {
		s.tell()
		return nil, nil
	}
	switch p.Verb {
	case keys.Open:
		s.enlarge(true)
	case keys.Fold:
		return s.turnFold(), nil
	case keys.Explain:
		return s.explain(), nil
	case keys.Save:
		return s.keeper.Save(false), nil
	case keys.Beside:
		return s.keeper.Beside(), nil
	case keys.Sandbox:
		id, _ := s.same()
		return screen.Open{Name: screen.Sandbox, With: screen.SandboxArgs{Fault: id}}, nil
	case keys.CopyText:
		return screen.CopyText{Text: s.plain()}, nil
	case keys.Again:
		return nil, s.again()
	case keys.Change:
		s.change()
	case keys.Step:
		if src, ok := s.args.Source.(screen.Stepped); ok {
			src.Step()
		}
	case keys.Back:
		return s.stepBack(), nil
	case keys.Quit:
		switch {
		case s.whole:
			s.enlarge(false)
			return nil, nil
		case s.args.Alone:
			return screen.Exit{}, nil
		}
		return s.leave(), nil
	}
	return nil, nil
}

// move does the verbs that only move. In the tree they end the following.
func (s *Screen) move(v keys.Verb) bool {
	inHop := s.whole || s.onHop
	switch v {
	case keys.LeftDown, keys.LeftUp: // the other pane
		inHop = !s.onHop && s.paned()
		v = map[keys.Verb]keys.Verb{keys.LeftDown: keys.Down, keys.LeftUp: keys.Up}[v]
	case keys.Left, keys.Previous, keys.Right, keys.Next:
		s.onHop = s.paned() && (v == keys.Right || v == keys.Next && !s.onHop || v == keys.Previous && !s.onHop)
		return true
	}
	if inHop {
		return s.scroll(v)
	}
	switch v {
	case keys.Down:
		s.list.Move(1)
	case keys.Up:
		s.list.Move(-1)
	case keys.First:
		s.list.Go(0)
	case keys.PageDown, keys.Toggle:
		s.list.Page(1)
	case keys.PageUp:
		s.list.Page(-1)
	case keys.Last:
		s.follow = true
		if s.list.Go(s.list.Len() - 1); s.run.running {
			s.chase()
		}
		s.hopTop = 0
		return true
	default:
		return false
	}
	s.follow, s.hopTop = false, 0
	return true
}

// scroll moves through the hop.
func (s *Screen) scroll(v keys.Verb) bool {
	switch v {
	case keys.Down:
		s.hopTop++
	case keys.Up:
		s.hopTop--
	case keys.PageDown, keys.Toggle:
		s.hopTop += max(s.hopRows-1, 1)
	case keys.PageUp:
		s.hopTop -= max(s.hopRows-1, 1)
	case keys.First:
		s.hopTop = 0
	case keys.Last:
		s.hopTop = len(s.hop)
	default:
		return false
	}
	s.hopTop = max(min(s.hopTop, len(s.hop)-s.hopRows), 0)
	return true
}

// enlarge gives the hop all of the screen, or takes it back.
func (s *Screen) enlarge(on bool) {
	if s.whole, s.hopTop = on, 0; !on {
		s.keeper.Forget()
	}
	s.SetSize(s.width, s.height)
}

// turnFold unfolds hops, or folds those around the cursor.
func (s *Screen) turnFold() screen.Action {
	r, ok := s.current()
	first := 0
	if ok {
		first = s.run.foldOf(r)
	}
	if first == 0 {
		return screen.Say{Text: s.env.Words.Tracer.NothingToFold}
	}
	s.open[first] = !s.open[first]
	s.follow = false
	s.rebuild()
	s.goTo(first)
	s.tell()
	return nil
}

// explain explains what was found at the hop under the cursor, else the verdict.
func (s *Screen) explain() screen.Action {
	if s.failure != nil {
		return screen.ExplainThis{Err: s.failure}
	}
	if f, ok := s.found(); ok {
		return screen.ExplainFinding{Finding: f, After: s.answeredAfter()}
	}
	return screen.Say{Text: s.env.Words.Tracer.NothingToExplain}
}

// found is what was found at the hop under the cursor, else the verdict's finding, before that the newest worth a note;
// false where there is none.
func (s *Screen) found() (trace.Finding, bool) {
	if r, ok := s.current(); ok && !r.isStep() {
		if f := s.run.hops[r.hops[0]].Finding; f != nil {
			return *f, true
		}
	}
	if s.run.report != nil {
		return s.run.report.Verdict.Finding, true
	}
	if n, newest := s.run.noted(); n > 0 {
		return *newest.Finding, true
	}
	return trace.Finding{}, false
}

// answeredAfter is how long the answer at the hop under the cursor was waited for; 0 where there is none.
func (s *Screen) answeredAfter() time.Duration {
	if r, ok := s.current(); ok && !r.isStep() {
		if h := s.run.hops[r.hops[0]]; h.Reply != nil {
			return h.Elapsed
		}
	}
	return 0
}

// same is the fault of the sandbox with the cause of what was found at the hop under the cursor, else with that of the
// verdict; false where there is none.
func (s *Screen) same() (id string, ok bool) {
	f, found := s.found()
	if !found || s.args.Source != nil {
		return "", false
	}
	if id, ok = s.mail.SameFault(f); !ok && s.run.report != nil {
		id, ok = s.mail.SameFault(s.run.report.Verdict.Finding)
	}
	return id, ok
}

// again traces the same once more.
func (s *Screen) again() tea.Cmd {
	s.env.Jobs.Cancel(s.job)
	if s.run.report != nil {
		s.keeper.Before(s.events)
	}
	s.consents, s.stays = nil, true
	s.reset(s.run.target)
	return s.start()
}

// stepBack undoes one step of depth; a wait that is under way is one.
func (s *Screen) stepBack() screen.Action {
	switch {
	case s.whole:
		s.enlarge(false)
	case s.onHop:
		s.onHop = false
	case s.run.running:
		s.giveUp()
	default:
		return s.leave()
	}
	return nil
}

// giveUp ends the wait in front where the run can go on without it, else the run.
func (s *Screen) giveUp() {
	if h, ok := s.run.front(); ok && s.givesUp(h) && s.waits.GiveUp(h.ID) {
		return
	}
	s.env.Jobs.Cancel(s.job)
}

// givesUp reports whether the run can go on without a hop: of a question to a name server, whether the next is asked.
func (s *Screen) givesUp(h delivery.Hop) bool { return s.waits.Holds(h.ID) }

// leave goes back; a run goes on and says what it came to.
func (s *Screen) leave() screen.Action {
	if s.feed != nil {
		s.feed.left.Store(true)
	}
	if s.asking != nil {
		s.asking.answer(false)
	}
	return screen.Back{}
}

// click puts the cursor where the mouse points; a second click opens.
func (s *Screen) click(c screen.Click) (screen.Action, tea.Cmd) {
	if s.form != nil || s.whole {
		return nil, nil
	}
	y := c.Y - s.treeTop()
	if s.paned() && c.X > s.treeWidth() && y >= 0 && y < s.list.Height() {
		s.onHop = true
		return nil, nil
	}
	if y < 0 || y >= s.list.Height() || s.list.Top()+y >= s.list.Len() {
		return nil, nil
	}
	if at := s.list.Top() + y; at == s.list.At() && !s.onHop {
		s.enlarge(true)
	} else {
		s.list.Go(at)
		s.follow, s.onHop, s.hopTop = false, false, 0
		s.tell()
	}
	return nil, nil
}

func (s *Screen) wheel(w screen.Wheel) {
	switch {
	case s.form != nil:
		return
	case s.whole || s.paned() && w.X > s.treeWidth():
		s.hopTop = max(min(s.hopTop+w.Rows, len(s.hop)-s.hopRows), 0)
		return
	}
	s.list.Scroll(w.Rows)
	s.follow = false
	s.tell()
}

// Subject is the way that is traced.
func (s *Screen) Subject() screen.About {
	return screen.About{Account: s.args.Account, Target: s.run.target, Tests: screen.Tracer}
}

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Tracer
	if s.form != nil {
		return screen.Help{Name: w.Name, Verbs: []screen.Live{
			{Verb: keys.Open, Label: w.OpenIt, Rank: 1}, {Verb: keys.Back, Rank: 2}, {Verb: keys.Toggle, Label: w.SetIt, Rank: 3}, {Verb: keys.Down}, {Verb: keys.Up}}}
	}
	open := screen.Live{Verb: keys.Open, Label: w.Dialogue, Rank: 1}
	if s.whole {
		open.Rank = 0
	} else if !s.paned() {
		open.Label = w.OpenHop
	}
	other := screen.Live{Verb: keys.LeftDown, Key: "J/K", Label: w.OtherPane, Rank: 8}
	if !s.paned() {
		other = screen.Live{Verb: keys.LeftDown}
	}
	back := screen.Live{Verb: keys.Back, Label: w.GoBack, Rank: 5}
	beside := screen.Live{Verb: keys.Beside, Label: w.BesideKey, Rank: 10}
	if s.run.report == nil {
		beside.Rank, beside.Off = 0, w.NotOver
	}
	again := screen.Live{Verb: keys.Again, Label: w.TraceAgain, Rank: 4}
	step := screen.Live{Verb: keys.Step, Off: w.NotStepped}
	if s.args.Source != nil {
		again.Rank, again.Off = 0, w.Played
	}
	if _, ok := s.args.Source.(screen.Stepped); ok && s.run.running {
		step.Rank, step.Off = 4, ""
	}
	if s.args.Alone && !s.whole && !s.onHop {
		back = screen.Live{Verb: keys.Quit, Rank: 5}
	}
	if s.run.running {
		again.Rank = 0
		back = screen.Live{Verb: keys.Back, Label: w.StopWait, Rank: 5}
	}
	change := screen.Live{Verb: keys.Change, Label: w.ChangeIt, Rank: 12}
	if s.args.Source != nil {
		change.Rank, change.Off = 0, w.Played
	}
	same := screen.Live{Verb: keys.Sandbox, Label: s.env.Words.Sandbox.SameFault, Rank: 7}
	if _, ok := s.same(); !ok {
		same.Rank, same.Off = 0, s.env.Words.Sandbox.NoSameFault
	}
	explains := screen.Live{Verb: keys.Explain, Rank: 2}
	if _, ok := s.found(); !ok && s.failure == nil {
		explains.Rank, explains.Off = 0, w.NothingFound
	}
	return screen.Help{Name: w.Name, About: s.verdictText(), Verbs: []screen.Live{open,
		explains, {Verb: keys.Fold, Rank: 9}, other, {Verb: keys.Save, Label: w.SaveRun, Rank: 3}, beside, again, change, step, same,
		{Verb: keys.CopyText, Label: w.CopyVerdict, Rank: 11}, {Verb: keys.Wire, Rank: 6}, back,
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.LeftUp}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown},
		{Verb: keys.PageUp}, {Verb: keys.Toggle}, {Verb: keys.Left}, {Verb: keys.Right}, {Verb: keys.Next}, {Verb: keys.Previous},
	}}
}
