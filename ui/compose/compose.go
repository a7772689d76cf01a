// Package compose is the screen where a message is written: header fields with completion, the text, and what is known
// to be wrong before it leaves.
package compose

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// Mail is what the screen asks of the session.
type Mail interface {
	Accounts() []session.Account
	Compose(context.Context, *trace.Span, session.ComposeOptions) (session.Draft, error)
	SaveDraft(context.Context, *trace.Span, session.Draft) (session.Draft, error)
	DropDraft(context.Context, *trace.Span, session.Draft) (session.Draft, error)
	Check(context.Context, *trace.Span, session.Draft) ([]session.Check, error)
	CheckAhead(context.Context, *trace.Span, session.Draft) ([]session.Check, error)
	Complete(context.Context, *trace.Span, session.CompleteOptions) ([]session.Contact, error)
	deed.AddressBook
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
	focus  field
	inputs [body]widget.Input
	text   widget.Editor
	files  int // counts the changes of the draft's files

	hits   []session.Contact
	hit    int
	checks []session.Check // of the draft alone
	ahead  []session.Check // of its recipients, told by the network
	asked  string          // the recipients that ahead is about, or will be
	saving saving

	openJob, checkJob, aheadJob, sendJob, hitJob, fileJob, lookJob jobs.ID

	held          bool // a check fails that sending may overrule: the next ctrl+x sends
	width, height int
}

// New makes the screen for a draft that is kept, or for one that is begun.
func New(env *screen.Env, m Mail, editor string, args screen.ComposeArgs) *Screen {
	return &Screen{env: env, mail: m, editor: editor, args: args, width: 80, height: 21}
}

// Init begins the draft.
func (s *Screen) Init() tea.Cmd {
	if s.args.Draft != nil {
		s.begin(*s.args.Draft)
		if s.draft.Key == 0 {
			s.changed() // it is nowhere but here
		}
		return s.check()
	}
	o := session.ComposeOptions{Account: s.args.Account.Name, Kind: s.args.Kind, Key: s.args.Key, Only: s.args.Only}
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
	if d.To != "" && d.Kind != session.DraftResend {
		s.focus = body
	}
	s.layout()
}

// Typing reports that keys type.
func (s *Screen) Typing() bool { return true }

// Update takes keys, answers, and what jobs bring.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Paste:
		return s.typed(func() screen.Action { return s.insert(m.Text) })
	case screen.Click:
		return s.click(m)
	case screen.Wheel:
		s.wheel(m.Rows)
	case screen.Prompted:
		return nil, s.prompted(m)
	case screen.Completing:
		return nil, s.lookUp(m)
	case screen.Chosen:
		return s.chosen(m)
	case settled:
		if m.screen == s && m.version == s.saving.version {
			return nil, tea.Batch(s.save(), s.check())
		}
	case edited:
		return s.edited(m)
	}
	return s.job(msg)
}

// job takes what jobs bring.
func (s *Screen) job(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case jobs.Done[session.Draft]:
		switch m.Job {
		case s.openJob:
			return s.opened(m)
		case s.saving.job:
			return s.saved(m)
		}
	case jobs.Done[looked]:
		return s.found(m)
	case jobs.Done[[]session.Contact]:
		s.suggested(m)
	case jobs.Done[session.DraftFile]:
		return s.attached(m)
	case jobs.Done[screen.Performed]: // what was known of a recipient may be forgotten
		s.asked = ""
		return nil, s.lookAhead()
	case jobs.Done[completed]:
		if m.Job == s.lookJob && m.Err == nil {
			return screen.Fill{To: askFile{}, Text: m.Value.path}, nil
		}
	}
	return nil, nil
}

// opened takes the draft that was begun.
func (s *Screen) opened(d jobs.Done[session.Draft]) (screen.Action, tea.Cmd) {
	if d.Err != nil {
		said := text.F(s.env.Words.Mailbox.ReadFail, d.Err)
		return screen.All{screen.Back{}, screen.Say{Kind: screen.Fault, Text: said, Err: d.Err}}, nil
	}
	answer := d.Value
	if answer.Text != "" && answer.Text[0] != '\n' && answer.Kind != session.DraftResend {
		answer.Text = "\n\n" + answer.Text // a place to write above what is quoted
	}
	s.begin(answer)
	return nil, s.check()
}

// current is the draft as it stands on the screen.
func (s *Screen) current() session.Draft {
	d := s.draft
	d.From, d.To, d.Cc, d.Bcc = s.inputs[from].Value(), s.inputs[to].Value(), s.inputs[cc].Value(), s.inputs[bcc].Value()
	d.Subject, d.Text = s.inputs[subject].Value(), s.text.Value()
	d.Files = append([]session.DraftFile(nil), d.Files...)
	return d
}

// state tells whether anything was typed since.
type state struct {
	inputs      [body]string
	text, files int
	account     string
}

func (s *Screen) state() state {
	now := state{text: s.text.Edits(), files: s.files, account: s.draft.Account}
	for f := range s.inputs {
		now.inputs[f] = s.inputs[f].Value()
	}
	return now
}

// empty reports a draft in which nothing was written.
func (s *Screen) empty() bool {
	if !s.saving.dirty && s.draft.Key == 0 {
		return true
	}
	d := s.current()
	return d.To+d.Cc+d.Bcc+d.Subject == "" && len(d.Files) == 0 && blank(d.Text)
}

func blank(t string) bool {
	for _, r := range t {
		if r != ' ' && r != '\n' && r != '　' {
			return false
		}
	}
	return true
}

const (
	saveAfter = 700 * time.Millisecond // how long the keys must rest before the draft is saved and checked
	saveMost  = 5 * time.Second        // how long what is typed without a rest may be unsaved
)
