package sandbox

import (
	"strings"

	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// Widths of the columns in cells.
const (
	markCells    = 3
	nameCells    = 21 // of a host, a user, a recipient
	addressCells = 14
	secretCells  = 11
	countCells   = 8
	idCells      = 33 // of a fault; the longest of the catalogue has 31
	shortID      = 24
	least        = 60 // from which a list of its own has all columns
)

// named is the room for a name in a row: half of a narrow one.
func named(l *widget.Line) int { return min(nameCells+1, (l.Left()+l.Used())/2) }

// heading draws the names of the columns, as the rows below are divided.
func (s *Screen) heading(p part, width int) string {
	w := s.env.Words.Sandbox
	l := s.line(width)
	name := func(title text.Safe) *widget.Line { return l.Gap(1).Cell(theme.Title, title, markCells-1+named(l)) }
	switch p {
	case hosts:
		name(w.Hosts).Gap(1).Cell(theme.Muted, w.Address, addressCells).Put(theme.Muted, w.Ports)
	case users:
		name(w.Users).Gap(1)
		if s.roomy(width) {
			l.Cell(theme.Muted, w.Password, secretCells)
		}
		if s.why == nil {
			l.CellRight(theme.Muted, w.Messages, countCells).Gap(2).Put(theme.Muted, w.LastSeen)
		}
	case queue:
		title := w.Queue
		if host := s.oneQueue(); host != "" {
			title = text.F(w.QueueOf, host)
		}
		l.Gap(1).Put(theme.Title, title)
		if s.why == nil {
			l.RightEnd(theme.Muted, text.F(w.Waiting, len(s.status.Queue)), 1)
		}
	case faults:
		l.Gap(1).Put(theme.Title, w.Faults)
		if n := len(s.status.Faults); n > 0 {
			on := 0
			for _, f := range s.status.Faults {
				if f.On {
					on++
				}
			}
			l.RightEnd(theme.Muted, text.F(w.OnOf, on, n), 1)
		}
	}
	return l.String()
}

// roomy reports whether a list of this width has all columns.
func (s *Screen) roomy(width int) bool { return width >= least || s.paned() }

// oneQueue is the host that all waiting messages wait at; empty if there are several or none.
func (s *Screen) oneQueue() string {
	host := ""
	for _, q := range s.status.Queue {
		if host != "" && q.Host != host {
			return ""
		}
		host = q.Host
	}
	return host
}

// hostRow draws name, address, a fault that is on, and the real ports.
func (s *Screen) hostRow(l *widget.Line, h session.ReadyHost) {
	l.Cell(theme.Text, text.Clean(h.Name), named(l)).Gap(1).Cell(theme.Muted, text.Clean(h.Address), addressCells)
	if f, on := s.faultOn(h.Name); on {
		l.Put(theme.Warn, text.Cut(text.F(s.env.Words.Sandbox.FaultMark, f.ID), l.Left()-1)).Gap(2)
	}
	l.Put(theme.Text, text.Cut(portsOf(h), max(l.Left()-1, 0)))
}

// userRow draws address, password, how many messages there are, and who logged in last by what.
func (s *Screen) userRow(l *widget.Line, u session.SandboxUser) {
	w := s.env.Words.Sandbox
	width := l.Left() + l.Used()
	l.Cell(theme.Text, text.Clean(u.Address), named(l)).Gap(1)
	if s.roomy(width) {
		l.Cell(theme.Muted, text.Clean(u.Password), secretCells)
	}
	if s.why != nil {
		return
	}
	seen := w.Never
	if !u.LastSeen.IsZero() {
		seen = text.Clean(strings.ToUpper(u.LastBy)) + " " + s.clock(u.LastSeen)
	}
	l.CellRight(theme.Text, text.Num(u.Messages), countCells).Gap(2).Put(theme.Muted, seen)
}

// queueRow draws id, recipient, how it stands, and what is done now or was said last and when it is tried again.
func (s *Screen) queueRow(l *widget.Line, q session.QueueEntry) {
	state, said, when := "wait", text.Safe(""), s.clock(q.Next)
	switch {
	case q.Doing != "":
		state, said, when = "live", text.Clean(q.Doing), ""
	case q.Attempts > 0:
		state, said = "warn", text.Clean(q.Last)
	}
	if l.Left()+l.Used() >= least {
		l.Cell(theme.Muted, text.Clean(q.ID), 12).Gap(1)
	}
	to := 0
	for _, other := range s.status.Queue {
		to = max(to, text.Width(text.Clean(other.To)))
	}
	l.Cell(theme.Text, text.Clean(q.To), min(named(l), to)).Gap(1)
	l.Cell(widget.StateRole(state), s.env.Words.Levels[state], widget.StateCells)
	room := l.Left() - text.Width(when) - 2
	l.Cell(theme.Text, said, max(room, 0)).RightEnd(theme.Muted, when, 1)
}

// faultRow draws whether it is on, its id, what or where it is, and how often it fired.
func (s *Screen) faultRow(l *widget.Line, f session.SandboxFault) {
	w := s.env.Words.Sandbox
	box, role := text.Safe("[ ] "), theme.Text
	if f.On {
		box, role = "[x] ", theme.Warn
	}
	hits := text.Safe("")
	if f.Hits > 0 {
		hits = text.F(w.Hits, string(text.Num(f.Hits)))
	}
	id, width := idCells, l.Left()+l.Used()
	if width < least {
		id = min(shortID, width/2)
	}
	l.Put(role, box).Cell(theme.Text, text.Clean(f.ID), id).Gap(1)
	where := text.Safe("")
	if len(f.Hosts) > 0 {
		where = text.Clean(f.Hosts[0])
	}
	if n := len(f.Hosts) - 1; n > 0 {
		where = text.F(w.More, string(where), n)
	}
	l.Cell(theme.Muted, where, max(l.Left()-text.Width(hits)-2, 0)).RightEnd(theme.Text, hits, 1)
}
