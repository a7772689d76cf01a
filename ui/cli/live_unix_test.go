//go:build unix

package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"todoku/diag/delivery"
	"todoku/embedded-server"
	"todoku/session"
)

// stage is a terminal with the program before it, whose interface is played by a function.
type stage struct {
	t     *testing.T
	world string
	term  string
	play  func(ctx context.Context, o InterfaceOptions) error
}

func newStage(t *testing.T) *stage {
	t.Helper()
	box, err := sandbox.Start(t.Context(), nil, sandbox.Options{Dir: t.TempDir(), SeedMessages: -1, Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return &stage{t: t, world: box.WorldFile(), term: "xterm-256color"}
}

// run gives the exit code and what was written to the terminal.
func (s *stage) run(args ...string) (code int, printed string) {
	s.t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		s.t.Skip(err)
	}
	defer screen.Close()
	all := make(chan string)
	go func() {
		b, _ := io.ReadAll(screen) // ends when the other end is closed
		all <- string(b)
	}()
	var said bytes.Buffer
	env := map[string]string{"TERM": s.term, "HOME": s.t.TempDir(), "LANG": "en_GB.UTF-8"}
	code = Main(s.t.Context(), Env{Args: append([]string{"--sandbox=" + s.world}, args...), Stdin: tty, Stdout: tty, Stderr: &said,
		Getenv: func(name string) string { return env[name] }, Interface: func(ctx context.Context, _ *session.Session, o InterfaceOptions) error { return s.play(ctx, o) }})
	tty.Close()
	return code, strings.ReplaceAll(<-all, "\r\n", "\n") + said.String()
}

// traceAll traces as the screen does.
func traceAll(ctx context.Context, o InterfaceOptions) {
	for _, target := range o.Trace.Targets {
		one := o.Trace.Options
		one.Target = target
		_, _ = o.Trace.Trace(ctx, o.Span.Child("trace "+target), one) // how it ended is in the exit code
	}
}

// Every option of the line is in force where the trace is drawn, and the screen is there before any session.
func TestTheDrawnTraceIsTheOneThatWasAskedFor(t *testing.T) {
	s := newStage(t)
	var got *LiveTrace
	s.play = func(_ context.Context, o InterfaceOptions) error {
		got = o.Trace
		if got.Session() != nil {
			t.Error("the screen waited for a session")
		}
		return nil
	}
	code, printed := s.run("-a", "alice", "trace", "--from", "yuki@sakura.test", "--catch-all", "--send", "--seed", "7", "--within", "9s", "--all-servers",
		"--root-hints", "named.root", "--trust-anchor", "root.key", "bob@fuji.test", "taro@fuji.test")
	if code != ExitTemporary || printed != "" {
		t.Errorf("left before anything was traced: exit %d, %q", code, printed)
	}
	want := session.TraceOptions{Account: "alice", From: "yuki@sakura.test", CatchAll: true, Send: true, Seed: 7, Time: 9 * time.Second, All: true,
		Root: session.RootFiles{Hints: "named.root", Anchor: "root.key"}}
	if d := cmp.Diff(want, got.Options); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"bob@fuji.test", "taro@fuji.test"}, got.Targets); d != "" {
		t.Error(d)
	}
	s.run("trace", "--via", "bob", "--stop-after", "banner", "fuji.test")
	if d := cmp.Diff(session.TraceOptions{Account: "bob", Via: true, Stop: delivery.AfterBanner, Time: delivery.RunTime}, got.Options); d != "" {
		t.Error(d)
	}
}

// At a terminal a trace of nobody is asked for in a form, and what was traced from there is printed; elsewhere it is a mistake.
func TestATraceOfNobodyIsAskedFor(t *testing.T) {
	s := newStage(t)
	s.play = func(_ context.Context, o InterfaceOptions) error {
		if o.Trace == nil || len(o.Trace.Targets) > 0 {
			t.Errorf("drawn: %+v", o.Trace)
		}
		return nil
	}
	if code, printed := s.run("trace"); code != ExitOK || printed != "" {
		t.Errorf("exit %d, %q", code, printed)
	}
	s.play = nil
	if code, printed := s.run("trace", "--print"); code != ExitUsage || !strings.Contains(printed, "an argument is missing") {
		t.Errorf("printed: exit %d, %q", code, printed)
	}
}

// What a drawn trace came to stays at the terminal, its exit code is the verdict's, and the run and its page are files.
func TestADrawnTraceLeavesItsVerdict(t *testing.T) {
	s := newStage(t)
	s.play = func(ctx context.Context, o InterfaceOptions) error { traceAll(ctx, o); return nil }
	dir := t.TempDir()
	run, page := filepath.Join(dir, "run.jsonl"), filepath.Join(dir, "page.html")
	code, printed := s.run("--record", run, "trace", "--html", page, "nobody@fuji.test", "bob@fuji.test")
	if code != ExitRefused {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{" 3  transfer", "\n refused  There is no nobody@fuji.test. You must act", "\n delivered  mx1.fuji.test takes mail for bob@fuji.test.", " Limit 60 s.\n", page} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q lacks %q", printed, want)
		}
	}
	if strings.Contains(printed, "RCPT  ") {
		t.Errorf("the hops are printed: %q", printed)
	}
	file, err := session.ReadRun(t.Context(), run)
	traces, terr := file.Traces(t.Context())
	if err != nil || terr != nil || len(traces) != 2 || traces[1].Report.Verdict.Word != delivery.Delivered {
		t.Errorf("%v, %v, %d traces", err, terr, len(traces))
	}
	if b, err := os.ReadFile(page); err != nil || !bytes.Contains(b, []byte("mx1.fuji.test")) {
		t.Errorf("the page: %d octets, %v", len(b), err)
	}
}

// A trace that cannot begin is told as any failure is, and one that was left in the middle is unknown.
func TestADrawnTraceThatDoesNotEnd(t *testing.T) {
	s := newStage(t)
	s.play = func(ctx context.Context, o InterfaceOptions) error { traceAll(ctx, o); return nil }
	if code, printed := s.run("trace", "--via", "nobody", "fuji.test"); code != ExitNotFound || !strings.HasPrefix(printed, "todoku: No account is called nobody.") {
		t.Errorf("exit %d, %q", code, printed)
	}
	s.play = func(ctx context.Context, o InterfaceOptions) error {
		left, leave := context.WithCancel(ctx)
		o.Trace.Options.Watch = func(delivery.Hop) { leave() }
		traceAll(left, o)
		return nil
	}
	if code, printed := s.run("trace", "bob@fuji.test"); code != ExitTemporary || !strings.Contains(printed, "\n unknown  ") {
		t.Errorf("exit %d, %q", code, printed)
	}
	var left *LiveTrace
	s.play = func(_ context.Context, o InterfaceOptions) error { left = o.Trace; return nil }
	s.run("trace", "bob@fuji.test")
	if _, err := left.Trace(t.Context(), nil, session.TraceOptions{Target: "fuji.test"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a trace begins after the screen was left: %v", err)
	}
}

// Where a person does not look at a screen that can be drawn on, or asks for lines, lines are printed.
func TestATraceIsPrintedOnRequest(t *testing.T) {
	s := newStage(t)
	s.play = func(context.Context, InterfaceOptions) error { t.Error("it is drawn"); return nil }
	for _, flag := range []string{"--print", "--json", "--wire"} {
		if code, printed := s.run("trace", "bob@fuji.test", flag); code != ExitOK || !strings.Contains(printed, "RCPT") {
			t.Errorf("%s: exit %d, %q", flag, code, printed)
		}
	}
	s.term = "dumb"
	if code, printed := s.run("trace", "bob@fuji.test"); code != ExitOK || !strings.Contains(printed, "RCPT  ") {
		t.Errorf("on a dumb terminal: exit %d, %q", code, printed)
	}
}
