package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"todoku/diag/explain"
	"todoku/diag/provider"
	"todoku/session"
	"todoku/ui/text"
)

func (a *app) findCommand() *cobra.Command {
	return &cobra.Command{
		Use: "find ADDRESS", Short: "Look for the servers of an address, showing every question asked, and print the settings to copy",
		Args: a.args(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return a.find(c.Context(), args[0]) },
	}
}

// find prints each question with its answer as a comment, then what may be copied into the settings.
func (a *app) find(ctx context.Context, address string) error {
	s, err := a.open(ctx)
	if err != nil && !errors.Is(err, session.ErrNoAccount) {
		return err
	}
	o := session.FindOptions{Address: address}
	if !a.flags.json {
		o.Watch = a.printProbe
	}
	found, err := s.FindSettings(ctx, a.span.Child("find"), o)
	if err != nil {
		return err
	}
	if a.flags.json {
		err = a.printJSON("settings", found)
	} else {
		a.printFound(found)
	}
	if err == nil && !found.Complete() {
		err = &exitStatus{ExitNotFound}
	}
	return err
}

func (a *app) printProbe(p session.Probe) {
	answer := text.Clean(p.Answer)
	if p.Finding != nil {
		answer = text.Clean(explain.Finding(*p.Finding, a.lang()).Title)
	}
	levels := text.New(text.Lang(a.lang())).Levels
	fmt.Fprintf(a.env.Stdout, "# %s  %s  %s\n", text.Fit(levels[string(p.State)], 7), text.Clean(p.What), answer)
}

func (a *app) printFound(f session.Found) {
	w := a.env.Stdout
	if p := f.Provider; p != nil {
		for _, n := range p.Notes {
			said := n.En
			if a.lang() == explain.Japanese {
				said = n.Ja
			}
			fmt.Fprintf(w, "# %s (%s)\n", text.Clean(said), text.Clean(n.Dated))
		}
		if p.Login != nil && p.Login.Where != "" {
			fmt.Fprintf(w, "# %s\n", text.Clean(p.Login.Where))
		}
	}
	if f.IMAP.Host+f.POP3.Host+f.SMTP.Host == "" {
		return
	}
	fmt.Fprintf(w, "\n[[account]]\naddress = %q\n", f.Address)
	for _, server := range []struct {
		name string
		session.FoundServer
	}{{"imap", f.IMAP}, {"pop3", f.POP3}, {"smtp", f.SMTP}} {
		if server.Host != "" {
			fmt.Fprintf(w, "\n[account.%s]\nhost = %q\nport = %d\ntls = %q\n", server.name, server.Host, server.Port, server.TLS)
		}
	}
	if p := f.Provider; p != nil && p.Login != nil && slices.Equal(p.Login.Kinds, []string{provider.AuthOAuth}) {
		fmt.Fprint(w, "\n[account.oauth]\ntoken_command = []\n")
	}
}
