package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// compareFlags are the flags of compare as typed.
type compareFlags struct {
	script    string
	list      bool
	card      bool
	runCard   bool // and its scripts, too
	naive     bool
	line      lineFlags
	devices   int
	shared    bool
	roomHere  string
	roomThere string
	offline   bool
	fetch     bool
}

func (a *app) compareCommand() *cobra.Command {
	f, page := compareFlags{}, pageOptions{}
	c := &cobra.Command{
		Use:  "compare [ACCOUNT]",
		Args: a.args(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			name := a.flags.account
			if len(args) == 1 {
				name = args[0]
			}
			f.runCard = f.card && page.path != ""
			return a.onPage(c, page, func() error { return a.compare(c, name, f) })
		},
	}
	c.Flags().StringVar(&f.script, "script", "", "")
	c.Flags().BoolVar(&f.list, "list", false, "")
	c.Flags().BoolVar(&f.card, "card", false, "")
	c.Flags().BoolVar(&f.naive, "naive", false, "")
	f.line.flags(c, compare.DefaultRTT, "10M")
	c.Flags().IntVar(&f.devices, "devices", 0, "")
	c.Flags().BoolVar(&f.shared, "shared", false, "")
	c.Flags().StringVar(&f.roomHere, "room-here", "", "")
	c.Flags().StringVar(&f.roomThere, "room-there", "", "")
	c.Flags().BoolVar(&f.offline, "offline", false, "")
	c.Flags().BoolVar(&f.fetch, "retr", false, "")
	page.flags(c)
	return c
}

func (a *app) compare(c *cobra.Command, account string, f compareFlags) error {
	switch {
	case f.list:
		return a.listScripts()
	case f.card && !f.runCard:
		return a.card()
	}
	o, wrong := f.options(c, account, a.usageWords().CLI)
	if wrong != "" {
		return &usageError{c, wrong}
	}
	o.Consent = func(q compare.Question) bool { return a.consentToFetch(c.Context(), q, f.fetch) }
	if f.runCard {
		return first(a.cardScripts(c.Context(), o), a.card())
	}
	return a.runComparison(c.Context(), o)
}

// options reads what was typed, and says what of it is wrong.
func (f compareFlags) options(c *cobra.Command, account string, w text.CLIWords) (session.CompareOptions, text.Safe) {
	line, wrong := f.line.line(c, w)
	if wrong != "" {
		return session.CompareOptions{}, wrong
	}
	o := session.CompareOptions{Account: account, Script: f.script, Line: line,
		Answers: compare.Answers{Devices: f.devices, Shared: f.shared, Offline: f.offline}}
	if f.naive {
		o.Mode = compare.Naive
	}
	if f.devices < 0 {
		return o, w.AboveZero
	}
	for _, n := range []struct {
		flag, typed string
		to          *int64
	}{{"room-here", f.roomHere, &o.Answers.RoomHere}, {"room-there", f.roomThere, &o.Answers.RoomThere}} {
		if n.typed == "" {
			continue
		}
		var ok bool
		if *n.to, ok = text.Amount(n.typed); !ok {
			return o, text.F(w.Amount, n.flag)
		}
	}
	return o, ""
}

// listScripts prints each script with its sentence.
func (a *app) listScripts() error {
	all, err := compare.Scripts()
	switch {
	case err != nil:
		return err
	case a.flags.json:
		return a.printJSON("scripts", all)
	}
	for _, s := range all {
		fmt.Fprintf(a.env.Stdout, " %s  %s\n", text.Fit(text.Clean(s.Name), 12), text.Clean(explain.Finding(s.Title(), a.lang()).Means))
	}
	return nil
}

// runComparison prints each step when both lanes are through with it, then the totals and the advice.
func (a *app) runComparison(ctx context.Context, o session.CompareOptions) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	p := a.comparisonPrinter()
	if !a.flags.json {
		if p.script, _, err = compare.ScriptNamed(o.Script); err != nil {
			return err
		}
		o.Watch = p.watch
	}
	report, err := s.Compare(ctx, a.span.Child("compare"), o)
	switch {
	case err != nil:
		return err
	case a.flags.json:
		err = a.printJSON("compare", report)
	default:
		p.end(report)
	}
	return first(err, comparisonStatus(report))
}

// consentToFetch asks at a terminal before one message is fetched; elsewhere --retr is the answer.
func (a *app) consentToFetch(ctx context.Context, q compare.Question, otherwise bool) bool {
	if f, ok := a.env.Stdin.(*os.File); !ok || !isTerminal(f) {
		return otherwise
	}
	w := text.New(text.Lang(a.lang())).Compare
	fmt.Fprintf(a.env.Stderr, "%s\n%s", text.F(w.FetchAsk, text.Clean(q.Subject), text.Size(q.Octets), text.Clean(q.Server)), w.FetchKeys)
	return a.yes(ctx)
}

// comparisonStatus is the exit code: that a step cannot be done by a protocol is what the comparison is for, that a server
// could not be asked is a failure.
func comparisonStatus(r compare.Report) error {
	for _, o := range r.Offers {
		if o.State == compare.Fail && o.Error != nil {
			return &exitStatus{diagnosisCode(explain.Finding(*o.Error, explain.English))}
		}
	}
	return nil
}

// comparisonPrinter prints a comparison as it goes.
type comparisonPrinter struct {
	*app
	words  *text.Catalogue
	script compare.Script
	over   map[int]compare.Result // the lane that was first, by step
	then   func()                 // is called when a step was printed
}

func (a *app) comparisonPrinter() *comparisonPrinter {
	return &comparisonPrinter{app: a, words: text.New(text.Lang(a.lang())), over: map[int]compare.Result{}, then: func() {}}
}

// printComparisons plays recorded comparisons one after another and prints them as they were printed then.
func (a *app) printComparisons(ctx context.Context, all []compare.Recorded, play session.ReplayOptions) error {
	next := func() {}
	if play.Speed == session.StepByStep {
		next = a.stepper(ctx)
	}
	var worst error
	for i, recorded := range all {
		if i > 0 && !a.flags.json {
			fmt.Fprintln(a.env.Stdout)
		}
		p := a.comparisonPrinter()
		p.script, p.then = recorded.Report.Script, next
		watch := p.watch
		if a.flags.json {
			watch = func(compare.Result) {}
		}
		next()
		report, err := session.NewComparisonReplay(recorded, play).Run(ctx, nil, nil, watch)
		if err != nil {
			return err
		}
		if a.flags.json {
			err = a.printJSON("compare", report)
		} else {
			p.end(report)
		}
		worst = first(worst, first(err, comparisonStatus(report)))
	}
	return worst
}

// watch prints a step when its second lane is over.
func (p *comparisonPrinter) watch(r compare.Result) {
	if r.State == compare.Live {
		return
	}
	other, both := p.over[r.Step]
	if p.over[r.Step] = r; !both {
		return
	}
	if other.Lane == compare.IMAP {
		other, r = r, other
	}
	p.step(other, r)
	p.then()
}

func (p *comparisonPrinter) step(pop3, imap compare.Result) {
	s := p.script.Steps[pop3.Step-1]
	fmt.Fprintf(p.env.Stdout, "%2d  %s\n", pop3.Step, p.title(s.Title()))
	for _, r := range []compare.Result{pop3, imap} {
		w := p.words.Compare
		cost := text.F(w.Cost, text.Num(int(r.Counters.Out)), text.Num(int(r.Counters.In)), text.Num(r.Counters.RoundTrips), text.Span(r.Elapsed))
		p.row(laneName(r.Lane), text.Fit(p.words.Levels[string(r.State)], 8)+cost+"  "+w.Places[string(r.Place)])
		for _, n := range r.Notes {
			p.row("", p.sentenceOf(n))
		}
		if r.Error != nil {
			p.row("", p.sentenceOf(*r.Error))
		}
		for i, label := range []text.Safe{w.Server, w.DeviceA, w.DeviceB} {
			if i == compare.AboutDeviceB && p.script.Devices < 2 {
				continue
			}
			p.row("", text.Fit(label, 10)+p.title(r.About[i]))
		}
	}
}

func laneName(lane compare.Protocol) text.Safe { return text.Clean(strings.ToUpper(string(lane))) }

func (p *comparisonPrinter) row(head, rest text.Safe) {
	fmt.Fprintf(p.env.Stdout, "    %s %s\n", text.Fit(head, 5), rest)
}

func (p *comparisonPrinter) title(f trace.Finding) text.Safe {
	return text.Clean(explain.Finding(f, p.lang()).Title)
}

// sentenceOf is a finding in one line; that nobody must act is not said of every step.
func (p *comparisonPrinter) sentenceOf(f trace.Finding) text.Safe {
	d := explain.Finding(f, p.lang())
	if d.Who == explain.Nobody {
		return text.Clean(d.Title)
	}
	return text.Clean(d.Title + " " + d.Act)
}

// end prints what each server offers, the totals, and the advice.
func (p *comparisonPrinter) end(r compare.Report) {
	w := p.words.Compare
	fmt.Fprintln(p.env.Stdout)
	for _, o := range r.Offers {
		p.offer(o)
	}
	p.hint(r.Hint)
	fmt.Fprintf(p.env.Stdout, "\n %s\n", text.F(w.Line, text.Span(r.Line.RTT), text.Bits(r.Line.Bandwidth)))
	for _, lane := range []compare.Protocol{compare.POP3, compare.IMAP} {
		t := r.Total(lane)
		p.row(laneName(lane), text.F(w.Total, text.Num(int(t.Counters.Out)), text.Num(int(t.Counters.In)), text.Num(t.Counters.RoundTrips),
			text.Num(t.Counters.Handshakes), text.F(w.OnLine, text.Span(t.OnLine))))
	}
	fmt.Fprintf(p.env.Stdout, "\n %s\n", p.title(r.Advice.Finding))
	p.reasons(w.Because, r.Advice.Because)
	p.reasons(w.But, r.Advice.But)
	for i, s := range r.Advice.Settings {
		head := w.Settings
		if i > 0 {
			head = ""
		}
		fmt.Fprintf(p.env.Stdout, " %s %s\n", text.Fit(head, 9), text.Clean(fmt.Sprintf("%s  %s  %d  %s  %s", s.Protocol, s.Host, s.Port, s.TLS, s.User)))
	}
	if r.Advice.LeaveDays > 0 {
		fmt.Fprintf(p.env.Stdout, " %s %s\n", text.Fit("", 9), text.F(w.LeaveDays, r.Advice.LeaveDays))
	}
}

func (p *comparisonPrinter) offer(o compare.Offer) {
	p.row(laneName(o.Protocol), text.F(p.words.Compare.Offers, text.Clean(o.Server), p.words.Levels[string(o.State)], text.Clean(strings.Join(o.Capabilities, " "))))
	if o.Error != nil {
		p.row("", p.sentenceOf(*o.Error))
	}
	if o.Rung != nil && o.Rung.Finding != nil {
		p.row("", text.F(p.words.Compare.Rung, o.Rung.Number, text.Clean(o.Rung.What), p.sentenceOf(*o.Rung.Finding)))
	}
	for _, n := range o.Notes {
		p.row("", p.sentenceOf(n))
	}
}

// hint is what the catalogue of providers says, apart from what was asked.
func (p *comparisonPrinter) hint(h *compare.Hint) {
	if h == nil {
		return
	}
	label := p.words.Compare.Hint
	for _, f := range h.Findings {
		p.row(label, p.sentenceOf(f))
		label = ""
	}
	for _, n := range h.Notes {
		p.row("", text.Clean(n.Dated+" "+n.In(string(p.words.Lang))))
	}
}

func (p *comparisonPrinter) reasons(head text.Safe, all []compare.Reason) {
	for _, r := range all {
		shown := text.Safe("")
		if r.Step > 0 {
			shown = "  (" + text.F(p.words.Compare.Shown, p.title(compare.Script{Name: r.Script}.Title()), r.Step) + ")"
		}
		fmt.Fprintf(p.env.Stdout, " %s %s%s\n", text.Fit(head, 9), p.title(r.Finding), shown)
		head = ""
	}
}
