package tracer

import (
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	labelCells = 12 // before what a label is about
	talkCells  = 6  // before what a side said
)

// piece is text in a role from a cell on.
type piece struct {
	at   int
	role theme.Role
	text text.Safe
}

// line is one row of a column: pieces from left to right, and what stands at the right end.
type line struct {
	pieces []piece
	right  text.Safe
}

// column is lines below one another, made for a width.
type column struct {
	width int
	lines []line
}

func (c *column) add(l line) { c.lines = append(c.lines, l) }

func (c *column) blank() {
	if n := len(c.lines); n > 0 && len(c.lines[n-1].pieces) > 0 {
		c.add(line{})
	}
}

// head is a line of its own from the left margin.
func (c *column) head(role theme.Role, s text.Safe) {
	for _, l := range text.Wrap(s, c.width-2) {
		c.add(line{pieces: []piece{{1, role, l}}})
	}
}

// say puts a sentence behind a label; nothing for an empty one.
func (c *column) say(label text.Safe, role theme.Role, s text.Safe) { c.sayAt(label, role, s, "") }

// sayAt is say with something at the right end of the first line.
func (c *column) sayAt(label text.Safe, role theme.Role, s, right text.Safe) {
	if s == "" {
		return
	}
	room := c.width - labelCells - 1
	if right != "" {
		room -= text.Width(right) + 2
	}
	for i, l := range text.Wrap(s, room) {
		one := line{pieces: []piece{{labelCells, role, l}}}
		if i == 0 {
			one.pieces = append([]piece{{1, theme.Muted, label}}, one.pieces...)
			one.right = right
		}
		c.add(one)
	}
}

// talk is a line that a side said, or a fact, in full.
func (c *column) talk(mark, said, right text.Safe) {
	role := theme.Muted
	switch mark {
	case "C":
		role = theme.Sent
	case "S":
		role = theme.Received
	}
	room := c.width - talkCells - 1
	if right != "" {
		room -= text.Width(right) + 2
	}
	for i, l := range text.Wrap(said, room) {
		one := line{pieces: []piece{{talkCells, role, l}}}
		if i == 0 {
			one.pieces = append([]piece{{3, role, mark}}, one.pieces...)
			one.right = right
		}
		c.add(one)
	}
}

func (l line) draw(th *theme.Theme, width int) string {
	row := widget.NewLine(th, width)
	for _, p := range l.pieces {
		row.To(p.at).Put(p.role, p.text)
	}
	return row.RightEnd(theme.Muted, l.right, 1).String()
}
