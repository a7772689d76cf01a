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
	w := s.env.Words.Tracer
	local := a.question.Address
	if at := strings.LastIndexByte(local, '@'); at >= 0 { // a quoted local part may hold one too
		local = local[:at]
	}
	said := text.F(w.AskRcpt, a.question.Host, local) + s.env.Words.App.Between
	s.asking = &a
	if from := delivery.SeenFrom(s.run.hops, a.question.Addr); from != "" {
		said += text.F(w.Sees, from)
	} else {
		said += w.SeesLine
	}
	return screen.Ask{To: askConsent{a.answer}, Question: said, Answers: []text.Safe{w.StopHere, w.AskIt}}
}

// askDetail is what the host would hear, where a row of its own has room for it.
func (s *Screen) askDetail() text.Safe {
	q, w := s.asking.question, s.env.Words.Tracer
	return text.F(w.AskDetail, q.Host, q.Sender, q.Address)
}

// answer takes the answer to what the screen asked.
func (s *Screen) answer(m screen.Answered) {
	if q, ok := m.To.(askConsent); ok {
		s.asking = nil
		q.answer(m.N == 2)
	}
}
