package sandbox

import (
	"net"
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// tell words the thing under the cursor while it has the screen.
func (s *Screen) tell() {
	s.page = nil
	if s.whole {
		s.page = s.about()
	}
	s.scrollBy(0)
}

// about is what there is to say of the thing under the cursor; nil for nothing.
func (s *Screen) about() []widget.Labelled {
	p := page{Page: widget.Page{Width: s.width}, words: s.env.Words, s: s}
	switch s.at {
	case hosts:
		if h, ok := s.host(); ok {
			p.host(h)
		}
	case users:
		if u, ok := s.user(); ok {
			p.Say(p.words.Sandbox.Users, theme.Title, text.Clean(u.Address))
		}
	case queue:
		if q, ok := s.message(); ok {
			p.message(q)
		}
	case faults:
		if f, ok := s.fault(); ok {
			p.fault(f)
		}
	}
	return p.Lines
}

// page words one thing.
type page struct {
	widget.Page
	words *text.Catalogue
	s     *Screen
}

// host says where a host really listens, and which faults it has.
func (p *page) host(h session.ReadyHost) {
	w := p.words.Sandbox
	p.Say(w.Host, theme.Title, text.Clean(h.Name)+"  "+text.Clean(h.Address))
	p.Blank()
	label := w.Listens
	for _, l := range h.Listeners() {
		said := text.Fit(text.Clean(l.Address), 18) + text.FitRight(text.Clean(ports()[l.Protocol]), 5) + "  " + text.Fit(text.Clean(l.Protocol), 12)
		p.Say(label, theme.Text, said+" "+text.Clean(l.TLS))
		label = ""
	}
	p.Blank()
	p.Say(w.CAFile, theme.Text, text.Clean(p.s.status.CAFile))
	for _, f := range p.s.status.Faults {
		if slices.Contains(f.Hosts, h.Name) {
			p.Blank()
			p.faultLine(f)
		}
	}
}

// message says where a message is and what it was told last.
func (p *page) message(q session.QueueEntry) {
	w := p.words.Sandbox
	p.Say(w.Queue, theme.Title, text.Clean(q.ID)+"  "+text.Size(q.Size))
	p.Blank()
	p.Say(p.words.Explain.Path, theme.Text, text.Clean(q.From)+"  >  "+text.Clean(q.Host)+"  >  "+text.Clean(q.To))
	p.Say(w.Accepted, theme.Text, p.s.clock(q.Accepted))
	p.Say(w.Tried, theme.Text, text.Num(q.Attempts))
	if q.Doing != "" {
		p.Put(w.Now, theme.Muted, theme.Live, text.Clean(q.Doing))
	} else {
		p.Say(w.Next, theme.Text, p.s.clock(q.Next))
	}
	p.Blank()
	last := text.Clean(q.Last)
	if q.Last == "" {
		last = w.NoReply
	}
	p.Say(w.Reply, theme.Text, last)
}

func (p *page) faultLine(f session.SandboxFault) {
	w := p.words.Sandbox
	state, role := w.Off, theme.Muted
	if f.On {
		state, role = w.On, theme.Warn
	}
	p.Put(w.Fault, theme.Muted, theme.Title, text.Clean(f.ID))
	p.Put(state, role, theme.Text, text.F(w.Hits, string(text.Num(f.Hits))))
}

// fault says what a fault is, and what is true of it by the standards.
func (p *page) fault(f session.SandboxFault) {
	w := p.words.Sandbox
	p.faultLine(f)
	p.Blank()
	if f.Title == "" {
		p.Say("", theme.Text, w.OfFile)
	}
	p.Say("", theme.Text, p.s.title(f))
	p.Say(w.Hosts, theme.Text, text.Clean(strings.Join(f.Hosts, ", ")))
	p.Say(w.To, theme.Text, text.Clean(f.To))
	cases := session.FaultCases()
	i := slices.IndexFunc(cases, func(c session.FaultCase) bool { return c.ID == f.ID })
	if i < 0 {
		return
	}
	truth := cases[i].Truth
	p.Blank()
	word := p.words.Verdicts[truth.Word]
	if truth.Step > 0 {
		word += "  " + text.F(w.AtStep, truth.Step, string(p.words.Steps[truth.Step-1]))
	}
	p.Say(w.Truth, theme.Text, word)
	p.Say(w.Who, theme.Text, w.Parties[truth.Who])
	p.Say(w.Rule, theme.Text, text.Clean(truth.Why))
}

// foreign says why the sandbox cannot be changed from here, and what to do.
func (p *page) foreign(why error) {
	d, w := explain.Error(why, explain.Lang(p.words.Lang)), p.words.Explain
	p.Put("", theme.Muted, theme.Title, text.Clean(d.Title))
	p.Say(w.Act, theme.Text, text.Clean(d.Act))
	p.Say(w.Means, theme.Text, text.Clean(d.Means))
	label := w.Do
	for _, do := range d.Do {
		p.Say(label, theme.Text, text.Clean(do))
		label = ""
	}
}

// plain is the thing under the cursor as text, to copy.
func (s *Screen) plain() string {
	var b strings.Builder
	for _, l := range s.about() {
		b.WriteString(strings.TrimSpace(string(l.Label+"  "+l.Said)) + "\n")
	}
	return b.String()
}

// ports are the ports that the protocols have on the Internet (RFC 6335's registry).
func ports() map[string]string {
	return map[string]string{"SMTP": "25", "submission": "587", "submissions": "465", "IMAP": "143", "IMAPS": "993", "POP3": "110", "POP3S": "995",
		"DNS": "53", "HTTPS": "443"}
}

// portsOf writes where a host really listens: "25>35433 143>35437".
func portsOf(h session.ReadyHost) text.Safe {
	var all []string
	for _, l := range h.Listeners() {
		_, real, err := net.SplitHostPort(l.Address)
		if err == nil {
			all = append(all, ports()[l.Protocol]+">"+real)
		}
	}
	return text.Clean(strings.Join(all, " "))
}
