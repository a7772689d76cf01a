package sandbox

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// deed is what a verb did, in a sentence, and in a short one.
type deed struct{ said, short text.Safe }

// do runs a verb of the session; what it did is said, and seen by the look after it. Until then a further key was meant
// for what is still drawn.
func (s *Screen) do(call func(context.Context) (deed, error)) tea.Cmd {
	if s.deedJob != 0 {
		return nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, _ jobs.Control) (deed, error) { return call(ctx) })
	s.deedJob = id
	return cmd
}

func (s *Screen) ended(d jobs.Done[deed]) screen.Action {
	s.deedJob = 0
	if d.Err != nil {
		s.asked = ""
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Sandbox.Failed, d.Err), Err: d.Err}
	}
	return screen.Say{Kind: screen.Result, Text: d.Value.said, Short: d.Value.short}
}

// turn switches the fault under the cursor; a case that is only offered is added.
func (s *Screen) turn() tea.Cmd {
	f, ok := s.fault()
	switch {
	case !ok:
		return nil
	case f.On:
		said := text.F(s.env.Words.Sandbox.SwitchOff, f.ID, f.Hits)
		return s.do(func(context.Context) (deed, error) { return deed{said: said}, s.mail.SwitchFault(f.ID, false) })
	case f.ID == s.same:
		return s.add(f)
	}
	on := s.on(f)
	return s.do(func(context.Context) (deed, error) { return on, s.mail.SwitchFault(f.ID, true) })
}

// add adds a case, turned on.
func (s *Screen) add(f session.SandboxFault) tea.Cmd {
	s.asked = f.ID
	on := s.on(f)
	return s.do(func(context.Context) (deed, error) { return on, s.mail.AddFault(f.ID) })
}

// on says who meets a fault next, and how its events are told.
func (s *Screen) on(f session.SandboxFault) deed {
	w := s.env.Words.Sandbox
	_, domain, _ := strings.Cut(f.To, "@")
	kind := strings.FieldsFunc(f.ID+" ", func(r rune) bool { return r == '.' || r == ' ' })[0]
	d := deed{short: text.F(w.MetMail, f.ID, f.To)}
	switch {
	case f.To == "":
		d.short = text.F(w.SwitchOn, f.ID)
	case kind == "dns":
		d.short = text.F(w.MetLookup, f.ID, domain)
	case kind == "submit", kind == "submission":
		d.short = text.F(w.MetSubmit, f.ID, f.To)
	case kind == "pop3", kind == "imap":
		d.short = text.F(w.MetReading, f.ID, f.To)
	}
	d.said = d.short + s.env.Words.App.Between + text.F(w.EventsCarry, f.ID)
	return d
}

// ahead moves the clock.
func (s *Screen) ahead() tea.Cmd {
	words, zone := s.env.Words, s.env.Now().Location()
	return s.do(func(ctx context.Context) (deed, error) {
		now, err := s.mail.Advance(jump)
		if err != nil {
			return deed{}, err
		}
		status, err := s.mail.Sandbox(ctx)
		return deed{said: text.F(words.Sandbox.Advanced, string(minutes(status.Ahead)), string(text.Clock(now.In(zone))))}, err
	})
}

// tryNow makes a host try the message under the cursor.
func (s *Screen) tryNow() tea.Cmd {
	q, ok := s.message()
	if !ok {
		return nil
	}
	said := text.F(s.env.Words.Sandbox.TriedNow, q.ID)
	return s.do(func(ctx context.Context) (deed, error) { return deed{said: said}, s.mail.RetryNow(ctx, q.ID) })
}

// askCase is the sheet of the catalogue.
type askCase struct{ cases []session.FaultCase }

// choose shows the catalogue; what is typed there finds ids and titles.
func (s *Screen) choose() screen.Action {
	c := screen.Choose{Title: s.env.Words.Sandbox.AddWhich}
	cases := session.FaultCases()
	for _, one := range cases {
		c.Rows = append(c.Rows, screen.Choice{Name: text.Clean(one.ID), Note: text.FaultTitle(s.env.Words.Lang, one.ID, one.Title)})
	}
	c.To = askCase{cases}
	return c
}

func (s *Screen) chosen(m screen.Chosen) tea.Cmd {
	ask, ok := m.To.(askCase)
	if !ok || m.Index < 0 {
		return nil
	}
	c := ask.cases[m.Index]
	return s.add(session.SandboxFault{ID: c.ID, To: c.To})
}
