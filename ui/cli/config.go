package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"todoku/internal/config"
	"todoku/ui/text"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Show and check the configuration", Args: a.noSuchCommand, SuggestionsMinimumDistance: 2,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(
		a.findCommand(),
		&cobra.Command{
			Use: "path", Short: "Print where the configuration is read from", Args: a.args(0, 0),
			RunE: func(*cobra.Command, []string) error {
				path, err := a.configPath()
				if err == nil {
					fmt.Fprintln(a.env.Stdout, path)
				}
				return err
			},
		},
		&cobra.Command{
			Use: "example", Short: "Print a commented configuration with every key and its default", Args: a.args(0, 0),
			RunE: func(*cobra.Command, []string) error {
				_, err := a.env.Stdout.Write(a.env.Example)
				return err
			},
		},
		&cobra.Command{
			Use: "check [FILE]", Short: "Say what is wrong in the configuration, with line and column", Args: a.args(0, 1),
			RunE: func(_ *cobra.Command, args []string) error { return a.checkConfig(args) },
		},
	)
	return c
}

func (a *app) configPath() (string, error) {
	if a.flags.config != "" {
		return a.flags.config, nil
	}
	return config.DefaultPath()
}

func (a *app) checkConfig(args []string) error {
	path, err := a.configPath()
	if len(args) == 1 {
		path, err = args[0], nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	c, problems := config.Load(path)
	if a.flags.json {
		err := a.printJSON("config", struct {
			Path     string           `json:"path"`
			Accounts int              `json:"accounts"`
			Problems []config.Problem `json:"problems"`
		}{path, len(c.Accounts), problems})
		if err == nil && len(problems) > 0 {
			err = &exitStatus{ExitConfig}
		}
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(a.env.Stdout, text.Clean(p.String()))
	}
	if len(problems) > 0 {
		return &exitStatus{ExitConfig}
	}
	w := text.New(text.Lang(a.lang())).App
	accounts := text.F(w.CheckedMany, len(c.Accounts))
	if len(c.Accounts) == 1 {
		accounts = w.CheckedOne
	}
	fmt.Fprintf(a.env.Stdout, "%s: %s\n", text.Clean(path), accounts)
	return nil
}

// manCommand writes the man pages; packagers use it.
func (a *app) manCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write the man pages into a folder", Args: a.args(1, 1), Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Title: "TODOKU", Section: "1", Source: "todoku"}, filepath.Clean(args[0]))
		},
	}
}
