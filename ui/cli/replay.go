package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"todoku/diag/delivery"
	"todoku/internal/config"
	"todoku/session"
)

// replayOptions are the flags of replay.
type replayOptions struct {
	speed  string
	bundle string
	page   pageOptions
}

func (a *app) replayCommand() *cobra.Command {
	o := replayOptions{}
	c := &cobra.Command{
		Use:   "replay FILE",
		Short: "Draw a recorded trace again, without any network",
		Long: "replay prints the traces of a run file, which `todoku trace ADDRESS --record FILE` writes.\n" +
			"With --wire its dialogues are printed too. The exit code is that of the trace.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.replay(c, args[0], o) },
	}
	c.Flags().StringVar(&o.speed, "speed", "0", "play at this `SPEED`: 1 as it was, 10 ten times as fast, 0 at once, step: enter plays on to the next hop")
	c.Flags().StringVar(&o.bundle, "bundle", "", "write a copy to `FILE` that may be shown: local parts of addresses masked, no messages")
	o.page.flags(c)
	return c
}

func (a *app) replay(c *cobra.Command, path string, o replayOptions) error {
	speed, ok := speedOf(o.speed)
	if !ok {
		return &usageError{c, errors.New("--speed is 0, 1, 10 or step")}
	}
	a.readLang()
	run, err := a.readRun(path)
	if err != nil {
		return err
	}
	if o.bundle != "" {
		return a.saveBundle(run, o.bundle)
	}
	if o.page.path != "" {
		return a.savePage(run, o.page)
	}
	traces, err := run.Traces()
	if err != nil {
		return err
	}
	next := func(*session.Replay) {}
	if speed == session.StepByStep {
		next = a.stepper(c.Context())
	}
	var worst error
	for i, recorded := range traces {
		if i > 0 && !a.flags.json {
			fmt.Fprintln(a.env.Stdout)
		}
		replay := session.NewReplay(recorded, session.ReplayOptions{Speed: speed, Sink: a.sink})
		next(replay)
		worst = first(worst, a.follow(func(watch func(delivery.Hop)) (delivery.Report, error) {
			return replay.Run(c.Context(), func(h delivery.Hop) {
				if watch(h); h.State != delivery.Live {
					next(replay)
				}
			})
		}))
	}
	return worst
}

// speeds are what --speed takes.
func speedOf(flag string) (session.Speed, bool) {
	if flag == "step" {
		return session.StepByStep, true
	}
	n, err := strconv.Atoi(flag)
	return session.Speed(n), err == nil && (n == 0 || n == 1 || n == 10)
}

// stepper gives what waits for a line of standard input, or for its end, and then plays a replay on to its next hop.
func (a *app) stepper(ctx context.Context) func(*session.Replay) {
	enters := make(chan struct{})
	go func() {
		defer close(enters)
		for lines := bufio.NewScanner(a.env.Stdin); lines.Scan(); {
			select {
			case enters <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func(replay *session.Replay) {
		select {
		case <-enters:
		case <-ctx.Done():
		}
		replay.Step()
	}
}

// readRun reads a run file and says what of it cannot be read.
func (a *app) readRun(path string) (session.RunFile, error) {
	run, err := session.ReadRun(path)
	for _, f := range run.Damages {
		fmt.Fprintf(a.env.Stderr, "todoku: %s\n", a.sentence(f))
	}
	return run, err
}

func (a *app) saveBundle(run session.RunFile, path string) error {
	masked := run.Masked()
	if err := masked.Save(path); err != nil {
		return err
	}
	return a.saved(path, len(masked.Events))
}

// saved says what file was written.
func (a *app) saved(path string, events int) error {
	if a.flags.json {
		return a.printJSON("saved", savedFile{path, events})
	}
	fmt.Fprintf(a.env.Stdout, "%s: %d events\n", path, events)
	return nil
}

// savedFile is a file that was written.
type savedFile struct {
	Path   string `json:"path"`
	Events int    `json:"events"`
}

// readLang takes the language of the settings for a verb that needs nothing else of them.
func (a *app) readLang() {
	path, err := a.configPath()
	if err != nil || a.flags.lang != "" {
		return
	}
	if c, problems := config.Load(path); len(problems) == 0 {
		a.flags.lang = c.Lang
	}
}
