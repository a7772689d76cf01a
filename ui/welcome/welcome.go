// Package welcome is the screen of the first run: there is no account yet, and three ways to begin.
package welcome

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// Ways are the ways to begin that this program has. A nil one is left out.
type Ways struct {
	ConfigPath string
	Sandbox    func(context.Context) error           // starts the small Internet
	Add        bool                                  // an account can be added here
	Write      func(context.Context) (string, error) // writes the example settings and gives their path
	Begin      screen.Open                           // what to open once the small Internet runs
}

// Screen is the first run.
type Screen struct {
	env           *screen.Env
	ways          Ways
	at            int
	job           jobs.ID
	width, height int
}

// choice is one row; its number is its place.
type choice struct {
	name text.Safe
	do   func() (screen.Action, tea.Cmd)
}

// New makes the screen.
func New(env *screen.Env, w Ways) *Screen { return &Screen{env: env, ways: w, width: 80, height: 21} }

// Init has nothing to ask for.
func (s *Screen) Init() tea.Cmd { return nil }

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) { s.width, s.height = width, height }

// Title greets.
func (s *Screen) Title(width int) screen.Title {
	w := s.env.Words.Welcome
	right := text.Num(len(s.rows())) + " " + s.env.Words.Verbs[string(keys.Language)].Foot
	if width >= 120 { // the frame says the name
		return screen.Title{Left: w.Motto, Right: right}
	}
	return screen.Title{Left: w.Title, Right: right}
}

func (s *Screen) rows() []choice {
	w := s.env.Words.Welcome
	var out []choice
	if s.ways.Sandbox != nil {
		out = append(out, choice{name: w.Look, do: func() (screen.Action, tea.Cmd) {
			return nil, s.start(w.Starting, func(ctx context.Context) (string, error) { return "", s.ways.Sandbox(ctx) })
		}})
	}
	if s.ways.Add {
		out = append(out, choice{name: w.Add, do: func() (screen.Action, tea.Cmd) { return screen.Open{Name: screen.Setup}, nil }})
	}
	if s.ways.Write != nil {
		out = append(out, choice{name: text.F(w.Write, s.ways.ConfigPath), do: func() (screen.Action, tea.Cmd) {
			return nil, s.start(w.Writing, s.ways.Write)
		}})
	}
	return append(out, choice{name: s.env.Words.Verbs[string(keys.Language)].Long, do: func() (screen.Action, tea.Cmd) {
		return screen.Run{Verb: keys.Language}, nil
	}})
}

// View draws the choices in the upper half.
func (s *Screen) View() screen.Frame {
	w := s.env.Words.Welcome
	margin, above := 6, max(s.height/4, 0)
	if s.width < 100 {
		margin, above = 1, 1
	}
	var rows []string
	for range above {
		rows = append(rows, widget.Blank(s.width))
	}
	line := func() *widget.Line { return widget.NewLine(s.env.Theme, s.width) }
	rows = append(rows, line().Gap(margin).Put(theme.Title, w.Ask).String())
	y := len(rows)
	for i, c := range s.rows() {
		l := line().Selected(i == s.at)
		mark := text.Safe(" ")
		if i == s.at {
			mark = ">"
			y = len(rows)
		}
		l.Gap(max(margin-2, 0)).Put(theme.Text, mark+" ").Put(theme.Accent, text.Num(i+1)).Gap(2)
		rows = append(rows, l.Put(theme.Text, text.Cut(c.name, l.Left())).String())
	}
	for _, part := range text.Wrap(w.Promise, s.width-2*margin) {
		rows = append(rows, line().Gap(margin).Put(theme.Muted, part).String())
	}
	return screen.Frame{Rows: rows, Cursor: &screen.Cell{X: max(margin-2, 0), Y: y}}
}

// Update takes keys and the end of what was begun.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Click:
		return nil, nil
	case screen.Returned:
		if r, ok := m.With.(screen.SetupReturn); ok {
			return s.added(r), nil
		}
	case jobs.Done[string]:
		return s.done(m), nil
	}
	return nil, nil
}

func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	rows := s.rows()
	switch p.Verb {
	case keys.Down:
		s.at = min(s.at+1, len(rows)-1)
	case keys.Up:
		s.at = max(s.at-1, 0)
	case keys.Quit:
		return screen.Exit{}, nil
	case keys.Open:
		return rows[s.at].do()
	case keys.Number:
		if p.N <= len(rows) {
			s.at = p.N - 1
			return rows[s.at].do()
		}
		return screen.Say{Text: text.F(s.env.Words.Reader.NoNumber, p.N)}, nil
	}
	return nil, nil
}

func (s *Screen) start(what text.Safe, call func(context.Context) (string, error)) tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: what},
		func(ctx context.Context, _ jobs.Control) (string, error) { return call(ctx) })
	s.job = id
	return cmd
}

// done says what became of it; a path means that settings were written, none that the small Internet runs.
func (s *Screen) done(d jobs.Done[string]) screen.Action {
	if d.Job != s.job {
		return nil
	}
	w := s.env.Words.Welcome
	switch {
	case d.Err != nil:
		return screen.Say{Kind: screen.Fault, Text: text.F(w.NotBegun, d.Err), Err: d.Err}
	case d.Value != "":
		return screen.Say{Text: text.F(w.Written, d.Value), Short: text.F(w.WrittenAt, d.Value)}
	}
	return screen.Replace(s.ways.Begin)
}

// added begins with the account that was added.
func (s *Screen) added(r screen.SetupReturn) screen.Action {
	return screen.All{screen.Replace(s.ways.Begin), screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Setup.Saved, r.Path)}}
}

// Help lists what works now.
func (s *Screen) Help() screen.Help {
	return screen.Help{Name: s.env.Words.Welcome.Name, Verbs: []screen.Live{
		{Verb: keys.Number, Key: "1-" + text.Num(len(s.rows())), Label: s.env.Words.Welcome.Foot, Rank: 1},
		{Verb: keys.Open, Label: s.env.Words.Welcome.GoOn, Rank: 2},
		{Verb: keys.Quit, Rank: 3}, {Verb: keys.Down}, {Verb: keys.Up},
	}}
}
