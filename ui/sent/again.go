package sent

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askAgain marks the question whether a message goes out once more.
type askAgain struct{}

// prepare makes the draft of a message that is to go out once more.
func (s *Screen) prepare(o session.ComposeOptions) tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Draft, error) {
		return s.mail.Compose(ctx, c.Span, o)
	})
	s.againJob = id
	return cmd
}

// prepared asks whether what came back is sent again. What was refused at once goes the way of a correction.
func (s *Screen) prepared(d jobs.Done[session.Draft]) screen.Action {
	s.againJob = 0
	switch {
	case d.Err != nil:
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	case d.Value.Resends == "" && len(d.Value.ResentFor) == 0:
		return s.corrected(d.Value)
	}
	s.offer = &d.Value
	if s.args.Again != nil {
		s.take(waiting(d.Value))
	}
	w := s.env.Words.Compose
	return screen.Ask{To: askAgain{}, Question: text.F(w.AgainAsk, addressesOf(d.Value.To)), Answers: []text.Safe{w.AgainNo, w.AgainYes, w.AgainEdit}}
}

// answered sends the message, opens it to be written, or leaves everything as it was.
func (s *Screen) answered(m screen.Answered) screen.Action {
	if _, mine := m.To.(askAgain); !mine || s.offer == nil {
		return nil
	}
	draft := s.offer
	s.offer = nil
	switch {
	case m.N == 2:
		return screen.Replace{Name: screen.Sent, With: screen.SentArgs{Account: s.args.Account, Draft: draft}}
	case m.N == 3:
		return screen.Replace{Name: screen.Compose, With: screen.ComposeArgs{Account: s.args.Account, Draft: draft}}
	case s.args.Again != nil:
		return screen.Back{}
	}
	return nil
}

// addressesOf is a field as typed without the names in it: a question has little room.
func addressesOf(field string) string {
	list, err := mail.ParseAddressList(field)
	if err != nil {
		return field
	}
	var all []string
	for _, a := range list {
		all = append(all, a.Addr)
	}
	return strings.Join(all, ", ")
}
