package versus

import (
	"todoku/diag/compare"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	wide      = 100 // cells from which the lanes stand side by side
	tookCells = 7
	numCells  = 3
)

// block is one step in both lanes; its head is drawn, its lines are made.
type block struct{ pop3, imap []line }

func (b block) lane(p compare.Protocol) []line {
	if p == compare.POP3 {
		return b.pop3
	}
	return b.imap
}

// rows is how high a step is where the lanes stand side by side: it begins on the same row in both.
func (b block) rows() int { return 1 + max(len(b.pop3), len(b.imap)) }

// paned reports whether the lanes stand side by side.
func (s *Screen) paned() bool { return s.width >= wide }

// laneWidths are the widths of the lanes.
func (s *Screen) laneWidths() (pop3, imap int) {
	if !s.paned() {
		return s.width, s.width
	}
	pop3 = (s.width - 1) / 2
	return pop3, s.width - 1 - pop3
}

func (s *Screen) layBlocks() []block {
	out := make([]block, len(s.run.rows))
	left, right := s.laneWidths()
	for i := range out {
		out[i] = block{s.laneLines(s.run.lane(i, compare.POP3), left), s.laneLines(s.run.lane(i, compare.IMAP), right)}
	}
	return out
}

func (s *Screen) laneLines(res *compare.Result, width int) []line {
	return append(s.digest(s.run.dialogue(res)), s.notes(res, width)...)
}

// stepTitle is what a step does: "A deletes "Printer"".
func (s *Screen) stepTitle(i int) text.Safe { return s.title(s.run.rows[i].Step.Title()) }

// state is the word of a result, its role, and how long it took so far.
func (s *Screen) state(res *compare.Result) (word text.Safe, role theme.Role, took text.Safe) {
	word, role = s.env.Words.Levels[string(res.State)], widget.StateRole(string(res.State))
	switch {
	case res.State == compare.Live && !res.Began.IsZero():
		took = text.Span(max(s.moment().Sub(res.Began), 0))
	case res.State != compare.Wait && res.State != compare.NA:
		took = text.Span(res.Elapsed)
	}
	return word, role, took
}

// stepHead draws the number, what is done, the state and the time.
func (s *Screen) stepHead(i int, p compare.Protocol, width int) string {
	here := i == s.step()
	l := widget.NewLine(s.env.Theme, width).Selected(here && !s.blurred)
	mark := text.Safe(" ")
	switch {
	case here && s.blurred:
		mark = "-"
	case here:
		mark = ">"
	}
	word, role, took := s.state(s.run.lane(i, p))
	l.Put(theme.Text, mark).Cell(theme.Text, text.Num(i+1), numCells)
	l.Cell(theme.Title, s.stepTitle(i), max(width-1-numCells-widget.StateCells-tookCells-2, 0)).Gap(1)
	return l.CellRight(role, word, widget.StateCells).CellRight(theme.Muted, took, tookCells).String()
}

// laneHead names a lane: protocol, server, device of the step, and what it cost up to it.
func (s *Screen) laneHead(p compare.Protocol, width int) string {
	w := s.env.Words.Versus
	name := w.Protocols[string(p)]
	sum := s.run.until(s.step(), p)
	if !s.paned() {
		word, role, took := s.state(s.run.lane(s.step(), p))
		l := widget.NewLine(s.env.Theme, width).Gap(1)
		costs := s.costs(sum)
		if o, broken := s.run.refused(p); broken {
			costs = s.title(*o.Error)
			word, role = s.env.Words.Levels[string(o.State)], widget.StateRole(string(o.State))
		}
		costs = text.Cut(costs, max(width-text.Width(name)-widget.StateCells-tookCells-5, 0))
		l.Put(theme.Title, name).Gap(2).Put(theme.Muted, costs).To(width - widget.StateCells - tookCells - 1)
		return l.CellRight(role, word, widget.StateCells).CellRight(theme.Muted, took, tookCells).String()
	}
	l := widget.NewLine(s.env.Theme, width).Gap(1).Put(theme.Title, name)
	if o, broken := s.run.refused(p); broken {
		l.Gap(2).Put(widget.StateRole(string(o.State)), s.env.Words.Levels[string(o.State)])
		return l.Gap(2).Put(theme.Text, text.Cut(s.title(*o.Error), max(l.Left()-1, 0))).String()
	}
	trips := text.F(w.RoundTrips, text.Num(trips(sum)))
	named := text.Clean(s.server(p))
	if d := s.run.rows[s.step()].Step.Device; d != "" {
		named += "  " + text.F(w.Device, d)
	}
	room := l.Left() - text.Width(trips) - 4
	return l.Gap(2).Put(theme.Muted, text.Cut(named, max(room, 0))).RightEnd(theme.Muted, trips, 1).String()
}

// server is where a lane connects to, as far as it is known.
func (s *Screen) server(p compare.Protocol) string {
	for _, o := range s.run.offers {
		if o.Protocol == p && o.Server != "" {
			return o.Server
		}
	}
	if s.account.Protocol == string(p) || s.replay != nil {
		return s.account.Receiving
	}
	twin, _ := s.mail.Account(s.account.Twin)
	return twin.Receiving
}

// besideRows draws n rows of both lanes side by side, from the row on top.
func (s *Screen) besideRows(n int) []string {
	left, right := s.laneWidths()
	var pop3, imap []string
	row := 0
	for i, b := range s.blocks {
		for k := range b.rows() {
			if row++; row > s.top && len(pop3) < n {
				pop3 = append(pop3, s.blockRow(i, k, compare.POP3, left))
				imap = append(imap, s.blockRow(i, k, compare.IMAP, right))
			}
		}
	}
	return widget.Columns(s.env.Theme, n, widget.Column{Rows: pop3, Width: left}, widget.Column{Rows: imap, Width: right})
}

// blockRow is row k of a step in a lane; a lane that had less to say has blank rows.
func (s *Screen) blockRow(i, k int, p compare.Protocol, width int) string {
	if k == 0 {
		return s.stepHead(i, p, width)
	}
	lines := s.blocks[i].lane(p)
	if k > len(lines) {
		return widget.Blank(width)
	}
	return lines[k-1].draw(s.env.Theme, width)
}

// stacked draws the last n rows of one lane, up to the end of the step under the cursor; its head always stands.
func (s *Screen) stacked(p compare.Protocol, n int) []string {
	var rows []string
	for i := range s.step() + 1 {
		for k := range 1 + len(s.blocks[i].lane(p)) {
			rows = append(rows, s.blockRow(i, k, p, s.width))
		}
	}
	over := len(rows) - n
	if over <= 0 {
		return widget.Fill(rows, n, s.width)
	}
	rows = rows[over:]
	if begin := 1 + len(s.blocks[s.step()].lane(p)); begin > n && n > 0 {
		rows[0] = s.stepHead(s.step(), p, s.width)
	}
	return rows
}

// show scrolls the lanes as little as needed for the step under the cursor to be on screen, its head first.
func (s *Screen) show() {
	if s.run == nil || !s.paned() {
		s.top = 0
		return
	}
	n := s.share().lanes
	before, all := 0, 0
	for i, b := range s.blocks {
		if i < s.step() {
			before += b.rows()
		}
		all += b.rows()
	}
	if end := before + s.blocks[s.step()].rows(); s.top < end-n {
		s.top = end - n
	}
	s.top = max(min(s.top, before, all-n), 0)
}
