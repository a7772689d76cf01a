package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"todoku/internal/config"
	"todoku/session"
	"todoku/ui/text"
)

// runInterface opens the mailbox; without any account the first-run screen.
func (a *app) runInterface(c *cobra.Command, _ []string) error {
	s, err := a.open(c.Context())
	if err != nil && !errors.Is(err, session.ErrNoAccount) {
		return err
	}
	return a.draw(c.Context(), s, InterfaceOptions{})
}

// draw runs the interface on a session, or on what o plays, which needs no more of one than its settings.
func (a *app) draw(ctx context.Context, s *session.Session, o InterfaceOptions) error {
	o.Lang, o.Theme, o.Account, o.Editor = text.Lang(a.lang()), s.Config.UI.Theme, a.flags.account, a.editor(s)
	o.Events, o.Span, o.Sandbox, o.WriteExample = a.fan, a.span, a.startSandbox, a.writeExample
	if a.env.Getenv("NO_COLOR") != "" {
		o.Theme = "none"
	}
	if path, err := a.configPath(); err == nil {
		o.ConfigPath = path
	}
	return a.env.Interface(ctx, s, o)
}

// drawAlone draws what o has in the interface, with the settings: its session is no concern of the first screen.
func (a *app) drawAlone(ctx context.Context, o InterfaceOptions) error {
	settings := config.Default()
	if path, err := a.configPath(); err == nil {
		if c, problems := config.Load(path); len(problems) == 0 {
			settings = c
		}
	}
	return a.draw(ctx, &session.Session{Config: &settings}, o)
}

// drawn reports whether a verb that can be drawn and printed is drawn: a person reads at a terminal that can show it,
// and asked for nothing that is printed.
func (a *app) drawn(printed bool) bool {
	return !printed && !a.flags.json && !a.flags.wire && a.env.Interface != nil && a.atTerminal() && a.env.Getenv("TERM") != "dumb"
}

// atTerminal reports whether a person reads what is drawn and presses the keys.
func (a *app) atTerminal() bool {
	in, ok := a.env.Stdin.(*os.File)
	return ok && isTerminal(in) && isTerminal(a.env.Stdout)
}

func (a *app) editor(s *session.Session) string {
	for _, command := range []string{s.Config.Editor, a.env.Getenv("VISUAL"), a.env.Getenv("EDITOR")} {
		if command != "" {
			return command
		}
	}
	return ""
}

// startSandbox is for the first run; the session ends with the program.
func (a *app) startSandbox(ctx context.Context) (*session.Session, error) {
	s, err := session.Start(ctx, a.span, session.StartOptions{Sandbox: &session.SandboxOptions{}, Lang: string(a.lang())})
	if err == nil {
		a.closers = append(a.closers, s.Close)
	}
	return s, err
}

// writeExample writes the commented settings, readable by their owner only: a password may come to stand in them.
func (a *app) writeExample(context.Context) (string, error) {
	path, err := a.configPath()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(a.env.Example)
	return path, errors.Join(err, f.Close())
}

// use makes s the session of this run, and tells it the language for what it writes itself, such as the line above a
// quote.
func (a *app) use(s *session.Session) {
	a.session = s
	if s != nil && s.Config != nil {
		s.Config.Lang = string(a.lang())
	}
}
