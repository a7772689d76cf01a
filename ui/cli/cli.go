// Package cli prints what package ui draws: the same verbs of the same session, for scripts and for tests.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// Env is the world of one run: what main gives and tests replace.
type Env struct {
	Args    []string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Getenv  func(string) string
	Version string
	Example []byte // config.example.toml
	// Interface draws the session until the person quits.
	Interface func(ctx context.Context, s *session.Session, o InterfaceOptions) error
}

// InterfaceOptions is what the command line decides about the interface.
type InterfaceOptions struct {
	Lang       text.Lang
	Theme      string        // of the settings; "none" with NO_COLOR
	Account    string        // to open first; "" is the first one
	Editor     string        // of the settings, else $VISUAL, else $EDITOR
	Events     *trace.Fanout // what is happening now, for the wire pane
	Span       *trace.Span   // all work is below it
	ConfigPath string
	Replay     *session.Replay           // to draw instead of a mailbox: the session has only its settings
	Comparison *session.ComparisonReplay // the same
	Trace      *LiveTrace                // the same
	// Sandbox starts a session in a small Internet of its own, when a first-time user asks for it.
	Sandbox func(ctx context.Context) (*session.Session, error)
	// WriteExample writes the commented settings where they belong and gives the path; an existing file is an error.
	WriteExample func(ctx context.Context) (string, error)
}

// Exit codes. They are part of the interface for scripts; README.md lists them.
const (
	ExitOK        = 0
	ExitFault     = 1  // a fault of todoku or of this machine (disk, store)
	ExitUsage     = 2  // the command line is wrong
	ExitPartial   = 3  // some recipients were refused, the others accepted
	ExitRefused   = 4  // the server refused for good: login, every recipient, a command
	ExitTemporary = 5  // could not tell or not now: no answer, 4xx; trying again may help
	ExitNotFound  = 6  // no such message, folder or account; nothing explains what was asked
	ExitChanged   = 7  // diff: the two runs differ in meaning
	ExitConfig    = 78 // the configuration has a mistake (EX_CONFIG of sysexits)
)

// Main runs the command line and gives its exit code.
func Main(ctx context.Context, env Env) int {
	a := &app{env: env, fan: &trace.Fanout{}}
	root := a.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := a.complete(root)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if cerr := a.close(); err == nil {
		err = cerr
	}
	if err == nil {
		return ExitOK
	}
	var status *exitStatus
	if errors.As(err, &status) {
		return status.code
	}
	return a.report(err)
}

// app is one run of the command line.
type app struct {
	env     Env
	fan     *trace.Fanout
	flags   globalFlags
	sink    trace.Sink // of all events
	span    *trace.Span
	session *session.Session
	closers []func() error

	settingsLang string // the language of the settings, where no session has read them
}

type globalFlags struct {
	config  string
	sandbox string
	lang    string
	account string
	json    bool
	wire    bool
	record  string
}

// exitStatus ends the program with a code and no further words.
type exitStatus struct{ code int }

func (e *exitStatus) Error() string { return "" }

// freshSandbox is the value of a bare --sandbox.
const freshSandbox = "new"

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "todoku",
		Version:           a.env.Version,
		Args:              a.noSuchCommand,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.observe,
		RunE:              a.runInterface,

		SuggestionsMinimumDistance: 2,
	}
	f := root.PersistentFlags()
	f.StringVar(&a.flags.config, "config", "", "")
	f.StringVar(&a.flags.sandbox, "sandbox", "", "")
	f.Lookup("sandbox").NoOptDefVal = freshSandbox
	f.StringVar(&a.flags.lang, "lang", "", "")
	f.StringVarP(&a.flags.account, "account", "a", "", "")
	f.BoolVar(&a.flags.json, "json", false, "")
	f.BoolVar(&a.flags.wire, "wire", false, "")
	f.StringVar(&a.flags.record, "record", "", "")
	root.SetFlagErrorFunc(a.badFlag)
	root.SetHelpFunc(a.help)
	root.SetHelpCommand(a.helpCommand())
	root.SetVersionTemplate("todoku {{.Version}}\n")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(a.listCommand(), a.readCommand(), a.sendCommand(), a.syncCommand(), a.outboxCommand(), a.traceCommand(),
		a.replayCommand(), a.diffCommand(), a.doctorCommand(), a.compareCommand(), a.explainCommand(),
		a.flagCommand(), a.moveCommand(), a.deleteCommand(), a.forgetCommand(),
		a.serveCommand(), a.sandboxCommand(), a.faultsCommand(), a.configCommand(), a.completionCommand(), a.manCommand())
	root.InitDefaultHelpCmd()
	a.speak(root)
	return root
}

// observe opens the span that all verbs of this run report to.
func (a *app) observe(c *cobra.Command, _ []string) error {
	if err := a.knownLang(c); err != nil {
		return err
	}
	a.readLang()
	sinks := []trace.Sink{a.fan}
	if a.flags.record != "" {
		f, err := os.OpenFile(a.flags.record, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		run, err := trace.NewWriter(f, a.runHeader(c))
		if err != nil {
			return errors.Join(err, f.Close())
		}
		sinks = append(sinks, run)
		a.closers = append(a.closers, func() error { return errors.Join(run.Close(), f.Close()) })
	}
	if a.flags.wire {
		a.closers = append(a.closers, transcript(a.env.Stderr, a.fan, a.words()))
	}
	a.sink = trace.Tee(sinks...)
	a.span = trace.New(a.sink, nil)
	return nil
}

// runHeader says what a run file of this command is. Arguments stay out: they may hold what is private.
func (a *app) runHeader(c *cobra.Command) trace.Header {
	return trace.Header{Version: a.env.Version, Command: c.CommandPath(), Started: time.Now()}
}

// close ends what the run started, last first.
func (a *app) close() error {
	var errs []error
	if a.session != nil {
		errs = append(errs, a.session.Close())
	}
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	return errors.Join(errs...)
}

// open starts the session once.
func (a *app) open(ctx context.Context) (*session.Session, error) {
	if a.session != nil {
		return a.session, nil
	}
	s, err := session.Start(ctx, a.span, a.startOptions())
	a.use(s)
	return s, err
}

func (a *app) startOptions() session.StartOptions {
	o := session.StartOptions{ConfigFile: a.flags.config, World: a.flags.sandbox}
	if o.World == "" {
		o.World = a.env.Getenv("TODOKU_SANDBOX")
	}
	if o.World == freshSandbox {
		o.World, o.Sandbox = "", &session.SandboxOptions{}
	}
	return o
}

// account gives the account that the flags name, the first without a flag.
func (a *app) account(s *session.Session) (session.Account, error) {
	if a.flags.account == "" {
		if all := s.Accounts(); len(all) > 0 {
			return all[0], nil
		}
		return session.Account{}, session.ErrNoAccount
	}
	account, ok := s.Account(a.flags.account)
	if !ok {
		return account, session.NoSuchAccount(a.flags.account)
	}
	return account, nil
}
