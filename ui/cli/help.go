package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoku/ui/text"
)

// Widths of the help, in cells.
const (
	helpCells    = 80
	helpNameMost = 26 // a longer name has its words on the next line
)

// speak puts the words of this run's language on a command and on all below it. The commands are built without any.
func (a *app) speak(c *cobra.Command) {
	h := a.words().Help
	words := h.Command[commandName(c)]
	c.Short, c.Long, c.Example = string(words.Short), string(words.Long), string(words.Example)
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	tell := func(f *pflag.Flag) {
		said, own := words.Flag[f.Name]
		if !own {
			said = h.Shared[f.Name]
		}
		f.Usage = string(said)
	}
	c.LocalNonPersistentFlags().VisitAll(tell)
	c.PersistentFlags().VisitAll(tell)
	for _, below := range c.Commands() {
		a.speak(below)
	}
}

// commandName is a command's path without the program: the key of its words.
func commandName(c *cobra.Command) string {
	_, name, _ := strings.Cut(c.CommandPath(), " ")
	return name
}

// help tells how a command is used: what --help and `todoku help` print.
func (a *app) help(c *cobra.Command, _ []string) {
	a.readLang()
	a.speak(c.Root())
	p := helpPrinter{w: a.env.Stdout, words: a.words().Help}
	p.paragraphs(text.CleanText(firstOf(c.Long, c.Short)))
	p.head(p.words.Usage)
	if !c.HasParent() || !c.HasSubCommands() {
		p.line(p.usage(c))
	}
	if c.HasAvailableSubCommands() {
		p.line(text.Clean(c.CommandPath() + " COMMAND"))
	}
	if c.Example != "" {
		p.head(p.words.Examples)
		fmt.Fprintln(p.w, c.Example)
	}
	if c.HasAvailableSubCommands() {
		p.commands(c)
	}
	p.flags(p.words.Flags, c.LocalFlags())
	p.flags(p.words.FlagsOfAll, c.InheritedFlags())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(p.w, "\n%s\n", text.F(p.words.More, c.CommandPath()))
	}
}

// usage is the one line of how a command is written.
func (p helpPrinter) usage(c *cobra.Command) text.Safe {
	return text.Clean(strings.TrimSuffix(c.UseLine(), "[flags]")) + p.words.FlagsHere
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// helpPrinter prints help in lines of 80 cells.
type helpPrinter struct {
	w     io.Writer
	words text.HelpWords
}

func (p helpPrinter) head(s text.Safe) { fmt.Fprintf(p.w, "\n%s\n", s) }

func (p helpPrinter) line(s text.Safe) { fmt.Fprintf(p.w, "  %s\n", s) }

func (p helpPrinter) paragraphs(s text.Safe) {
	for _, paragraph := range text.Lines(s) {
		for _, line := range text.Wrap(paragraph, helpCells) {
			fmt.Fprintln(p.w, line)
		}
	}
}

func (p helpPrinter) commands(c *cobra.Command) {
	p.head(p.words.Commands)
	rows := [][2]text.Safe{}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() {
			rows = append(rows, [2]text.Safe{text.Clean(below.Name()), text.Clean(below.Short)})
		}
	}
	p.table(rows)
}

func (p helpPrinter) flags(head text.Safe, set *pflag.FlagSet) {
	rows := [][2]text.Safe{}
	set.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			rows = append(rows, p.flag(f))
		}
	})
	if len(rows) > 0 {
		p.head(head)
		p.table(rows)
	}
}

// flag is how a flag is written, and what it does.
func (p helpPrinter) flag(f *pflag.Flag) [2]text.Safe {
	name := "    --" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", --" + f.Name
	}
	_, said := pflag.UnquoteUsage(f)
	return [2]text.Safe{text.Clean(name + valueOf(f)), text.Clean(said) + p.byDefault(f)}
}

// valueOf is how the value of a flag is written behind it.
func valueOf(f *pflag.Flag) string {
	value, _ := pflag.UnquoteUsage(f)
	switch {
	case value == "":
		return ""
	case f.NoOptDefVal != "":
		return "[=" + value + "]"
	}
	return " " + value
}

// byDefault tells the value that a flag has where it is not given, if that says anything.
func (p helpPrinter) byDefault(f *pflag.Flag) text.Safe {
	switch f.DefValue {
	case "", "0", "0s", "false", "[]":
		return ""
	}
	return " " + text.F(p.words.Default, f.DefValue)
}

// table prints names with their words beside them, or below a name that is long.
func (p helpPrinter) table(rows [][2]text.Safe) {
	wide := 0
	for _, r := range rows {
		if n := text.Width(r[0]); n <= helpNameMost {
			wide = max(wide, n)
		}
	}
	for _, r := range rows {
		name := r[0]
		if text.Width(name) > wide {
			p.line(name)
			name = ""
		}
		for _, said := range text.Wrap(r[1], helpCells-wide-4) {
			fmt.Fprintf(p.w, "  %s  %s\n", text.Fit(name, wide), said)
			name = ""
		}
	}
}

// helpCommand is `todoku help COMMAND`, which refuses what is no command.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return a.noSuchCommand(c.Root(), args)
			}
			about.HelpFunc()(about, nil)
			return nil
		},
	}
}
