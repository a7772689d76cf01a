package tracer

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"time"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// verdictCells is the column of the verdict's word.
const verdictCells = 11

// verdictWord is what a mail server would do now, in one word.
func (s *Screen) verdictWord() (theme.Role, text.Safe) {
	if s.run.report == nil {
		return theme.Live, s.env.Words.Tracer.SoFar
	}
	word := s.run.report.Verdict.Word
	roles := map[delivery.Word]theme.Role{delivery.Delivered: theme.Ok, delivery.Deferred: theme.Warn, delivery.Refused: theme.Fail}
	if role, ok := roles[word]; ok {
		return role, s.env.Words.Verdicts[string(word)]
	}
	return theme.Warn, s.env.Words.Verdicts[string(delivery.NotKnown)]
}

// verdictText says what a mail server does now, who must act, what decided, and what else is worth knowing.
func (s *Screen) verdictText() text.Safe { return s.verdictWithin(0) }

// verdictWithin is that for a row of so many cells; 0 is no bound.
func (s *Screen) verdictWithin(cells int) text.Safe {
	w := s.env.Words.Tracer
	switch {
	case s.form != nil:
		return ""
	case s.failure != nil:
		d := explain.Error(s.failure, explain.Lang(s.env.Words.Lang))
		return text.Clean(d.Act) + s.env.Words.App.Between + text.Clean(d.Title)
	case s.asking != nil:
		return s.askDetail()
	case s.run.report == nil:
		n, newest := s.run.noted()
		if n == 0 {
			return w.NobodyYet
		}
		return w.NobodyYet + s.env.Words.App.Between + text.F(w.Noted, n, s.explained(newest).Title)
	}
	return verdict(s.env.Words, *s.run.report, cells)
}

func (s *Screen) explained(h delivery.Hop) explain.Diagnosis {
	return explain.Finding(*h.Finding, explain.Lang(s.env.Words.Lang))
}

// verdict is the sentence of a report. Where it is longer than a row of so many cells, it says who must act, and leaves what
// they do to where the finding is told; 0 is no bound.
func verdict(words *text.Catalogue, r delivery.Report, cells int) text.Safe {
	lang, w := explain.Lang(words.Lang), words.Tracer
	d := explain.Finding(r.Verdict.Finding, lang)
	sentence := func(act string) (said text.Safe) {
		if does := w.Does[string(r.Verdict.Word)]; does != "" {
			said = does + words.App.Between
		}
		return said + text.Clean(act) + words.App.Between + text.Clean(d.Title)
	}
	said := sentence(d.Act)
	if cells > 0 && text.Width(said) > cells {
		said = sentence(whoActs(d.Act))
	}
	if n := len(r.Verdict.Also); n > 0 {
		first := explain.Finding(r.Verdict.Also[0], lang).Title
		if n == 1 {
			return said + words.App.Between + text.F(w.Also, first)
		}
		return said + words.App.Between + text.F(w.AlsoMore, first, n-1)
	}
	return said
}

// beyondWho is what an act says to do, behind who does it.
var beyondWho = regexp.MustCompile(`^(.+?)(: .+|\. .+|。.+)$`)

// whoActs is an act without what is to be done: "You must act."
func whoActs(act string) string {
	parts := beyondWho.FindStringSubmatch(act)
	switch {
	case parts == nil:
		return act
	case strings.HasPrefix(parts[2], "。"):
		return parts[1] + "。"
	}
	return parts[1] + "."
}

func (s *Screen) verdictCells() int { return max(s.width-verdictCells-2, 8) }

func (s *Screen) verdictLines() []text.Safe {
	return text.Wrap(s.verdictWithin(s.verdictCells()), s.verdictCells())
}

func (s *Screen) verdictRows(n int) []string {
	var rows []string
	lines, rest := s.verdictLines(), s.verdictWithin(s.verdictCells())
	for i := range n {
		l := widget.NewLine(s.env.Theme, s.width).Gap(1)
		if i == 0 && s.failure == nil {
			role, word := s.verdictWord()
			l.Cell(role, word, verdictCells-1).Gap(1)
		} else {
			l.Gap(verdictCells)
		}
		said := lines[i]
		if i == n-1 {
			said = text.Cut(rest, s.width-verdictCells-2)
		}
		for rest = rest[len(lines[i]):]; strings.HasPrefix(string(rest), " "); rest = rest[1:] {
		}
		rows = append(rows, l.Put(theme.Text, said).String())
	}
	return rows
}

// Waiting says what the run waits for, how long of how long, and what stops it.
func (s *Screen) Waiting() text.Safe {
	if !s.run.running || s.form != nil {
		return ""
	}
	w := s.env.Words.Tracer
	stops := w.StopsRun
	h, ok := s.run.front()
	waited := time.Duration(0)
	if ok {
		waited = s.run.end(h, s.now).Sub(h.Began)
	}
	if waited < waitQuiet {
		return text.F(w.Running, s.run.target) + s.env.Words.App.Between + stops
	}
	if s.givesUp(h) {
		stops = w.StopsWait
	}
	what := s.names().whole(row{step: stepOf(h), hops: []int{s.run.place[h.ID]}, first: true}, 48)
	said := text.F(w.WaitsNoEnd, what, text.Span(waited))
	switch {
	case h.Query != nil && h.Query.Try > 0:
		said = text.F(w.WaitsTry, what, h.Query.Try, h.Query.Tries, text.Span(waited), text.Span(h.Limit))
	case h.Limit > 0:
		said = text.F(w.Waits, what, text.Span(waited), text.Span(h.Limit))
	}
	return said + s.env.Words.App.Between + stops
}

// ending is what is said when a run is over: from where it was seen, and that nothing was sent unless the verdict says so.
func (s *Screen) ending(err error) screen.Action {
	w := s.env.Words
	switch {
	case s.failure != nil && !errors.Is(err, context.Canceled):
		return screen.Say{Kind: screen.Fault, Text: text.F(w.Tracer.Fails, err), Err: err}
	case err != nil && s.args.Source != nil:
		return screen.Say{Text: w.Tracer.PlayStopped}
	case err != nil:
		return screen.Say{Text: w.Tracer.Stopped}
	case s.args.Source != nil:
		return nil
	}
	said := w.Tracer.DoneHere
	if from := delivery.SeenFrom(s.run.hops, s.run.report.Verdict.Finding.Args["addr"]); from != "" {
		said = text.F(w.Tracer.DoneFrom, from)
	}
	short := said
	if a, ok := s.account(); ok && a.Submission != "" {
		said += w.App.Between + text.F(w.Tracer.MayDiffer, host(a.Submission))
	}
	if !s.asked.Send && !strings.Contains(string(s.verdictWithin(s.verdictCells())), string(w.Tracer.NothingSent)) { // the verdict of a delivery says it
		said, short = said+w.App.Between+w.Tracer.NothingSent, short+w.App.Between+w.Tracer.NothingSent
	}
	return screen.Say{Text: said, Short: short}
}

func (s *Screen) account() (session.Account, bool) {
	if s.args.Source != nil {
		return session.Account{}, false // a run from a file may be anybody's
	}
	if s.asked.Account != "" {
		return s.mail.Account(s.asked.Account)
	}
	if all := s.mail.Accounts(); len(all) > 0 {
		return all[0], true
	}
	return session.Account{}, false
}

// outcome is a run's end for a person who is elsewhere by then.
func outcome(words *text.Catalogue, r delivery.Report) screen.Say {
	name := r.Address
	if name == "" {
		name = r.Domain
	}
	said := text.Clean(name) + ": " + words.Verdicts[string(r.Verdict.Word)] + "  " + verdict(words, r, 0)
	return screen.Say{Kind: screen.Result, Text: said}
}

// plain is the verdict to copy: what, who, the server's words, and what else was found.
func (s *Screen) plain() string {
	_, word := s.verdictWord()
	out := string(text.Clean(s.run.target)+": "+word+"\n"+s.verdictText()) + "\n"
	if s.run.report == nil {
		return out
	}
	lang := explain.Lang(s.env.Words.Lang)
	if d := explain.Finding(s.run.report.Verdict.Finding, lang); d.Said != "" {
		out += net.JoinHostPort(s.run.report.Verdict.Finding.Args["host"], "25") + "  " + d.Said + "\n"
	}
	for _, f := range s.run.report.Verdict.Also {
		d := explain.Finding(f, lang)
		out += "+ " + d.Title + string(s.env.Words.App.Between) + d.Act + "\n"
	}
	return out
}
