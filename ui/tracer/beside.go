package tracer

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/change"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// askBeside is the sheet of what to compare the run with; askEarlier the prompt for a file.
type (
	askBeside  struct{}
	askEarlier struct{}
)

// beside asks which earlier run to compare this one with.
func (s *Screen) beside() screen.Action {
	w := s.env.Words.Tracer
	return screen.Choose{To: askBeside{}, Title: w.Beside, Rows: []screen.Choice{
		{Name: w.RunBefore, Key: "ctrl+r", Note: w.RunBeforeNote, Off: len(s.before) == 0},
		{Name: w.RunFile, Key: ".jsonl"},
	}}
}

// besideChosen goes on with one of the two.
func (s *Screen) besideChosen(row int) (screen.Action, tea.Cmd) {
	switch row {
	case 0:
		was := session.RunFile{Events: s.before}
		return nil, s.compare(func() (session.RunFile, error) { return was, nil })
	case 1:
		return screen.Prompt{To: askEarlier{}, Label: s.env.Words.Tracer.Beside}, nil
	}
	return nil, nil
}

// compare says what changed in meaning since an earlier run.
func (s *Screen) compare(earlier func() (session.RunFile, error)) tea.Cmd {
	now := session.RunFile{Events: slices.Clone(s.events)}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Tracer.Beside},
		func(context.Context, jobs.Control) ([]change.Change, error) {
			was, err := earlier()
			if err != nil {
				return nil, err
			}
			return was.Diff(now)
		})
	s.besideJob = id
	return cmd
}

func (s *Screen) compared(d jobs.Done[[]change.Change]) screen.Action {
	s.besideJob = 0
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Tracer.BesideFail, d.Err), Err: d.Err}
	}
	s.changes = &d.Value
	s.enlarge(true)
	return nil
}

// changeLines lists what changed, worst things where they happened: the change, then the facts as they were and are.
func (s *Screen) changeLines(all []change.Change) []line {
	w := s.env.Words
	p := column{width: s.width}
	p.head(theme.Title, w.Tracer.Beside)
	p.blank()
	if len(all) == 0 {
		p.head(theme.Text, w.Runs.Same)
	}
	for _, c := range all {
		d := explain.Finding(c.Finding(), explain.Lang(w.Lang))
		step := text.Safe("")
		if d.Step > 0 {
			step = text.Num(d.Step)
		}
		p.sayAt(w.Levels[string(c.Level)], widget.StateRole(string(c.Level)), text.Clean(d.Title)+w.App.Between+text.Clean(d.Act), step)
		p.say("  "+w.Runs.Was, theme.Muted, s.fact(c.Code, c.Was, c.WasFinding))
		p.say("  "+w.Runs.Now, theme.Text, s.fact(c.Code, c.Now, c.NowFinding))
	}
	return p.lines
}

// fact is one side of a change.
func (s *Screen) fact(code, fact string, f *trace.Finding) text.Safe {
	said := s.env.Words.ChangedFact(code, fact)
	if f == nil {
		return said
	}
	if said != "" {
		said += "  "
	}
	d := explain.Finding(*f, explain.Lang(s.env.Words.Lang))
	return said + text.Clean(d.Title) + s.env.Words.App.Between + text.Clean(d.Act)
}
