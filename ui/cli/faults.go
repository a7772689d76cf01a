package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"todoku/session"
	"todoku/ui/text"
)

func (a *app) faultsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "faults [WORD]",
		Short: "List the faults that the small Internet can be given, and what is true of each",
		Long: "faults lists the catalogue: the id for `todoku serve --fault`, who meets the fault, what a mail server does then, at which\n" +
			"step of the path it happens and who must act. With a WORD it lists those that hold it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.faults(strings.Join(args, "")) },
	}
}

func (a *app) faults(word string) error {
	found := []session.FaultCase{}
	for _, c := range session.FaultCases() {
		title := text.FaultTitle(text.Lang(a.lang()), c.ID, c.Title)
		if strings.Contains(strings.ToLower(c.ID+" "+c.Title+" "+c.Truth.Cause+" "+string(title)), strings.ToLower(word)) {
			found = append(found, c)
		}
	}
	if a.flags.json {
		return a.printJSON("faults", found)
	}
	if len(found) == 0 {
		return session.NoSuchFault(word, nil)
	}
	w := tabwriter.NewWriter(a.env.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "id\tmet by\tmail is\tstep\twho acts\twhat it is\n")
	for _, c := range found {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", c.ID, c.To, c.Truth.Word, c.Truth.Step, c.Truth.Who, text.FaultTitle(text.Lang(a.lang()), c.ID, c.Title))
	}
	return w.Flush()
}
