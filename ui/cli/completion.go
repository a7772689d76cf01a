package cli

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/session"
	"todoku/ui/text"
)

// shells are those that a script can be printed for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// completionCommand prints the script that makes a shell ask todoku for what may come next.
func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "completion SHELL", Args: a.args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			root, w := c.Root(), a.env.Stdout
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(w, true)
			case "zsh":
				return root.GenZshCompletion(w)
			case "fish":
				return root.GenFishCompletion(w, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(w)
			}
			return &usageError{c, text.F(a.words().CLI.NoShell, args[0])}
		},
	}
}

// complete says what may follow every flag and stand for every argument. Where nothing is said, nothing is offered:
// a shell would offer files.
func (a *app) complete(root *cobra.Command) error {
	args := map[string]cobra.CompletionFunc{
		"explain": files, "replay": upTo(1, files), "diff": upTo(2, files), "config check": upTo(1, files), "man": upTo(1, folders),
		"completion": upTo(1, words(shells...)), "help": commands, "doctor": upTo(1, a.accounts), "compare": upTo(1, a.accounts),
		"move": upTo(1, a.mailFolders), "faults": upTo(1, a.faultIDs),
	}
	flags := map[string]cobra.CompletionFunc{
		"config": files, "sandbox": files, "record": files, "html": files, "bundle": files, "attach": files, "body-file": files,
		"output": files, "root-hints": files, "trust-anchor": files, "data": folders,
		"account": a.accounts, "via": a.accounts, "folder": a.mailFolders, "fault": a.faultsAndFiles, "script": a.scripts,
		"lang": words(langs...), "speed": words(speeds...), "stop-after": words(stops()...),
		"set": words(namesOfFlags()...), "clear": words(namesOfFlags()...),
	}
	asked := len(a.env.Args) > 0 && strings.HasPrefix(a.env.Args[0], cobra.ShellCompRequestCmd)
	if asked {
		a.readLang()
		a.speak(root)
	}
	var errs []error
	for _, c := range tree(root) {
		c.ValidArgsFunction = orNothing(args[commandName(c)])
		offer := func(f *pflag.Flag) {
			if asked { // the shell shows the words as they are
				f.Usage = strings.ReplaceAll(f.Usage, "`", "")
			}
			if f.Value.Type() != "bool" {
				errs = append(errs, c.RegisterFlagCompletionFunc(f.Name, orNothing(flags[f.Name])))
			}
		}
		c.LocalNonPersistentFlags().VisitAll(offer)
		c.PersistentFlags().VisitAll(offer)
	}
	return errors.Join(errs...)
}

// tree is a command and all below it.
func tree(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, below := range c.Commands() {
		all = append(all, tree(below)...)
	}
	return all
}

func orNothing(f cobra.CompletionFunc) cobra.CompletionFunc {
	if f == nil {
		return cobra.NoFileCompletions
	}
	return f
}

// upTo completes the first n arguments.
func upTo(n int, f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(c, args, begun)
	}
}

func words(all ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp)
}

func files(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

func folders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// commands are those below the command that is written so far.
func commands(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	if about, rest, err := c.Root().Find(args); err == nil && len(rest) == 0 {
		for _, below := range about.Commands() {
			if below.IsAvailableCommand() {
				all = append(all, cobra.CompletionWithDesc(below.Name(), below.Short))
			}
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) faultIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, f := range session.FaultCases() {
		all = append(all, cobra.CompletionWithDesc(f.ID, string(text.FaultTitle(text.Lang(a.lang()), f.ID, f.Title))))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// faultsAndFiles are for --fault, which takes either.
func (a *app) faultsAndFiles(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	all, _ := a.faultIDs(c, args, begun)
	return all, cobra.ShellCompDirectiveDefault
}

func (a *app) scripts(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	all, err := compare.Scripts()
	for _, s := range all {
		names = append(names, cobra.CompletionWithDesc(s.Name, explain.Finding(s.Title(), a.lang()).Means))
	}
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) accounts(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	if s := a.begun(c); s != nil {
		for _, account := range s.Accounts() {
			all = append(all, cobra.CompletionWithDesc(account.Name, account.Address))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// mailFolders are the folders of the account that the line names, as the local copy has them.
func (a *app) mailFolders(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	s := a.begun(c)
	if s == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	account, err := a.account(s)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, err := s.Folders(c.Context(), a.span, session.FoldersOptions{Account: account.Name})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// begun is the session that the line would have, nil where there is none yet: a key press starts no small Internet, and
// makes no store for somebody who has no settings.
func (a *app) begun(c *cobra.Command) *session.Session {
	o := a.startOptions()
	if o.Sandbox != nil {
		return nil
	}
	if path, err := a.configPath(); o.World == "" && (err != nil || !exists(path)) {
		return nil
	}
	s, err := a.open(c.Context())
	if err != nil {
		return nil
	}
	return s
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
