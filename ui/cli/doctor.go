package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/session"
	"todoku/ui/text"
)

// Widths of a rung's row.
const (
	ladderCells = 8
	rungCells   = 14
)

func (a *app) doctorCommand() *cobra.Command {
	o, megabytes := session.DoctorOptions{}, uint16(0)
	c := &cobra.Command{
		Use:  "doctor [ACCOUNT]",
		Args: a.args(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.Account = a.flags.account; len(args) == 1 {
				o.Account = args[0]
			}
			o.Size = int64(megabytes) * 1_000_000
			return a.doctor(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.Send, "send", false, "")
	c.Flags().Uint16Var(&megabytes, "size", 0, "")
	return c
}

// doctor prints each rung when it is over, then the answer.
func (a *app) doctor(ctx context.Context, o session.DoctorOptions) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	words := text.New(text.Lang(a.lang()))
	if !a.flags.json {
		o.Watch = func(name string, r ladder.Rung) {
			if r.Finding != nil {
				fmt.Fprintln(a.env.Stdout, a.rungRow(words, name, r))
			}
		}
	}
	checkup, err := s.Doctor(ctx, a.span.Child("doctor"), o)
	switch {
	case err != nil && len(checkup.Receive.Rungs) == 0:
		return err
	case a.flags.json:
		err = first(a.printJSON("doctor", checkup), err)
	default:
		a.printAnswer(words, checkup)
	}
	return first(err, doctorStatus(checkup))
}

// rungRow is one rung: number, ladder, name, state, time, and what was found.
func (a *app) rungRow(words *text.Catalogue, name string, r ladder.Rung) text.Safe {
	row := text.F("%2d  ", r.Number) + text.Fit(words.Ladder.Ladders[name], ladderCells) + "  " + text.Fit(words.Ladder.Rungs[r.Name], rungCells) + "  " +
		text.Fit(words.Levels[string(r.State)], 8) + text.FitRight(text.Span(r.Elapsed), 8) + "   " +
		text.Clean(explain.Finding(*r.Finding, a.lang()).Title)
	for _, f := range r.Also {
		row += text.Safe("\n +  ") + text.Clean(a.sentence(f))
	}
	return row
}

// printAnswer says what broke, who must act and what to do; for both ladders if both broke for different reasons.
func (a *app) printAnswer(words *text.Catalogue, c ladder.Checkup) {
	said := ""
	for _, l := range []ladder.Ladder{c.Receive, c.Send} {
		f, broken := l.Answer()
		if !broken || f.Code == said {
			continue
		}
		said = f.Code
		r := l.Rungs[l.Broken-1]
		d := explain.Finding(f, a.lang())
		fmt.Fprintf(a.env.Stdout, "\n %s\n", text.F(words.Ladder.Broke, words.Ladder.Ladders[l.Name], r.Number, words.Ladder.Rungs[r.Name]))
		fmt.Fprintf(a.env.Stdout, " %s\n", text.Clean(d.Title)+words.App.Between+text.Clean(d.Act))
		if d.Said != "" {
			fmt.Fprintf(a.env.Stdout, "     %s\n", text.Clean(d.Said))
		}
		fmt.Fprintf(a.env.Stdout, "     %s\n", text.Clean(d.Means))
		for i, do := range d.Do {
			fmt.Fprintf(a.env.Stdout, " %d   %s\n", i+1, text.Clean(do))
		}
	}
	switch {
	case c.Stopped():
		fmt.Fprintf(a.env.Stdout, "\n %s\n", words.Ladder.Stopped)
	case said == "":
		fmt.Fprintf(a.env.Stdout, "\n %s\n", words.Ladder.Sound)
	}
}

// doctorStatus is the exit code of the first broken rung.
func doctorStatus(c ladder.Checkup) error {
	f, broken := c.Answer()
	switch {
	case !broken:
		return nil
	case ladder.Setting(f.Code):
		return &exitStatus{ExitConfig}
	}
	return &exitStatus{diagnosisCode(explain.Finding(f, explain.English))}
}
