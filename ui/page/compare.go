package page

import (
	"context"
	_ "embed"
	"html/template"
	"io"
	"strconv"
	"strings"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

//go:embed compare.html
var compareSource string

// SaveComparison writes the comparisons of a run as one page in a file, which must not exist.
func SaveComparison(ctx context.Context, path string, run session.RunFile, words *text.Catalogue) error {
	return session.NewFile(path, func(w io.Writer) error { return WriteComparison(ctx, w, run, words) })
}

// WriteComparison writes the comparisons of a run that came to their end as one page: which protocol to use and why, what
// both cost, and for each step its dialogues, what the server holds and every device sees; then what holds for everybody.
// Every claim leads to the step that shows it.
func WriteComparison(ctx context.Context, w io.Writer, run session.RunFile, words *text.Catalogue) error {
	c := comparer{words: words, at: map[shownAt]string{}}
	v := comparisonPage{W: words, Style: template.CSS(style), Version: text.Visible([]byte(run.Header.Version)), Masked: run.Header.Masked}
	all, err := run.Comparisons(ctx)
	if err != nil {
		return err
	}
	var whole []compare.Recorded
	for _, recorded := range all {
		if recorded.Whole {
			whole = append(whole, recorded)
			c.anchor(len(whole), recorded.Report)
		}
	}
	if len(whole) == 0 {
		return &session.Error{Code: "run.nocompare", Args: map[string]string{"path": run.Path}}
	}
	for i, recorded := range whole {
		v.Comparisons = append(v.Comparisons, c.comparison(i+1, recorded))
	}
	v.Card = c.claims(0, compare.Card())
	v.Elsewhere = c.scripts()
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
	Card        []claimView
	Elsewhere   []scriptView // scripts that a claim rests on and that were not run
}

// comparisonView is one comparison.
type comparisonView struct {
	ID                                   string
	Address, Script, State, Title, Means text.Safe
	Reasons                              []reasonsView
	Line                                 text.Safe
	Lanes                                [2]text.Safe
	Totals                               []pair
	Offers                               []offerView
	Hint                                 []fact // of the catalogue of providers
	Steps                                []comparedStep
	Settings                             [][]text.Safe
}

// reasonsView are the reasons for, or against.
type reasonsView struct {
	Label text.Safe
	List  []claimView
}

// claimView is a claim, and where it is shown: an anchor in the page.
type claimView struct {
	fact
	To    string
	Shown text.Safe
}

// offerView is what one server offers.
type offerView struct {
	Lane, State, Word, Server, TLS, Capabilities text.Safe
	Notes                                        []fact
}

// scriptView is a script that was not run.
type scriptView struct {
	Title, Means, Command text.Safe
	Steps                 []scriptStep
}

// scriptStep is one of its steps.
type scriptStep struct {
	ID    string
	Title text.Safe
}

// pair is what is true of each lane.
type pair struct{ Label, POP3, IMAP text.Safe }

// comparedStep is a step in both lanes.
type comparedStep struct {
	ID           string
	Number       int
	Title, Place text.Safe
	Results      [2]resultView
	After        []pair
}

// resultView is a step in one lane.
type resultView struct {
	State, Word, Took, Costs text.Safe
	Notes                    []fact
	Lines                    []line
	Count                    text.Safe // of the lines
}

// comparer turns reports into what the page shows.
type comparer struct {
	words *text.Catalogue
	at    map[shownAt]string // the anchor of a step
	asked []string           // scripts that are not in the page, in the order in which claims asked for them
}

// shownAt is a step of a script: of the comparison with a number, or of any in the page.
type shownAt struct {
	comparison int // from 1; 0 is the first of the script
	script     string
	step       int
}

// anchor gives each step of a comparison its place in the page.
func (c *comparer) anchor(number int, r compare.Report) {
	for i := range r.Rows {
		id := stepID(number, i+1)
		c.at[shownAt{number, r.Script.Name, i + 1}] = id
		if first := (shownAt{0, r.Script.Name, i + 1}); c.at[first] == "" {
			c.at[first] = id
		}
	}
}

func comparisonID(number int) string     { return "c" + strconv.Itoa(number) }
func stepID(comparison, step int) string { return comparisonID(comparison) + "-" + strconv.Itoa(step) }
func offersID(comparison int) string     { return comparisonID(comparison) + "-offers" }

func (c *comparer) explain(f trace.Finding) explain.Diagnosis {
	return explain.Finding(f, explain.Lang(c.words.Lang))
}

func (c *comparer) comparison(number int, recorded compare.Recorded) comparisonView {
	r, w := recorded.Report, c.words
	advice := c.explain(r.Advice.Finding)
	v := comparisonView{ID: comparisonID(number), Address: seen(r.Address), Script: seen(c.explain(r.Script.Title()).Title), State: adviceState(r.Advice), Title: seen(advice.Title), Means: seen(advice.Means),
		Lanes: [2]text.Safe{w.Versus.Protocols["pop3"], w.Versus.Protocols["imap"]},
		Line:  text.F(w.Versus.LineIs, text.Span(r.Line.RTT), text.Bits(r.Line.Bandwidth)), Totals: c.totals(r)}
	v.Reasons = []reasonsView{{w.Compare.Because, c.claims(number, r.Advice.Because)}, {w.Compare.But, c.claims(number, r.Advice.But)}}
	for _, o := range r.Offers {
		v.Offers = append(v.Offers, c.offer(o))
	}
	if h := r.Hint; h != nil {
		v.Hint = c.notes(h.Findings, nil)
		for _, n := range h.Notes {
			v.Hint = append(v.Hint, fact{Value: seen(n.Dated + " " + n.In(string(w.Lang)))})
		}
	}
	talk := recorded.Talk()
	for i, row := range r.Rows {
		v.Steps = append(v.Steps, c.step(stepID(number, i+1), row, talk, r.Script.Devices))
	}
	for _, s := range r.Advice.Settings {
		v.Settings = append(v.Settings, []text.Safe{seen(s.Protocol), seen(s.Host), seen(strconv.Itoa(s.Port)), seen(s.TLS), seen(s.User)})
	}
	return v
}

func (c *comparer) totals(r compare.Report) []pair {
	w := c.words.Versus
	octets := func(n int64) text.Safe { return text.Num(int(n)) }
	on := func(t compare.Total) text.Safe {
		return text.F(w.TripsIn, text.Num(t.Counters.RoundTrips+t.Counters.Handshakes), text.Span(t.OnLine))
	}
	return []pair{{w.Down, octets(r.POP3.Counters.In), octets(r.IMAP.Counters.In)}, {w.Up, octets(r.POP3.Counters.Out), octets(r.IMAP.Counters.Out)},
		{w.Time, on(r.POP3), on(r.IMAP)}}
}

// adviceState is the state that an advice is drawn in.
func adviceState(a compare.Advice) text.Safe {
	if a.Use == compare.UseNeither {
		return "fail"
	}
	return "ok"
}

// claims are what is claimed in a comparison, or, with 0, on the card; each with the place that shows it. What no step
// shows, the servers' offers do.
func (c *comparer) claims(number int, list []compare.Reason) []claimView {
	var all []claimView
	for _, r := range list {
		d := c.explain(r.Finding)
		v := claimView{fact: fact{seen(d.Title), seen(d.Means)}, To: offersID(number), Shown: c.words.Versus.OffersHead}
		if r.Step > 0 {
			v.To, v.Shown = c.find(number, r), c.shown(number, r)
		}
		all = append(all, v)
	}
	return all
}

// find gives the anchor of the step that shows a claim: in the same comparison, in another, else among the scripts that
// were not run.
func (c *comparer) find(number int, r compare.Reason) string {
	for _, comparison := range []int{number, 0} {
		if id, ok := c.at[shownAt{comparison, r.Script, r.Step}]; ok {
			return id
		}
	}
	script, found, err := compare.ScriptNamed(r.Script)
	if err != nil || !found || r.Step > len(script.Steps) {
		return comparisonID(max(number, 1))
	}
	c.asked = append(c.asked, script.Name)
	for i := range script.Steps {
		c.at[shownAt{0, script.Name, i + 1}] = "x-" + strconv.Itoa(len(c.asked)) + "-" + strconv.Itoa(i+1)
	}
	return c.at[shownAt{0, r.Script, r.Step}]
}

// shown names the step that shows a claim, with its script where that is another.
func (c *comparer) shown(number int, r compare.Reason) text.Safe {
	w := c.words.Versus
	step := text.F(w.Step, r.Step)
	if _, own := c.at[shownAt{number, r.Script, r.Step}]; own && number > 0 {
		return step
	}
	return seen(c.explain(compare.Script{Name: r.Script}.Title()).Title) + w.Comma + step
}

// scripts are those that claims rest on and that were not run.
func (c *comparer) scripts() []scriptView {
	var all []scriptView
	for _, name := range c.asked {
		script, _, err := compare.ScriptNamed(name)
		if err != nil {
			continue
		}
		d := c.explain(script.Title())
		v := scriptView{Title: seen(d.Title), Means: seen(d.Means), Command: seen("todoku compare --script " + name)}
		for i, s := range script.Steps {
			v.Steps = append(v.Steps, scriptStep{c.at[shownAt{0, name, i + 1}], seen(c.explain(s.Title()).Title)})
		}
		all = append(all, v)
	}
	return all
}

func (c *comparer) offer(o compare.Offer) offerView {
	v := offerView{Lane: c.words.Versus.Protocols[string(o.Protocol)], State: class(o.State), Word: c.words.Levels[string(o.State)], Server: seen(o.Server),
		Capabilities: seen(strings.Join(o.Capabilities, " "))}
	if o.TLS != nil {
		v.TLS = seen(o.TLS.Version)
	}
	v.Notes = c.notes(o.Notes, o.Error)
	return v
}

// notes say what was found, and then why it failed, with who must act.
func (c *comparer) notes(list []trace.Finding, failed *trace.Finding) []fact {
	var all []fact
	for _, n := range list {
		d := c.explain(n)
		all = append(all, fact{seen(d.Title), seen(d.Means)})
	}
	if failed != nil {
		d := c.explain(*failed)
		all = append(all, fact{seen(d.Title), seen(d.Act)})
	}
	return all
}

func (c *comparer) step(id string, row compare.Row, talk compare.Talk, devices int) comparedStep {
	w := c.words.Versus
	v := comparedStep{ID: id, Number: row.POP3.Step, Title: seen(c.explain(row.Step.Title()).Title), Place: w.Places[string(row.POP3.Place)],
		Results: [2]resultView{c.result(row.POP3, talk), c.result(row.IMAP, talk)}}
	for i, label := range w.Abouts {
		if i != compare.AboutDeviceB || devices > 1 {
			v.After = append(v.After, pair{label, seen(c.explain(row.POP3.About[i]).Title), seen(c.explain(row.IMAP.About[i]).Title)})
		}
	}
	return v
}

func (c *comparer) result(r compare.Result, talk compare.Talk) resultView {
	w := c.words
	n := r.Counters
	v := resultView{State: class(r.State), Word: w.Levels[string(r.State)], Took: text.Span(r.Elapsed),
		Costs: text.F(w.Versus.RoundTrips, text.Num(n.RoundTrips+n.Handshakes)) + "  " + text.F(w.Versus.UpDownBytes, text.Num(int(n.Out)), text.Num(int(n.In)))}
	v.Notes = c.notes(r.Notes, r.Error)
	for _, e := range talk.Of(r) {
		if l, ok := lineOf(e); ok {
			v.Lines = append(v.Lines, l)
		}
	}
	v.Count = text.F(w.Versus.TalkLines, text.Num(len(v.Lines)))
	return v
}
