// Package compose is the screen where a message is written: header fields with completion, the text, and what is known
// to be wrong before it leaves.
package compose

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// saveAfter is how long the keys must rest before the draft is saved and checked.
const saveAfter = 700 * time.Millisecond

// Mail is what the screen asks of the session.
type Mail interface {
	Accounts() []session.Account
	Compose(context.Context, *trace.Span, session.ComposeOptions) (session.Draft, error)
	SaveDraft(context.Context, *trace.Span, session.Draft) (session.Draft, error)
	DropDraft(context.Context, *trace.Span, session.Draft) (session.Draft, error)
	Check(context.Context, *trace.Span, session.Draft) ([]session.Check, error)
	Complete(context.Context, *trace.Span, session.CompleteOptions) ([]session.Contact, error)
}

// field is a place where something is typed or chosen.
type field int

const (
	from field = iota
	to
	cc
	bcc
	subject
	attach
	body
	fields
)

// Screen is one draft being written.
type Screen struct {
	env    *screen.Env
	mail   Mail
	editor string // the command of $EDITOR; empty if there is none
	args   screen.ComposeArgs

	draft  session.Draft
	ready  bool
	dirty  bool // changed since it was last saved
	focus  field
	inputs [body]widget.Input
	text   widget.Editor

	hits   []session.Contact
	hit    int
	checks []session.Check
	asked  bool // ctrl+x was pressed, and the check of the whole draft runs
	held   bool // a check fails; the next ctrl+x sends all the same

	version                            int // counts changes, so that a save that was overtaken is known
	openJob, saveJob, checkJob, hitJob jobs.ID
	leaving, sending                   bool // what to do when the save that runs has ended
	width, height                      int
}

// settled is sent when the keys have rested; it counts for one version only.
type settled struct {
	screen  *Screen
	version int
}

// New makes the screen for a draft that is kept, or for one that is begun.
func New(env *screen.Env, m Mail, editor string, args screen.ComposeArgs) *Screen {
	return &Screen{env: env, mail: m, editor: editor, args: args, width: 80, height: 21}
}

// Init begins the draft.
func (s *Screen) Init() tea.Cmd {
	if s.args.Draft != nil {
		s.begin(*s.args.Draft)
		return s.check()
	}
	o := session.ComposeOptions{Account: s.args.Account.Name, Kind: s.args.Kind, Key: s.args.Key}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Reading},
		func(ctx context.Context, c jobs.Control) (session.Draft, error) {
			return s.mail.Compose(ctx, c.Span, o)
		})
	s.openJob = id
	return cmd
}

// begin puts a draft on the screen, with the cursor where writing goes on.
func (s *Screen) begin(d session.Draft) {
	s.draft, s.ready = d, true
	for f, value := range map[field]string{from: d.From, to: d.To, cc: d.Cc, bcc: d.Bcc, subject: d.Subject} {
		s.inputs[f].Set(value)
	}
	s.text.Set(d.Text)
	s.focus = to
	if d.To != "" {
		s.focus = body
	}
	s.layout()
}

// Typing reports that keys type: everywhere but in the fields that are chosen.
func (s *Screen) Typing() bool { return true }

// Update takes keys, answers, and what jobs bring.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Paste:
		return s.typed(func() { s.insert(m.Text) })
	case screen.Click:
		return s.click(m), nil
	case screen.Wheel:
		s.text.Key(tea.Key{Code: map[bool]rune{true: tea.KeyDown, false: tea.KeyUp}[m.Rows > 0]})
	case screen.Prompted:
		return s.prompted(m)
	case screen.Chosen:
		return s.chosen(m)
	case settled:
		if m.screen == s && m.version == s.version {
			return nil, tea.Batch(s.save(), s.check())
		}
	case edited:
		return s.edited(m)
	case jobs.Done[session.Draft]:
		return s.draftDone(m)
	case jobs.Done[[]session.Check]:
		return s.checked(m), nil
	case jobs.Done[[]session.Contact]:
		if m.Job == s.hitJob && m.Err == nil {
			s.hits, s.hit = m.Value, 0
			s.layout()
		}
	}
	return nil, nil
}

// draftDone takes the end of opening or saving.
func (s *Screen) draftDone(d jobs.Done[session.Draft]) (screen.Action, tea.Cmd) {
	w := s.env.Words
	switch d.Job {
	case s.openJob:
		if d.Err != nil {
			return screen.All{screen.Back{}, screen.Say{Kind: screen.Fault, Text: text.F(w.Mailbox.ReadFail, d.Err), Err: d.Err}}, nil
		}
		s.begin(d.Value)
		return nil, s.check()
	case s.saveJob:
		s.saveJob = 0
		if d.Err != nil {
			s.leaving, s.sending, s.dirty = false, false, true
			return screen.Say{Kind: screen.Fault, Text: text.F(w.Compose.SaveFail, d.Err), Err: d.Err}, nil
		}
		s.keep(d.Value)
		if s.sending {
			return s.goOn(), nil
		}
		if s.leaving && s.dirty {
			return nil, s.save()
		}
		if s.leaving {
			return screen.All{screen.Back{With: s.draft.Key}, screen.Say{Kind: screen.Result, Text: w.Compose.Kept}}, nil
		}
	}
	return nil, nil
}

// keep takes over what saving gave: the key, the files' places in the store, the time. What was typed meanwhile stays.
func (s *Screen) keep(saved session.Draft) {
	s.draft.Key, s.draft.Saved = saved.Key, saved.Saved
	if len(saved.Files) == len(s.draft.Files) {
		s.draft.Files = saved.Files
	}
}

// current is the draft as it stands on the screen.
func (s *Screen) current() session.Draft {
	d := s.draft
	d.From, d.To, d.Cc, d.Bcc = s.inputs[from].Value(), s.inputs[to].Value(), s.inputs[cc].Value(), s.inputs[bcc].Value()
	d.Subject, d.Text = s.inputs[subject].Value(), s.text.Value()
	d.Files = append([]session.DraftFile(nil), d.Files...)
	return d
}

// empty reports a draft in which nothing was written.
func (s *Screen) empty() bool {
	d := s.current()
	return !s.dirty && d.Key == 0 || d.To+d.Cc+d.Bcc+d.Subject == "" && len(d.Files) == 0 && blank(d.Text)
}

func blank(t string) bool {
	for _, r := range t {
		if r != ' ' && r != '\n' {
			return false
		}
	}
	return true
}

// save stores the draft durably, one save at a time.
func (s *Screen) save() tea.Cmd {
	if !s.dirty || s.saveJob != 0 {
		return nil
	}
	s.dirty = false
	d := s.current()
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) (session.Draft, error) {
			return s.mail.SaveDraft(context.WithoutCancel(ctx), c.Span, d)
		})
	s.saveJob = id
	return cmd
}

// check looks at the draft without the address that is being typed just now: it is not wrong yet.
func (s *Screen) check() tea.Cmd {
	d := s.current()
	for f, value := range map[field]*string{to: &d.To, cc: &d.Cc, bcc: &d.Bcc} {
		if f == s.focus {
			if before, now := token(*value); !strings.Contains(now, "@") {
				*value = before
			}
		}
	}
	return s.checkWhole(d)
}

func (s *Screen) checkWhole(d session.Draft) tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) ([]session.Check, error) {
			return s.mail.Check(ctx, c.Span, d)
		})
	s.checkJob = id
	return cmd
}

// checked takes what a check found; when it was asked for by ctrl+x, the draft goes on its way or is held.
func (s *Screen) checked(d jobs.Done[[]session.Check]) screen.Action {
	if d.Job != s.checkJob || d.Err != nil {
		return nil
	}
	s.checks = d.Value
	if !s.asked {
		return nil
	}
	s.asked = false
	for _, c := range s.checks {
		if c.Level == trace.Fail {
			s.held = true
			return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Compose.Held, s.sentence(c))}
		}
	}
	return s.depart()
}

// changed notes that something was typed, and asks to be told when the keys have rested.
func (s *Screen) changed() tea.Cmd {
	s.version++
	s.dirty, s.held = true, false
	v := s.version
	return tea.Tick(saveAfter, func(time.Time) tea.Msg { return settled{s, v} })
}
