// Package reader is the screen of one message in full width: its header, its path, its text and its parts.
package reader

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// foldFrom is the length from which a quote begins folded.
const foldFrom = 4

// Mail is what the screen asks of the session.
type Mail interface {
	Folders(context.Context, *trace.Span, session.FoldersOptions) ([]mail.Folder, error)
	Rows(context.Context, *trace.Span, session.RowsOptions) ([]session.Row, error)
	Read(context.Context, *trace.Span, session.ReadOptions) (session.Reading, error)
	SaveFile(context.Context, *trace.Span, session.SaveFileOptions) (string, error)
	deed.Mail
}

// Screen is the reader.
type Screen struct {
	env   *screen.Env
	mail  Mail
	deeds *deed.Doer
	args  screen.ReaderArgs

	at      int
	row     session.Row
	known   bool // row is there
	reading session.Reading
	ready   bool
	failure error
	mode    session.HeaderMode
	charset string // what E chose; empty trusts the label
	folders []mail.Folder

	letter *widget.Letter
	body   []string // rows of text, set for the width
	things []widget.Thing
	top    int
	words  string
	hit    int // row of the last hit

	job, rowJob, foldersJob, saveJob, walkJob, bounceJob jobs.ID

	changed       bool
	blurred       bool
	width, height int
}

// New makes the screen for one message of a list.
func New(env *screen.Env, m Mail, args screen.ReaderArgs) *Screen {
	s := &Screen{env: env, mail: m, deeds: deed.New(env, m), args: args, at: args.At, width: 80, height: 21}
	if args.Row != nil {
		s.row, s.known = *args.Row, true
	}
	return s
}

// Init opens the message.
func (s *Screen) Init() tea.Cmd {
	id, folders := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) ([]mail.Folder, error) {
		return s.mail.Folders(ctx, c.Span, session.FoldersOptions{Account: s.args.Account.Name})
	})
	s.foldersJob = id
	return tea.Batch(folders, s.load())
}

func (s *Screen) key() int64 {
	if s.at < 0 || s.at >= len(s.args.Keys) {
		return 0
	}
	return s.args.Keys[s.at]
}

// load reads the message with the charset and header that are chosen; its row first, so that the header is there at once.
func (s *Screen) load() tea.Cmd {
	s.env.Jobs.Cancel(s.job)
	key := s.key()
	opts := session.ReadOptions{Key: key, Charset: s.charset, Header: s.mode}
	var row tea.Cmd
	if !s.known {
		s.rowJob, row = jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) ([]session.Row, error) {
			return s.mail.Rows(ctx, c.Span, session.RowsOptions{Keys: []int64{key}})
		})
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Reading},
		func(ctx context.Context, c jobs.Control) (session.Reading, error) {
			return s.mail.Read(ctx, c.Span, opts)
		})
	s.job = id
	return tea.Batch(row, cmd)
}

// Update takes keys, answers, and what jobs bring.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Answered, screen.Chosen, screen.Prompted:
		return s.answer(m)
	case screen.Wheel:
		s.scroll(m.Rows)
	case screen.Repaint:
		s.set()
	case jobs.Done[session.Reading]:
		return s.read(m)
	case jobs.Done[[]session.Row]:
		if m.Job == s.rowJob && len(m.Value) == 1 {
			s.row, s.known = m.Value[0], true
		}
	case jobs.Done[[]mail.Folder]:
		if m.Job == s.foldersJob {
			s.folders = m.Value
		}
	case jobs.Done[deed.Result]:
		return s.deedDone(m)
	case jobs.Done[string]:
		return s.saved(m), nil
	case jobs.Done[walked]:
		return s.walkDone(m)
	case jobs.Done[deed.Came]:
		return s.bounceRead(m), nil
	case screen.Returned: // an answer may have been sent, which marks the message here
		s.changed = true
	}
	return nil, nil
}

func (s *Screen) read(d jobs.Done[session.Reading]) (screen.Action, tea.Cmd) {
	if d.Job != s.job {
		return nil, nil
	}
	s.job = 0
	w := s.env.Words
	if errors.Is(d.Err, context.Canceled) {
		return nil, nil
	}
	if d.Err != nil {
		s.failure = d.Err
		return screen.Say{Kind: screen.Fault, Text: text.F(w.Mailbox.ReadFail, d.Err), Err: d.Err}, nil
	}
	if !s.row.Flags.Has(mail.Seen) {
		s.changed = true
	}
	s.reading, s.ready, s.failure = d.Value, true, nil
	s.row, s.known = d.Value.Row, true
	s.set()
	return s.remark(), nil
}

// remark says what is odd about the message.
func (s *Screen) remark() screen.Action {
	r, w := s.reading, s.env.Words.Reader
	switch {
	case r.Incomplete != "":
		return screen.Say{Kind: screen.Fault, Text: text.F(w.Incomplete, r.Incomplete)}
	case s.charset != "":
		return screen.Say{Text: text.F(w.CharsetNow, r.Charset)}
	case r.Labelled != "" && r.Labelled != r.Charset:
		return screen.Say{Text: text.F(w.Mislabelled, r.Labelled, r.Charset, r.Charset)}
	case len(s.row.Returned) > 0 && !s.row.Bounced:
		return screen.Say{Text: deed.Remark(s.env.Words, s.env.Now(), s.row)}
	case s.row.Bounced:
		return screen.Say{Text: s.env.Words.Mailbox.AboutBounce}
	}
	for _, code := range r.Damages {
		if said, ok := w.Damages[code]; ok {
			return screen.Say{Text: said}
		}
	}
	return nil
}

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	narrower := width != s.width
	s.width, s.height = width, height
	if narrower {
		s.set()
	}
	s.scroll(0)
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// set lays out the text for the width.
func (s *Screen) set() {
	if !s.ready {
		return
	}
	switch s.mode {
	case session.HeaderRaw:
		s.letter, s.body = nil, s.rawRows()
	default:
		if s.letter == nil || s.letter.Width() != widget.ColumnFor(s.width-2) {
			s.letter = widget.SetLetter(s.reading, s.width-2, foldFrom)
		}
		s.body = s.letter.Rows(s.env.Theme, s.env.Words, s.width)
	}
	if s.mode == session.HeaderAll {
		s.body = append(s.fieldRows(), s.body...)
	}
	s.things = widget.Things(s.env.Words, s.reading)
	s.scroll(0)
}

// scroll moves the text by n rows and reports whether it moved.
func (s *Screen) scroll(n int) bool {
	was := s.top
	s.top = max(min(s.top+n, len(s.body)-s.room()), 0)
	return s.top != was
}

// goTo shows another message of the list.
func (s *Screen) goTo(at int) (screen.Action, tea.Cmd) {
	w := s.env.Words.Reader
	switch {
	case at < 0:
		return screen.Say{Text: w.FirstOne}, nil
	case at >= len(s.args.Keys):
		return screen.Say{Text: w.LastOne}, nil
	}
	s.at = at
	s.row, s.known, s.ready, s.failure = session.Row{}, false, false, nil
	s.letter, s.body, s.things, s.top, s.hit = nil, nil, nil, 0, 0
	s.mode, s.charset = session.HeaderShort, ""
	return screen.Hush{}, s.load()
}
