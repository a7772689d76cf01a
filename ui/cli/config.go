package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"todoku/diag/explain"
	"todoku/internal/config"
	"todoku/internal/trace"
	"todoku/ui/text"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Args: a.noSuchCommand, SuggestionsMinimumDistance: 2,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(
		a.findCommand(),
		&cobra.Command{
			Use: "path", Args: a.args(0, 0),
			RunE: func(*cobra.Command, []string) error {
				path, err := a.configPath()
				if err == nil {
					fmt.Fprintln(a.env.Stdout, path)
				}
				return err
			},
		},
		&cobra.Command{
			Use: "example", Args: a.args(0, 0),
			RunE: func(*cobra.Command, []string) error {
				_, err := a.env.Stdout.Write(a.env.Example)
				return err
			},
		},
		&cobra.Command{
			Use: "check [FILE]", Args: a.args(0, 1),
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
		code, facts := p.Explain()
		d := explain.Finding(trace.Finding{Code: code, Args: facts}, a.lang())
		fmt.Fprintln(a.env.Stdout, text.Clean(d.Title+" "+d.Means))
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
