package cli

import (
	"bufio"
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"todoku/diag/compare"
	"todoku/diag/delivery"
	"todoku/session"
	"todoku/ui/text"
)

// replayOptions are the flags of replay.
type replayOptions struct {
	speed  string
	print  bool
	bundle string
	page   pageOptions
	line   lineFlags
}

func (a *app) replayCommand() *cobra.Command {
	o := replayOptions{}
	c := &cobra.Command{
		Use:  "replay FILE",
		Args: a.args(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return a.replay(c, args[0], o) },
	}
	c.Flags().StringVar(&o.speed, "speed", "", "")
	c.Flags().BoolVar(&o.print, "print", false, "")
	c.Flags().StringVar(&o.bundle, "bundle", "", "")
	o.page.flags(c)
	o.line.flags(c, 0, "")
	return c
}

func (a *app) replay(c *cobra.Command, path string, o replayOptions) error {
	draw := a.drawn(o.print)
	speed, ok := speedOf(o.speed, draw)
	if !ok {
		return a.oneOf(c, "speed", o.speed, speeds)
	}
	line, wrong := o.line.line(c, a.usageWords().CLI)
	if wrong != "" {
		return &usageError{c, wrong}
	}
	run, err := a.readRun(c.Context(), path)
	if err != nil {
		return err
	}
	if line != (compare.Line{}) {
		run = run.OnLine(line)
	}
	if o.bundle != "" {
		return a.saveBundle(c.Context(), run, o.bundle)
	}
	if o.page.path != "" {
		return a.savePage(c.Context(), run, o.page)
	}
	play := session.ReplayOptions{Speed: speed, Sink: a.sink}
	all, err := run.Comparisons(c.Context())
	if err != nil {
		return err
	}
	if len(all) > 0 {
		if draw && len(all) == 1 {
			return a.drawAlone(c.Context(), InterfaceOptions{Comparison: session.NewComparisonReplay(all[0], play)})
		}
		return a.printComparisons(c.Context(), all, play)
	}
	traces, err := run.Traces(c.Context())
	if err != nil && a.flags.wire && len(run.Events) > 0 { // of another verb: its dialogues are all that it has
		for _, e := range run.Events {
			a.sink.Emit(e)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if draw && len(traces) == 1 {
		return a.drawAlone(c.Context(), InterfaceOptions{Replay: session.NewReplay(traces[0], play)})
	}
	return a.printReplays(c.Context(), traces, play)
}

// printReplays prints traces one after another.
func (a *app) printReplays(ctx context.Context, traces []delivery.Recorded, play session.ReplayOptions) error {
	next := func(*session.Replay) {}
	if play.Speed == session.StepByStep {
		enter := a.stepper(ctx)
		next = func(r *session.Replay) { enter(); r.Step() }
	}
	var worst error
	for i, recorded := range traces {
		if i > 0 && !a.flags.json {
			fmt.Fprintln(a.env.Stdout)
		}
		replay := session.NewReplay(recorded, play)
		next(replay)
		worst = first(worst, a.follow(func(watch func(delivery.Hop)) (delivery.Report, error) {
			return replay.Run(ctx, func(h delivery.Hop) {
				if watch(h); h.State != delivery.Live {
					next(replay)
				}
			})
		}))
	}
	return worst
}

// speeds are the values of --speed.
var speeds = []string{"0", "1", "10", "step"}

// speedOf reads --speed.
func speedOf(flag string, drawn bool) (session.Speed, bool) {
	switch {
	case flag == "step":
		return session.StepByStep, true
	case flag == "" && drawn:
		return 1, true
	case flag == "":
		return session.AtOnce, true
	}
	n, err := strconv.Atoi(flag)
	return session.Speed(n), err == nil && (n == 0 || n == 1 || n == 10)
}

// stepper gives what waits for a line of standard input, or for its end.
func (a *app) stepper(ctx context.Context) func() {
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
	return func() {
		select {
		case <-enters:
		case <-ctx.Done():
		}
	}
}

// readRun reads a run file and says what of it cannot be read.
func (a *app) readRun(ctx context.Context, path string) (session.RunFile, error) {
	run, err := session.ReadRun(ctx, path)
	for _, f := range run.Damages {
		fmt.Fprintf(a.env.Stderr, "todoku: %s\n", a.sentence(f))
	}
	return run, err
}

func (a *app) saveBundle(ctx context.Context, run session.RunFile, path string) error {
	masked := run.Masked(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
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
	fmt.Fprintln(a.env.Stdout, text.F(a.words().CLI.Saved, path, events))
	return nil
}

// savedFile is a file that was written.
type savedFile struct {
	Path   string `json:"path"`
	Events int    `json:"events"`
}
