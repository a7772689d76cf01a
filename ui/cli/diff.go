package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"todoku/diag/change"
	"todoku/ui/changes"
	"todoku/ui/text"
)

func (a *app) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "diff OLD NEW",
		Args: a.args(2, 2),
		RunE: func(c *cobra.Command, args []string) error { return a.diff(c.Context(), args[0], args[1]) },
	}
}

func (a *app) diff(ctx context.Context, old, new string) error {
	was, err := a.readRun(ctx, old)
	if err != nil {
		return err
	}
	now, err := a.readRun(ctx, new)
	if err != nil {
		return err
	}
	all, err := was.Diff(ctx, now)
	switch {
	case err != nil:
		return err
	case a.flags.json:
		err = a.printJSON("diff", struct {
			Changes []change.Change `json:"changes"`
		}{all})
	default:
		a.printChanges(all)
	}
	if err == nil && len(all) > 0 {
		err = &exitStatus{ExitChanged}
	}
	return err
}

// printChanges prints each change with its facts; those of a comparison below the step in which they are seen.
func (a *app) printChanges(all []change.Change) {
	words := a.words()
	if len(all) == 0 {
		fmt.Fprintf(a.env.Stdout, " %s\n", words.Runs.Same)
	}
	place := text.Safe("")
	for _, c := range all {
		told := changes.Tell(words, c)
		if told.Place != place {
			place = told.Place
			fmt.Fprintf(a.env.Stdout, " %s\n", place)
		}
		fmt.Fprintf(a.env.Stdout, " %s  %s%s\n", text.Fit(told.Step, 1), text.Fit(told.Level, 8), told.Said)
		a.printFact(words.Runs.Was, told.Was)
		a.printFact(words.Runs.Now, told.Now)
	}
}

// printFact prints one side of a change.
func (a *app) printFact(label, fact text.Safe) {
	if fact != "" {
		fmt.Fprintf(a.env.Stdout, "             %s %s\n", text.Fit(label, 4), fact)
	}
}
