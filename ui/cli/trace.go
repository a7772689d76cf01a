package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/page"
	"todoku/ui/text"
)

// hopCells is the width of a hop's name in a row.
const hopCells = 52

// maxTraced bounds the recipients of one run: asking after many is what harvesters do.
const maxTraced = 3

func (a *app) traceCommand() *cobra.Command {
	o := session.TraceOptions{}
	stop, printed, html := "", false, pageOptions{}
	c := &cobra.Command{
		Use:  "trace [ADDRESS|DOMAIN ...]",
		Args: a.args(0, maxTraced),
		RunE: func(c *cobra.Command, args []string) error {
			if err := first(a.oneOf(c, "stop-after", stop, stops()), a.apart(c, "rcpt", "stop-after"), a.apart(c, "catch-all", "stop-after"), a.apart(c, "send", "stop-after")); err != nil {
				return err
			}
			if len(args) == 0 && (html.path != "" || !a.drawn(printed)) { // at a terminal a form asks for it
				return &usageError{c, a.usageWords().CLI.TooFew}
			}
			if err := checked(o, args); err != nil {
				return err
			}
			o.Stop = delivery.Stop(stop)
			if o.Via = o.Account != ""; !o.Via {
				o.Account = a.flags.account
			}
			return a.onPage(c, html, func() error {
				if a.drawn(printed) {
					return a.drawTraces(c.Context(), o, args)
				}
				return a.traceAll(c.Context(), o, args)
			})
		},
	}
	html.flags(c)
	c.Flags().BoolVar(&printed, "print", false, "")
	c.Flags().StringVar(&o.From, "from", "", "")
	c.Flags().StringVar(&o.Account, "via", "", "")
	c.Flags().BoolVar(&o.Rcpt, "rcpt", false, "")
	c.Flags().BoolVar(&o.CatchAll, "catch-all", false, "")
	c.Flags().BoolVar(&o.Send, "send", false, "")
	c.Flags().StringVar(&stop, "stop-after", "", "")
	c.Flags().Uint64Var(&o.Seed, "seed", 0, "")
	c.Flags().DurationVar(&o.Time, "within", delivery.RunTime, "")
	c.Flags().BoolVar(&o.All, "all-servers", false, "")
	c.Flags().StringVar(&o.Root.Hints, "root-hints", "", "")
	c.Flags().StringVar(&o.Root.Anchor, "trust-anchor", "", "")
	return c
}

// checked gives what is wrong with the first target that no trace can begin with.
func checked(o session.TraceOptions, targets []string) error {
	for _, o.Target = range targets {
		if err := o.Check(); err != nil {
			return err
		}
	}
	return nil
}

// stops are the values of --stop-after.
func stops() []string {
	var all []string
	for _, s := range delivery.Stops() {
		all = append(all, string(s))
	}
	return all
}

// traceAll traces one target after another; consent to ask a domain holds for all its recipients.
func (a *app) traceAll(ctx context.Context, o session.TraceOptions, targets []string) error {
	consents := &session.Consents{Targets: targets}
	o.Consent = func(ctx context.Context, q delivery.Question) bool { return consents.Ask(ctx, q, a.consent) }
	var worst error
	for i, target := range targets {
		if ctx.Err() != nil {
			break
		}
		if i > 0 && !a.flags.json {
			fmt.Fprintln(a.env.Stdout)
		}
		o.Target = target
		worst = first(worst, a.trace(ctx, o))
	}
	return worst
}

// trace prints each hop when it is over, then the four steps and the verdict. It needs no account.
func (a *app) trace(ctx context.Context, o session.TraceOptions) error {
	s, err := a.open(ctx)
	if err != nil && !errors.Is(err, session.ErrNoAccount) {
		return err
	}
	return a.follow(func(watch func(delivery.Hop)) (delivery.Report, error) {
		o.Watch = watch
		return s.Trace(ctx, a.span.Child("trace"), o)
	})
}

// follow prints the hops of a trace, live or replayed, each when it is over, then its verdict, whose exit code it gives.
func (a *app) follow(run func(watch func(delivery.Hop)) (delivery.Report, error)) error {
	words := text.New(text.Lang(a.lang()))
	untold := 0
	report, err := run(func(h delivery.Hop) {
		switch {
		case h.State == delivery.Live || a.flags.json:
		case uneventful(h):
			untold++
		default:
			fmt.Fprintln(a.env.Stdout, hopRow(words, h))
			if h.Ports != nil {
				fmt.Fprintf(a.env.Stdout, "  %s\n", portList(words, h.Ports))
			}
		}
	})
	if untold > 0 {
		fmt.Fprintf(a.env.Stdout, "    %s\n", text.F(words.Tracer.Untold, untold))
	}
	return a.ended(words, end{report, err})
}

// ended prints what a trace came to, whose exit code it gives.
func (a *app) ended(words *text.Catalogue, e end) error {
	switch {
	case e.err != nil && len(e.report.Hops) == 0:
		return e.err
	case a.flags.json:
		e.err = first(a.printJSON("trace", e.report), e.err)
	default:
		a.printVerdict(words, e.report)
	}
	return first(e.err, traceStatus(e.report.Verdict))
}

// uneventful is a hop that only confirms: a question that was answered, but for those that lead to the mail exchangers,
// and what follows from an exchanger's certificate. --json and --record have them all.
func uneventful(h delivery.Hop) bool {
	if h.State != delivery.OK && h.State != delivery.NA {
		return false
	}
	return h.Query != nil && !strings.HasSuffix(h.Query.For, " MX") || h.Kind == delivery.KindFact && h.Step == delivery.Transfer
}

// hopRow is one hop: step, name, state, time.
func hopRow(words *text.Catalogue, h delivery.Hop) text.Safe {
	what := h.What
	switch {
	case h.Query != nil:
		what += "  " + h.Query.For
	case h.Addr != "" && h.Kind == delivery.KindCommand:
		what = hostOf(h.Addr) + "  " + what
	case h.Addr != "":
		what = h.Addr + "  " + what
	}
	name := text.Clean(h.Where + "  " + what)
	return stateRow(words, h.Step, name, h.State) + text.FitRight(text.Span(h.Elapsed), 9)
}

// portList says which ports of mail are open from here: "open 587, 993  not tried 110, 995".
func portList(words *text.Catalogue, ports []ladder.Port) text.Safe {
	var list text.Safe
	for _, g := range ladder.ByState(ports) {
		list += "  " + words.Tracer.PortStates[string(g.State)] + " " + text.Clean(g.Numbers)
	}
	return list
}

// hostOf is an address without its port, which every hop of a transfer has in common.
func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}

func stateRow(words *text.Catalogue, step int, name text.Safe, state delivery.State) text.Safe {
	return text.F(" %d  ", step) + text.Fit(name, hopCells) + text.Fit(words.Levels[string(state)], 8)
}

func (a *app) printVerdict(words *text.Catalogue, r delivery.Report) {
	fmt.Fprintln(a.env.Stdout)
	for _, s := range r.Steps {
		took := text.Safe("")
		if s.State != delivery.NA && s.State != delivery.Unknown {
			took = text.FitRight(text.Span(s.Elapsed), 9)
		}
		fmt.Fprintln(a.env.Stdout, strings.TrimRight(string(stateRow(words, s.Number, words.Steps[s.Number-1], s.State)+took), " "))
	}
	if path := words.Critical(page.Parts(r), r.Elapsed); path != "" {
		fmt.Fprintf(a.env.Stdout, "    %s\n", path)
	}
	v := explain.Finding(r.Verdict.Finding, a.lang())
	fmt.Fprintf(a.env.Stdout, "\n %s  %s\n", words.Verdicts[string(r.Verdict.Word)], text.Clean(v.Title)+words.App.Between+text.Clean(v.Act))
	if said := delivery.Words(r.Verdict.Finding); said != "" {
		fmt.Fprintf(a.env.Stdout, "     %s\n", text.Clean(said))
	}
	fmt.Fprintf(a.env.Stdout, "     %s\n", text.Clean(v.Means))
	if again := r.Verdict.Retry; again != nil {
		fmt.Fprintf(a.env.Stdout, "     %s\n", words.Retry(again.Passes, again.After, again.For))
	}
	if f := r.CatchAll(); f != nil && f.Level != trace.Warn { // a warning stands below
		fmt.Fprintf(a.env.Stdout, "     %s\n", a.sentence(*f))
	}
	told := map[string]bool{} // two questions to one server may be found alike
	for _, f := range r.Verdict.Also {
		if said := a.sentence(f); !told[said] {
			told[said] = true
			fmt.Fprintf(a.env.Stdout, " +   %s\n", said)
		}
	}
	from := words.Tracer.DoneHere
	if seen := delivery.SeenFrom(r.Hops, r.Verdict.Finding.Args["addr"]); seen != "" {
		from = text.F(words.Tracer.DoneFrom, seen)
	}
	end := from + words.App.Between + text.F(words.Tracer.Seed, r.Seed)
	if r.Limit > 0 {
		end += words.App.Between + text.F(words.Tracer.Limit, text.Span(r.Limit))
	}
	fmt.Fprintf(a.env.Stdout, "\n %s\n", end)
}

// consent asks once, at a terminal, before a host that is not ours hears the recipient's name. Elsewhere --rcpt itself
// is the consent, and what will be seen is said.
func (a *app) consent(ctx context.Context, q delivery.Question) bool {
	w := a.words().CLI
	question := w.Consent
	if q.Send {
		question = w.ConsentSend
	}
	fmt.Fprintln(a.env.Stderr, text.F(question, q.Host, strings.Join(q.Recipients, ", "), q.Sender))
	if f, ok := a.env.Stdin.(*os.File); !ok || !isTerminal(f) {
		return true
	}
	fmt.Fprintf(a.env.Stderr, "%s  ", w.ConsentKey)
	return a.yes(ctx)
}

// yes reads the answer to a question. Whoever ends the program instead has not agreed, and is not kept waiting for a key.
func (a *app) yes(ctx context.Context) bool {
	agreed := make(chan bool, 1)
	go func() {
		answer, err := bufio.NewReader(io.LimitReader(a.env.Stdin, 100)).ReadString('\n')
		agreed <- err == nil && strings.EqualFold(strings.TrimSpace(answer), "y")
	}()
	select {
	case yes := <-agreed:
		return yes
	case <-ctx.Done():
		return false
	}
}

// traceStatus is the exit code of a verdict. A way that is open as far as it was asked is success.
func traceStatus(v delivery.Verdict) error {
	switch {
	case v.Word == delivery.Delivered, v.Word == delivery.NotKnown && v.Finding.Level == trace.Pass:
		return nil
	case v.Word == delivery.Refused:
		return &exitStatus{ExitRefused}
	}
	return &exitStatus{ExitTemporary}
}
