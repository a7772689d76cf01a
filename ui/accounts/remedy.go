package accounts

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askEdit is the sheet that shows which lines of the settings would change; agreed is the row that writes them.
type askEdit struct {
	options session.EditOptions
	plan    string
	agreed  int
}

// planned is what a change of the settings would do, and written the end of one that was agreed to.
type (
	planned struct {
		options session.EditOptions
		change  session.SettingsChange
	}
	written struct{ path string }
)

// remedy does the nth thing to do about the first broken rung: it changes the setting that was tried, or copies the command
// in the words, or the words.
func (s *Screen) remedy(n int) (screen.Action, tea.Cmd) {
	f, broken := s.broken()
	if !broken {
		return screen.Say{Text: text.F(s.env.Words.Reader.NoNumber, n)}, nil
	}
	do := explain.Finding(f, s.lang()).Do
	if n > len(do) {
		return screen.Say{Text: text.F(s.env.Words.Reader.NoNumber, n)}, nil
	}
	p, proposed := ladder.Proposed(f)
	if a, ok := s.account(); ok && n == 1 && proposed {
		return nil, s.plan(session.EditOptions{Account: a.Name, Server: p.Proto, Host: p.Host, Port: p.Port, TLS: string(p.TLS)})
	}
	words := do[n-1]
	if parts := strings.Split(words, "`"); len(parts) > 2 {
		words = parts[1]
	}
	return screen.CopyText{Text: string(text.Clean(words))}, nil
}

// plan asks which lines would change.
func (s *Screen) plan(o session.EditOptions) tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, j jobs.Control) (planned, error) {
		c, err := s.mail.EditServer(ctx, j.Span.Child("plan"), o)
		return planned{o, c}, err
	})
	s.edit = id
	return cmd
}

// show shows the lines before anything is written; leaving them is the first choice. Where the file says so already, as
// another program may have written, there is nothing to agree to: it is only read anew.
func (s *Screen) show(d jobs.Done[planned]) (screen.Action, tea.Cmd) {
	if d.Job != s.edit {
		return nil, nil
	}
	s.edit = 0
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}, nil
	}
	if len(d.Value.change.Lines) == 0 {
		return nil, s.agreed(askEdit{options: d.Value.options, plan: d.Value.change.Plan}, 0)
	}
	w := s.env.Words.Ladder
	var rows []screen.Choice
	for _, l := range d.Value.change.Lines {
		if l.Before != "" {
			rows = append(rows, screen.Choice{Name: text.F("- %d  ", l.Number) + text.Clean(l.Before), Off: true})
		}
		rows = append(rows, screen.Choice{Name: text.F("+ %d  ", l.Number) + text.Clean(l.After), Off: true})
	}
	keep := len(rows)
	rows = append(rows, screen.Choice{Name: w.KeepSettings}, screen.Choice{Name: w.WriteSettings})
	return screen.Choose{To: askEdit{d.Value.options, d.Value.change.Plan, keep + 1}, Title: text.Clean(d.Value.change.Path), Rows: rows, At: keep}, nil
}

// agreed writes what the person agreed to.
func (s *Screen) agreed(ask askEdit, row int) tea.Cmd {
	if row != ask.agreed {
		return nil
	}
	o := ask.options
	o.Agreed = ask.plan
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, j jobs.Control) (written, error) {
		c, err := s.mail.EditServer(ctx, j.Span.Child("edit"), o)
		return written{c.Path}, err
	})
	s.edit = id
	return cmd
}

// climbAnew says what was written, and climbs with it.
func (s *Screen) climbAnew(d jobs.Done[written]) (screen.Action, tea.Cmd) {
	if d.Job != s.edit {
		return nil, nil
	}
	s.edit = 0
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}, nil
	}
	s.accounts = s.mail.Accounts()
	return screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Ladder.Changed, d.Value.path)}, s.climb()
}

// added shows the account that was added, and climbs its ladders.
func (s *Screen) added(r screen.SetupReturn) (screen.Action, tea.Cmd) {
	s.read(r.Account)
	return screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Setup.Saved, r.Path)}, s.climbOnce()
}

// run is the climb of the account under the cursor as a run file has it.
func (s *Screen) run() session.RunFile {
	var out session.RunFile
	if c := s.current(); c != nil {
		out.Events = c.events.Events()
		if len(out.Events) > 0 {
			out.Header = trace.Header{Started: out.Events[0].Time}
		}
	}
	return out
}
