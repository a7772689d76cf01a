package setup

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// patience is how long a job waits for its end where nobody stops it.
const patience = 20 * time.Second

// office plays the session. What is held tells that it began, and waits until it is stopped.
type office struct {
	held    bool
	entered chan string
	left    bool // a held job was not stopped
	probe   string
	addErr  error
	added   int
}

func (o *office) wait(ctx context.Context, what string) {
	if !o.held {
		return
	}
	o.held = false
	o.entered <- what
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		o.left = true
	}
}

func (o *office) FindSettings(ctx context.Context, _ *trace.Span, f session.FindOptions) (session.Found, error) {
	f.Watch(session.Probe{What: o.probe, State: trace.Pass, Answer: "mail.sakura.test:993"})
	o.wait(ctx, "find")
	f.Watch(session.Probe{What: o.probe + " again", State: trace.Pass})
	return session.Found{Address: f.Address, IMAP: session.FoundServer{Host: "mail.sakura.test", Port: 993, TLS: "implicit"},
		SMTP: session.FoundServer{Host: "mail.sakura.test", Port: 587, TLS: "starttls"}}, ctx.Err()
}

func (o *office) TryAccount(ctx context.Context, _ *trace.Span, _ session.TryOptions) (ladder.Checkup, error) {
	o.wait(ctx, "try")
	return ladder.Checkup{}, nil
}

func (o *office) AddAccount(context.Context, *trace.Span, session.AddOptions) error {
	o.added++
	return o.addErr
}

// desk is the screen with its jobs.
type desk struct {
	*Screen
	o    *office
	said []screen.Say
	back bool
}

func newDesk(t *testing.T, lang text.Lang) *desk {
	runner := jobs.New(nil, nil)
	t.Cleanup(runner.Close)
	env := &screen.Env{Words: text.New(lang), Theme: theme.New(theme.Options{}), Jobs: runner, Now: time.Now}
	o := &office{entered: make(chan string, 1), probe: "_imaps._tcp.sakura.test SRV"}
	d := &desk{Screen: New(env, o, "config.toml", &Typed{}), o: o}
	d.address.Insert("mika@sakura.test")
	return d
}

func (d *desk) press(v keys.Verb, n int) tea.Cmd {
	a, cmd := d.Update(screen.Press{Verb: v, N: n})
	d.take(a)
	return cmd
}

func (d *desk) take(a screen.Action) {
	switch a := a.(type) {
	case screen.Say:
		d.said = append(d.said, a)
	case screen.Back:
		d.back = true
	}
}

// run lets a job begin, if there is one, and all that began end.
func (d *desk) run(cmd tea.Cmd) {
	if cmd != nil {
		cmd()
	}
	d.env.Jobs.Settle()
	for _, m := range d.env.Jobs.Take() {
		a, _ := d.Update(m)
		d.take(a)
	}
}

// toCheck goes up to the check, which is over.
func (d *desk) toCheck() {
	d.run(d.press(keys.Open, 0))
	d.form.at = secret
	d.form.input(secret).Insert("geheim")
	d.run(d.press(keys.Open, 0))
}

func TestASecondCheckStopsTheFirst(t *testing.T) {
	d := newDesk(t, text.EN)
	d.toCheck()
	d.o.held = true
	d.press(keys.Again, 0)()
	<-d.o.entered
	d.run(d.press(keys.Again, 0))
	if d.o.left || d.job != 0 || d.step != atCheck {
		t.Errorf("left running: %v, job %d, step %d", d.o.left, d.job, d.step)
	}
}

func TestASecondSearchStopsTheFirstAndItsAnswersAreDropped(t *testing.T) {
	d := newDesk(t, text.EN)
	d.o.held = true
	d.press(keys.Open, 0)()
	<-d.o.entered
	d.run(d.press(keys.Open, 0))
	if d.o.left || len(d.probes) != 2 {
		t.Errorf("left running: %v, rows %+v", d.o.left, d.probes)
	}
}

// Nothing stops the writing or begins beside it, and its end is told.
func TestWhileTheSettingsAreWritten(t *testing.T) {
	d := newDesk(t, text.EN)
	d.toCheck()
	save := d.press(keys.Number, 1)
	for _, v := range []keys.Verb{keys.Again, keys.Open, keys.Back, keys.Number} {
		if cmd := d.press(v, 1); cmd != nil {
			t.Errorf("%v began something", v)
		}
	}
	if d.step != atCheck || d.back {
		t.Fatalf("step %d, back %v", d.step, d.back)
	}
	d.run(save)
	if d.o.added != 1 || !d.back {
		t.Errorf("added %d times, back %v", d.o.added, d.back)
	}
}

// What was written and only not read again is not said to be unwritten.
func TestHowWritingFailed(t *testing.T) {
	for _, v := range []struct {
		err  error
		want string
	}{
		{errors.New("the disk is full"), "The settings were not written: the disk is full."},
		{&session.UnreadError{Path: "config.toml", Err: errors.New("a key is unknown")}, "The account is in config.toml, which could not be read again: a key is unknown."},
	} {
		d := newDesk(t, text.EN)
		d.toCheck()
		d.o.addErr = v.err
		d.run(d.press(keys.Number, 1))
		if n := len(d.said); n == 0 || string(d.said[n-1].Text) != v.want {
			t.Errorf("%+v", d.said)
		}
		if d.back || d.saves {
			t.Errorf("%v: back %v, saves %v", v.err, d.back, d.saves)
		}
	}
}

// A question is cut only where its answer needs the cells: a Japanese answer has fewer of them than octets.
func TestAProbeTakesTheCellsThatItsAnswerLeaves(t *testing.T) {
	d := newDesk(t, text.JA)
	what := "_submissions._tcp." + strings.Repeat("a", 30) + ".test SRV"
	d.probes = []session.Probe{{What: what, State: trace.Pass, Answer: "答えです"}}
	if row := ansi.Strip(d.probeRows()[0]); !strings.Contains(row, what) || !strings.Contains(row, "答えです") {
		t.Errorf("%q", row)
	}
}

// Both languages say that a command is wanted, never the token itself, and the label fits its column.
func TestTheTokensLabelAsksForACommand(t *testing.T) {
	for lang, command := range map[text.Lang]string{text.EN: "command", text.JA: "コマンド"} {
		label := text.New(lang).Setup.Secrets[session.SecretToken]
		if !strings.Contains(string(label), command) || text.Width(label) >= labelCells {
			t.Errorf("%q", label)
		}
	}
}
