package sent

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// press does a verb.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	if s.move(p.Verb) {
		s.moved = true
		return nil, nil
	}
	switch p.Verb {
	case keys.Open:
		return s.dialogue(), nil
	case keys.Explain:
		return s.explain()
	case keys.Number:
		return s.number(p.N)
	case keys.Trace:
		return s.trace(), nil
	case keys.Again:
		return nil, s.again()
	case keys.Delete:
		return nil, s.takeBack()
	case keys.CopyText:
		return screen.CopyText{Text: s.plain()}, nil
	case keys.Back, keys.Quit:
		return s.leave(), nil
	}
	return nil, nil
}

func (s *Screen) move(v keys.Verb) bool {
	switch v {
	case keys.Down:
		s.list.Move(1)
	case keys.Up:
		s.list.Move(-1)
	case keys.First:
		s.list.Go(0)
	case keys.Last:
		s.list.Go(s.list.Len() - 1)
	case keys.PageDown:
		s.list.Page(1)
	case keys.PageUp:
		s.list.Page(-1)
	default:
		return false
	}
	return true
}

func (s *Screen) click(c screen.Click) {
	if n := (c.Y - len(s.head())) / s.rowHeight(); c.Y >= len(s.head()) && s.list.Top()+n < s.list.Len() {
		s.list.Go(s.list.Top() + n)
		s.moved = true
	}
}

// leave goes back. What could not even enter the outbox goes back to where it is written.
func (s *Screen) leave() screen.Action {
	if s.failure != nil && s.args.Draft != nil {
		return screen.Replace{Name: screen.Compose, With: screen.ComposeArgs{Account: s.args.Account, Draft: s.args.Draft}}
	}
	s.left.Store(true)
	return screen.Back{}
}

// dialogue shows what was said of the recipient under the cursor.
func (s *Screen) dialogue() screen.Action {
	if r, ok := s.current(); ok {
		return screen.ShowLine{Text: "RCPT TO:<" + r.Addr + ">"}
	}
	return screen.ShowWire{}
}

// trace opens the way to the recipient under the cursor.
func (s *Screen) trace() screen.Action {
	args := screen.TracerArgs{Account: s.sent.Account}
	if r, ok := s.current(); ok {
		args.Targets = []string{r.Addr}
	}
	return screen.Open{Name: screen.Tracer, With: args}
}

// explain explains what happened to the recipient under the cursor, else to the message.
func (s *Screen) explain() (screen.Action, tea.Cmd) {
	r, ok := s.current()
	switch {
	case ok && r.Came != nil:
		return s.explainCame(r)
	case ok && r.Finding != nil:
		return screen.ExplainFinding{Finding: *r.Finding, After: r.Elapsed}, nil
	case s.failure != nil:
		return screen.ExplainThis{Err: s.failure}, nil
	case s.sent.Error != nil:
		return screen.ExplainThis{Err: explain.Found(*s.sent.Error)}, nil
	}
	return screen.Say{Kind: screen.Result, Text: s.verdict().sentence()}, nil
}

// correctable reports whether there is somebody to send to once more.
func (s *Screen) correctable() bool {
	return !s.running && s.sent.Key != 0 && s.refused() > 0 && (s.sent.State == "filed" || s.sent.State == "accepted" || s.sent.State == "refused")
}

// number does what stands beside the recipient under the cursor if it came back from there; else 1 makes a draft for those
// who were refused.
func (s *Screen) number(n int) (screen.Action, tea.Cmd) {
	if r, ok := s.current(); ok && r.Came != nil {
		return s.numberCame(n, r)
	}
	if n != 1 || !s.correctable() {
		return nil, nil
	}
	return nil, s.prepare(session.ComposeOptions{Account: s.sent.Account, Kind: session.DraftResend, Key: s.sent.Key})
}

// corrected puts the addresses that were meant into the draft. It is sent at once when each refused one has one that
// was meant, else it is written on.
func (s *Screen) corrected(draft session.Draft) screen.Action {
	meant, all := map[string]string{}, true
	for _, r := range s.sent.Recipients {
		if r.State == "fail" {
			meant[strings.ToLower(r.Addr)] = r.Suggest
			all = all && r.Suggest != ""
		}
	}
	for _, f := range []*string{&draft.To, &draft.Cc, &draft.Bcc} {
		*f = correct(*f, meant)
	}
	if all {
		return screen.Replace{Name: screen.Sent, With: screen.SentArgs{Account: s.args.Account, Draft: &draft}}
	}
	return screen.Replace{Name: screen.Compose, With: screen.ComposeArgs{Account: s.args.Account, Draft: &draft}}
}

// correct replaces addresses in a field as typed. A name that stood with a wrong address stays.
func correct(value string, meant map[string]string) string {
	list, err := mail.ParseAddressList(value)
	if err != nil {
		return value
	}
	out := make([]string, len(list))
	for i, a := range list {
		if to := meant[strings.ToLower(a.Addr)]; to != "" {
			a.Addr = to
		}
		out[i] = a.String()
	}
	return strings.Join(out, ", ")
}

// open reports an entry that is still in the outbox for somebody to decide.
func (s *Screen) open() bool {
	return !s.running && s.sent.Key != 0 && (s.sent.State == "queued" || s.sent.State == "unknown" || s.sent.State == "refused")
}

// again submits an entry that waits, was refused, or whose fate is not known, now.
func (s *Screen) again() tea.Cmd {
	if !s.open() {
		return nil
	}
	key := s.sent.Key
	return s.start(func(ctx context.Context, c jobs.Control, report func(session.Sent)) (session.Sent, error) {
		return s.mail.Retry(ctx, c.Span.Child("sending again"), session.RetryOptions{Key: key, Progress: report})
	})
}

// takeBack turns the entry into a draft.
func (s *Screen) takeBack() tea.Cmd {
	if !s.open() {
		return nil
	}
	key := s.sent.Key
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Sent, error) {
		return s.mail.Retry(ctx, c.Span, session.RetryOptions{Key: key, Drop: true})
	})
	s.dropJob = id
	return cmd
}

func (s *Screen) dropped(d jobs.Done[session.Sent]) screen.Action {
	s.dropJob = 0
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	}
	return screen.All{screen.Back{}, screen.Say{Kind: screen.Result, Text: s.env.Words.Compose.BackToDraft}}
}
