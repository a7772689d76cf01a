package compose

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// What questions are about.
type (
	askFile   struct{}
	askSender struct{}
)

// press does a verb, or types.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	if !s.ready {
		if p.Verb == keys.Back {
			return screen.Back{}, nil
		}
		return nil, nil
	}
	switch p.Verb {
	case keys.Back:
		if len(s.hits) > 0 {
			s.hits = nil
			s.layout()
			return nil, nil
		}
		return s.leave()
	case keys.Send:
		return s.send()
	case keys.Editor:
		return s.outside()
	case keys.Next, keys.Previous:
		s.step(map[bool]int{true: 1, false: -1}[p.Verb == keys.Next])
		return nil, nil
	case keys.Down, keys.Up:
		return s.upDown(p)
	case keys.Open:
		return s.enter(p)
	}
	return s.typed(func() { s.key(p.Key) })
}

// step moves the focus to the next field or the one before.
func (s *Screen) step(n int) {
	s.focus = (s.focus + field(n) + fields) % fields
	s.hits = nil
	s.layout()
}

// upDown moves among the suggestions, in the text, or between fields.
func (s *Screen) upDown(p screen.Press) (screen.Action, tea.Cmd) {
	n := 1
	if p.Verb == keys.Up {
		n = -1
	}
	switch {
	case len(s.hits) > 0:
		s.hit = (s.hit + n + len(s.hits)) % len(s.hits)
	case s.focus == body:
		if !s.text.Key(p.Key) && n < 0 {
			s.step(-1)
		}
	case s.focus+field(n) >= from:
		s.step(n)
	}
	return nil, nil
}

// enter takes the suggestion, chooses in the fields that are chosen, goes on, or makes a new line.
func (s *Screen) enter(p screen.Press) (screen.Action, tea.Cmd) {
	w := s.env.Words.Compose
	switch {
	case len(s.hits) > 0:
		return s.typed(s.takeHit)
	case s.focus == from:
		return s.chooseSender(), nil
	case s.focus == attach:
		return screen.Prompt{To: askFile{}, Label: w.FileName}, nil
	case s.focus == body:
		return s.typed(func() { s.text.Key(tea.Key{Code: tea.KeyEnter}) })
	}
	s.step(1)
	return nil, nil
}

// key types into the field that has the focus.
func (s *Screen) key(k tea.Key) {
	switch s.focus {
	case body:
		s.text.Key(k)
	case attach:
		if n := len(s.draft.Files); k.String() == "backspace" && n > 0 {
			s.draft.Files = s.draft.Files[:n-1]
		}
	case from:
	default:
		s.inputs[s.focus].Key(k)
	}
}

func (s *Screen) insert(content string) {
	switch s.focus {
	case body:
		s.text.Insert(content)
	case from, attach:
	default:
		s.inputs[s.focus].Insert(content)
	}
}

// typed does an edit; if it changed anything, the draft will be saved and addresses are suggested.
func (s *Screen) typed(edit func()) (screen.Action, tea.Cmd) {
	before := s.current()
	edit()
	if same(before, s.current()) {
		return nil, nil
	}
	return nil, tea.Batch(s.changed(), s.suggest())
}

func same(a, b session.Draft) bool {
	return a.To == b.To && a.Cc == b.Cc && a.Bcc == b.Bcc && a.Subject == b.Subject && a.Text == b.Text && len(a.Files) == len(b.Files)
}

// token is what is being typed in an address field: after the last comma.
func token(value string) (before, now string) {
	i := strings.LastIndexAny(value, ",;") + 1
	rest := strings.TrimLeft(value[i:], " ")
	return value[:len(value)-len(rest)], rest
}

func (s *Screen) addressing() bool { return s.focus == to || s.focus == cc || s.focus == bcc }

// suggest asks for addresses that fit what is being typed.
func (s *Screen) suggest() tea.Cmd {
	s.hits = nil
	if !s.addressing() {
		return nil
	}
	_, now := token(s.inputs[s.focus].Value())
	if now == "" || strings.Contains(now, ">") {
		s.layout()
		return nil
	}
	o := session.CompleteOptions{Account: s.draft.Account, Prefix: now}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) ([]session.Contact, error) {
			return s.mail.Complete(ctx, c.Span, o)
		})
	s.hitJob = id
	return cmd
}

// takeHit puts the chosen suggestion in the place of what was typed.
func (s *Screen) takeHit() {
	in := &s.inputs[s.focus]
	before, _ := token(in.Value())
	in.Set(before + s.hits[s.hit].String() + ", ")
	s.hits = nil
	s.layout()
}

func (s *Screen) chooseSender() screen.Action {
	var rows []screen.Choice
	at := 0
	for i, a := range s.mail.Accounts() {
		rows = append(rows, screen.Choice{Name: text.Clean(a.Address), Note: text.Clean(a.Submission), Off: a.Submission == ""})
		if a.Name == s.draft.Account {
			at = i
		}
	}
	return screen.Choose{To: askSender{}, Title: s.env.Words.Compose.ChooseFrom, Rows: rows, At: at}
}

func (s *Screen) chosen(c screen.Chosen) (screen.Action, tea.Cmd) {
	if _, ok := c.To.(askSender); !ok || c.Index < 0 {
		return nil, nil
	}
	a := s.mail.Accounts()[c.Index]
	s.draft.Account = a.Name
	s.inputs[from].Set(sender(a))
	return nil, s.changed()
}

func sender(a session.Account) string {
	if a.FullName == "" {
		return a.Address
	}
	return a.FullName + " <" + a.Address + ">"
}

// prompted attaches the file that was named.
func (s *Screen) prompted(p screen.Prompted) (screen.Action, tea.Cmd) {
	if _, ok := p.To.(askFile); !ok || !p.OK || strings.TrimSpace(p.Text) == "" {
		return nil, nil
	}
	path := strings.TrimSpace(p.Text)
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(path, "~/") {
		path = filepath.Join(home, path[2:])
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = &os.PathError{Op: "attach", Path: path, Err: os.ErrInvalid}
	}
	if err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.Clean(err.Error()), Err: err}, nil
	}
	s.draft.Files = append(s.draft.Files, session.DraftFile{Name: filepath.Base(path), Size: info.Size(), Path: path})
	return nil, s.changed()
}

// leave goes back at once: a draft in which something was written is kept, without a question.
func (s *Screen) leave() (screen.Action, tea.Cmd) {
	w := s.env.Words.Compose
	if s.empty() {
		d := s.draft
		_, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Draft, error) {
			return s.mail.DropDraft(context.WithoutCancel(ctx), c.Span, d)
		})
		return screen.All{screen.Back{}, screen.Say{Text: w.Dropped}}, cmd
	}
	s.leaving = true
	if s.saveJob != 0 {
		s.dirty = true
		return nil, nil // the save that runs ends the screen
	}
	if !s.dirty {
		return screen.All{screen.Back{With: s.draft.Key}, screen.Say{Kind: screen.Result, Text: w.Kept}}, nil
	}
	return nil, s.save()
}

// send has the whole draft checked first; a check that fails holds it once.
func (s *Screen) send() (screen.Action, tea.Cmd) {
	if s.held {
		return s.depart(), nil
	}
	s.asked = true
	return nil, s.checkWhole(s.current())
}

// depart goes on to the screen that sends, after a save that still runs: it gives the draft its key.
func (s *Screen) depart() screen.Action {
	s.version++ // a save that was asked for does not come any more
	if s.saveJob != 0 {
		s.sending = true
		return nil
	}
	return s.goOn()
}

// goOn hands the draft to the screen that sends.
func (s *Screen) goOn() screen.Action {
	d := s.current()
	account, found := s.args.Account, false
	for _, a := range s.mail.Accounts() {
		if a.Name == d.Account {
			account, found = a, true
		}
	}
	if !found {
		d.Account = account.Name
	}
	return screen.Replace{Name: screen.Sent, With: screen.SentArgs{Account: account, Draft: &d}}
}

func (s *Screen) click(c screen.Click) screen.Action {
	for f := from; f < body; f++ {
		if c.Y == s.rowOf(f) {
			s.focus, s.hits = f, nil
			s.layout()
			return nil
		}
	}
	if c.Y > s.rowOf(attach) {
		s.focus, s.hits = body, nil
		s.layout()
	}
	return nil
}
