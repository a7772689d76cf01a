package page

import (
	_ "embed"
	"html/template"
	"io"
	"strconv"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

//go:embed compare.html
var compareSource string

// SaveComparison writes the comparisons of a run as one page in a file, which must not exist.
func SaveComparison(path string, run session.RunFile, words *text.Catalogue) error {
	return session.NewFile(path, func(w io.Writer) error { return WriteComparison(w, run, words) })
}

// WriteComparison writes the comparisons of a run that came to their end as one page: which protocol to use and why, what
// both cost, and for each step what the server holds and every device sees.
func WriteComparison(w io.Writer, run session.RunFile, words *text.Catalogue) error {
	v := comparisonPage{W: words, Style: template.CSS(style), Version: text.Visible([]byte(run.Header.Version)), Masked: run.Header.Masked}
	for _, recorded := range run.Comparisons() {
		if recorded.Whole {
			v.Comparisons = append(v.Comparisons, comparer{words}.comparison(recorded.Report))
		}
	}
	if len(v.Comparisons) == 0 {
		return &session.Error{Code: "run.nocompare", Args: map[string]string{"path": run.Path}}
	}
	t, err := template.New("comparison").Parse(head + compareSource)
	if err != nil {
		return err
	}
	return t.Execute(w, v)
}

// comparisonPage is what the page of comparisons shows.
type comparisonPage struct {
	W           *text.Catalogue
	Style       template.CSS
	Version     text.Safe
	Masked      bool
	Comparisons []comparisonView
}

// comparisonView is one comparison.
type comparisonView struct {
	Address, Script, State, Title, Means text.Safe
	Reasons                              []reasonsView
	Line                                 text.Safe
	Lanes                                [2]text.Safe
	Totals                               []pair
	Steps                                []comparedStep
	Settings                             [][]text.Safe
}

// reasonsView are the reasons for, or against.
type reasonsView struct {
	Label text.Safe
	List  []fact
}

// pair is what is true of each lane.
type pair struct{ Label, POP3, IMAP text.Safe }

// comparedStep is a step in both lanes.
type comparedStep struct {
	Number       int
	Title, Place text.Safe
	Results      [2]resultView
	After        []pair
}

// resultView is a step in one lane.
type resultView struct {
	State, Word, Took, Costs text.Safe
	Notes                    []fact
}

// comparer turns a report into what the page shows.
type comparer struct{ words *text.Catalogue }

func (c comparer) explain(f trace.Finding) explain.Diagnosis {
	return explain.Finding(f, explain.Lang(c.words.Lang))
}

func (c comparer) comparison(r compare.Report) comparisonView {
	w := c.words
	advice := c.explain(r.Advice.Finding)
	v := comparisonView{Address: seen(r.Address), Script: seen(c.explain(r.Script.Title()).Title), State: adviceState(r.Advice), Title: seen(advice.Title), Means: seen(advice.Means),
		Lanes: [2]text.Safe{w.Versus.Protocols["pop3"], w.Versus.Protocols["imap"]},
		Line:  text.F(w.Versus.LineIs, text.Span(r.Line.RTT), text.Bits(r.Line.Bandwidth))}
	v.Reasons = append(v.Reasons, c.reasons(w.Compare.Because, r.Advice.Because), c.reasons(w.Compare.But, r.Advice.But))
	octets := func(n int64) text.Safe { return text.Num(int(n)) }
	on := func(t compare.Total) text.Safe {
		return text.F(w.Versus.TripsIn, text.Num(t.Counters.RoundTrips+t.Counters.Handshakes), text.Span(t.OnLine))
	}
	v.Totals = []pair{{w.Versus.Down, octets(r.POP3.Counters.In), octets(r.IMAP.Counters.In)},
		{w.Versus.Up, octets(r.POP3.Counters.Out), octets(r.IMAP.Counters.Out)}, {w.Versus.Time, on(r.POP3), on(r.IMAP)}}
	for i, row := range r.Rows {
		v.Steps = append(v.Steps, c.step(i+1, row, r.Script.Devices))
	}
	for _, s := range r.Advice.Settings {
		v.Settings = append(v.Settings, []text.Safe{seen(s.Protocol), seen(s.Host), seen(strconv.Itoa(s.Port)), seen(s.TLS), seen(s.User)})
	}
	return v
}

// adviceState is the state that an advice is drawn in.
func adviceState(a compare.Advice) text.Safe {
	if a.Use == compare.UseNeither {
		return "fail"
	}
	return "ok"
}

func (c comparer) reasons(label text.Safe, list []compare.Reason) reasonsView {
	v := reasonsView{Label: label}
	for _, r := range list {
		d := c.explain(r.Finding)
		v.List = append(v.List, fact{seen(d.Title), seen(d.Means)})
	}
	return v
}

func (c comparer) step(number int, row compare.Row, devices int) comparedStep {
	w := c.words.Versus
	v := comparedStep{Number: number, Title: seen(c.explain(row.Step.Title()).Title), Place: w.Places[string(row.POP3.Place)],
		Results: [2]resultView{c.result(row.POP3), c.result(row.IMAP)}}
	for i, label := range w.Abouts {
		if i != compare.AboutDeviceB || devices > 1 {
			v.After = append(v.After, pair{label, seen(c.explain(row.POP3.About[i]).Title), seen(c.explain(row.IMAP.About[i]).Title)})
		}
	}
	return v
}

func (c comparer) result(r compare.Result) resultView {
	w := c.words
	n := r.Counters
	v := resultView{State: class(r.State), Word: w.Levels[string(r.State)], Took: text.Span(r.Elapsed),
		Costs: text.F(w.Versus.RoundTrips, text.Num(n.RoundTrips+n.Handshakes)) + "  " + text.F(w.Versus.UpDownBytes, text.Num(int(n.Out)), text.Num(int(n.In)))}
	for _, note := range r.Notes {
		d := c.explain(note)
		v.Notes = append(v.Notes, fact{seen(d.Title), seen(d.Means)})
	}
	if r.Error != nil {
		d := c.explain(*r.Error)
		v.Notes = append(v.Notes, fact{seen(d.Title), seen(d.Act)})
	}
	return v
}
