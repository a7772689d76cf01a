// Package sent is the screen that shows what became of a message: who must act, and for each recipient the steps and
// the server's own words.
package sent

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// Mail is what the screen asks of the session.
type Mail interface {
	Send(context.Context, *trace.Span, session.SendOptions) (session.Sent, error)
	Retry(context.Context, *trace.Span, session.RetryOptions) (session.Sent, error)
	Compose(context.Context, *trace.Span, session.ComposeOptions) (session.Draft, error)
	Fate(context.Context, *trace.Span, session.FateOptions) (session.Sent, error)
	Read(context.Context, *trace.Span, session.ReadOptions) (session.Reading, error)
	deed.AddressBook
}

// Screen is one message on its way.
type Screen struct {
	env  *screen.Env
	mail Mail
	args screen.SentArgs

	sent    session.Sent
	failure error // before the outbox had it
	running bool
	moved   bool // the person moved the cursor: it stays where it is
	left    *atomic.Bool
	list    widget.List

	offer *session.Draft // what is asked about: to be sent once more

	job, dropJob, againJob, fateJob, bounceJob jobs.ID

	width, height int
	blurred       bool
}

// New makes the screen; with a draft it sends, with an entry it shows.
func New(env *screen.Env, m Mail, args screen.SentArgs) *Screen {
	s := &Screen{env: env, mail: m, args: args, left: new(atomic.Bool), width: 80, height: 21}
	switch {
	case args.Entry != nil:
		s.take(*args.Entry)
		s.goToFault()
	case args.Draft != nil:
		s.take(waiting(*args.Draft))
	}
	return s
}

// waiting is a draft as the matrix shows it before anything was said.
func waiting(d session.Draft) session.Sent {
	sent := session.Sent{Account: d.Account, Subject: d.Subject}
	for _, f := range []string{d.To, d.Cc, d.Bcc} {
		list, _ := mail.ParseAddressList(f) // Send says what is wrong
		for _, a := range list {
			sent.Recipients = append(sent.Recipients, session.SentRecipient{Addr: a.Addr, State: "wait"})
		}
	}
	return sent
}

// Init sends the draft.
func (s *Screen) Init() tea.Cmd {
	switch {
	case s.args.Now:
		return s.again()
	case s.args.Again != nil:
		return s.prepare(*s.args.Again)
	case s.args.Draft == nil:
		return s.look()
	}
	d := *s.args.Draft
	return s.start(func(ctx context.Context, c jobs.Control, report func(session.Sent)) (session.Sent, error) {
		return s.mail.Send(ctx, c.Span.Child("sending "+d.Subject), session.SendOptions{Draft: d, Progress: report})
	})
}

// start runs one try; its job reports the matrix as it fills. If the screen was left meanwhile, what came of it is said
// wherever the person is.
func (s *Screen) start(try func(context.Context, jobs.Control, func(session.Sent)) (session.Sent, error)) tea.Cmd {
	words, left, runner, now := s.env.Words, s.left, s.env.Jobs, s.env.Now
	id, cmd := jobs.Start(runner, jobs.Spec{What: words.Compose.Sending},
		func(ctx context.Context, c jobs.Control) (session.Sent, error) {
			sent, err := try(ctx, c, func(sent session.Sent) { c.Report(jobs.Progress{Value: sent}) })
			if left.Load() {
				v := verdict{words: words, now: now(), sent: sent, failure: failureOf(sent, err)}
				runner.Post(v.say())
			}
			return sent, err
		})
	s.job, s.running, s.failure = id, true, nil
	return cmd
}

// failureOf is the error of a try that never reached the outbox; what happened after that is in the result.
func failureOf(sent session.Sent, err error) error {
	if sent.MessageID != "" {
		return nil
	}
	return err
}

// Update takes keys and what the jobs bring.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Wheel:
		s.list.Scroll(m.Rows)
	case screen.Click:
		s.click(m)
	case jobs.Progress:
		if sent, ok := m.Value.(session.Sent); ok && m.Job == s.job {
			s.take(sent)
		}
	case screen.Answered:
		return s.answered(m), nil
	case screen.Changed, screen.Returned:
		return nil, s.look()
	case jobs.Done[session.Sent]:
		return s.jobDone(m)
	case jobs.Done[session.Draft]:
		if m.Job == s.againJob {
			return s.prepared(m), nil
		}
	case jobs.Done[deed.Came]:
		return s.bounceRead(m), nil
	}
	return nil, nil
}

func (s *Screen) jobDone(d jobs.Done[session.Sent]) (screen.Action, tea.Cmd) {
	switch d.Job {
	case s.job:
		return s.done(d)
	case s.dropJob:
		return s.dropped(d), nil
	case s.fateJob:
		return s.fateKnown(d), nil
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

// done shows what came of it, and says what can be done now.
func (s *Screen) done(d jobs.Done[session.Sent]) (screen.Action, tea.Cmd) {
	s.running = false
	if s.failure = failureOf(d.Value, d.Err); s.failure == nil {
		s.take(d.Value)
	}
	s.goToFault()
	s.tellFiled()
	return s.next(), nil
}

// next says what the person can do now.
func (s *Screen) next() screen.Action {
	w := s.env.Words.Compose
	r, _ := s.current()
	switch {
	case s.failure != nil:
		return screen.Say{Text: w.BackHint}
	case r.Came != nil && r.Came.Again != nil:
		return screen.Say{Text: text.F(w.ShowAgain, r.Came.Again.To)}
	case r.Came != nil && r.Came.Failed() && r.Suggest != "":
		return screen.Say{Text: text.F(w.Suggest, r.Addr, r.Suggest)}
	case r.Came != nil && r.Came.Failed():
		return screen.Say{Text: w.AgainHint}
	case s.sent.State == "unknown":
		return screen.Say{Text: w.UnknownHint}
	case s.sent.State == "queued":
		return screen.Say{Text: w.WaitsHint}
	case s.refused() > 0:
		for _, r := range s.sent.Recipients {
			if r.Suggest != "" && r.State == "fail" {
				return screen.Say{Text: text.F(w.Suggest, r.Addr, r.Suggest)}
			}
		}
		return screen.Say{Text: w.CorrectHint}
	}
	return screen.Say{Kind: screen.Result, Text: w.TakenHint}
}

// tellFiled lets the mailbox below fetch the folder of the copy.
func (s *Screen) tellFiled() {
	if s.sent.CopyState == trace.Pass && s.args.Account.Protocol == "imap" && s.sent.CopyFolder != "" {
		s.env.Jobs.Post(screen.Filed{Account: s.sent.Account, Folder: s.sent.CopyFolder})
	}
}

// goToFault puts the cursor on the first recipient that needs somebody to act.
func (s *Screen) goToFault() {
	if s.moved {
		return
	}
	for _, needs := range []func(session.SentRecipient) bool{isOpen, inState("fail"), inState("unknown"), isLate, inState("warn")} {
		if i := slices.IndexFunc(s.sent.Recipients, needs); i >= 0 {
			s.list.Go(i)
			return
		}
	}
}

func inState(state string) func(session.SentRecipient) bool {
	return func(r session.SentRecipient) bool { return r.State == state }
}

// current is the recipient under the cursor.
func (s *Screen) current() (session.SentRecipient, bool) {
	if i := s.list.At(); i < len(s.sent.Recipients) {
		return s.sent.Recipients[i], true
	}
	return session.SentRecipient{}, false
}

func (s *Screen) refused() int { return count(s.sent, "fail") }

func count(sent session.Sent, state string) int { return countBy(sent, inState(state)) }

func countBy(sent session.Sent, is func(session.SentRecipient) bool) int {
	n := 0
	for _, r := range sent.Recipients {
		if is(r) {
			n++
		}
	}
	return n
}

func (s *Screen) verdict() verdict {
	return verdict{words: s.env.Words, now: s.env.Now(), sent: s.sent, failure: s.failure, running: s.running, asking: s.args.Again != nil}
}

// plain is the matrix as text to copy.
func (s *Screen) plain() string {
	var b strings.Builder
	b.WriteString(string(s.verdict().sentence()) + "\n")
	for _, r := range s.sent.Recipients {
		b.WriteString(r.Addr + "  " + r.State + "  " + r.Reply + "\n")
		if r.Came != nil {
			b.WriteString(string("  " + s.told(*r.Came) + "\n  " + text.Clean(r.Came.Said) + "\n"))
		}
	}
	return b.String()
}
