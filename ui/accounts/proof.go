package accounts

import (
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// proofPage is what a rung rests on.
type proofPage struct{ widget.Page }

// prove words the rung under the cursor: what it means, what to do, and the events that it rests on.
func (s *Screen) prove() {
	s.proof = nil
	r, ok := s.here()
	if !ok || !s.whole {
		return
	}
	w := s.env.Words
	p := proofPage{widget.Page{Width: s.width}}
	p.Put("", theme.Muted, theme.Title, w.Ladder.Ladders[r.Ladder]+"  "+text.Num(r.Number)+"  "+w.Ladder.Rungs[r.Name]+"  "+text.Clean(r.What))
	p.Put(w.Levels[string(r.State)], widget.StateRole(string(r.State)), theme.Text, text.Span(r.Elapsed))
	if r.Finding != nil {
		for _, f := range append([]trace.Finding{*r.Finding}, r.Also...) {
			p.Blank()
			p.finding(w.Explain, explain.Finding(f, s.lang()))
		}
	}
	p.Blank()
	c := s.current()
	for _, e := range c.events.Events() {
		if e.Seq >= r.First && (r.Last == 0 || e.Seq <= r.Last) && e.Span == r.Span && shows(&e) {
			p.event(w.Wire, &e)
		}
	}
	s.proof = p.Lines
	s.proofTop = max(min(s.proofTop, len(s.proof)-s.height), 0)
}

// finding says of a finding what the explain sheet says, in brief.
func (p *proofPage) finding(w text.ExplainWords, d explain.Diagnosis) {
	p.Put("", theme.Muted, theme.Text, text.Clean(d.Title))
	p.Say(w.Act, theme.Text, text.Clean(d.Act))
	p.Say(w.Said, theme.Text, text.Clean(d.Said))
	p.Say(w.Means, theme.Text, text.Clean(d.Means))
	for _, do := range d.Do {
		p.Say(w.Do, theme.Text, text.Clean(do))
	}
}

// shows reports whether an event is part of a proof: what was asked, said or found on the line.
func shows(e *trace.Event) bool {
	switch e.Kind {
	case trace.KindSend, trace.KindRecv, trace.KindData, trace.KindDNS, trace.KindDial, trace.KindTLS, trace.KindNote:
		return true
	case trace.KindClose:
		return e.Conn != ""
	}
	return false
}

// event is what a side said, or what happened.
func (p *proofPage) event(w text.WireWords, e *trace.Event) {
	mark, role := widget.EventMark(e), theme.Muted
	switch mark {
	case "C":
		role = theme.Sent
	case "S":
		role = theme.Received
	}
	p.Put("  "+mark, role, role, widget.EventLine(w, e))
}

// note is the answer as text, to copy: for the person's provider.
func (s *Screen) note() string {
	lines := []string{string(s.answer())}
	if f, broken := s.broken(); broken {
		d := explain.Finding(f, s.lang())
		lines = append(lines, string(text.Clean(d.Said)), string(text.Clean(d.Means)))
	}
	if c := s.current(); c != nil {
		for _, r := range c.Rungs {
			found := ""
			if r.Finding != nil {
				found = string(text.Clean(explain.Finding(*r.Finding, s.lang()).Title))
			}
			w := s.env.Words
			lines = append(lines, strings.Join([]string{string(text.Num(r.Number)), string(w.Ladder.Ladders[r.Ladder]), string(w.Ladder.Rungs[r.Name]),
				string(w.Levels[string(r.State)]), found}, "  "))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
