package versus

import (
	"todoku/diag/compare"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.lay()
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title says whose mailbox, which script, and how far it is. Where there is no room for all, the mailbox is left out.
func (s *Screen) Title(width int) screen.Title {
	w := s.env.Words.Versus
	mailbox := "  " + text.Clean(s.account.Address)
	switch {
	case s.part == onCard:
		return screen.Title{Left: w.Name + mailbox + "  " + w.CardHead}
	case s.part == onMenu || s.run == nil:
		return screen.Title{Left: w.Name + mailbox}
	}
	t := screen.Title{Left: w.Name + mailbox + s.where(width), Right: s.progress()}
	if text.Width(t.Left)+text.Width(t.Right)+titleGaps > width && width < wide {
		t.Left = w.Name + s.where(width)
	}
	return t
}

// titleGaps are the cells of a title that hold no text.
const titleGaps = 4

// where names the script and the step that is shown.
func (s *Screen) where(width int) text.Safe {
	w := s.env.Words.Versus
	form := w.Script
	if width < wide {
		form = w.ScriptShort
	}
	said := "  " + text.F(form, string(s.title(s.run.script.Title())))
	if s.part == onLanes || s.part == onTalk {
		said += "  " + text.F(w.StepOf, s.step()+1, len(s.run.rows))
		if width >= wide {
			said += ": " + s.stepTitle(s.step())
		}
	}
	return said
}

// progress says how long the run has taken; of a recording that was played, when it was made.
func (s *Screen) progress() text.Safe {
	w := s.env.Words.Versus
	took := text.Span(s.run.took(s.moment()))
	switch {
	case s.run.running() && s.replay != nil:
		return text.F(w.Playing, took)
	case s.replay != nil:
		return text.F(w.Recorded, s.run.began.Local().Format("2006-01-02 15:04"))
	case s.run.running() && s.run.control.Paused():
		return text.F(w.Held, took)
	case s.run.running():
		return text.F(w.Live, took)
	case s.run.report != nil:
		return text.F(w.Done, took)
	case s.run.failure == nil:
		return text.F(w.Ended, took)
	}
	return ""
}

// View draws the scripts, the lanes, the dialogue of a step, the answer or the card.
func (s *Screen) View() screen.Frame {
	switch s.part {
	case onLanes:
		return s.viewLanes()
	case onTalk, onChanges:
		return screen.Frame{Rows: s.talkRows(), Cursor: s.cursor(0)}
	case onAnswer:
		return s.viewClaims(&s.answer, s.answerFoot())
	case onCard:
		return s.viewClaims(&s.card, nil)
	}
	rows := s.menuRows()
	return screen.Frame{Rows: rows, Cursor: s.cursor(len(s.menuHead()) + s.menu.At() - s.menu.Top())}
}

func (s *Screen) cursor(y int) *screen.Cell {
	if s.blurred || y < 0 || y >= s.height {
		return nil
	}
	return &screen.Cell{Y: y}
}

// viewClaims draws a page of claims and what stands below it.
func (s *Screen) viewClaims(c *claims, below []string) screen.Frame {
	rows, at := s.drawClaims(c, max(s.height-len(below), 1))
	return screen.Frame{Rows: append(rows, below...), Cursor: s.cursor(at)}
}

// answerFoot are the person's answers, below what follows from them.
func (s *Screen) answerFoot() []string {
	var rows []string
	for _, l := range text.Wrap(s.saidAnswers(), s.width-2) {
		rows = append(rows, s.plain(theme.Muted, l))
	}
	return rows
}

// viewLanes draws both lanes, and what is where after the step under the cursor.
func (s *Screen) viewLanes() screen.Frame {
	p := s.share()
	after := widget.Fill(s.afterRows(), p.after, s.width)
	if !s.paned() {
		var rows []string
		for i, lane := range lanes {
			n := p.lanes / 2
			if i == 0 {
				n = p.lanes - n
			}
			rows = append(rows, s.laneHead(lane, s.width))
			rows = append(rows, s.stacked(lane, n)...)
		}
		return screen.Frame{Rows: append(rows, after...), Cursor: s.cursor(0)}
	}
	left, right := s.laneWidths()
	rows := []string{widget.HeadRule(s.env.Theme, left, right)}
	rows = append(rows, widget.Columns(s.env.Theme, 1, widget.Column{Rows: []string{s.laneHead(compare.POP3, left)}, Width: left},
		widget.Column{Rows: []string{s.laneHead(compare.IMAP, right)}, Width: right})...)
	rows = append(rows, s.besideRows(p.lanes)...)
	return screen.Frame{Rows: append(rows, after...), Cursor: s.cursor(2 + s.headRow() - s.top)}
}

// headRow is the row of the lanes on which the step under the cursor begins.
func (s *Screen) headRow() int {
	row := 0
	for i := range s.step() {
		row += s.blocks[i].rows()
	}
	return row
}

// talkHeight is how many rows of the dialogue there are.
func (s *Screen) talkHeight() int {
	return max(len(s.talk[0]), len(s.talk[1]))
}

// scrollTalk moves the dialogue by n rows.
func (s *Screen) scrollTalk(n int) { s.talkTop = max(min(s.talkTop+n, s.talkHeight()-s.height), 0) }

// talkRows draws the dialogue of the step from where it was scrolled to.
func (s *Screen) talkRows() []string {
	from := func(lines []line, width int) []string {
		var rows []string
		for i := s.talkTop; i < len(lines) && len(rows) < s.height; i++ {
			rows = append(rows, lines[i].draw(s.env.Theme, width))
		}
		return widget.Fill(rows, s.height, width)
	}
	if !s.paned() || s.part == onChanges {
		return from(s.talk[0], s.width)
	}
	left, right := s.laneWidths()
	return widget.Columns(s.env.Theme, s.height, widget.Column{Rows: from(s.talk[0], left), Width: left},
		widget.Column{Rows: from(s.talk[1], right), Width: right})
}

// Waiting says which step runs, or that the run is paused before one.
func (s *Screen) Waiting() text.Safe {
	if s.run == nil || !s.run.running() {
		return ""
	}
	w := s.env.Words.Versus
	n := s.run.newest()
	row := s.run.rows[n]
	switch {
	case !s.run.control.Paused():
		return text.F(w.Running, n+1, len(s.run.rows))
	case row.POP3.State == compare.Live || row.IMAP.State == compare.Live:
		return text.F(w.Pausing, n+1)
	}
	return text.F(w.Paused, n+1)
}
