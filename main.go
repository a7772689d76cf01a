// Todoku (届く, "it arrives") is a terminal mail client that shows its work.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"todoku/session"
	"todoku/ui"
	"todoku/ui/cli"
)

//go:embed config.example.toml
var example []byte

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // no more memory over 100,000 messages than at 150, and a fifth less time to fetch them than at 100
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once, whatever it waits for
	code := cli.Main(ctx, cli.Env{
		Args:      os.Args[1:],
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Getenv:    os.Getenv,
		Version:   version(),
		Example:   example,
		Interface: draw,
	})
	stop()
	os.Exit(code)
}

// endings are the signals that ask the program to end, so that terminal, servers and temporary files are put away
// first. A closed terminal sends SIGHUP; under nohup it is ignored, and stays so.
func endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// draw runs the interface with what the command line and the settings say.
func draw(ctx context.Context, s *session.Session, o cli.InterfaceOptions) error {
	look := s.Config.UI
	return ui.Run(ctx, ui.Options{
		Trace:      traced(o.Trace),
		Session:    s,
		Account:    o.Account,
		Replay:     o.Replay,
		Comparison: o.Comparison,
		Span:       o.Span,
		Fanout:     o.Events,
		Lang:       o.Lang,
		Theme:      o.Theme,
		ASCII:      look.Borders == "ascii",
		NoMouse:    !look.Mouse,
		Ambiguous:  look.Ambiguous,
		Keys:       s.Config.Keys,
		KeySet:     look.KeySet,
		Editor:     o.Editor,
		Welcome: ui.WelcomeOptions{
			ConfigPath: o.ConfigPath,
			Sandbox:    func(ctx context.Context) (ui.Session, error) { return o.Sandbox(ctx) },
			Write:      o.WriteExample,
		},
	})
}

// traced is what the command line has traced.
func traced(l *cli.LiveTrace) *ui.Trace {
	if l == nil {
		return nil
	}
	return &ui.Trace{Targets: l.Targets, Options: l.Options, Mail: l, Session: func() ui.Session {
		if s := l.Session(); s != nil {
			return s
		}
		return nil
	}}
}

// version is what the build knows of itself.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
