package versus

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

// Rows of the sheet of what a run can be saved as.
const (
	saveRun = iota
	saveMasked
	savePage
)

// save asks what to save the run as.
func (s *Screen) save() screen.Action {
	w := s.env.Words
	if s.run == nil || len(s.run.events) == 0 {
		return screen.Say{Text: w.Tracer.NothingRuns}
	}
	return screen.Choose{To: askForm{}, Title: w.Tracer.SaveTitle, Rows: []screen.Choice{
		{Name: w.Tracer.RunFile, Key: ".jsonl", Note: w.Tracer.RunFileNote},
		{Name: w.Tracer.MaskedFile, Key: ".jsonl", Note: w.Tracer.MaskedNote},
		{Name: w.Versus.PageFile, Key: ".html", Note: w.Versus.PageNote, Off: s.run.report == nil},
	}}
}

// askPath asks for the name of the file.
func (s *Screen) askPath(row int) screen.Action {
	ending := ".jsonl"
	if row == savePage {
		ending = ".html"
	}
	name := "todoku-compare-" + s.env.Now().Format("20060102-150405") + ending
	return screen.Prompt{To: askPath{row}, Label: s.env.Words.Tracer.SaveTo, Text: name}
}

// write saves the run as it is now.
func (s *Screen) write(path string, row int) tea.Cmd {
	words := s.env.Words
	run := session.RunFile{Events: slices.Clone(s.run.events), Header: trace.Header{Command: "compare", Started: s.run.began}}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Tracer.SaveTo}, func(context.Context, jobs.Control) (string, error) {
		if row != saveRun {
			run = run.Masked()
		}
		if row == savePage {
			return path, page.SaveComparison(path, run, words)
		}
		return path, run.Save(path)
	})
	s.saveJob = id
	return cmd
}

func (s *Screen) saved(d jobs.Done[string]) screen.Action {
	s.saveJob = 0
	w := s.env.Words
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.Tracer.SaveFail, d.Err), Err: d.Err}
	}
	return screen.Say{Kind: screen.Result, Text: text.F(w.Tracer.SavedAs, d.Value)}
}
