package tracer

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/delivery"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// asked is the run's question whether a host that is not ours may hear the recipient's name.
type asked struct {
	feed     *feed
	question delivery.Question
	answer   func(bool)
}

// askConsent is that question in the notice row.
type askConsent struct{ answer func(bool) }

// consent waits, in the run's goroutine, for what the person says. Who is elsewhere is not asked, and nothing is.
func consent(ctx context.Context, r *jobs.Runner, f *feed, q delivery.Question) bool {
	if f.left.Load() {
		return false
	}
	yes, err := jobs.Ask(ctx, r, func(answer func(bool)) tea.Msg { return asked{f, q, answer} })
	return err == nil && yes
}

// ask puts the question into the notice row; the first answer asks nobody.
func (s *Screen) ask(a asked) screen.Action {
	w, q := s.env.Words.Tracer, a.question
	var locals []string
	for _, r := range recipients(q) {
		if at := strings.LastIndexByte(r, '@'); at >= 0 { // a quoted local part may hold one too
			r = r[:at]
		}
		locals = append(locals, r)
	}
	question := w.AskRcpt
	switch {
	case q.Send:
		question = w.AskSend
	case len(locals) > 1:
		question = w.AskRcpts
	}
	said := text.F(question, q.Host, strings.Join(locals, ", ")) + s.env.Words.App.Between
	s.asking = &a
	if from := delivery.SeenFrom(s.run.hops, q.Addr); from != "" {
		said += text.F(w.Sees, from)
	} else {
		said += w.SeesLine
	}
	yes := w.AskIt
	if q.Send {
		yes = w.SendIt
	}
	return screen.Ask{To: askConsent{a.answer}, Question: said, Answers: []text.Safe{w.StopHere, yes}}
}

func recipients(q delivery.Question) []string {
	if len(q.Recipients) == 0 {
		return []string{q.Address}
	}
	return q.Recipients
}

// askDetail is what the host would hear, where a row of its own has room for it.
func (s *Screen) askDetail() text.Safe {
	q, w := s.asking.question, s.env.Words.Tracer
	detail := w.AskDetail
	if q.Send {
		detail = w.SendDetail
	}
	return text.F(detail, q.Host, q.Sender, strings.Join(recipients(q), ">, <"))
}

// answer takes the answer to what the screen asked.
func (s *Screen) answer(m screen.Answered) {
	if q, ok := m.To.(askConsent); ok {
		s.asking = nil
		q.answer(m.N == 2)
	}
}
