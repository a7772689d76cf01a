package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/text"
)

// flagNames are the words of the command line for flags.
var flagNames = []struct {
	name string
	flag mail.Flags
}{
	{"seen", mail.Seen}, {"flagged", mail.Flagged}, {"answered", mail.Answered}, {"junk", mail.Junk},
}

func (a *app) flagCommand() *cobra.Command {
	var on, off []string
	c := &cobra.Command{
		Use:  "flag KEY ...",
		Args: a.args(1, anyNumber),
		RunE: func(c *cobra.Command, args []string) error {
			keys, err := a.keys(c, args)
			if err != nil {
				return err
			}
			set, err1 := a.flagsOf(c, "set", on)
			clear, err2 := a.flagsOf(c, "clear", off)
			if err := first(err1, err2); err != nil {
				return err
			}
			if set|clear == 0 {
				return &usageError{c, a.usageWords().CLI.WhichFlag}
			}
			return a.change(c.Context(), keys, func(ctx context.Context, s *session.Session) (session.Change, error) {
				change, err := s.Flag(ctx, a.span, session.FlagOptions{Keys: keys, Flags: set, On: true})
				if err == nil && clear != 0 {
					change, err = s.Flag(ctx, a.span, session.FlagOptions{Keys: keys, Flags: clear})
				}
				return change, err
			})
		},
	}
	c.Flags().StringSliceVar(&on, "set", nil, "")
	c.Flags().StringSliceVar(&off, "clear", nil, "")
	return c
}

// flagsOf are the flags that a flag of the command line names.
func (a *app) flagsOf(c *cobra.Command, on string, names []string) (mail.Flags, error) {
	var all mail.Flags
	for _, name := range names {
		if err := a.oneOf(c, on, name, namesOfFlags()); err != nil {
			return 0, err
		}
		for _, f := range flagNames {
			if f.name == name {
				all |= f.flag
			}
		}
	}
	return all, nil
}

func namesOfFlags() []string {
	var all []string
	for _, f := range flagNames {
		all = append(all, f.name)
	}
	return all
}

func (a *app) moveCommand() *cobra.Command {
	o := session.MoveOptions{}
	c := &cobra.Command{
		Use:  "move FOLDER KEY ...",
		Args: a.args(2, anyNumber),
		RunE: func(c *cobra.Command, args []string) error {
			keys, err := a.keys(c, args[1:])
			if err != nil {
				return err
			}
			o.Keys, o.Folder = keys, args[0]
			return a.change(c.Context(), keys, func(ctx context.Context, s *session.Session) (session.Change, error) {
				return s.Move(ctx, a.span, o)
			})
		},
	}
	c.Flags().BoolVar(&o.Copy, "copy", false, "")
	return c
}

func (a *app) deleteCommand() *cobra.Command {
	o := session.DeleteOptions{}
	c := &cobra.Command{
		Use:  "delete KEY ...",
		Args: a.args(1, anyNumber),
		RunE: func(c *cobra.Command, args []string) error {
			keys, err := a.keys(c, args)
			if err != nil {
				return err
			}
			o.Keys = keys
			return a.change(c.Context(), keys, func(ctx context.Context, s *session.Session) (session.Change, error) {
				return s.Delete(ctx, a.span, o)
			})
		},
	}
	c.Flags().BoolVar(&o.Forever, "forever", false, "")
	return c
}

// change makes a change here, then tells the server. Without the server it waits as pending; that is no loss, but
// the exit code says so.
func (a *app) change(ctx context.Context, keys []int64, verb func(context.Context, *session.Session) (session.Change, error)) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	rows, err := s.Rows(ctx, a.span, session.RowsOptions{Keys: keys})
	if err != nil {
		return err
	}
	if len(rows) != len(keys) {
		return session.NoSuchMessage(missing(keys, rows))
	}
	made, err := verb(ctx, s)
	if err != nil {
		return err
	}
	result, err := s.Sync(ctx, a.span.Child("push"), session.SyncOptions{Account: rows[0].Account, PendingOnly: true})
	if a.flags.json {
		return first(a.printJSON("change", struct {
			session.Change
			Refused any `json:"refused,omitempty"`
		}{made, result.Refused}), err)
	}
	words := a.words().Printed
	said := text.F(words.Changed, words.Verbs[made.Verb], made.Count)
	if made.Folder != "" {
		said = text.F(words.ChangedTo, words.Verbs[made.Verb], made.Count, made.Folder)
	}
	fmt.Fprintln(a.env.Stdout, said)
	for _, f := range result.Refused {
		fmt.Fprintln(a.env.Stdout, a.sentence(f))
	}
	return err
}

// missing gives the first key without a row.
func missing(keys []int64, rows []session.Row) int64 {
	have := make(map[int64]bool, len(rows))
	for _, r := range rows {
		have[r.Key] = true
	}
	for _, k := range keys {
		if !have[k] {
			return k
		}
	}
	return 0
}
