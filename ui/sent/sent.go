// Package sent is the screen that shows what became of a message: who must act, and for each recipient the steps and
// the server's own words.
package sent

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// Mail is what the screen asks of the session.
type Mail interface {
	Send(context.Context, *trace.Span, session.SendOptions) (session.Sent, error)
	Retry(context.Context, *trace.Span, session.RetryOptions) (session.Sent, error)
}

// Screen is one message on its way.
type Screen struct {
	env  *screen.Env
	mail Mail
	args screen.SentArgs

	sent    session.Sent
	failure error // before the outbox had it
	running bool
	job     jobs.ID
	list    widget.List

	width, height int
	blurred       bool
}

// New makes the screen; with a draft it sends, with an entry it shows.
func New(env *screen.Env, m Mail, args screen.SentArgs) *Screen {
	s := &Screen{env: env, mail: m, args: args, width: 80, height: 21}
	if args.Entry != nil {
		s.take(*args.Entry)
	}
	return s
}

// Init sends the draft.
func (s *Screen) Init() tea.Cmd {
	if s.args.Draft == nil {
		return nil
	}
	d := *s.args.Draft
	return s.start(func(ctx context.Context, c jobs.Control, report func(session.Sent)) (session.Sent, error) {
		return s.mail.Send(ctx, c.Span.Child("sending "+d.Subject), session.SendOptions{Draft: d, Progress: report})
	})
}

// start runs one try; its job reports the matrix as it fills.
func (s *Screen) start(try func(context.Context, jobs.Control, func(session.Sent)) (session.Sent, error)) tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Compose.Sending},
		func(ctx context.Context, c jobs.Control) (session.Sent, error) {
			return try(ctx, c, func(sent session.Sent) { c.Report(jobs.Progress{Value: sent}) })
		})
	s.job, s.running, s.failure = id, true, nil
	return cmd
}

// Update takes keys and what the job brings.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Wheel:
		s.list.Scroll(m.Rows)
	case jobs.Progress:
		if sent, ok := m.Value.(session.Sent); ok && m.Job == s.job {
			s.take(sent)
		}
	case jobs.Done[session.Sent]:
		if m.Job == s.job {
			return s.done(m), nil
		}
	}
	return nil, nil
}

func (s *Screen) take(sent session.Sent) {
	s.sent = sent
	rows := make([]int64, len(sent.Recipients))
	for i := range rows {
		rows[i] = int64(i)
	}
	s.list.SetKeys(rows)
}

// done says in one sentence what came of it.
func (s *Screen) done(d jobs.Done[session.Sent]) screen.Action {
	s.running = false
	if d.Err != nil && d.Value.MessageID == "" {
		s.failure = d.Err
		return screen.Say{Kind: screen.Fault, Text: text.Clean(explain.Error(d.Err, s.lang()).Title), Err: d.Err}
	}
	s.take(d.Value)
	if s.sent.Error != nil {
		err := explain.Found(*s.sent.Error)
		return screen.Say{Kind: screen.Fault, Text: text.Clean(explain.Error(err, s.lang()).Title), Err: err}
	}
	w := s.env.Words.Compose
	for _, r := range s.sent.Recipients {
		if r.Suggest != "" {
			return screen.Say{Text: text.F(w.Suggest, r.Addr, r.Suggest)}
		}
	}
	return screen.Say{Kind: screen.Result, Text: s.sentence()}
}

func (s *Screen) lang() explain.Lang { return explain.Lang(s.env.Words.Lang) }

// press does a verb.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	switch p.Verb {
	case keys.Down:
		s.list.Move(1)
	case keys.Up:
		s.list.Move(-1)
	case keys.First:
		s.list.Go(0)
	case keys.Last:
		s.list.Go(s.list.Len() - 1)
	case keys.Open:
		return screen.ShowWire{}, nil
	case keys.Explain:
		return s.explain(), nil
	case keys.Number:
		return s.number(p.N), nil
	case keys.Again:
		return nil, s.again()
	case keys.CopyText:
		return screen.CopyText{Text: s.plain()}, nil
	case keys.Back, keys.Quit:
		return s.leave(), nil
	}
	return nil, nil
}

// leave goes back. What could not even enter the outbox goes back to where it is written.
func (s *Screen) leave() screen.Action {
	if s.failure != nil && s.args.Draft != nil {
		return screen.Replace{Name: screen.Compose, With: screen.ComposeArgs{Account: s.args.Account, Draft: s.args.Draft}}
	}
	return screen.Back{}
}

// current is the recipient under the cursor.
func (s *Screen) current() (session.SentRecipient, bool) {
	if i := s.list.At(); i < len(s.sent.Recipients) {
		return s.sent.Recipients[i], true
	}
	return session.SentRecipient{}, false
}

func (s *Screen) explain() screen.Action {
	if r, ok := s.current(); ok && r.Finding != nil {
		return screen.ExplainThis{Err: explain.Found(*r.Finding)}
	}
	switch {
	case s.sent.Error != nil:
		return screen.ExplainThis{Err: explain.Found(*s.sent.Error)}
	case s.failure != nil:
		return screen.ExplainThis{Err: s.failure}
	}
	return screen.Say{Text: s.sentence()}
}

// number 1 begins a draft for those who were refused.
func (s *Screen) number(n int) screen.Action {
	if n != 1 || s.running || s.refused() == 0 {
		return nil
	}
	return screen.Replace{Name: screen.Compose, With: screen.ComposeArgs{Account: s.args.Account, Kind: session.DraftResend, Key: s.sent.Key}}
}

// again submits an entry that waits, or whose fate is not known, now.
func (s *Screen) again() tea.Cmd {
	if s.running || s.sent.Key == 0 || s.sent.State == "filed" {
		return nil
	}
	key := s.sent.Key
	return s.start(func(ctx context.Context, c jobs.Control, report func(session.Sent)) (session.Sent, error) {
		return s.mail.Retry(ctx, c.Span.Child("sending again"), session.RetryOptions{Key: key, Progress: report})
	})
}

func (s *Screen) refused() int { return s.count("fail") }

func (s *Screen) count(state string) int {
	n := 0
	for _, r := range s.sent.Recipients {
		if r.State == state {
			n++
		}
	}
	return n
}

// sentence says who must act.
func (s *Screen) sentence() text.Safe {
	w := s.env.Words.Compose
	of := len(s.sent.Recipients)
	next := text.Clock(s.sent.Next.In(s.env.Now().Location()))
	switch {
	case s.failure != nil:
		return w.NotSent
	case s.running:
		return w.Sending
	case s.sent.State == "unknown":
		return w.Unknown
	case s.refused() > 0:
		return text.F(w.YouAct, s.refused(), of, s.titles())
	case s.sent.State == "queued":
		return text.F(w.Waits, next)
	case s.count("warn") > 0:
		return text.F(w.WaitsFor, s.count("warn"), of, next)
	}
	return text.F(w.AllTaken, s.sent.Server, s.count("ok"), of)
}

// titles names what is wrong with each refused recipient.
func (s *Screen) titles() string {
	var all []string
	for _, r := range s.sent.Recipients {
		if r.State == "fail" && r.Finding != nil {
			all = append(all, explain.Finding(*r.Finding, s.lang()).Title)
		}
	}
	return strings.Join(all, " ")
}

// plain is the matrix as text to copy.
func (s *Screen) plain() string {
	var b strings.Builder
	b.WriteString(string(s.sentence()) + "\n")
	for _, r := range s.sent.Recipients {
		b.WriteString(r.Addr + "  " + r.State + "  " + r.Reply + "\n")
	}
	return b.String()
}
