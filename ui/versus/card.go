package versus

import (
	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// cardLabels are the cells before a claim of the card.
const cardLabels = 1

// cardClaims words "POP3 or IMAP?": what holds for everybody, each with the step that shows it. Where there is room,
// what it means stands below it.
func (s *Screen) cardClaims() claims {
	w := s.env.Words
	var all []claim
	for _, r := range compare.Card() {
		d := explain.Finding(r.Finding, explain.Lang(w.Lang))
		all = append(all, claim{said: text.Clean(d.Title), shown: goal{script: r.Script, step: r.Step}, finding: &r.Finding})
		if s.paned() {
			all = append(all, claim{role: theme.Muted, said: text.Clean(d.Means)})
		}
	}
	all = append(all, claim{}, claim{role: theme.Muted, said: w.Versus.CardNote})
	return pageOf(all, cardLabels, s.width, s.shownAt)
}
