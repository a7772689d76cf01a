package page

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/ui/text"
)

// drawer turns a trace into what the page shows.
type drawer struct {
	words     *text.Catalogue
	recorded  delivery.Recorded
	dialogues map[int][]trace.Event // by the ID of their hop
}

func (d drawer) trace(ctx context.Context) traceView {
	r := d.recorded.Report
	v := d.explain(r.Verdict.Finding)
	out := traceView{
		Target: seen(target(r)), Word: d.words.Verdicts[string(r.Verdict.Word)], State: verdictState(r.Verdict),
		Title: seen(v.Title), Act: seen(v.Act), Said: seen(delivery.Words(r.Verdict.Finding)), Means: seen(v.Means),
		Facts: d.facts(), Length: text.Span(r.Elapsed), Critical: d.words.Critical(Parts(r), r.Elapsed),
	}
	if again := r.Verdict.Retry; again != nil {
		out.Retry = d.words.Retry(again.Passes, again.After, again.For)
	}
	for _, f := range r.Verdict.Also {
		e := d.explain(f)
		where := cmp.Or(f.Args["server"], f.Args["host"], f.Args["zone"])
		if strings.Contains(e.Title, where) {
			where = ""
		}
		out.Also = append(out.Also, finding{class(delivery.State(f.Level)), d.words.Levels[string(f.Level)], seen(where), seen(e.Title), seen(e.Act)})
	}
	groups := d.groups()
	for _, s := range r.Steps {
		view := stepView{stop: d.stop(s)}
		for _, g := range groups {
			if g.step == s.Number {
				view.Groups = append(view.Groups, d.group(ctx, g))
				out.Rows = append(out.Rows, d.row(g))
			}
		}
		out.Path = append(out.Path, view.stop)
		out.Steps = append(out.Steps, view)
	}
	return out
}

// Parts are those of the report's critical path.
func Parts(r delivery.Report) []text.Part {
	var all []text.Part
	for _, l := range r.Legs() {
		all = append(all, text.Part(l))
	}
	return all
}

func target(r delivery.Report) string {
	if r.Address != "" {
		return r.Address
	}
	return r.Domain
}

// verdictState is the state that a verdict's word is drawn in.
func verdictState(v delivery.Verdict) text.Safe {
	switch v.Word {
	case delivery.Delivered:
		return "ok"
	case delivery.Deferred:
		return "warn"
	case delivery.Refused:
		return "fail"
	}
	if v.Finding.Level == trace.Pass {
		return "ok"
	}
	return "unknown"
}

// facts say which run it was.
func (d drawer) facts() []fact {
	r, w := d.recorded.Report, d.words.Runs
	all := []fact{
		{w.To, seen(target(r))},
		{w.Sender, seen(r.Sender)},
		{w.SeenFrom, cmp.Or(seen(delivery.SeenFrom(r.Hops, r.Verdict.Finding.Args["addr"])), d.words.Tracer.Places["this line"])},
		{w.When, text.Clean(r.Began.UTC().Format(time.DateTime + " UTC"))},
		{w.Took, text.Span(r.Elapsed)},
		{w.DNSSEC, seen(string(r.DNSSEC.Status))},
		{w.Seed, text.Clean(strconv.FormatUint(r.Seed, 10))},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

// stop is a step on the path, with the first host that decided it.
func (d drawer) stop(s delivery.Step) stop {
	out := stop{Number: s.Number, Name: d.words.Tracer.Steps[s.Number-1], State: class(s.State), Word: d.words.Levels[string(s.State)], Who: d.who(s.Number)}
	if s.State != delivery.NA && s.State != delivery.Unknown {
		out.Took = text.Span(s.Elapsed)
	}
	return out
}

// who is whom a step talks to: the domain for the lookup, the host that decided or is tried first for the transfer, else
// the first that is asked anything.
func (d drawer) who(step int) text.Safe {
	r := d.recorded.Report
	switch {
	case step == delivery.Lookup:
		return seen(r.Domain)
	case step == delivery.Transfer && len(r.Routes) > 0:
		return seen(cmp.Or(r.Verdict.Finding.Args["host"], r.Routes[0].Host))
	}
	for _, h := range r.Hops {
		if h.Step == step && (h.Kind == delivery.KindCommand || h.Kind == delivery.KindPickup) {
			return seen(h.Where)
		}
	}
	return ""
}

// class is a state as the style sheet names it.
func class(s delivery.State) text.Safe {
	switch s {
	case delivery.OK, delivery.Warn, delivery.Fail:
		return text.Clean(string(s))
	case delivery.NA:
		return "na"
	}
	return "unknown"
}

func (d drawer) explain(f trace.Finding) explain.Diagnosis {
	return explain.Finding(f, explain.Lang(d.words.Lang))
}

// seen shows what came from outside, with control characters made visible.
func seen(s string) text.Safe { return text.Visible([]byte(s)) }

// group are hops of a step that belong together.
type group struct {
	step int
	name string
	hops []delivery.Hop
}

// groups puts the queries for one question together, and the commands of one dialogue, in the order of their beginning.
func (d drawer) groups() []group {
	var all []group
	place := map[string]int{}
	for _, h := range d.recorded.Report.Hops {
		name := strings.TrimSpace(h.Where + "  " + hostOf(h))
		switch {
		case h.Query != nil:
			name = h.Query.For
		case h.Kind == delivery.KindDevice, h.Kind == delivery.KindPolicy, h.Kind == delivery.KindResolver, h.Kind == delivery.KindFact && h.Addr == "":
			name += "  " + h.What
		}
		key := strconv.Itoa(h.Step) + " " + name
		if _, known := place[key]; !known {
			place[key] = len(all)
			all = append(all, group{step: h.Step, name: name})
		}
		g := &all[place[key]]
		g.hops = append(g.hops, h)
	}
	return all
}

// hostOf is the address of a hop, without the port that all of a dialogue have in common.
func hostOf(h delivery.Hop) string {
	host, _, err := net.SplitHostPort(h.Addr)
	if err != nil {
		host = h.Addr
	}
	if host == "" || strings.HasPrefix(h.Where, host) || h.Addr == h.Where {
		return ""
	}
	return host
}

// over is when a hop ended.
func over(h delivery.Hop) time.Time { return h.Began.Add(h.Elapsed) }

func (g group) took() time.Duration {
	began, end := g.hops[0].Began, over(g.hops[0])
	for _, h := range g.hops {
		if h.Began.Before(began) {
			began = h.Began
		}
		if over(h).After(end) {
			end = over(h)
		}
	}
	return end.Sub(began)
}

// state is that of the worst hop.
func (g group) state() delivery.State {
	order := []delivery.State{delivery.NA, delivery.OK, delivery.Unknown, delivery.Warn, delivery.Fail}
	return slices.MaxFunc(g.hops, func(a, b delivery.Hop) int { return slices.Index(order, a.State) - slices.Index(order, b.State) }).State
}

// row draws a group in the waterfall.
func (d drawer) row(g group) row {
	out := row{Step: g.step, Name: d.name(g), Took: text.Span(g.took())}
	r := d.recorded.Report
	length := max(r.Elapsed, time.Millisecond).Seconds()
	for _, h := range g.hops {
		x := min(max(h.Began.Sub(r.Began).Seconds()/length, 0), 1) * 1000
		const least = 3 // thousandths: what takes no time is still seen
		width := min(max(h.Elapsed.Seconds()/length*1000, least), 1000)
		out.Bars = append(out.Bars, bar{X: min(x, 1000-least), Width: min(width, 1000-min(x, 1000-least)), State: class(h.State), Critical: slices.Contains(r.Critical, h.ID),
			What: seen(h.What) + " " + text.Span(h.Elapsed)})
	}
	return out
}

// name words a group.
func (d drawer) name(g group) text.Safe {
	name := seen(g.name)
	for _, h := range g.hops[:1] {
		if word, ok := d.words.Tracer.Places[h.Where]; ok {
			rest, _ := strings.CutPrefix(g.name, h.Where)
			name = word + seen(rest)
		}
	}
	return name
}

func (d drawer) group(ctx context.Context, g group) groupView {
	state := g.state()
	out := groupView{Name: d.name(g), State: class(state), Word: d.words.Levels[string(state)], Took: text.Span(g.took()), Open: state == delivery.Fail || state == delivery.Warn}
	for _, h := range g.hops {
		if ctx.Err() != nil {
			break // nobody writes it
		}
		out.Hops = append(out.Hops, d.hop(h))
	}
	return out
}

func (d drawer) hop(h delivery.Hop) hopView {
	out := hopView{What: seen(h.What), State: class(h.State), Word: d.words.Levels[string(h.State)], Took: text.Span(h.Elapsed), Lines: d.dialogue(h)}
	if h.Finding != nil {
		e := d.explain(*h.Finding)
		out.Title, out.Means = seen(e.Title), seen(e.Means)
		if h.State != delivery.OK {
			out.Act = seen(e.Act)
		}
		out.Rules = seen(strings.Join(explain.Standards(e.Means), ", "))
	}
	if h.Query != nil {
		out.Facts, out.Records = d.query(h)
	}
	for _, g := range ladder.ByState(h.Ports) {
		out.Facts = append(out.Facts, fact{d.words.Tracer.PortStates[string(g.State)], text.Clean(g.Numbers)})
	}
	for _, o := range h.Offers {
		out.Offers = append(out.Offers, seen(o))
	}
	if h.TLS != nil {
		out.Facts = append(out.Facts, fact{"TLS", seen(strings.Join([]string{h.TLS.Version, h.TLS.Cipher, h.TLS.Curve}, ", "))})
		for _, c := range h.TLS.Chain {
			out.Certificates = append(out.Certificates, certificate{seen(c.Subject), seen(c.Issuer), seen(strings.Join(c.Names, " ")),
				text.Clean(c.NotBefore.UTC().Format(time.DateOnly)), text.Clean(c.NotAfter.UTC().Format(time.DateOnly)), seen(c.SHA256)})
		}
	}
	return out
}

// query says what was asked whom, and gives the records of the reply.
func (d drawer) query(h delivery.Hop) ([]fact, []record) {
	q, w := h.Query, d.words.Tracer
	how := []string{strings.ToUpper(q.Network), q.Rcode}
	for _, flag := range []struct {
		name string
		on   bool
	}{{"AA", q.AA}, {"TC", q.TC}, {"RA", q.RA}, {"EDNS", q.EDNS}} {
		if flag.on {
			how = append(how, flag.name)
		}
	}
	sent := seen(strings.TrimSpace(q.Name + " " + q.Type))
	if q.Try > 0 {
		sent += "  " + text.F(w.TryOf, q.Try, q.Tries, text.Span(q.Limit))
	}
	facts := []fact{
		{w.Sent, sent},
		{w.Glue, seen(strings.TrimSpace(q.Server + "  " + q.Addr))},
		{w.Got, seen(strings.Join(slices.DeleteFunc(how, func(s string) bool { return s == "" }), "  ")) + "  " + text.F(w.Octets, text.Num(q.Size))},
	}
	var all []record
	for _, s := range []struct {
		name  text.Safe
		lines []string
	}{{w.Answer, q.Answer}, {w.Below, q.Authority}, {w.Additional, q.Extra}} {
		for _, l := range s.lines {
			all = append(all, recordOf(s.name, l))
		}
	}
	return facts, all
}

// recordOf takes a zone-file line apart; one that is none stands as it is.
func recordOf(section text.Safe, l string) record {
	f := strings.SplitN(l, "\t", 5)
	if len(f) < 5 {
		return record{Section: section, Data: seen(l)}
	}
	return record{section, seen(f[0]), seen(f[1]), seen(f[3]), seen(f[4])}
}

// dialogue are the lines of a hop; where its events are missing, the reply that it kept.
func (d drawer) dialogue(h delivery.Hop) []line {
	var all []line
	for _, e := range d.dialogues[h.ID] {
		if l, ok := lineOf(e); ok {
			all = append(all, l)
		}
	}
	if len(all) == 0 && h.Reply != nil {
		for _, l := range h.Reply.Lines {
			all = append(all, line{Mark: "S", Text: seen(strconv.Itoa(h.Reply.Code) + " " + l)})
		}
	}
	return all
}

// lineOf draws an event of a dialogue; false leaves it out.
func lineOf(e trace.Event) (line, bool) {
	l := line{Text: seen(strings.TrimRight(string(e.Data), "\r\n"))}
	if e.Elapsed >= time.Millisecond {
		l.Took = text.Span(e.Elapsed)
	}
	switch e.Kind {
	case trace.KindSend:
		l.Mark = "C"
	case trace.KindRecv:
		l.Mark = "S"
	case trace.KindData:
		if l.Mark = "S"; e.Sent {
			l.Mark = "C"
		}
		l.Text = "(" + text.Size(e.Size) + ")"
	case trace.KindDial:
		l.Mark, l.Text = "=", seen("connect "+e.Addr)
	case trace.KindTLS:
		l.Mark, l.Text = "=", "TLS"
		if e.TLS != nil {
			l.Text = seen(e.TLS.Version + " " + e.TLS.Cipher)
		}
	default:
		return l, false
	}
	if e.Error != "" {
		l.Text += "  " + seen(e.Error)
	}
	return l, true
}
