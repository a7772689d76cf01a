package runs

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/change"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askBeside is the sheet of what to compare the run with; askEarlier the prompt for a file.
type (
	askBeside  struct{}
	askEarlier struct{}
)

// Rows of the sheet.
const (
	besideBefore = iota
	besideFile
)

// Beside asks which earlier run to compare this one with: for a file at once, where none was run before.
func (k *Keeper) Beside() screen.Action {
	w := k.env.Words.Tracer
	if len(k.before) == 0 {
		return screen.Prompt{To: askEarlier{}, Label: w.EarlierFile}
	}
	name, note := k.beforeWords()
	return screen.Choose{To: askBeside{}, Title: w.Beside, Rows: []screen.Choice{
		{Name: name, Key: "ctrl+r", Note: note},
		{Name: w.RunFile, Key: ".jsonl"},
	}}
}

// besideChosen goes on with one of the two.
func (k *Keeper) besideChosen(row int) (screen.Action, tea.Cmd) {
	switch row {
	case besideBefore:
		was := session.RunFile{Events: k.before}
		return nil, k.compare(func(context.Context) (session.RunFile, error) { return was, nil })
	case besideFile:
		return screen.Prompt{To: askEarlier{}, Label: k.env.Words.Tracer.EarlierFile}, nil
	}
	return nil, nil
}

func (k *Keeper) compareFile(m screen.Prompted) tea.Cmd {
	if !m.OK || m.Text == "" {
		return nil
	}
	return k.compare(func(ctx context.Context) (session.RunFile, error) { return session.ReadRun(ctx, m.Text) })
}

// compare says what changed in meaning since an earlier run.
func (k *Keeper) compare(earlier func(context.Context) (session.RunFile, error)) tea.Cmd {
	now := k.now()
	id, cmd := jobs.Start(k.env.Jobs, jobs.Spec{What: k.env.Words.Tracer.Beside}, func(ctx context.Context, _ jobs.Control) ([]change.Change, error) {
		was, err := earlier(ctx)
		if err != nil {
			return nil, err
		}
		return was.Diff(ctx, now)
	})
	k.besides = id
	return cmd
}

func (k *Keeper) compared(d jobs.Done[[]change.Change]) screen.Action {
	k.besides = 0
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(k.env.Words.Tracer.BesideFail, d.Err), Err: d.Err}
	}
	k.changes = &d.Value
	return nil
}
