package wire

import (
	"context"
	"iter"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// written is a run file that was saved.
type written struct {
	path   string
	events int
}

// save writes every kept event as a run file.
func (p *Pane) save(path string) tea.Cmd {
	events := append([]*trace.Event(nil), p.events...)
	started := p.env.Now()
	if len(events) > 0 {
		started = events[0].Time
	}
	id, cmd := jobs.Start(p.env.Jobs, jobs.Spec{What: p.env.Words.Wire.SaveAs},
		func(context.Context, jobs.Control) (written, error) {
			return written{path: path, events: len(events)}, trace.WriteRun(path, trace.Header{Command: "wire", Started: started}, each(events))
		})
	p.job = id
	return cmd
}

func each(events []*trace.Event) iter.Seq[trace.Event] {
	return func(yield func(trace.Event) bool) {
		for _, e := range events {
			if !yield(*e) {
				return
			}
		}
	}
}

// Update takes the end of a save; mine is false for other people's jobs.
func (p *Pane) Update(msg tea.Msg) (act screen.Action, mine bool) {
	d, ok := msg.(jobs.Done[written])
	if !ok || d.Job != p.job {
		return nil, ok
	}
	w := p.env.Words.Wire
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.Error, d.Err), Err: d.Err}, true
	}
	return screen.Say{Kind: screen.Result, Text: text.F(w.Saved, d.Value.path, text.Num(d.Value.events))}, true
}
