package wire

import (
	"bytes"
	"strings"
	"time"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// row is one line of the pane, made of one event, or of several that are one reply. What it says is worded when it is
// drawn: a sync brings 100,000 lines that nobody looks at, to the goroutine that also answers the keys.
type row struct {
	id     int64 // unique in the pane
	events []*trace.Event
	mark   text.Safe // C, S or =
	right  text.Safe
	base   time.Time // what its time is counted from; equal to its own for a full time
	bad    bool
	head   int64 // sequence number of the first event of its reply
	inner  bool  // a line of an unfolded reply
}

func (p *Pane) holds(r row, words string) bool {
	return strings.Contains(strings.ToLower(string(p.said(r)+" "+r.right)), strings.ToLower(words))
}

// said is the row's text: its line, or the reply that several lines are.
func (p *Pane) said(r row) text.Safe {
	if len(r.events) > 1 {
		return p.folded(r.events)
	}
	if f := r.events[0].Finding; f != nil {
		return p.found(*f)
	}
	return widget.EventLine(p.env.Words.Wire, r.events[0])
}

// found is a finding in words, after its level.
func (p *Pane) found(f trace.Finding) text.Safe {
	w := p.env.Words
	return w.Levels[string(f.Level)] + ": " + text.Clean(explain.Finding(f, explain.Lang(w.Lang)).Title)
}

// about is whom the row under the cursor speaks to: its own address, else that of the line before it on its connection.
func (p *Pane) about() text.Safe {
	at := p.list.At()
	if at >= len(p.rows) {
		return ""
	}
	conn := p.rows[at].events[0].Conn
	for ; at >= 0; at-- {
		if e := p.rows[at].events[0]; e.Addr != "" && (e.Conn == conn || conn == "") {
			return text.Clean(e.Addr)
		}
	}
	return ""
}

// push adds an event to the rows: as a row of its own, or to the reply that it continues.
func (p *Pane) push(e *trace.Event) {
	if !p.shows(e) {
		return
	}
	if n := len(p.rows); n > 0 && continues(p.rows[n-1].events, e) {
		last := &p.rows[n-1]
		if p.open[last.head] {
			r := p.one(e, true)
			r.head = last.head
			p.rows = append(p.rows, r)
			return
		}
		last.events = append(last.events, e)
		return
	}
	p.rows = append(p.rows, p.one(e, false))
}

func (p *Pane) shows(e *trace.Event) bool {
	switch {
	case e.Side == trace.SideServer && p.side == ClientSide, e.Side == trace.SideClient && p.side == ServerSide:
		return false
	case e.Kind == trace.KindSend && len(bytes.TrimSpace(e.Data)) == 0: // the line end after a literal
		return false
	case e.Kind == trace.KindOpen, e.Kind == trace.KindClose && e.Conn == "" && e.Error == "":
		return false
	case e.Kind == trace.KindClose && e.Conn == "":
		return false
	case e.Kind == trace.KindStep && len(e.Data) > 0: // a record for the run file, not a thing said
		return false
	}
	return true
}

// continues reports whether e is a further line of the reply that events began.
func continues(events []*trace.Event, e *trace.Event) bool {
	last := events[len(events)-1]
	if e.Kind != trace.KindRecv || last.Kind != trace.KindRecv || last.Conn != e.Conn || last.Side != e.Side {
		return false
	}
	switch e.Proto {
	case "smtp":
		return len(last.Data) > 3 && last.Data[3] == '-'
	case "imap":
		return bytes.HasPrefix(last.Data, []byte("* ")) && bytes.HasPrefix(e.Data, []byte("* "))
	case "pop3":
		return !status(e.Data)
	}
	return false
}

func status(line []byte) bool {
	return bytes.HasPrefix(line, []byte("+OK")) || bytes.HasPrefix(line, []byte("-ERR")) || bytes.HasPrefix(line, []byte("+ "))
}

func (p *Pane) one(e *trace.Event, inner bool) row {
	r := row{id: e.Seq, events: []*trace.Event{e}, mark: widget.EventMark(e), right: p.right(e), base: e.Time, head: e.Seq,
		inner: inner, bad: e.Error != ""}
	if n := len(p.rows); n > 0 {
		prev := p.rows[n-1]
		if e.Time.Sub(prev.events[len(prev.events)-1].Time) < newGroup {
			r.base = prev.base
		}
		r.id = max(r.id, prev.id+1)
	}
	return r
}

// right is the host that is spoken to, where it changes, or how long the answer took.
func (p *Pane) right(e *trace.Event) text.Safe {
	switch e.Kind {
	case trace.KindRecv, trace.KindDNS, trace.KindTLS, trace.KindDial:
		if e.Elapsed > 0 {
			return text.Span(e.Elapsed)
		}
		return ""
	}
	for i := len(p.rows) - 1; i >= 0; i-- {
		last := p.rows[i].events[0]
		if last.Addr == e.Addr && last.Conn == e.Conn && widget.EventMark(last) == "C" {
			return ""
		}
		if widget.EventMark(last) == "C" {
			break
		}
	}
	return text.Clean(e.Addr)
}

// folded is the first line of a reply and what the others say.
func (p *Pane) folded(events []*trace.Event) text.Safe {
	var words []text.Safe
	cells := 0
	for _, e := range events[1:] {
		said := text.Visible(bytes.TrimRight(e.Data, "\r\n"))
		if e.Proto == "smtp" && len(said) > 4 {
			said = said[4:]
		}
		words = append(words, said)
		if cells += text.Width(said); cells > 200 {
			break
		}
	}
	var list text.Safe
	for i, s := range words {
		if i > 0 {
			list += ", "
		}
		list += s
	}
	return widget.EventLine(p.env.Words.Wire, events[0]) + " " + text.F(p.env.Words.Wire.More, len(events)-1, list)
}

// View draws the rule and the rows on screen.
func (p *Pane) View() screen.Frame {
	th, w := p.env.Theme, p.env.Words.Wire
	name := w.Title
	if about := p.about(); about != "" {
		name += "  " + about
	}
	right := text.F(w.Lines, text.Num(len(p.rows)+p.gone)) + "  "
	if p.follow {
		right += w.Following
	} else {
		right += w.Paused
	}
	switch p.side {
	case ServerSide:
		right += "  " + w.Server
	case BothSides:
		right += "  " + w.Both
	}
	f := screen.Frame{Rows: []string{widget.RuleRow(th, p.width, name, right)}}
	if len(p.rows) == 0 {
		f.Rows = append(f.Rows, widget.NewLine(th, p.width).Gap(2).Put(theme.Muted, w.Empty).String())
		return f
	}
	for i := range p.list.Visible() {
		f.Rows = append(f.Rows, p.draw(p.rows[p.list.Top()+i], p.list.Top()+i == p.list.At()))
	}
	if p.focus {
		f.Cursor = &screen.Cell{X: 0, Y: 1 + p.list.At() - p.list.Top()}
	}
	return f
}

const (
	timeCells  = 14
	protoCells = 4
)

func (p *Pane) draw(r row, here bool) string {
	l := widget.NewLine(p.env.Theme, p.width).Selected(here && p.focus)
	mark := text.Safe(" ")
	if here {
		mark = "-"
		if p.focus {
			mark = ">"
		}
	}
	role, narrow := theme.Text, p.width < 60
	switch r.mark {
	case "C":
		role = theme.Sent
	case "S":
		role = theme.Received
	}
	if f := r.events[0].Finding; f != nil {
		role = widget.StateRole(string(f.Level))
	}
	if r.bad {
		role = theme.Fail
	}
	l.Put(theme.Text, mark)
	if !narrow {
		l.CellRight(theme.Muted, p.when(r), timeCells-1).Gap(2)
	}
	l.Cell(theme.Muted, text.Clean(r.events[0].Proto), protoCells).Gap(2).Put(role, r.mark).Gap(2)
	if r.inner {
		l.Gap(2)
	}
	room := l.Left() - 1
	if r.right != "" && !narrow {
		room -= text.Width(r.right) + 1
	}
	return l.Put(role, text.Cut(p.said(r), room)).RightEnd(theme.Muted, r.right, 1).String()
}

func (p *Pane) when(r row) text.Safe {
	e := r.events[0]
	if r.base.Equal(e.Time) {
		return text.Stamp(e.Time.In(p.env.Now().Location()))
	}
	since := e.Time.Sub(r.base)
	if since < time.Second {
		return text.F("+ %d ms", since.Milliseconds())
	}
	return text.F("+ %.1f s", since.Seconds())
}
