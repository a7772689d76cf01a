package tracer

import (
	"todoku/diag/change"
	"todoku/ui/changes"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// changeLines lists what changed, worst things where they happened: the change, then the facts as they were and are.
func (s *Screen) changeLines(all []change.Change) []line {
	w := s.env.Words
	p := column{width: s.width}
	p.head(theme.Title, w.Tracer.Beside)
	p.blank()
	if len(all) == 0 {
		p.head(theme.Text, w.Runs.Same)
	}
	for _, c := range all {
		told := changes.Tell(w, c)
		p.sayAt(told.Level, widget.StateRole(string(c.Level)), told.Said, told.Step)
		p.say("  "+w.Runs.Was, theme.Muted, told.Was)
		p.say("  "+w.Runs.Now, theme.Text, told.Now)
	}
	return p.lines
}
