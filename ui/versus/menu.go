package versus

import (
	"todoku/diag/explain"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// menuCells is the room for the name of a script.
const menuCells = 32

// menuRows draws the card and the scripts, one sentence each; narrow, the sentence of the one under the cursor below.
func (s *Screen) menuRows() []string {
	w := s.env.Words.Versus
	var rows []string
	for _, l := range text.Wrap(w.MenuHead, s.width-2) {
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Title, l).String())
	}
	rows = append(rows, widget.Blank(s.width))
	if s.broken != nil {
		return widget.Fill(append(rows, widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Fail, text.Clean(s.broken.Error())).String()), s.height, s.width)
	}
	var below []string
	if !s.paned() {
		_, means := s.menuRow(s.menu.At())
		below = append(below, widget.Blank(s.width))
		for _, l := range text.Wrap(means, s.width-2) {
			below = append(below, widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Muted, l).String())
		}
	}
	s.menuTop = len(rows)
	s.menu.SetHeight(s.height - len(rows) - len(below))
	for i := range s.menu.Visible() {
		rows = append(rows, s.drawMenuRow(s.menu.Top()+i))
	}
	return widget.Fill(append(rows, below...), s.height, s.width)
}

// menuRow is the name of a row and what it is for: the card first, then the scripts.
func (s *Screen) menuRow(i int) (name, means text.Safe) {
	if i == 0 {
		return s.env.Words.Versus.CardHead, s.env.Words.Versus.CardMeans
	}
	d := explain.Finding(s.scripts[i-1].Title(), explain.Lang(s.env.Words.Lang))
	return text.Clean(d.Title), text.Clean(d.Means)
}

func (s *Screen) drawMenuRow(i int) string {
	here := i == s.menu.At()
	l := widget.NewLine(s.env.Theme, s.width).Selected(here && !s.blurred)
	mark := text.Safe("   ")
	switch {
	case here && s.blurred:
		mark = " - "
	case here:
		mark = " > "
	}
	name, means := s.menuRow(i)
	l.Put(theme.Text, mark)
	if !s.paned() {
		return l.Put(theme.Text, text.Cut(name, l.Left()-1)).String()
	}
	return l.Cell(theme.Text, name, menuCells).Gap(2).Put(theme.Muted, text.Cut(means, max(l.Left()-1, 0))).String()
}
