package runs

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askForm is the sheet of what a run can be saved as; askPath the prompt for the file's name.
type (
	askForm struct{}
	askPath struct{ row int }
)

// Rows of the sheet.
const (
	saveRun = iota
	saveMasked
	savePage
)

// Save asks what to save the run as. Of a run that is not over there may be no page yet.
func (k *Keeper) Save(noPage bool) screen.Action {
	w := k.env.Words.Tracer
	if len(k.now().Events) == 0 {
		return screen.Say{Text: w.NothingRuns}
	}
	rows := []screen.Choice{{Name: w.RunFile, Key: ".jsonl", Note: w.RunFileNote}, {Name: w.MaskedFile, Key: ".jsonl", Note: w.MaskedNote}}
	if k.kind != Checkup {
		name, note := k.pageWords()
		rows = append(rows, screen.Choice{Name: name, Key: ".html", Note: note, Off: noPage})
	}
	return screen.Choose{To: askForm{}, Title: w.SaveTitle, Rows: rows}
}

// askPath asks for the name of the file that was chosen.
func (k *Keeper) askPath(row int) screen.Action {
	if row < 0 {
		return nil
	}
	ending := ".jsonl"
	if row == savePage {
		ending = ".html"
	}
	name := "todoku-" + k.command() + "-" + k.env.Now().Format("20060102-150405") + ending
	return screen.Prompt{To: askPath{row}, Label: k.env.Words.Tracer.SaveTo, Text: name}
}

// write saves the run as it is now.
func (k *Keeper) write(m screen.Prompted, row int) tea.Cmd {
	if !m.OK || m.Text == "" {
		return nil
	}
	path, run := m.Text, k.now()
	run.Header.Command = k.command()
	id, cmd := jobs.Start(k.env.Jobs, jobs.Spec{What: k.env.Words.Tracer.SaveTo}, func(ctx context.Context, _ jobs.Control) (string, error) {
		if row != saveRun {
			run = run.Masked(ctx)
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if row == savePage {
			return path, k.savePage(ctx, path, run)
		}
		return path, run.Save(path)
	})
	k.saving = id
	return cmd
}

func (k *Keeper) saved(d jobs.Done[string]) screen.Action {
	k.saving = 0
	w := k.env.Words.Tracer
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.SaveFail, d.Err), Err: d.Err}
	}
	return screen.Say{Kind: screen.Result, Text: text.F(w.SavedAs, d.Value)}
}
