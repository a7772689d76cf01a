package sandbox

import (
	"slices"
	"strings"
	"time"

	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const wide = 100 // cells from which all four lists are shown

// paned reports whether the four lists stand beside one another.
func (s *Screen) paned() bool { return s.width >= wide }

func (s *Screen) leftWidth() int  { return s.width * 66 / 120 }
func (s *Screen) rightWidth() int { return s.width - s.leftWidth() - 1 }

// place is where a list stands in the body, its heading included; one without rows is not shown.
type place struct{ x, y, width, rows int }

func (p place) holds(x, y int) bool {
	return x >= p.x && x < p.x+p.width && y >= p.y && y < p.y+p.rows
}

// footRows are below the faults: what the one under the cursor is, and the clock.
const footRows = 3

// places says where the lists stand.
func (s *Screen) places() [parts]place {
	var all [parts]place
	if !s.paned() {
		all[s.at] = place{y: 1, width: s.width, rows: max(s.height-1-footRows, 1)}
		return all
	}
	left, right := s.leftWidth(), s.leftWidth()+1
	h, u := share(s.height-2, len(s.status.Hosts)+1, len(s.status.Users)+1)
	all[hosts] = place{0, 1, left, h}
	all[users] = place{0, 2 + h, left, u}
	q, f := share(s.height-2-footRows, max(len(s.status.Queue), 1)+1, len(s.status.Faults)+1)
	all[queue] = place{right, 1, s.rightWidth(), q}
	all[faults] = place{right, 2 + q, s.rightWidth(), f}
	return all
}

// share divides rows between two lists: what the first wants, as far as the second has its own or half of them.
func share(rows, first, second int) (int, int) {
	rows = max(rows, 2)
	n := min(first, max(rows/2, rows-second))
	return n, rows - n
}

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	for i, p := range s.places() {
		if p.rows > 0 {
			s.lists[i].SetHeight(max(p.rows-1, 1))
		}
	}
	s.tell()
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title counts hosts and domains.
func (s *Screen) Title(width int) screen.Title {
	w := s.env.Words.Sandbox
	t := screen.Title{Left: w.Name}
	if len(s.status.Hosts) == 0 {
		return t
	}
	var domains []string
	for _, u := range s.status.Users {
		if _, d, _ := strings.Cut(u.Address, "@"); !slices.Contains(domains, d) {
			domains = append(domains, d)
		}
	}
	t.Left += "  " + text.F(w.Counts, len(s.status.Hosts), len(domains))
	if !s.whole && width >= wide {
		t.Right = w.CAHint
	}
	return t
}

// View draws the lists, or the thing that was opened.
func (s *Screen) View() screen.Frame {
	switch {
	case !s.ready:
		return s.onlyRows([]string{s.line(s.width).Gap(1).Put(theme.Muted, s.env.Words.Sandbox.Looking).String()})
	case s.why != nil && len(s.status.Hosts) == 0:
		return s.onlyRows(s.foreignRows(s.width))
	case s.whole:
		var rows []string
		for _, l := range s.page[min(s.pageTop, len(s.page)):] {
			rows = append(rows, l.Draw(s.env.Theme, s.width))
		}
		return s.onlyRows(rows)
	case !s.paned():
		return s.viewOne()
	}
	at := s.places()
	left := append(s.listRows(hosts, at[hosts]), widget.Blank(at[hosts].width))
	left = append(left, s.listRows(users, at[users])...)
	right := append(s.listRows(queue, at[queue]), widget.Blank(at[queue].width))
	right = append(right, s.listRows(faults, at[faults])...)
	right = append(right, s.footLines(s.rightWidth())...)
	rows := []string{widget.HeadRule(s.env.Theme, s.leftWidth(), s.rightWidth())}
	rows = append(rows, widget.Columns(s.env.Theme, s.height-1, widget.Column{Rows: left, Width: s.leftWidth()},
		widget.Column{Rows: right, Width: s.rightWidth()})...)
	return screen.Frame{Rows: rows, Cursor: s.cursor(at[s.at])}
}

func (s *Screen) line(width int) *widget.Line { return widget.NewLine(s.env.Theme, width) }

// onlyRows is a body without lists.
func (s *Screen) onlyRows(rows []string) screen.Frame {
	f := screen.Frame{Rows: widget.Fill(rows, s.height, s.width)}
	if !s.blurred {
		f.Cursor = &screen.Cell{}
	}
	return f
}

// cursor is the cell of the row under the cursor.
func (s *Screen) cursor(p place) *screen.Cell {
	if s.blurred {
		return nil
	}
	l := s.lists[s.at]
	return &screen.Cell{X: p.x, Y: min(p.y+1+l.At()-l.Top(), s.height-1)}
}

// viewOne draws the list that has the keys, below the names of all four.
func (s *Screen) viewOne() screen.Frame {
	w := s.env.Words.Sandbox
	l := s.line(s.width).Gap(1)
	for p, name := range [parts]text.Safe{w.Hosts, w.Users, w.Queue, w.Faults} {
		role := theme.Muted
		if part(p) == s.at {
			role = theme.Title
			name = "[" + name + "]"
		}
		l.Put(role, name)
		if s.why == nil || s.lists[p].Len() > 0 { // what is not told is not none
			l.Put(theme.Muted, " "+text.Num(s.lists[p].Len()))
		}
		l.Gap(2)
	}
	at := s.places()[s.at]
	rows := append([]string{l.String()}, s.listRows(s.at, at)...)
	return screen.Frame{Rows: append(rows, s.footLines(s.width)...), Cursor: s.cursor(at)}
}

// footLines say what the fault under the cursor is, and the time.
func (s *Screen) footLines(width int) []string {
	if s.why != nil {
		return widget.Fill(nil, footRows, width)
	}
	var rows []string
	if f, ok := s.fault(); ok && s.at == faults {
		for _, l := range text.Wrap(s.title(f), width-4) {
			rows = append(rows, s.line(width).Gap(3).Put(theme.Muted, l).String())
		}
	}
	rows = widget.Fill(rows, footRows-1, width)
	w := s.env.Words.Sandbox
	ahead := w.InStep
	if s.status.Ahead >= time.Minute {
		ahead = text.F(w.Ahead, string(minutes(s.status.Ahead)))
	}
	return append(rows, s.line(width).Gap(1).Put(theme.Title, text.F(w.Clock, string(s.clock(s.status.Now)))).Gap(1).Put(theme.Text, ahead).String())
}

// minutes writes how far the clock is ahead.
func minutes(d time.Duration) text.Safe { return text.Span(d.Round(time.Minute)) }

// clock writes a time of the sandbox in the person's zone; its day only where it is not today there.
func (s *Screen) clock(t time.Time) text.Safe {
	zone := s.env.Now().Location()
	return s.env.Words.When(t.In(zone), s.status.Now.In(zone))
}

// foreignRows say why there is nothing to change here.
func (s *Screen) foreignRows(width int) []string {
	p := page{Page: widget.Page{Width: width}, words: s.env.Words, s: s}
	p.foreign(s.why)
	var rows []string
	for _, l := range p.Lines {
		rows = append(rows, l.Draw(s.env.Theme, width))
	}
	return rows
}

// listRows draws a list with its heading, in exactly the rows of its place.
func (s *Screen) listRows(p part, at place) []string {
	rows := []string{s.heading(p, at.width)}
	l := &s.lists[p]
	for i := l.Top(); i < l.Len() && i < l.Top()+l.Height(); i++ {
		rows = append(rows, s.row(p, i, at.width))
	}
	if l.Len() == 0 {
		rows = append(rows, s.emptyRows(p, at.width)...)
	}
	return widget.Fill(rows, at.rows, at.width)
}

// emptyRows is what stands in a list without rows.
func (s *Screen) emptyRows(p part, width int) []string {
	w := s.env.Words.Sandbox
	said := map[part]text.Safe{queue: w.NothingWaits, faults: w.NoFault}[p]
	switch {
	case s.why != nil && p == faults:
		return s.foreignRows(width)
	case s.why != nil:
		said = w.Elsewhere
	}
	return []string{s.line(width).Gap(3).Put(theme.Muted, said).String()}
}

// row draws one row of a list.
func (s *Screen) row(p part, i, width int) string {
	here, focused := i == s.lists[p].At(), p == s.at && !s.blurred
	l := s.line(width).Selected(here && focused)
	mark := text.Safe("   ")
	switch {
	case here && focused:
		mark = " > "
	case here && p == s.at:
		mark = " - "
	}
	l.Put(theme.Text, mark)
	switch p {
	case hosts:
		s.hostRow(l, s.status.Hosts[i])
	case users:
		s.userRow(l, s.status.Users[i])
	case queue:
		s.queueRow(l, s.status.Queue[i])
	case faults:
		s.faultRow(l, s.status.Faults[i])
	}
	return l.String()
}

// faultOn gives the first fault that is on at a host.
func (s *Screen) faultOn(host string) (session.SandboxFault, bool) {
	for _, f := range s.status.Faults {
		if f.On && slices.Contains(f.Hosts, host) {
			return f, true
		}
	}
	return session.SandboxFault{}, false
}
