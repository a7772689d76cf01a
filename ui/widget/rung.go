package widget

import (
	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// Widths of a rung's cells.
const (
	rungLadder = 8
	rungName   = 15
	rungTook   = 8
)

// Rung puts a rung of a ladder on the rest of a line: number, ladder, name, state, time, and what was found.
func (l *Line) Rung(w *text.Catalogue, name string, r ladder.Rung) *Line {
	l.CellRight(theme.Text, text.Num(r.Number), 2).Gap(1)
	l.Cell(theme.Muted, w.Ladder.Ladders[name], rungLadder).Cell(theme.Text, w.Ladder.Rungs[r.Name], rungName)
	l.Cell(StateRole(string(r.State)), w.Levels[string(r.State)], StateCells)
	took, found, role := text.Safe(""), text.Clean(r.What), theme.Muted
	if r.Finding != nil {
		took, role = text.Span(r.Elapsed), theme.Text
		found = text.Clean(explain.Finding(*r.Finding, explain.Lang(w.Lang)).Title)
	}
	l.CellRight(theme.Muted, took, rungTook).Gap(2)
	return l.Put(role, text.Cut(found, max(l.Left()-1, 0)))
}
