package widget

import (
	"todoku/ui/text"
	"todoku/ui/theme"
)

const labelCells = 9 // before what a label is about

// Labelled is a row with a label, or a mark, and what it is about.
type Labelled struct {
	Label     text.Safe
	LabelRole theme.Role
	Role      theme.Role
	Said      text.Safe
}

// Draw gives the row in width cells.
func (l Labelled) Draw(th *theme.Theme, width int) string {
	return NewLine(th, width).Gap(1).Cell(l.LabelRole, l.Label, labelCells-1).Put(l.Role, l.Said).String()
}

// Page is a column of labelled rows, made for a width.
type Page struct {
	Width int
	Lines []Labelled
}

// Blank adds an empty row.
func (p *Page) Blank() { p.Lines = append(p.Lines, Labelled{}) }

// Say adds a sentence behind a label; nothing for an empty one.
func (p *Page) Say(label text.Safe, role theme.Role, said text.Safe) {
	p.Put(label, theme.Muted, role, said)
}

// Put is Say with the role of the label.
func (p *Page) Put(label text.Safe, labelRole, role theme.Role, said text.Safe) {
	if said == "" {
		return
	}
	for i, l := range text.Wrap(said, p.Width-labelCells-1) {
		if i > 0 {
			label = ""
		}
		p.Lines = append(p.Lines, Labelled{label, labelRole, role, l})
	}
}

// Fill makes a body of n rows.
func Fill(rows []string, n, width int) []string {
	for len(rows) < n {
		rows = append(rows, Blank(width))
	}
	return rows[:n]
}
