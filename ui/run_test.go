package ui

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// terminal is a terminal that the real program draws on: it answers what the program asks, counts what it writes,
// and tells when the screen shows something.
type terminal struct {
	mu     sync.Mutex
	emu    *vt.Emulator
	raw    bytes.Buffer
	writes chan struct{}
	in     *io.PipeWriter
	ended  chan error
	cancel context.CancelFunc
}

// start runs the program on a terminal of its own.
func start(t testing.TB, width, height int, o Options) *terminal {
	r, w := io.Pipe()
	term := &terminal{emu: vt.NewEmulator(width, height), writes: make(chan struct{}, 1), in: w, ended: make(chan error, 1)}
	o.Input, o.Output, o.Width, o.Height = r, term, width, height
	o.Environ = []string{"TERM=xterm-256color", "COLORTERM=truecolor"}
	if o.Now == nil {
		o.Now = fixedNow
	}
	ctx, cancel := context.WithCancel(context.Background())
	term.cancel = cancel
	go io.Copy(io.Discard, term.emu) // its answers to queries
	go func() { term.ended <- Run(ctx, o) }()
	t.Cleanup(func() {
		cancel()
		w.Close()
	})
	return term
}

func (term *terminal) Write(p []byte) (int, error) {
	term.mu.Lock()
	term.raw.Write(p)
	term.emu.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))) // as a terminal line that is not raw (ONLCR) does
	term.mu.Unlock()
	select {
	case term.writes <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (term *terminal) screen() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.emu.String()
}

func (term *terminal) written() int {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.raw.Len()
}

// until waits for the screen to show something.
func (term *terminal) until(t testing.TB, what string, shows func(string) bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for !shows(term.screen()) {
		select {
		case <-term.writes:
		case <-limit:
			t.Fatalf("%s never came:\n%s", what, term.screen())
		}
	}
}

func (term *terminal) untilText(t testing.TB, s string) {
	t.Helper()
	term.until(t, s, func(screen string) bool { return strings.Contains(screen, s) })
}

// quiet waits until nothing was written for d.
func (term *terminal) quiet(d time.Duration) {
	for {
		select {
		case <-term.writes:
		case <-time.After(d):
			return
		}
	}
}

func (term *terminal) keys(s string) { io.WriteString(term.in, s) }

// TestTheRealProgram reads, opens and quits on an emulated terminal: what stands on it is what the model drew.
func TestTheRealProgram(t *testing.T) {
	term := start(t, 120, 40, Options{Session: newFake(), Lang: text.EN})
	term.untilText(t, "お世話になっております")
	term.keys("jj")
	term.until(t, "the third message", func(s string) bool {
		return strings.Contains(s, "> N+ 経理部") && strings.Contains(s, "お世話になっております")
	})
	term.quiet(200 * time.Millisecond)
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("j", "j")
	b.elapse(time.Second)
	got, want := rowsOf(term.screen()), b.rows()
	for i := range want {
		if i < len(got) && strings.TrimRight(got[i], " ") != strings.TrimRight(want[i], " ") {
			t.Errorf("row %d\n got %q\nwant %q", i, got[i], want[i])
		}
	}
	term.keys("q")
	if err := <-term.ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(term.raw.String(), ansi.ResetModeAltScreenSaveCursor) {
		t.Error("the terminal is left in the alternate screen")
	}
}

func rowsOf(s string) []string { return strings.Split(strings.ReplaceAll(s, "\r", ""), "\n") }

// TestIdleWritesNothing lets the program rest: not one octet may come, not from the sandbox either, which is looked at
// four times a second.
func TestIdleWritesNothing(t *testing.T) {
	f := newFake()
	f.box = smallBox()
	term := start(t, 120, 40, Options{Session: f, Now: time.Now})
	term.untilText(t, "お世話になっております")
	for _, keys := range []string{"", "S"} {
		term.keys(keys)
		term.quiet(500 * time.Millisecond)
		before := term.written()
		term.quiet(1500 * time.Millisecond)
		if n := term.written() - before; n != 0 {
			t.Errorf("%d octets were written while nothing happened after %q", n, keys)
		}
	}
	term.untilText(t, "smtp.greylist")
}

// broken is a session with a fault of our own in it.
type broken struct{ *fake }

func (broken) Rows(context.Context, *trace.Span, session.RowsOptions) ([]session.Row, error) {
	panic("a fault in a job")
}

// TestAPanicRestoresTheTerminal lets a job panic: the program ends, says what happened, and leaves the screen.
func TestAPanicRestoresTheTerminal(t *testing.T) {
	f := manyRows(5000)
	term := start(t, 80, 24, Options{Session: broken{f}})
	term.untilText(t, "件名 5000")
	term.keys("G")
	err := <-term.ended
	if err == nil || !strings.Contains(err.Error(), "a fault in a job") || !strings.Contains(err.Error(), "fault of its own") {
		t.Errorf("the error is %v", err)
	}
	raw := term.raw.String()
	for _, end := range []string{ansi.ResetModeAltScreenSaveCursor, ansi.ResetModeBracketedPaste, ansi.ResetModeMouseExtSgr} {
		if !strings.Contains(raw, end) {
			t.Errorf("the terminal does not get %q", end)
		}
	}
}

// TestNoColour draws without any colour when the terminal or the person wants none.
func TestNoColour(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake(), Theme: "none"})
	for _, seq := range ours.FindAllString(b.app.View().Content, -1) {
		for _, p := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(seq, "\x1b["), "m"), ";") {
			if !slices.Contains([]string{"", "1", "4", "7"}, p) {
				t.Fatalf("%q has a colour", seq)
			}
		}
	}
}

// bytesPerKey is what a cursor movement may write over 120x40 of Japanese rows; the renderer writes rows with wide
// characters anew whenever anything changes, about 2,500 octets at the time of writing with one pane.
const bytesPerKey = 24_000

func TestBytesPerKey(t *testing.T) {
	term := start(t, 120, 40, Options{Session: manyRows(100_000)})
	term.untilText(t, "件名 100000")
	term.quiet(300 * time.Millisecond)
	before := term.written()
	const n = 20
	for range n {
		term.keys("j")
		term.quiet(20 * time.Millisecond)
	}
	term.quiet(200 * time.Millisecond)
	got := (term.written() - before) / n
	t.Logf("%d octets a key", got)
	if got > bytesPerKey {
		t.Errorf("%d octets a key, want at most %d", got, bytesPerKey)
	}
}

// BenchmarkView draws a frame of 100,000 Japanese rows.
func BenchmarkView(b *testing.B) {
	bench := newBench(b, 120, 40, Options{Session: manyRows(100_000)})
	b.ReportAllocs()
	for b.Loop() {
		bench.app.View()
	}
}

// BenchmarkKey moves the cursor and draws, over 100,000 Japanese rows.
func BenchmarkKey(b *testing.B) {
	bench := newBench(b, 120, 40, Options{Session: manyRows(100_000)})
	down, up := keyPress("j"), keyPress("k")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := down
		if i/40%2 == 1 {
			key = up
		}
		bench.app.Update(key)
		bench.app.View()
		bench.timers = bench.timers[:0]
	}
}

// BenchmarkReload puts a list of 100,000 keys in the place of another.
func BenchmarkReload(b *testing.B) {
	bench := newBench(b, 120, 40, Options{Session: manyRows(100_000)})
	bench.press("pgdown", "pgdown")
	for b.Loop() {
		bench.press("ctrl+r")
	}
}
