package sent

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/bounce"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// isOpen says of a recipient that the message came back from there and was not sent again.
func isOpen(r session.SentRecipient) bool {
	return r.Came != nil && r.Came.Failed() && r.Came.Again == nil
}

func isLate(r session.SentRecipient) bool { return r.Came != nil && !r.Came.Failed() }

func isSentOn(r session.SentRecipient) bool {
	return r.Came != nil && r.Came.Failed() && r.Came.Again != nil
}

// look asks what became of the message since; nothing while it is being sent.
func (s *Screen) look() tea.Cmd {
	o := session.FateOptions{Key: s.args.Of, Account: s.args.Account.Name, MessageID: s.args.Fate}
	if o.Key == 0 && o.MessageID == "" {
		o.MessageID = s.sent.MessageID
	}
	waits := s.open() || s.sent.State == "claimed" || s.sent.State == "sending" // the outbox shows those
	if s.running || s.failure != nil || waits || o.Key == 0 && o.MessageID == "" {
		return nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Sent, error) {
		return s.mail.Fate(ctx, c.Span, o)
	})
	s.fateJob = id
	return cmd
}

// fateKnown shows what is known now.
func (s *Screen) fateKnown(d jobs.Done[session.Sent]) screen.Action {
	first := s.sent.MessageID == ""
	s.fateJob = 0
	if d.Err != nil {
		if !first {
			return nil // what was shown stays
		}
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	}
	elapsed := s.sent.Elapsed
	s.take(d.Value)
	s.sent.Elapsed = elapsed
	if s.goToFault(); first || countBy(s.sent, isOpen) > 0 {
		return s.next()
	}
	return nil
}

// cameStates are the states of the four steps that a report tells of: what stands before the step that it names was done.
func cameStates(r session.Returned) [4]string {
	states := [4]string{"ok", "unknown", "unknown", "unknown"}
	if r.Step < 2 || r.Step > 4 {
		return states
	}
	at, after := "fail", "n/a"
	if !r.Failed() {
		at, after = "warn", "wait"
	}
	for i := range states {
		switch {
		case i+1 < r.Step:
			states[i] = "ok"
		case i+1 == r.Step:
			states[i] = at
		default:
			states[i] = after
		}
	}
	return states
}

// told is what became of a recipient, by whom it was said and when.
func (s *Screen) told(r session.Returned) text.Safe {
	words, now := s.env.Words, s.env.Now()
	if r.Host == "" || r.At.IsZero() || r.Again != nil || !r.Failed() {
		return deed.Became(words, now, r)
	}
	return text.F(words.Bounce.AtHost, deed.Became(words, now, r), r.Host, words.When(r.At, now))
}

// cameRows are the words of the host that said it, and where the message went then, below the matrix.
func (s *Screen) cameRows(r session.Returned) []string {
	words, now := s.env.Words, s.env.Now()
	rows := []string{s.blank()}
	if r.Said != "" {
		who := text.F(words.Compose.SaidOf, r.Recipient)
		if r.Host != "" {
			who = text.F(words.Bounce.SaidAt, r.Host, words.Today(r.At, now))
		}
		rows = append(rows, s.muted(who))
		rows = append(rows, s.words(text.Clean(r.Said))...)
	}
	if r.Again != nil {
		rows = append(rows, s.muted(text.F(words.Bounce.AgainAt, r.Again.To, words.Today(r.Again.At, now))))
	}
	return rows
}

// explainCame explains a report: as it was read anew, or, when it is gone, as it was noted.
func (s *Screen) explainCame(r session.SentRecipient) (screen.Action, tea.Cmd) {
	key := r.Came.Key
	if key == 0 {
		return screen.ExplainFinding{Finding: *r.Finding}, nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Reading}, func(ctx context.Context, c jobs.Control) (deed.Came, error) {
		reading, err := s.mail.Read(ctx, c.Span, session.ReadOptions{Key: key, Peek: true})
		return deed.Came{Key: key, Said: reading.Bounce}, err
	})
	s.bounceJob = id
	return nil, cmd
}

// bounceRead explains the report by the recipient under the cursor.
func (s *Screen) bounceRead(d jobs.Done[deed.Came]) screen.Action {
	if d.Job != s.bounceJob {
		return nil
	}
	s.bounceJob = 0
	if r, ok := s.current(); ok && d.Value.Said != nil {
		only := *d.Value.Said
		only.Recipients = nil
		for _, f := range d.Value.Said.Recipients {
			if strings.EqualFold(f.Recipient, r.Addr) {
				only.Recipients = []bounce.Failure{f}
			}
		}
		if len(only.Recipients) > 0 {
			d.Value.Said = &only
		}
	}
	return deed.Explained(s.env.Words, s.env.Now(), s.place(), d)
}

func (s *Screen) place() deed.Place { return deed.Place{Account: s.args.Account, Book: s.mail} }

// numberCame sends the message again to the recipient under the cursor (1), after it was written anew (2), or shows what became of
// what was sent again (3).
func (s *Screen) numberCame(n int, r session.SentRecipient) (screen.Action, tea.Cmd) {
	o := session.ComposeOptions{Account: s.sent.Account, Kind: session.DraftReturned, Key: s.sent.Message, Only: r.Came.Recipient}
	if r.Came.Key != 0 {
		o.Key = r.Came.Key
	}
	switch {
	case n == 3 && r.Came.Again != nil:
		return screen.Open{Name: screen.Sent, With: screen.SentArgs{Account: s.args.Account, Fate: r.Came.Again.MessageID}}, nil
	case !r.Came.Failed() || o.Key == 0:
	case n == 1:
		o.Correct = r.Suggest
		return nil, s.prepare(o)
	case n == 2:
		return screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: s.args.Account, Kind: o.Kind, Key: o.Key, Only: o.Only}}, nil
	}
	return nil, nil
}
