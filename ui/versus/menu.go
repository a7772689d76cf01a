package versus

import (
	"todoku/diag/explain"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// menuCells is the room for the name of a script.
const menuCells = 32

// menuHead is what stands above the scripts.
func (s *Screen) menuHead() []string {
	var rows []string
	for _, l := range text.Wrap(s.env.Words.Versus.MenuHead, s.width-2) {
		rows = append(rows, s.plain(theme.Title, l))
	}
	if s.broken != nil {
		rows = append(rows, s.plain(theme.Fail, text.Clean(s.broken.Error())))
	}
	return append(rows, widget.Blank(s.width))
}

// menuFoot is the sentence about the row under the cursor, where the rows have no room for one.
func (s *Screen) menuFoot() []string {
	if s.paned() {
		return nil
	}
	rows := []string{widget.Blank(s.width)}
	_, means := s.menuRow(s.menu.At())
	for _, l := range text.Wrap(means, s.width-2) {
		rows = append(rows, s.plain(theme.Muted, l))
	}
	return rows
}

// menuRows draws the card and the scripts, one sentence each.
func (s *Screen) menuRows() []string {
	rows := s.menuHead()
	for i := range s.menu.Visible() {
		rows = append(rows, s.drawMenuRow(s.menu.Top()+i))
	}
	return widget.Fill(append(rows, s.menuFoot()...), s.height, s.width)
}

// plain is a row of text from the left margin.
func (s *Screen) plain(role theme.Role, said text.Safe) string {
	return widget.NewLine(s.env.Theme, s.width).Gap(1).Put(role, said).String()
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
