package versus

import (
	"todoku/ui/changes"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// beside asks which earlier comparison to put this one beside.
func (s *Screen) beside() screen.Action {
	if s.run == nil || s.run.running() || len(s.run.events) == 0 {
		return screen.Say{Text: s.env.Words.Versus.NotOver}
	}
	return s.keeper.Beside()
}

// showChanges shows what changed since the earlier comparison.
func (s *Screen) showChanges() {
	if s.part != onChanges {
		s.whence = s.part
	}
	s.part, s.talkTop = onChanges, 0
	s.lay()
}

// changeLines lists what changed, below the step in which it is seen: the change, then both sides of it.
func (s *Screen) changeLines() []line {
	w := s.env.Words
	all, _ := s.keeper.Changes()
	out := []line{{head: true, role: theme.Title, said: w.Tracer.Beside}}
	if len(all) == 0 {
		out = append(out, line{}, line{head: true, role: theme.Text, said: w.Runs.Same})
	}
	place := text.Safe("")
	for _, c := range all {
		told := changes.Tell(w, c)
		if told.Place != place {
			place = told.Place
			out = append(out, line{})
			for _, part := range text.Wrap(place, max(s.width-2, 8)) {
				out = append(out, line{head: true, role: theme.Title, said: part})
			}
		}
		out = append(out, s.factLines(told.Level, widget.StateRole(string(c.Level)), told.Said)...)
		out = append(out, s.factLines("  "+w.Runs.Was, theme.Muted, told.Was)...)
		out = append(out, s.factLines("  "+w.Runs.Now, theme.Text, told.Now)...)
	}
	return out
}

// factLines are a label and what stands behind it; nothing where there is nothing to say.
func (s *Screen) factLines(label text.Safe, role theme.Role, said text.Safe) []line {
	if said == "" {
		return nil
	}
	const labels = 10
	var out []line
	for i, part := range text.Wrap(said, max(s.width-labels-2, 8)) {
		head := label
		if i > 0 {
			head = ""
		}
		out = append(out, line{head: true, role: role, said: text.Fit(head, labels) + part})
	}
	return out
}
