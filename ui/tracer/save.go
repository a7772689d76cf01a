package tracer

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/page"
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

// save asks what to save the run as.
func (s *Screen) save() screen.Action {
	w := s.env.Words.Tracer
	if len(s.events) == 0 {
		return screen.Say{Text: w.NothingRuns}
	}
	return screen.Choose{To: askForm{}, Title: w.SaveTitle, Rows: []screen.Choice{
		{Name: w.RunFile, Key: ".jsonl", Note: w.RunFileNote},
		{Name: w.MaskedFile, Key: ".jsonl", Note: w.MaskedNote},
		{Name: w.PageFile, Key: ".html", Note: w.PageNote},
	}}
}

// askPath asks for the name of the file that was chosen.
func (s *Screen) askPath(row int) screen.Action {
	if row < 0 {
		return nil
	}
	ending := ".jsonl"
	if row == savePage {
		ending = ".html"
	}
	name := "todoku-trace-" + s.env.Now().Format("20060102-150405") + ending
	return screen.Prompt{To: askPath{row}, Label: s.env.Words.Tracer.SaveTo, Text: name}
}

// write saves the run as it is now.
func (s *Screen) write(path string, row int) tea.Cmd {
	words := s.env.Words
	run := session.RunFile{Events: slices.Clone(s.events), Header: trace.Header{Command: "trace", Started: s.run.began()}}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Tracer.SaveTo},
		func(context.Context, jobs.Control) (string, error) {
			if row != saveRun {
				run = run.Masked()
			}
			if row == savePage {
				return path, page.Save(path, run, words)
			}
			return path, run.Save(path)
		})
	s.saveJob = id
	return cmd
}

func (s *Screen) saved(d jobs.Done[string]) screen.Action {
	s.saveJob = 0
	w := s.env.Words.Tracer
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.SaveFail, d.Err), Err: d.Err}
	}
	return screen.Say{Kind: screen.Result, Text: text.F(w.SavedAs, d.Value)}
}
