package tracer

import (
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	labelCells = 9 // before what a label is about
	talkCells  = 6 // before what a side said
)

// piece is text in a role from a cell on.
type piece struct {
	at   int
	role theme.Role
	text text.Safe
}

// line is one row of a page: pieces from left to right, and what stands at the right end.
type line struct {
	pieces []piece
	right  text.Safe
}

// page is a column of lines, made for a width.
type page struct {
	width int
	lines []line
}

func (p *page) add(l line) { p.lines = append(p.lines, l) }

func (p *page) blank() {
	if n := len(p.lines); n > 0 && len(p.lines[n-1].pieces) > 0 {
		p.add(line{})
	}
}

// head is a line of its own from the left margin.
func (p *page) head(role theme.Role, s text.Safe) {
	for _, l := range text.Wrap(s, p.width-2) {
		p.add(line{pieces: []piece{{1, role, l}}})
	}
}

// say puts a sentence behind a label; nothing for an empty one.
func (p *page) say(label text.Safe, role theme.Role, s text.Safe) { p.sayAt(label, role, s, "") }

// sayAt is say with something at the right end of the first line.
func (p *page) sayAt(label text.Safe, role theme.Role, s, right text.Safe) {
	if s == "" {
		return
	}
	room := p.width - labelCells - 1
	if right != "" {
		room -= text.Width(right) + 2
	}
	for i, l := range text.Wrap(s, room) {
		one := line{pieces: []piece{{labelCells, role, l}}}
		if i == 0 {
			one.pieces = append([]piece{{1, theme.Muted, label}}, one.pieces...)
			one.right = right
		}
		p.add(one)
	}
}

// talk is a line that a side said, or a fact, in full.
func (p *page) talk(mark, said, right text.Safe) {
	role := theme.Muted
	switch mark {
	case "C":
		role = theme.Sent
	case "S":
		role = theme.Received
	}
	room := p.width - talkCells - 1
	if right != "" {
		room -= text.Width(right) + 2
	}
	for i, l := range text.Wrap(said, room) {
		one := line{pieces: []piece{{talkCells, role, l}}}
		if i == 0 {
			one.pieces = append([]piece{{3, role, mark}}, one.pieces...)
			one.right = right
		}
		p.add(one)
	}
}

func (l line) draw(th *theme.Theme, width int) string {
	row := widget.NewLine(th, width)
	for _, p := range l.pieces {
		row.To(p.at).Put(p.role, p.text)
	}
	return row.RightEnd(theme.Muted, l.right, 1).String()
}
