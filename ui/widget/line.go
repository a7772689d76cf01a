// Package widget holds the parts that screens are drawn with: rows of cells, the virtual list, the line input, the
// message, the sheet of choices.
package widget

import (
	"strings"

	"todoku/ui/text"
	"todoku/ui/theme"
)

// Line builds one row of exactly Width cells.
type Line struct {
	th       *theme.Theme
	width    int
	selected bool
	used     int
	b        strings.Builder
}

// NewLine begins a row of width cells.
func NewLine(th *theme.Theme, width int) *Line { return &Line{th: th, width: width} }

// Selected puts the row on the selected ground from here on.
func (l *Line) Selected(on bool) *Line {
	l.selected = on
	return l
}

// Left is how many cells are still free.
func (l *Line) Left() int { return l.width - l.used }

// Used is how many cells are taken.
func (l *Line) Used() int { return l.used }

// Put appends text, cut to what is still free.
func (l *Line) Put(r theme.Role, s text.Safe) *Line {
	s = text.Cut(s, l.Left())
	l.used += text.Width(s)
	l.th.Paint(&l.b, r, l.selected, s)
	return l
}

// Cell appends text in exactly n cells, or what is free of them.
func (l *Line) Cell(r theme.Role, s text.Safe, n int) *Line {
	n = min(n, l.Left())
	if n <= 0 {
		return l
	}
	return l.put(r, text.Fit(s, n), n)
}

// CellRight is Cell with the text at its right end.
func (l *Line) CellRight(r theme.Role, s text.Safe, n int) *Line {
	n = min(n, l.Left())
	if n <= 0 {
		return l
	}
	return l.put(r, text.FitRight(s, n), n)
}

func (l *Line) put(r theme.Role, s text.Safe, n int) *Line {
	l.used += n
	l.th.Paint(&l.b, r, l.selected, s)
	return l
}

// Gap appends n blank cells.
func (l *Line) Gap(n int) *Line { return l.Cell(theme.Text, "", n) }

// To fills with blanks up to column x.
func (l *Line) To(x int) *Line { return l.Gap(x - l.used) }

// RightEnd puts s so that it ends margin cells before the row's end, if it fits with one cell between.
func (l *Line) RightEnd(r theme.Role, s text.Safe, margin int) *Line {
	x := l.width - margin - text.Width(s)
	if s == "" || x < l.used+1 && l.used > 0 || x < 0 {
		return l
	}
	return l.To(x).Put(r, s)
}

// Raw appends a row drawn elsewhere that is exactly n cells wide.
func (l *Line) Raw(row string, n int) *Line {
	l.b.WriteString(row)
	l.used += n
	return l
}

// String fills the row with blanks and gives it.
func (l *Line) String() string {
	l.Gap(l.Left())
	return l.b.String()
}

// Blank is an empty row.
func Blank(width int) string { return string(text.Spaces(width)) }

// RuleRow draws a rule with a name and something at its right end: "─── wire  sending ──── 47 lines ───".
func RuleRow(th *theme.Theme, width int, name, right text.Safe) string {
	along, _, _ := th.Rules()
	l := NewLine(th, width)
	if name == "" && right == "" {
		return l.Put(theme.Rule, text.Repeat(along, width)).String()
	}
	l.Put(theme.Rule, text.Repeat(along, 3)+" ")
	room := width - 4 - 2
	if right != "" {
		room -= text.Width(right) + 5
	}
	if room < text.Width(name) && room < 8 {
		right = ""
		room = width - 6
	}
	l.Put(theme.Title, text.Cut(name, max(room, 0))).Put(theme.Rule, " ")
	tail := 0
	if right != "" {
		tail = text.Width(right) + 5
	}
	l.Put(theme.Rule, text.Repeat(along, max(width-l.used-tail, 0)))
	if right != "" {
		l.Put(theme.Muted, " "+right+" ").Put(theme.Rule, text.Repeat(along, 3))
	}
	return l.String()
}

// Columns joins bodies side by side with a rule between; every body has rows rows of its width.
func Columns(th *theme.Theme, rows int, parts ...Column) []string {
	_, down, _ := th.Rules()
	var rule strings.Builder
	th.Paint(&rule, theme.Rule, false, down)
	out := make([]string, rows)
	var b strings.Builder
	for i := range rows {
		b.Reset()
		for p, part := range parts {
			if p > 0 {
				b.WriteString(rule.String())
			}
			if i < len(part.Rows) {
				b.WriteString(part.Rows[i])
				continue
			}
			b.WriteString(Blank(part.Width))
		}
		out[i] = b.String()
	}
	return out
}

// Column is one of several bodies side by side.
type Column struct {
	Rows  []string
	Width int
}

// HeadRule draws the rule above columns, with a mark where the rules between them begin.
func HeadRule(th *theme.Theme, widths ...int) string {
	along, _, meet := th.Rules()
	var s text.Safe
	total := 0
	for i, w := range widths {
		if i > 0 {
			s += meet
			total++
		}
		s += text.Repeat(along, w)
		total += w
	}
	return NewLine(th, total).Put(theme.Rule, s).String()
}
