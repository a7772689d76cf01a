package wire

import (
	"context"
	"os"

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

// save writes every kept event as a run file, mode 0600 because what was said may be private. A file that is there
// already is never overwritten.
func (p *Pane) save(path string) tea.Cmd {
	events := append([]*trace.Event(nil), p.events...)
	started := p.env.Now()
	if len(events) > 0 {
		started = events[0].Time
	}
	id, cmd := jobs.Start(p.env.Jobs, jobs.Spec{What: p.env.Words.Wire.SaveAs},
		func(context.Context, jobs.Control) (written, error) {
			return written{path: path, events: len(events)}, writeRun(path, trace.Header{Command: "wire", Started: started}, events)
		})
	p.job = id
	return cmd
}

func writeRun(path string, h trace.Header, events []*trace.Event) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	w, err := trace.NewWriter(f, h)
	if err != nil {
		return err
	}
	for _, e := range events {
		w.Emit(*e)
	}
	return w.Close()
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
