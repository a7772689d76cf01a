package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"todoku/session"
	"todoku/ui/text"
)

func (a *app) forgetCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "forget ADDRESS",
		Args: a.args(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return a.forget(c.Context(), args[0]) },
	}
}

// forget takes the address out of the address books of all accounts, unless one is named.
func (a *app) forget(ctx context.Context, address string) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	done, err := s.Forget(ctx, a.span, session.ForgetOptions{Account: a.flags.account, Address: address})
	if err != nil {
		return err
	}
	w := a.words().Bounce
	said := text.F(w.Forgot, done.Address)
	if done.Count == 0 {
		said, err = text.F(w.Unknown, done.Address), &exitStatus{ExitNotFound}
	}
	if a.flags.json {
		return first(a.printJSON("forgotten", done), err)
	}
	fmt.Fprintln(a.env.Stdout, said)
	return err
}
