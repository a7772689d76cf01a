package versus

import (
	"todoku/diag/compare"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	labelCells = 22 // of the table below the lanes
	shortCells = 10 // where they are stacked
)

// share says how many rows the parts of the lanes' screen have.
type share struct{ lanes, after int }

// share gives the table what it needs, where the lanes keep as many rows.
func (s *Screen) share() share {
	heads := 2 // of the lanes
	if after := len(s.afterRows()); after <= (s.height-heads)/2 || s.height >= 20 {
		return share{max(s.height-heads-after, 1), after}
	}
	after := max(min((s.height-heads)/2, len(s.afterRows())), 0)
	return share{max(s.height-heads-after, 1), after}
}

// about are the rows of the table that say what is where; narrow, the most telling one first.
func (s *Screen) about() []int {
	switch several := s.run.script.Devices > 1; {
	case !s.paned():
		return []int{s.telling(), compare.AboutServer}
	case several:
		return []int{compare.AboutServer, compare.AboutDeviceA, compare.AboutDeviceB}
	}
	return []int{compare.AboutServer, compare.AboutDeviceA}
}

// telling is the row of the table that is seen first.
func (s *Screen) telling() int {
	if s.run.script.Devices > 1 {
		return compare.AboutDeviceB
	}
	return compare.AboutDeviceA
}

// said is one finding of a step in a lane; before it is over, how it stands.
func (s *Screen) said(p compare.Protocol, about int) text.Safe {
	res := s.run.lane(s.step(), p)
	if f := res.About[about]; f.Code != "" {
		return s.title(f)
	}
	return s.env.Words.Levels[string(res.State)]
}

// afterRows draws what was said and what is where after the step under the cursor.
func (s *Screen) afterRows() []string {
	w := s.env.Words.Versus
	naive := text.Safe("")
	if s.run.mode == compare.Naive {
		naive = w.BeNaive
	}
	rows := []string{widget.RuleRow(s.env.Theme, s.width, text.F(w.After, s.step()+1), naive)}
	if s.paned() {
		rows = append(rows, s.pair("", w.Protocols["pop3"], w.Protocols["imap"], theme.Title))
		rows = append(rows, s.pair(w.UpDown, s.upDown(compare.POP3), s.upDown(compare.IMAP), theme.Text))
	}
	for _, about := range s.about() {
		rows = append(rows, s.aboutRows(about)...)
	}
	for _, l := range text.Wrap(s.place(), s.width-2) {
		rows = append(rows, s.plain(theme.Muted, l))
	}
	return rows
}

// aboutRows draws what is where in both lanes: side by side, or below one another.
func (s *Screen) aboutRows(about int) []string {
	w := s.env.Words.Versus
	role := theme.Text
	if about == s.telling() {
		role = theme.Title
	}
	if s.paned() {
		return []string{s.pair(w.Abouts[about], s.said(compare.POP3, about), s.said(compare.IMAP, about), role)}
	}
	var rows []string
	for _, p := range lanes {
		l := widget.NewLine(s.env.Theme, s.width).Gap(1).Cell(theme.Muted, w.ShortAbouts[about], shortCells).Gap(1)
		rows = append(rows, l.Cell(theme.Muted, w.Protocols[string(p)], 6).Put(role, text.Cut(s.said(p, about), max(l.Left()-1, 0))).String())
	}
	return rows
}

// upDown are the octets of a lane up to the step under the cursor.
func (s *Screen) upDown(p compare.Protocol) text.Safe {
	c := s.run.until(s.step(), p)
	return text.Num(int(c.Out)) + " / " + text.Num(int(c.In))
}

// pair is a row of the table: a label, and what is true of each lane.
func (s *Screen) pair(label, pop3, imap text.Safe, role theme.Role) string {
	l := widget.NewLine(s.env.Theme, s.width).Gap(1)
	half := (s.width - labelCells - 1) / 2
	l.Cell(theme.Muted, label, labelCells-1).Cell(role, text.Cut(pop3, half-2), half)
	return l.Put(role, text.Cut(imap, max(l.Left()-1, 0))).String()
}

// place says where the numbers of the step come from; while a message may be fetched or not, what that can change.
func (s *Screen) place() text.Safe {
	if s.asking != nil {
		return text.F(s.env.Words.Versus.AskDetail, s.asking.question.Server)
	}
	row := s.run.rows[s.step()]
	at := row.IMAP.Place
	if at == "" || row.POP3.Place == compare.Computed {
		at = row.POP3.Place
	}
	return s.env.Words.Versus.Places[string(at)]
}
