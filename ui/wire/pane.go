// Package wire is the pane that shows what is said on the lines now: one row for each command, reply and fact.
package wire

import (
	"bytes"
	"maps"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/trace"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// What the pane remembers is bounded in events and in octets of their data; what is older is counted.
const (
	keptEvents = 20_000
	keptOctets = 8 << 20
)

// Events is what was observed since the last frame.
type Events []trace.Event

// Sides says whose events are drawn.
type Sides int

const (
	ClientSide Sides = iota
	ServerSide
	BothSides
)

// Pane is the wire. It keeps its place and its rows while it is closed.
type Pane struct {
	env    *screen.Env
	events []*trace.Event
	octets int // of the events' data
	gone   int // events no longer kept
	rows   []row
	list   widget.List
	open   map[int64]bool // unfolded rows, by the sequence number of their first event
	words  string         // what / looks for
	side   Sides
	job    jobs.ID
	follow bool
	focus  bool
	width  int
	height int
}

// New makes an empty wire that follows.
func New(env *screen.Env) *Pane {
	return &Pane{env: env, follow: true, open: map[int64]bool{}, width: 80, height: 6}
}

// SetSize gives the pane its cells, its rule included.
func (p *Pane) SetSize(width, height int) {
	p.width, p.height = width, height
	p.list.SetHeight(max(height-1, 1))
	p.catchUp()
}

// SetFocus says whether keys go to the pane.
func (p *Pane) SetFocus(on bool) { p.focus = on }

// Add takes events in.
func (p *Pane) Add(events Events) {
	for i := range events {
		p.events = append(p.events, &events[i])
		p.octets += len(events[i].Data)
	}
	if len(p.events) > keptEvents || p.octets > keptOctets {
		p.forget()
		p.rebuild()
		return
	}
	for i := range events {
		p.push(&events[i])
	}
	p.settle()
}

// forget drops the oldest events until a quarter of the room is free, so that it is not done for every event.
func (p *Pane) forget() {
	n := 0
	for n < len(p.events) && (len(p.events)-n > keptEvents*3/4 || p.octets > keptOctets*3/4) {
		p.octets -= len(p.events[n].Data)
		n++
	}
	p.gone += n
	p.events = append([]*trace.Event(nil), p.events[n:]...)
}

// rebuild makes the rows anew: the side shown or a fold changed, or old events went.
func (p *Pane) rebuild() {
	p.rows = nil
	for _, e := range p.events {
		p.push(e)
	}
	p.settle()
}

// settle tells the list which rows there are now.
func (p *Pane) settle() {
	ids := make([]int64, len(p.rows))
	for i, r := range p.rows {
		ids[i] = r.id
	}
	p.list.SetKeys(ids)
	p.list.SetHeight(max(p.height-1, 1))
	p.catchUp()
}

func (p *Pane) catchUp() {
	if p.follow {
		p.list.Go(len(p.rows) - 1)
	}
}

// Scroll moves the view; scrolling up stops following, reaching the end follows again.
func (p *Pane) Scroll(n int) {
	p.list.Move(n)
	p.follow = p.list.At() == len(p.rows)-1
}

// Click puts the cursor on a row of the pane, counted from its rule.
func (p *Pane) Click(row int) {
	if row > 0 {
		p.list.Go(p.list.Top() + row - 1)
		p.follow = p.list.At() == len(p.rows)-1
	}
}

// find is what the pane's prompts answer to.
type find struct{}

// saveAs is the prompt for a file name.
type saveAs struct{}

// Press does a verb while the pane has the focus.
func (p *Pane) Press(k screen.Press) screen.Action {
	w := p.env.Words.Wire
	switch k.Verb {
	case keys.Down:
		p.Scroll(1)
	case keys.Up:
		p.Scroll(-1)
	case keys.PageDown, keys.Toggle:
		p.Scroll(max(p.height-2, 1))
	case keys.PageUp:
		p.Scroll(-max(p.height-2, 1))
	case keys.First:
		p.Scroll(-len(p.rows))
	case keys.Last:
		p.Scroll(len(p.rows))
	case keys.Open, keys.Fold:
		p.unfold()
	case keys.Find:
		return screen.Prompt{To: find{}, Label: p.env.Words.Mailbox.Find, Text: p.words}
	case keys.HitNext:
		return p.hit(1)
	case keys.HitPrev:
		return p.hit(-1)
	case keys.CopyText:
		return p.copyLine()
	case keys.Explain:
		return p.explain()
	case keys.Side:
		p.side = (p.side + 1) % 3
		p.rebuild()
	case keys.Save:
		return screen.Prompt{To: saveAs{}, Label: w.SaveAs, Text: "todoku-wire-" + p.env.Now().Format("20060102-150405") + ".jsonl"}
	}
	return nil
}

// Answer takes the answer to a prompt of the pane; mine is false for other people's answers.
func (p *Pane) Answer(msg tea.Msg) (act screen.Action, cmd tea.Cmd, mine bool) {
	m, ok := msg.(screen.Prompted)
	if !ok {
		return nil, nil, false
	}
	switch m.To.(type) {
	case find:
		if m.OK {
			p.words = m.Text
			return p.hit(1), nil, true
		}
		return nil, nil, true
	case saveAs:
		if m.OK && m.Text != "" {
			return nil, p.save(m.Text), true
		}
		return nil, nil, true
	}
	return nil, nil, false
}

func (p *Pane) unfold() {
	if at := p.list.At(); at < len(p.rows) {
		id := p.rows[at].head
		p.open[id] = !p.open[id]
		p.rebuild()
	}
}

func (p *Pane) hit(step int) screen.Action {
	if p.words == "" {
		return nil
	}
	for n := 1; n <= len(p.rows); n++ {
		i := ((p.list.At()+step*n)%len(p.rows) + len(p.rows)) % len(p.rows)
		if p.holds(p.rows[i], p.words) {
			p.follow = false
			p.list.Go(i)
			return nil
		}
	}
	return screen.Say{Text: text.F(p.env.Words.Wire.NoHit, p.words)}
}

// Seek puts the cursor on the newest line that holds the words; without one it follows as before.
func (p *Pane) Seek(words string) {
	for i := len(p.rows) - 1; i >= 0; i-- {
		if p.holds(p.rows[i], words) {
			p.words, p.follow = words, false
			p.list.Go(i)
			return
		}
	}
}

func (p *Pane) copyLine() screen.Action {
	at := p.list.At()
	if at >= len(p.rows) {
		return nil
	}
	return screen.CopyText{Text: string(p.said(p.rows[at]))}
}

// explain says what the line under the cursor means: a reply that refuses, or a step that failed.
func (p *Pane) explain() screen.Action {
	at := p.list.At()
	if at < len(p.rows) {
		for _, e := range p.rows[at].events {
			if f, ok := finding(e); ok {
				return screen.ExplainFinding{Finding: f}
			}
		}
	}
	return screen.Say{Text: p.env.Words.Mailbox.NothingWrong}
}

// finding is what a line on the wire amounts to, if it says that something did not work.
func finding(e *trace.Event) (trace.Finding, bool) {
	line := string(bytes.TrimRight(e.Data, "\r\n"))
	args := peer(e)
	args["said"] = line
	code, _ := strconv.Atoi(line[:min(len(line), 3)])
	words := strings.Fields(line)
	switch {
	case e.Finding != nil:
		return *e.Finding, true
	case e.Kind != trace.KindRecv:
	case e.Proto == "smtp" && code >= 400 && code < 600:
		f := explain.Reply(reason.Reply{Text: line, Host: peer(e)["host"]})
		maps.Copy(f.Args, peer(e))
		return f, true
	case e.Proto == "pop3" && strings.HasPrefix(line, "-ERR"),
		e.Proto == "imap" && len(words) > 1 && (words[1] == "NO" || words[1] == "BAD" || words[1] == "BYE"):
		return trace.Finding{Code: explain.ResponseCode(e.Proto, line), Level: trace.Fail, Args: args}, true
	}
	switch {
	case e.Error == "":
		return trace.Finding{}, false
	case e.Kind == trace.KindDial:
		args = peer(e)
		args["cause"] = e.Error
		return trace.Finding{Code: dialCode(e.Error), Level: trace.Fail, Args: args}, true
	}
	return trace.Finding{Code: "unknown", Level: trace.Fail, Args: map[string]string{"said": e.Error}}, true
}

// peer is whom an event is about: host, port and, where it is known, the address.
func peer(e *trace.Event) map[string]string {
	host, port, _ := strings.Cut(e.Addr, ":")
	name, addr, _ := strings.Cut(e.Addr, " ") // a relay's: name and address
	if addr != "" {
		host, port = name, addr[strings.LastIndexByte(addr, ':')+1:]
	} else if e.Kind == trace.KindDial {
		addr = e.Name
	}
	args := map[string]string{"host": host, "server": host, "port": port, "addr": addr}
	maps.DeleteFunc(args, func(_, v string) bool { return v == "" })
	return args
}

// dialCode names a connection attempt that failed by what the system says of it, which is all that an event keeps.
func dialCode(said string) string {
	said = strings.ToLower(said)
	switch {
	case strings.Contains(said, "refused"):
		return "dial.refused"
	case strings.Contains(said, "timeout"), strings.Contains(said, "timed out"):
		return "dial.timeout"
	case strings.Contains(said, "unreachable"), strings.Contains(said, "no route"):
		return "dial.unreachable"
	}
	return "dial.failed"
}

// Help says what works in the pane.
func (p *Pane) Help() screen.Help {
	w := p.env.Words
	return screen.Help{Name: w.Wire.Title, Verbs: []screen.Live{
		{Verb: keys.Wire, Label: w.Wire.Close, Rank: 3},
		{Verb: keys.Open, Label: w.Wire.Unfold, Rank: 2},
		{Verb: keys.Find, Rank: 5},
		{Verb: keys.CopyText, Label: w.Wire.CopyLine, Rank: 6},
		{Verb: keys.Save, Label: w.Wire.SaveVerb, Rank: 4},
		{Verb: keys.Explain, Rank: 7},
		{Verb: keys.Back, Rank: 1},
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown},
		{Verb: keys.PageUp}, {Verb: keys.HitNext}, {Verb: keys.HitPrev}, {Verb: keys.Side}, {Verb: keys.Next},
		{Verb: keys.Previous}, {Verb: keys.Fold},
	}}
}

// newGroup is how long a silence makes the next row tell the time in full again.
const newGroup = 2 * time.Second
