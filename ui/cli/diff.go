package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"todoku/diag/change"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/text"
)

func (a *app) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "diff OLD NEW",
		Args: a.args(2, 2),
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(args[0], args[1]) },
	}
}

func (a *app) diff(old, new string) error {
	was, err := a.readRun(old)
	if err != nil {
		return err
	}
	now, err := a.readRun(new)
	if err != nil {
		return err
	}
	changes, err := was.Diff(now)
	switch {
	case err != nil:
		return err
	case a.flags.json:
		err = a.printJSON("diff", struct {
			Changes []change.Change `json:"changes"`
		}{changes})
	default:
		a.printChanges(changes)
	}
	if err == nil && len(changes) > 0 {
		err = &exitStatus{ExitChanged}
	}
	return err
}

func (a *app) printChanges(changes []change.Change) {
	words := text.New(text.Lang(a.lang()))
	if len(changes) == 0 {
		fmt.Fprintf(a.env.Stdout, " %s\n", words.Runs.Same)
	}
	for _, c := range changes {
		d := explain.Finding(c.Finding(), a.lang())
		step := text.Safe(" ")
		if d.Step > 0 {
			step = text.F("%d", d.Step)
		}
		fmt.Fprintf(a.env.Stdout, " %s  %s%s\n", step, text.Fit(words.Levels[string(c.Level)], 8), text.Clean(d.Title)+words.App.Between+text.Clean(d.Act))
		a.printFact(words, words.Runs.Was, c, c.Was, c.WasFinding)
		a.printFact(words, words.Runs.Now, c, c.Now, c.NowFinding)
	}
}

// printFact prints one side of a change.
func (a *app) printFact(words *text.Catalogue, label text.Safe, c change.Change, fact string, f *trace.Finding) {
	shown := words.ChangedFact(c.Code, fact)
	if f != nil {
		d := explain.Finding(*f, a.lang())
		if shown != "" {
			shown += "  "
		}
		shown += text.Clean(d.Title) + words.App.Between + text.Clean(d.Act)
	}
	if shown != "" {
		fmt.Fprintf(a.env.Stdout, "             %s %s\n", text.Fit(label, 4), shown)
	}
}
