package sandbox

import (
	tea "charm.land/bubbletea/v2"

	"todoku/session"
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
		s.lists[s.at].Press(p.Verb)
		s.tell()
	case keys.Next, keys.Right:
		s.walk(1)
	case keys.Previous, keys.Left:
		s.walk(parts - 1)
	case keys.Toggle:
		if s.at != faults {
			s.lists[s.at].Press(keys.PageDown)
			return nil, nil
		}
		return nil, s.turn()
	case keys.Open:
		return s.open(), nil
	case keys.Add:
		return s.choose(), nil
	case keys.Ahead:
		return nil, s.ahead()
	case keys.Again:
		return nil, s.tryNow()
	case keys.Trace:
		return s.leaveFor(screen.Tracer, screen.TracerArgs{Targets: []string{s.target()}}), nil
	case keys.Write:
		if all := s.mail.Accounts(); len(all) > 0 {
			return s.leaveFor(screen.Compose, screen.ComposeArgs{Account: all[0], Kind: session.DraftNew}), nil
		}
	case keys.Explain:
		return screen.ExplainThis{Err: s.why}, nil
	case keys.CopyText:
		return screen.CopyText{Text: s.plain()}, nil
	case keys.Back, keys.Quit:
		return s.stepBack(), nil
	}
	return nil, nil
}

// walk goes n lists on.
func (s *Screen) walk(n part) {
	if !s.whole {
		s.at = (s.at + n) % parts
		s.SetSize(s.width, s.height)
	}
}

// leaveFor opens another screen; until it is left nobody looks.
func (s *Screen) leaveFor(name string, with any) screen.Action {
	s.rest()
	s.away = true
	return screen.Open{Name: name, With: with}
}

// open shows the thing under the cursor; a user's is the mailbox.
func (s *Screen) open() screen.Action {
	u, ok := s.user()
	if s.at != users || !ok {
		s.enlarge(s.about() != nil)
		return nil
	}
	for _, a := range s.mail.Accounts() {
		if a.Address == u.Address {
			return screen.Home{With: screen.AccountsReturn{Account: a.Name}}
		}
	}
	return screen.Say{Text: text.F(s.env.Words.Sandbox.NoAccount, u.Address)}
}

// enlarge gives the thing under the cursor all of the screen, or takes it back.
func (s *Screen) enlarge(on bool) {
	s.whole, s.pageTop = on, 0
	s.tell()
}

// stepBack undoes one step of depth.
func (s *Screen) stepBack() screen.Action {
	if s.whole {
		s.enlarge(false)
		return nil
	}
	s.rest()
	return screen.Back{}
}

// scroll moves through the page.
func (s *Screen) scroll(v keys.Verb) bool {
	step := map[keys.Verb]int{keys.Down: 1, keys.Up: -1, keys.PageDown: s.height - 1, keys.PageUp: 1 - s.height,
		keys.First: -len(s.page), keys.Last: len(s.page)}[v]
	s.scrollBy(step)
	return step != 0
}

func (s *Screen) scrollBy(n int) { s.pageTop = max(min(s.pageTop+n, len(s.page)-s.height), 0) }

// target is whose way t traces; empty where there is none.
func (s *Screen) target() string {
	switch s.at {
	case users:
		u, _ := s.user()
		return u.Address
	case queue:
		q, _ := s.message()
		return q.To
	case faults:
		f, _ := s.fault()
		return f.To
	}
	return ""
}

// click puts the cursor where the mouse points; a second click opens.
func (s *Screen) click(m screen.Click) (screen.Action, tea.Cmd) {
	if s.whole {
		return nil, nil
	}
	for p, place := range s.places() {
		row := m.Y - place.y - 1
		i := s.lists[p].Top() + row
		if !place.holds(m.X, m.Y) || row < 0 || i >= s.lists[p].Len() {
			continue
		}
		again := s.at == part(p) && i == s.lists[p].At()
		s.at = part(p)
		s.lists[p].Go(i)
		if again {
			return s.open(), nil
		}
	}
	return nil, nil
}

func (s *Screen) wheel(m screen.Wheel) {
	if s.whole {
		s.scrollBy(m.Rows)
		return
	}
	for p, place := range s.places() {
		if place.holds(m.X, m.Y) {
			s.lists[p].Scroll(m.Rows)
		}
	}
}

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Sandbox
	open := screen.Live{Verb: keys.Open, Rank: 1, Label: [parts]text.Safe{w.OpenHost, w.OpenMailbox, w.OpenMessage, w.OpenFault}[s.at]}
	if s.whole || s.lists[s.at].Len() == 0 {
		open.Rank = 0
	}
	turn := screen.Live{Verb: keys.Toggle, Label: w.Switch, Rank: 2}
	if s.at != faults {
		turn.Rank = 0
	}
	retry := screen.Live{Verb: keys.Again, Label: w.TryNow, Rank: 3}
	if _, waits := s.message(); s.at != queue || !waits {
		retry.Rank, retry.Off = 0, w.NotWaiting
	}
	way := screen.Live{Verb: keys.Trace, Rank: 5}
	if s.target() == "" {
		way.Rank, way.Off = 0, w.NothingToTrace
	}
	add, ahead := screen.Live{Verb: keys.Add, Rank: 4}, screen.Live{Verb: keys.Ahead, Label: w.AheadKey, Rank: 7}
	next := screen.Live{Verb: keys.Next, Rank: 9}
	if s.whole || len(s.status.Hosts) == 0 {
		next.Rank = 0
	}
	explain := screen.Live{Verb: keys.Explain, Rank: 2}
	if s.why == nil {
		explain.Rank, explain.Off = 0, s.env.Words.Tracer.NothingToExplain
	} else {
		for _, v := range []*screen.Live{&add, &ahead, &turn} {
			v.Rank, v.Off = 0, s.notHere()
		}
	}
	return screen.Help{Name: w.Name, Verbs: []screen.Live{open, turn, add, ahead, explain, retry,
		{Verb: keys.Write, Rank: 8}, way, next, {Verb: keys.Wire, Rank: 10}, {Verb: keys.CopyText, Label: w.CopyPage},
		{Verb: keys.Back, Rank: 6}, {Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown},
		{Verb: keys.PageUp}, {Verb: keys.Left}, {Verb: keys.Right}, {Verb: keys.Previous},
	}}
}

// notHere is why the sandbox cannot be changed from here, in a few words.
func (s *Screen) notHere() text.Safe {
	if len(s.status.Hosts) > 0 {
		return s.env.Words.Sandbox.NotOurs
	}
	return s.env.Words.Sandbox.NoneHere
}
