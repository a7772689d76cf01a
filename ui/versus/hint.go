package versus

import (
	"todoku/diag/compare"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// hint is what the catalogue of providers says, apart from what was asked; where that contradicts it, it stands out.
func (s *Screen) hint(h *compare.Hint) []claim {
	if h == nil {
		return nil
	}
	var out []claim
	for i := range h.Findings {
		out = append(out, claim{role: noteRole(h.Findings[i]), said: s.title(h.Findings[i]), finding: &h.Findings[i]})
	}
	for _, n := range h.Notes {
		out = append(out, claim{role: theme.Muted, said: text.Clean(n.Dated + " " + n.In(string(s.env.Words.Lang)))})
	}
	if len(out) > 0 {
		out[0].label = s.env.Words.Compare.Hint
	}
	return out
}
