package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoku/ui/text"
)

// usageError is a command line that cannot be understood.
type usageError struct {
	command *cobra.Command
	said    text.Safe
}

func (e *usageError) Error() string { return string(e.said) }

// usageWords are the words for what is wrong with a command line, before any session could tell the language.
func (a *app) usageWords() *text.Catalogue {
	a.readLang()
	return a.words()
}

// anyNumber is the most arguments of a command that takes as many as there are.
const anyNumber = -1

// args holds a command to a number of arguments. cobra's own complaints are in English only.
func (a *app) args(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		w := a.usageWords().CLI
		switch {
		case len(args) < least:
			return &usageError{c, w.TooFew}
		case most > max(least, 1) && len(args) > most:
			return &usageError{c, text.F(w.AtMost, most, args[most])}
		case most != anyNumber && len(args) > most:
			return &usageError{c, text.F(w.TooMany, args[most])}
		}
		return nil
	}
}

// noSuchCommand is for what a command that only has others below it is given: a command with a typing mistake.
func (a *app) noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	w := a.usageWords().CLI
	said := text.F(w.NoCommand, args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		said += text.F(w.NearCommand, strings.Join(near, ", "))
	} else {
		said += w.ListsCommands
	}
	return &usageError{c, said}
}

// badFlag says in the person's language what pflag says of a flag.
func (a *app) badFlag(c *cobra.Command, err error) error {
	w := a.usageWords().CLI
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return &usageError{c, text.F(w.NoFlag, dashed(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames()))}
	case errors.As(err, &empty):
		return &usageError{c, text.F(w.NoValue, dashed(empty.GetSpecifiedName(), empty.GetSpecifiedShortnames()))}
	case errors.As(err, &wrong):
		f := wrong.GetFlag()
		return &usageError{c, text.F(w.BadValue, f.Name, w.Takes[f.Value.Type()], wrong.GetValue())}
	}
	return &usageError{c, text.F(w.BadFlag, strings.TrimPrefix(err.Error(), "bad flag syntax: "))}
}

// dashed is a flag as it was typed.
func dashed(name, shorthands string) string {
	if shorthands != "" {
		return "-" + name
	}
	return "--" + name
}

// apart refuses two flags that make no sense together.
func (a *app) apart(c *cobra.Command, one, other string) error {
	if !c.Flags().Changed(one) || !c.Flags().Changed(other) {
		return nil
	}
	return &usageError{c, text.F(a.usageWords().CLI.Apart, one, other)}
}

// oneOf refuses a flag's value that is none of those that it takes.
func (a *app) oneOf(c *cobra.Command, flag, value string, all []string) error {
	if value == "" || slices.Contains(all, value) {
		return nil
	}
	return &usageError{c, text.F(a.usageWords().CLI.OneOf, flag, strings.Join(all, ", "), value)}
}

// langs are the languages that todoku speaks.
var langs = []string{string(text.EN), string(text.JA)}

// knownLang refuses a --lang that todoku does not speak, before anything is said in another.
func (a *app) knownLang(c *cobra.Command) error {
	asked := a.flags.lang
	if asked == "" || slices.Contains(langs, asked) {
		return nil
	}
	a.flags.lang = ""
	return &usageError{c, text.F(a.usageWords().CLI.NoLang, asked)}
}

// reportUsage says what of the command line was not understood, and how it is written.
func (a *app) reportUsage(e *usageError) {
	words := a.words()
	fmt.Fprintf(a.env.Stderr, "todoku: %s\n", e.said)
	fmt.Fprintf(a.env.Stderr, "%s %s\n", words.Help.Usage, helpPrinter{words: words.Help}.usage(e.command))
}
