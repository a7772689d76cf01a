package versus

import (
	"strconv"
	"strings"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/text"
	"todoku/ui/theme"
)

const (
	answerLabels = 12 // cells before what is said
	numberCells  = 24 // of the number of a lane
)

// answerClaims words which of the two to use, with the reasons, the totals, the settings, and what the servers offer.
func (s *Screen) answerClaims() claims {
	if s.run.report == nil {
		return claims{}
	}
	r, w := s.run.report, s.env.Words.Compare
	all := []claim{{role: theme.Title, said: s.title(r.Advice.Finding), finding: &r.Advice.Finding}}
	all = append(all, s.reasons(w.Because, r.Advice.Because)...)
	all = append(all, s.reasons(w.But, r.Advice.But)...)
	all = append(all, claim{})
	all = append(all, s.totals()...)
	all = append(all, claim{})
	for i, set := range r.Advice.Settings {
		one := claim{said: settingLine(set)}
		if i == 0 {
			one.label = w.Settings
		}
		all = append(all, one)
	}
	if r.Advice.LeaveDays > 0 {
		all = append(all, claim{said: text.F(w.LeaveDays, r.Advice.LeaveDays)})
	}
	for _, o := range r.Offers {
		all = append(all, s.offer(o)...)
	}
	all = append(all, s.hint(r.Hint)...)
	return pageOf(all, answerLabels, s.width, s.shownAt)
}

func (s *Screen) reasons(label text.Safe, list []compare.Reason) []claim {
	var out []claim
	for i := range list {
		one := claim{said: s.title(list[i].Finding), shown: goal{script: list[i].Script, step: list[i].Step, offers: list[i].Step == 0}, finding: &list[i].Finding}
		if i == 0 {
			one.label = label
		}
		out = append(out, one)
	}
	return out
}

// totals are the numbers of both lanes, each with the step that it mostly comes from.
func (s *Screen) totals() []claim {
	r, w := s.run.report, s.env.Words.Versus
	row := func(label, pop3, imap text.Safe, of func(trace.Counters) int64) claim {
		most := s.run.costliest(func(row compare.Row) int64 { return max(of(row.POP3.Counters), of(row.IMAP.Counters)) })
		return claim{label: label, said: text.Fit(pop3, numberCells) + imap, shown: goal{script: r.Script.Name, step: most}}
	}
	octets := func(n int64) text.Safe { return text.Num(int(n)) }
	line := func(t compare.Total) text.Safe {
		return text.F(w.TripsIn, text.Num(trips(t.Counters)), text.Span(t.OnLine))
	}
	in := func(c trace.Counters) int64 { return c.In }
	out := func(c trace.Counters) int64 { return c.Out }
	return append(s.lineClaims(),
		claim{role: theme.Muted, said: text.Fit(w.Protocols["pop3"], numberCells) + w.Protocols["imap"]},
		row(w.Down, octets(r.POP3.Counters.In), octets(r.IMAP.Counters.In), in),
		row(w.Up, octets(r.POP3.Counters.Out), octets(r.IMAP.Counters.Out), out),
		row(w.Time, line(r.POP3), line(r.IMAP), func(c trace.Counters) int64 { return int64(trips(c)) }),
	)
}

// offer is one protocol as the server offers it.
func (s *Screen) offer(o compare.Offer) []claim {
	w := s.env.Words
	out := []claim{{offer: true, label: w.Versus.Protocols[string(o.Protocol)], said: w.Levels[string(o.State)] + "  " + text.Clean(o.Server)}}
	if o.TLS != nil {
		out[0].said += "  " + text.Clean(o.TLS.Version)
	}
	if len(o.Capabilities) > 0 {
		out = append(out, claim{role: theme.Muted, said: text.Clean(strings.Join(o.Capabilities, ", "))})
	}
	for i := range o.Notes {
		out = append(out, claim{said: s.title(o.Notes[i]), finding: &o.Notes[i]})
	}
	if o.Error != nil {
		out = append(out, claim{role: theme.Fail, said: s.actTitle(*o.Error), finding: o.Error})
	}
	if o.Rung != nil && o.Rung.Finding != nil {
		out = append(out, claim{role: theme.Fail, finding: o.Rung.Finding,
			said: text.F(w.Compare.Rung, o.Rung.Number, text.Clean(o.Rung.What), s.title(*o.Rung.Finding))})
	}
	return out
}

// settingLine is what to put into a client, in one line.
func settingLine(set compare.Setting) text.Safe {
	return text.Clean(strings.Join([]string{set.Protocol, set.Host, strconv.Itoa(set.Port), set.TLS, set.User}, "  "))
}

// settings are the settings as text to copy.
func (s *Screen) settings() string {
	var b strings.Builder
	for _, set := range s.run.report.Advice.Settings {
		b.WriteString(string(settingLine(set)) + "\n")
	}
	return b.String()
}

// outcome is the sentence that a comparison comes to.
func outcome(words *text.Catalogue, r compare.Report) text.Safe {
	return text.Clean(explain.Finding(r.Advice.Finding, explain.Lang(words.Lang)).Title)
}
