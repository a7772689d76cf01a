package tracer

import (
	"slices"
	"strconv"
	"strings"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// dialogue shows what was said in a hop, from the events of the run; where they are not there, the reply that the hop
// kept.
func (t *teller) dialogue(h delivery.Hop) {
	shown := 0
	for i := range t.events {
		e := &t.events[i]
		if e.Seq <= h.First || h.Last > 0 && e.Seq > h.Last || h.Span == 0 || !t.inside.Below(e.Span, h.Span) || !widget.EventSaid(e) {
			continue
		}
		shown++
		took := text.Safe("")
		if e.Kind == trace.KindRecv || e.Kind == trace.KindDial || e.Kind == trace.KindTLS {
			took = text.Span(e.Elapsed)
		}
		t.talk(widget.EventMark(e), widget.EventLine(t.words.Wire, e), took)
	}
	if shown > 0 || h.Reply == nil {
		return
	}
	for i, l := range h.Reply.Lines {
		between := "-"
		if i == len(h.Reply.Lines)-1 {
			between = " "
		}
		t.talk("S", text.Visible([]byte(strconv.Itoa(h.Reply.Code)+between+l)), "")
	}
}

// around shows the whole dialogue that a hop belongs to, hop by hop; of a question, the packets.
func (t *teller) around(h delivery.Hop) {
	if h.Query != nil {
		t.packet("C", h.Query.Query)
		t.packet("S", h.Query.Reply)
	}
	if h.Span == 0 {
		return
	}
	for i, o := range t.run.hops {
		if o.Span != h.Span || o.Kind != h.Kind {
			continue
		}
		t.blank()
		state := string(t.run.state(o))
		t.add(line{right: t.now(o), pieces: []piece{{1, widget.StateRole(state), t.words.Levels[state]},
			{labelCells, theme.Title, t.names.what(t.run.hops[i])}}})
		t.dialogue(o)
	}
}

const offerCells = 22

// offers lists what EHLO announced, with what it means for this message, and after STARTTLS what changed.
func (t *teller) offers(h delivery.Hop) {
	w := t.words.Tracer
	t.head(theme.Muted, w.OffersHead)
	have := map[string]bool{}
	for _, o := range h.Offers {
		name, args, _ := strings.Cut(o, " ")
		name = strings.ToUpper(name)
		have[name] = true
		t.offer(o, t.offerMeans(name, args))
	}
	for _, name := range []string{"SIZE", "STARTTLS"} {
		if !have[name] && (name != "STARTTLS" || h.What == "EHLO") {
			t.offer(name, w.NotOffered[name])
		}
	}
	before, ok := t.helloBefore(h)
	if !ok {
		return
	}
	if more := without(h.Offers, before.Offers); len(more) > 0 {
		t.say(w.Note, theme.Text, text.F(w.NewInTLS, strings.Join(more, ", ")))
	}
	if gone := without(before.Offers, h.Offers); len(gone) > 0 {
		t.say(w.Note, theme.Text, text.F(w.GoneInTLS, strings.Join(gone, ", ")))
	}
}

func (t *teller) offer(name string, means text.Safe) {
	for i, l := range text.Wrap(means, max(t.width-offerCells-3, 8)) {
		one := line{pieces: []piece{{offerCells + 2, theme.Muted, l}}}
		if i == 0 {
			one.pieces = append([]piece{{1, theme.Text, text.Cut(text.Clean(name), offerCells)}}, one.pieces...)
		}
		t.add(one)
	}
}

// offerMeans says what an extension means for the message asked about.
func (t *teller) offerMeans(name, args string) text.Safe {
	w := t.words.Tracer
	limit, err := strconv.ParseInt(args, 10, 64)
	switch {
	case name == "SIZE" && (err != nil || limit <= 0):
		return w.NotOffered[name]
	case name == "SIZE" && t.size > limit:
		return text.F(w.SizeTooBig, text.Size(t.size), text.Size(limit))
	case name == "SIZE" && t.size > 0:
		return text.F(w.SizeFits, text.Size(t.size), text.Size(limit))
	case name == "SIZE":
		return text.F(w.SizeTakes, text.Size(limit))
	case name == "SMTPUTF8" && !ascii(t.run.target):
		return text.F(w.Needed, t.run.target)
	case name == "SMTPUTF8":
		return w.NotNeeded
	}
	if said, ok := w.Offers[name]; ok {
		return said
	}
	return w.UnknownOffer
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}

// helloBefore is the EHLO of the same dialogue before this one.
func (t *teller) helloBefore(h delivery.Hop) (before delivery.Hop, ok bool) {
	for _, o := range t.run.hops {
		if o.ID < h.ID && o.Span == h.Span && h.Span != 0 && len(o.Offers) > 0 {
			before, ok = o, true
		}
	}
	return before, ok
}

// without gives what of all is not in less.
func without(all, less []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(less, s) {
			out = append(out, s)
		}
	}
	return out
}

// certificates shows what a handshake proved: who signed whom, names, dates, and which policy it satisfies.
func (t *teller) certificates(h delivery.Hop) {
	w, f := t.words.Tracer, h.TLS
	t.say("TLS", theme.Text, text.F(w.Handshake, f.Version, f.Cipher, f.Curve))
	for i, c := range f.Chain {
		said := text.F(w.SignedBy, widget.CommonName(c.Subject), widget.CommonName(c.Issuer))
		if c.Subject == c.Issuer {
			said = text.F(w.SelfSigned, widget.CommonName(c.Subject))
		}
		t.sayAt(text.Num(i+1), theme.Text, said, text.F(w.Until, c.NotAfter.Format("2006-01-02")))
		if len(c.Names) > 0 && i == 0 {
			t.say("", theme.Muted, text.F(w.Names, strings.Join(c.Names, ", ")))
		}
	}
	if f.Verified {
		t.say("", theme.Ok, w.Verified)
	} else {
		why, ok := w.Problems[f.Problem]
		if !ok {
			why = text.Clean(f.Problem)
		}
		t.say("", theme.Warn, text.F(w.Unverified, why))
	}
	if h.Step == delivery.Transfer { // the policies are of those who take mail for a domain
		t.satisfies(h)
	}
}

// satisfies says of each policy for TLS between mail servers what the run found: whether the certificate satisfies it,
// or why it is not asked for.
func (t *teller) satisfies(h delivery.Hop) {
	w := t.words.Tracer
	t.say(w.Satisfies, theme.Ok, w.Opportunistic)
	for _, p := range []struct {
		name   string
		lookup func(delivery.Hop) bool
	}{
		{"MTA-STS", func(o delivery.Hop) bool { return o.What == "MTA-STS" }},
		{"DANE", func(o delivery.Hop) bool { return o.What == "TLSA" && o.Where == h.Where }},
	} {
		role, said := theme.Muted, w.Unjudged
		for _, o := range t.run.hops {
			judged := o.Kind == delivery.KindFact && o.What == p.name && o.Where == h.Where && o.Addr == h.Addr
			asked := o.Kind == delivery.KindPolicy && p.lookup(o) && o.Finding != nil
			if o.Finding != nil && judged || asked && (o.State != delivery.OK || o.Finding.Code == "policy.sts.none") {
				role, said = widget.StateRole(string(t.run.state(o))), text.Clean(t.explained(*o.Finding).Title)
			}
		}
		t.say("", role, text.F(w.UnderPolicy, p.name, said))
	}
}
