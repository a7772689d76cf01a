package versus

import (
	"bytes"
	"strings"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	markCells   = 7 // of a line: the indent, the mark, and a gap
	mostDigest  = 6 // lines of a dialogue that a lane shows
	endOfDigest = 2 // of these, the last ones of the dialogue
	mostNote    = 3 // rows of a note in a lane
)

// line is one row of a lane: a mark and what stands behind it.
type line struct {
	mark  text.Safe
	role  theme.Role
	said  text.Safe
	right text.Safe
	head  bool // from the left margin
}

func (l line) draw(th *theme.Theme, width int) string {
	row := widget.NewLine(th, width)
	if l.head {
		return row.Gap(1).Put(l.role, text.Cut(l.said, width-2)).RightEnd(theme.Muted, l.right, 1).String()
	}
	row.Gap(4).Cell(l.role, l.mark, markCells-4)
	room := row.Left() - 1
	if l.right != "" {
		room -= text.Width(l.right) + 1
	}
	return row.Put(l.role, text.Cut(l.said, room)).RightEnd(theme.Muted, l.right, 1).String()
}

// wrapped makes as many lines as a text needs.
func wrapped(l line, width int) []line {
	room := width - markCells - 1
	if l.right != "" {
		room -= text.Width(l.right) + 1
	}
	var out []line
	for i, part := range text.Wrap(l.said, max(room, 8)) {
		one := l
		if one.said = part; i > 0 {
			one.mark, one.right = "", ""
		}
		out = append(out, one)
	}
	return out
}

// dialogue gives the events of a result: what was said on its connections, and happened to them.
func (r *run) dialogue(res *compare.Result) []*trace.Event {
	var out []*trace.Event
	for i := r.after(res.First); i < len(r.events) && res.Span != 0; i++ {
		e := &r.events[i]
		if res.Last > 0 && e.Seq > res.Last {
			break
		}
		if e.Side != trace.SideServer && r.inside.Below(e.Span, res.Span) && widget.EventSaid(e) {
			out = append(out, e)
		}
	}
	return out
}

// eventLine is what a side said, or what happened.
func eventLine(w text.WireWords, e *trace.Event) line {
	l := line{mark: widget.EventMark(e), role: theme.Muted, said: widget.EventLine(w, e)}
	switch l.mark {
	case "C":
		l.role = theme.Sent
	case "S":
		l.role = theme.Received
	}
	if e.Kind == trace.KindRecv || e.Kind == trace.KindDial || e.Kind == trace.KindTLS {
		l.right = text.Span(e.Elapsed)
	}
	return l
}

// closed begins the line by which an IMAP server says that the folder before is left (RFC 9051 section 7.1): it answers
// nothing that was asked.
const closed = "* OK [CLOSED]"

// digest is what a lane shows of a dialogue: each command and the first line of what answered it, without logging in and
// leaving; of a long one, its beginning and its end.
func (s *Screen) digest(all []*trace.Event) []line {
	var out []line
	answered, skip := false, false
	for _, e := range all {
		switch mark := widget.EventMark(e); {
		case mark == "C":
			answered, skip = false, opensOrCloses(e.Data)
		case mark == "S" && !answered && !bytes.HasPrefix(e.Data, []byte(closed)):
			answered = true
		default:
			continue
		}
		if !skip && (len(out) > 0 || widget.EventMark(e) == "C") {
			l := eventLine(s.env.Words.Wire, e)
			l.right = ""
			out = append(out, l)
		}
	}
	if len(out) <= mostDigest {
		return out
	}
	begin := mostDigest - endOfDigest - 1
	more := text.F(s.env.Words.Versus.MoreLines, text.Num(len(out)-begin-endOfDigest))
	short := append(out[:begin:begin], line{mark: "-", role: theme.Muted, said: more})
	return append(short, out[len(out)-endOfDigest:]...)
}

// opensOrCloses reports whether a command belongs to opening or leaving a connection, not to what is done on it.
func opensOrCloses(command []byte) bool {
	words := bytes.Fields(command)
	if len(words) == 0 || bytes.HasPrefix(command, []byte(trace.Removed)) {
		return true // the rest of a login
	}
	for _, word := range words[:min(len(words), 2)] { // an IMAP command has a tag before it
		switch strings.ToUpper(string(word)) {
		case "CAPA", "CAPABILITY", "STLS", "STARTTLS", "USER", "PASS", "APOP", "AUTH", "AUTHENTICATE", "LOGIN", "ID", "ENABLE", "NOOP",
			"QUIT", "LOGOUT":
			return true
		}
	}
	return false
}

// notes are what a lane says of a step beside its dialogue: what was used, what the protocol cannot do, why it failed.
func (s *Screen) notes(res *compare.Result, width int) []line {
	var out []line
	add := func(mark text.Safe, role theme.Role, said text.Safe) {
		lines := wrapped(line{mark: mark, role: role, said: said}, width)
		out = append(out, lines[:min(len(lines), mostNote)]...)
	}
	for _, n := range res.Notes {
		add("-", noteRole(n), s.title(n))
	}
	if res.Error != nil {
		add("!", theme.Fail, s.actTitle(*res.Error))
	}
	return out
}

// noteRole is how a note is drawn: one that tells of a loss stands out.
func noteRole(n trace.Finding) theme.Role {
	if n.Level == trace.Warn {
		return theme.Warn
	}
	return theme.Muted
}

// title is the short form of a finding.
func (s *Screen) title(f trace.Finding) text.Safe {
	return text.Clean(explain.Finding(f, explain.Lang(s.env.Words.Lang)).Title)
}

// actTitle says who must act, then what happened.
func (s *Screen) actTitle(f trace.Finding) text.Safe {
	d := explain.Finding(f, explain.Lang(s.env.Words.Lang))
	return text.Clean(d.Act) + s.env.Words.App.Between + text.Clean(d.Title)
}

// whole is all that is known of a step in a lane: the dialogue line by line, then the notes with what they mean.
func (s *Screen) whole(p compare.Protocol, width int) []line {
	w := s.env.Words
	res := s.run.lane(s.step(), p)
	out := []line{{head: true, role: theme.Title, said: w.Versus.Protocols[string(p)] + "  " + s.costs(res.Counters)}}
	all := s.run.dialogue(res)
	for _, e := range all {
		out = append(out, wrapped(eventLine(w.Wire, e), width)...)
	}
	if len(all) == 0 {
		out = append(out, wrapped(line{role: theme.Muted, said: w.Versus.NothingSaid}, width)...)
	}
	for _, n := range res.Notes {
		d := explain.Finding(n, explain.Lang(w.Lang))
		out = append(out, line{})
		out = append(out, wrapped(line{mark: "-", role: noteRole(n), said: text.Clean(d.Title)}, width)...)
		out = append(out, wrapped(line{role: theme.Muted, said: text.Clean(d.Means)}, width)...)
	}
	if res.Error != nil {
		out = append(out, line{})
		out = append(out, wrapped(line{mark: "!", role: theme.Fail, said: s.actTitle(*res.Error)}, width)...)
	}
	return out
}

// trips are the round trips of a dialogue, with those that connecting took.
func trips(c trace.Counters) int { return c.RoundTrips + c.Handshakes }

// costs are the round trips and octets of a dialogue.
func (s *Screen) costs(c trace.Counters) text.Safe {
	w := s.env.Words.Versus
	return text.F(w.RoundTrips, text.Num(trips(c))) + "  " + text.F(w.UpDownBytes, text.Num(int(c.Out)), text.Num(int(c.In)))
}

// talkLines are the lines of the whole dialogue: a column for each lane, or one for both where they are stacked; or those
// of what changed.
func (s *Screen) talkLines() [2][]line {
	switch s.part {
	case onChanges:
		return [2][]line{s.changeLines()}
	case onTalk:
	default:
		return [2][]line{}
	}
	left, right := s.laneWidths()
	pop3, imap := s.whole(compare.POP3, left), s.whole(compare.IMAP, right)
	if s.paned() {
		return [2][]line{pop3, imap}
	}
	return [2][]line{append(append(pop3, line{}), imap...)}
}
