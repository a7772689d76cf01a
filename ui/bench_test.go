package ui

import (
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// bench drives the interface without a terminal: keys in, frames out, with a clock that stands still.
type bench struct {
	t      testing.TB
	app    *App
	timers []*timer
	copied string
	quit   bool
	now    time.Time
	held   bool // a job waits at a gate of the fake: do not wait for it
}

type timer struct {
	d       time.Duration
	f       func()
	stopped bool
}

func newBench(t testing.TB, width, height int, o Options) *bench {
	b := &bench{t: t, now: fixedNow()}
	if f, ok := o.Session.(*fake); ok {
		b.held = f.gate != nil || f.listGate != nil
	}
	b.held = b.held || o.Comparison != nil && o.Comparison.StepByStep()
	o.Now = func() time.Time { return b.now }
	o.Timer = func(d time.Duration, f func()) func() {
		tm := &timer{d: d, f: f}
		b.timers = append(b.timers, tm)
		return func() { tm.stopped = true }
	}
	b.app = New(o)
	b.send(tea.WindowSizeMsg{Width: width, Height: height})
	b.run(b.app.Init())
	if f, ok := o.Session.(*fake); ok && b.held {
		<-f.entered
		b.untilOneWaits()
	}
	b.settle()
	b.elapse(200 * time.Millisecond)
	t.Cleanup(b.app.env.Jobs.Close)
	return b
}

func (b *bench) send(msg tea.Msg) {
	_, cmd := b.app.Update(msg)
	b.run(cmd)
}

func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range m {
			b.run(c)
		}
	case tea.QuitMsg:
		b.quit = true
	default:
		if v := reflect.ValueOf(m); v.Kind() == reflect.String {
			b.copied = v.String()
			return
		}
		b.send(m)
	}
}

// settle lets every job end and takes what it brought, until nothing more comes.
func (b *bench) settle() {
	if b.held {
		b.untilOneWaits()
		return
	}
	for range 100 {
		b.app.env.Jobs.Settle()
		batch := b.app.env.Jobs.Take()
		if len(batch) == 0 {
			return
		}
		b.send(batch)
	}
	b.t.Fatal("the jobs never end")
}

// untilOneWaits takes what comes until only the job at the gate is running.
func (b *bench) untilOneWaits() {
	for {
		running := b.app.env.Jobs.Running()
		if batch := b.app.env.Jobs.Take(); len(batch) > 0 {
			b.send(batch)
			continue
		}
		if running <= 1 {
			return
		}
		<-b.app.env.Jobs.Posted()
	}
}

// elapse fires the timers that are due within d.
func (b *bench) elapse(d time.Duration) {
	b.now = b.now.Add(d)
	due := b.timers
	b.timers = nil
	for _, tm := range due {
		switch {
		case tm.stopped:
		case tm.d <= d:
			tm.f()
		default:
			b.timers = append(b.timers, tm)
		}
	}
	b.settle()
}

// press types keys by their names; a name of several runes that is no key's is typed as text.
func (b *bench) press(names ...string) {
	for _, n := range names {
		b.send(keyPress(n))
		b.settle()
	}
}

func keyPress(name string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp,
		"down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
		"home": tea.KeyHome, "end": tea.KeyEnd, "f1": tea.KeyF1, "backspace": tea.KeyBackspace}
	if c, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func (b *bench) typed(s string) {
	for _, r := range s {
		b.press(string(r))
	}
}

// rows gives the frame without its colours.
func (b *bench) rows() []string { return strings.Split(ansi.Strip(b.app.View().Content), "\n") }

func (b *bench) frame() string { return strings.Join(b.rows(), "\n") + "\n" }

// notice is the last row but one.
func (b *bench) notice() string {
	rows := b.rows()
	return strings.TrimSpace(rows[len(rows)-2])
}

func (b *bench) mustHave(parts ...string) {
	b.t.Helper()
	f := b.frame()
	for _, p := range parts {
		if !strings.Contains(f, p) {
			b.t.Errorf("the frame lacks %q:\n%s", p, f)
		}
	}
}

// exact checks that the frame fills the terminal to the cell.
func (b *bench) exact() {
	b.t.Helper()
	rows := b.rows()
	if len(rows) != b.app.height {
		b.t.Errorf("%d rows, want %d", len(rows), b.app.height)
	}
	for i, r := range rows {
		if w := ansi.StringWidth(r); w != b.app.width {
			b.t.Errorf("row %d is %d cells, want %d: %q", i, w, b.app.width, r)
		}
	}
}
