package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"todoku/ui/text"
)

// usageError is a command line that cannot be understood.
type usageError struct {
	command *cobra.Command
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }

// anyNumber is the most arguments of a command that takes as many as there are.
const anyNumber = -1

// args holds a command to a number of arguments. cobra's own complaints are in English only.
func (a *app) args(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		w := a.words().CLI
		switch {
		case len(args) < least:
			return &usageError{c, errors.New(string(w.TooFew))}
		case most != anyNumber && len(args) > most:
			return &usageError{c, errors.New(string(text.F(w.TooMany, args[most])))}
		}
		return nil
	}
}

// noSuchCommand is for what the bare program is given beside flags: a command with a typing mistake.
func (a *app) noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	w := a.words().CLI
	said := text.F(w.NoCommand, args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		said += text.F(w.NearCommand, strings.Join(near, ", "))
	} else {
		said += w.ListsCommands
	}
	return &usageError{c, errors.New(string(said))}
}

// knownLang refuses a --lang that todoku does not speak, before anything is said in another.
func (a *app) knownLang(c *cobra.Command) error {
	switch text.Lang(a.flags.lang) {
	case "", text.EN, text.JA:
		return nil
	}
	asked := a.flags.lang
	a.flags.lang = ""
	return &usageError{c, errors.New(string(text.F(a.words().CLI.NoLang, asked)))}
}

// reportUsage says what of the command line was not understood, and how it is written.
func (a *app) reportUsage(err error) {
	fmt.Fprintf(a.env.Stderr, "todoku: %s\n", text.Clean(err.Error()))
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(a.env.Stderr, "%s\n", text.F(a.words().CLI.Usage, usage.command.UseLine()))
	}
}

// isCobraUsage recognises cobra's own complaints, which have no type.
func isCobraUsage(err error) bool {
	for _, start := range []string{"unknown command", "accepts ", "requires at least", "unknown flag", "unknown shorthand"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}
