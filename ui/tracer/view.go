package tracer

import (
	"cmp"

	"todoku/diag/delivery"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	wide      = 100 // cells from which the hop stands beside the tree
	barred    = 60  // from which a narrow tree has bars
	tall      = 18  // rows from which there is more than the tree and the verdict
	treeLeast = 46
	treeMost  = 72
	tookCells = 7
	briefRows = 4 // of the hop below a narrow tree, its rule included
)

// paned reports whether the hop stands beside the tree.
func (s *Screen) paned() bool { return s.width >= wide && !s.whole }

func (s *Screen) treeWidth() int {
	if !s.paned() {
		return s.width
	}
	return max(min(s.width*51/120, treeMost), treeLeast)
}

func (s *Screen) hopWidth() int {
	if !s.paned() {
		return s.width
	}
	return s.width - s.treeWidth() - 1
}

// treeTop is the row of the screen on which the tree begins.
func (s *Screen) treeTop() int {
	if s.paned() {
		return 1
	}
	return 0
}

// share says how many rows the parts have.
type share struct{ tree, time, brief, verdict int }

func (s *Screen) share() share {
	p := share{verdict: min(len(s.verdictLines()), 1)}
	if s.height >= tall {
		p.verdict = min(len(s.verdictLines()), 2)
	}
	switch {
	case s.height < tall:
	case s.paned():
		bars := len(s.rows) - 4
		p.time = max(min(s.height*3/10, bars+2), 3)
	default:
		p.brief = briefRows
	}
	p.tree = max(s.height-s.treeTop()-p.time-p.brief-p.verdict, 1)
	return p
}

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	p := s.share()
	s.list.SetHeight(p.tree)
	s.hopRows = p.tree
	if s.whole {
		s.hopRows = height - p.verdict
	}
	s.tell()
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title says what is traced, and for how long.
func (s *Screen) Title(width int) screen.Title {
	w := s.env.Words.Tracer
	if s.form != nil {
		return screen.Title{Left: w.Name}
	}
	t := screen.Title{Left: w.Name + "  " + text.Clean(s.run.target)}
	if width >= wide && s.args.Source == nil {
		a, ok := s.account()
		if from := cmp.Or(s.asked.From, a.Address); from != "" {
			t.Left += "  " + text.F(w.From, from)
		}
		if ok && s.run.spokeTo(a.Submission) {
			t.Left += "  " + text.F(w.Via, a.Name)
		}
	}
	took := s.run.elapsed(s.now)
	switch {
	case s.failure != nil:
	case !s.run.running:
		t.Right = text.F(w.DoneIn, string(text.Span(took)))
	case s.args.Source == nil:
		t.Right = text.F(w.LiveFor, string(text.Span(took))) + "  " + text.F(w.TimeLeft, string(text.Span(max(cmp.Or(s.asked.Time, delivery.RunTime)-took, 0))))
	default:
		t.Right = text.F(w.LiveFor, string(text.Span(took)))
	}
	return t
}

// View draws the tree, the hop under the cursor, the time, and the verdict.
func (s *Screen) View() screen.Frame {
	if s.form != nil {
		return s.viewForm()
	}
	p := s.share()
	verdict := s.verdictRows(p.verdict)
	if s.whole {
		return screen.Frame{Rows: append(s.hopBody(s.width, s.height-p.verdict), verdict...), Cursor: s.cursorAt(0, 0)}
	}
	tree := s.treeRows(p.tree)
	cursor := s.cursorAt(0, s.treeTop()+s.list.At()-s.list.Top())
	if s.paned() {
		left, right := s.treeWidth(), s.hopWidth()
		rows := []string{widget.HeadRule(s.env.Theme, left, right)}
		rows = append(rows, widget.Columns(s.env.Theme, p.tree, widget.Column{Rows: tree, Width: left},
			widget.Column{Rows: s.hopBody(right, p.tree), Width: right})...)
		if s.onHop {
			cursor = s.cursorAt(left+1, 1)
		}
		rows = append(rows, fill(s.time(p.time), p.time, s.width)...)
		return screen.Frame{Rows: append(rows, verdict...), Cursor: cursor}
	}
	rows := append(fill(tree, p.tree, s.width), s.brief(p.brief)...)
	return screen.Frame{Rows: append(rows, verdict...), Cursor: cursor}
}

func (s *Screen) cursorAt(x, y int) *screen.Cell {
	if s.blurred {
		return nil
	}
	return &screen.Cell{X: x, Y: y}
}

func fill(rows []string, n, width int) []string {
	for len(rows) < n {
		rows = append(rows, widget.Blank(width))
	}
	return rows[:n]
}

func (s *Screen) treeRows(n int) []string {
	var rows []string
	cols := s.columns()
	for i := s.list.Top(); i < len(s.rows) && len(rows) < n; i++ {
		rows = append(rows, s.treeRow(s.rows[i], i == s.list.At(), cols))
	}
	return rows
}

// columns are how a row of the tree is divided.
type columns struct {
	name   int // cells, the indent among them
	indent int // of a hop
	bars   scale
}

func (s *Screen) columns() columns {
	width := s.treeWidth()
	c := columns{name: width - widget.StateCells - 1 - tookCells, indent: 3}
	if s.paned() {
		return c
	}
	c.name--
	if c.indent = 1; width >= barred {
		c.indent, c.name = 3, min(36, width*9/20)
		c.bars = s.run.scale(s.now, width-c.name-widget.StateCells-1-tookCells-3)
	}
	return c
}

// treeRow draws the mark, the name, the state and the time; where the tree has the whole width, the bar, too.
func (s *Screen) treeRow(r row, here bool, c columns) string {
	focused := here && !s.blurred && !s.onHop
	l := widget.NewLine(s.env.Theme, s.treeWidth()).Selected(focused)
	mark := text.Safe(" ")
	switch {
	case focused:
		mark = ">"
	case here:
		mark = "-"
	}
	state := s.state(r)
	if r.isStep() {
		l.Put(theme.Text, mark).Cell(theme.Title, s.names().whole(r, c.name-2), c.name-1)
	} else {
		l.Gap(1).Put(theme.Text, mark).Gap(c.indent).Cell(theme.Text, s.names().whole(r, c.name-c.indent-3), c.name-c.indent-2)
	}
	l.Cell(widget.StateRole(string(state)), s.env.Words.Levels[string(state)], widget.StateCells+1)
	l.CellRight(theme.Muted, s.took(r), tookCells)
	if c.bars.cells > 0 {
		role, drawn := c.bars.bar(s.run, r, s.critical, s.now)
		l.Gap(2).Put(role, drawn)
	}
	return l.String()
}

func (s *Screen) state(r row) delivery.State {
	if r.isStep() {
		return s.step(r.step).State
	}
	return s.run.worst(r.hops)
}

func (s *Screen) step(number int) delivery.Step { return s.run.step(number, s.now) }

// took is how long a row took so far; empty for what took no time of its own.
func (s *Screen) took(r row) text.Safe {
	if r.isStep() {
		st := s.step(r.step)
		if st.Elapsed == 0 || st.State == delivery.NA || st.State == delivery.Unknown || st.State == delivery.Wait {
			return ""
		}
		return text.Span(st.Elapsed)
	}
	if h := s.run.hops[r.hops[0]]; h.Kind == delivery.KindFact {
		return ""
	}
	return text.Span(s.run.busy(r.hops, s.now))
}

// hopBody draws the hop from where it was scrolled to.
func (s *Screen) hopBody(width, n int) []string {
	var rows []string
	for i := s.hopTop; i < len(s.hop) && len(rows) < n; i++ {
		rows = append(rows, s.hop[i].draw(s.env.Theme, width))
	}
	return fill(rows, n, width)
}

// brief is the hop in a few rows below a narrow tree: whom it is with in the rule, then what was said and meant.
func (s *Screen) brief(n int) []string {
	if n == 0 {
		return nil
	}
	var name text.Safe
	body := s.hop
	if len(body) > 0 && len(body[0].pieces) > 0 {
		name, body = body[0].pieces[0].text, body[1:]
	}
	rows := []string{widget.RuleRow(s.env.Theme, s.width, name, "")}
	for _, l := range body {
		if len(l.pieces) > 0 && len(rows) < n {
			rows = append(rows, l.draw(s.env.Theme, s.width))
		}
	}
	return fill(rows, n, s.width)
}
