package compose

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askSender marks the sheet in which the sender is chosen.
type askSender struct{}

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
			s.noHits()
			return nil, nil
		}
		return s.leave()
	case keys.Send:
		s.noHits()
		return s.send()
	case keys.Editor:
		s.noHits()
		return s.outside()
	case keys.Trace: // by the palette: the key types
		return s.trace(), nil
	case keys.Explain: // by the palette, too
		return s.explain(), nil
	case keys.Next:
		s.step(1)
	case keys.Previous:
		s.step(-1)
	case keys.Down:
		s.upDown(p.Key, 1)
	case keys.Up:
		s.upDown(p.Key, -1)
	case keys.Open:
		return s.enter()
	default:
		return s.typed(func() screen.Action { return s.key(p.Key) })
	}
	return nil, nil
}

// trace opens the way to the recipient under the cursor; outside the address fields, to one of all.
func (s *Screen) trace() screen.Action {
	args := screen.TracerArgs{Account: s.draft.Account}
	values := []string{s.inputs[to].Value(), s.inputs[cc].Value(), s.inputs[bcc].Value()}
	if s.addressing() {
		in := &s.inputs[s.focus]
		before, rest := text.Take(text.Clean(in.Value()), in.Cursor())
		_, now := token(string(before))
		after, _, _ := strings.Cut(string(rest), ",")
		if now += after; strings.TrimSpace(now) != "" {
			values = []string{now}
		}
	}
	for _, v := range values {
		list, _ := mail.ParseAddressList(v) // what is no address yet has no way
		for _, a := range list {
			args.Targets = append(args.Targets, a.Addr)
		}
	}
	return screen.Open{Name: screen.Tracer, With: args}
}

// step moves the focus to the next field or the one before.
func (s *Screen) step(n int) { s.goTo((s.focus + field(n) + fields) % fields) }

// goTo gives a field the focus; the comma behind the last address goes.
func (s *Screen) goTo(f field) {
	if s.addressing() {
		in := &s.inputs[s.focus]
		if short := strings.TrimRight(in.Value(), " ,;"); short != in.Value() {
			in.Set(short)
		}
	}
	s.focus = f
	s.noHits()
}

// noHits takes the suggestions away, also those that are still looked for.
func (s *Screen) noHits() {
	s.hits, s.hitJob = nil, 0
	s.layout()
}

// upDown moves among the suggestions, in the text, or between fields.
func (s *Screen) upDown(k tea.Key, n int) {
	switch {
	case len(s.hits) > 0:
		s.hit = (s.hit + n + s.hitRows()) % s.hitRows()
	case s.focus == body:
		if !s.text.Key(k) && n < 0 {
			s.step(-1)
		}
	case s.focus+field(n) >= from:
		s.step(n)
	}
}

// enter takes the suggestion, chooses in the fields that are chosen, goes on, or makes a new line.
func (s *Screen) enter() (screen.Action, tea.Cmd) {
	switch {
	case len(s.hits) > 0:
		return s.typed(func() screen.Action {
			s.takeHit()
			return nil
		})
	case s.focus == from:
		return s.chooseSender(), nil
	case s.focus == attach:
		return screen.Prompt{To: askFile{}, Label: s.env.Words.Compose.FileName, Completes: true}, nil
	case s.focus == body:
		return s.typed(func() screen.Action { return s.insert("\n") })
	}
	s.step(1)
	return nil, nil
}

// key types into the field that has the focus.
func (s *Screen) key(k tea.Key) screen.Action {
	switch s.focus {
	case body:
		if !s.text.Key(k) && k.Text != "" {
			return s.full()
		}
	case attach:
		if k.String() == "backspace" {
			return s.detach()
		}
	case from:
	default:
		s.inputs[s.focus].Key(k)
	}
	return nil
}

func (s *Screen) insert(content string) screen.Action {
	switch s.focus {
	case body:
		if !s.text.Insert(content) {
			return s.full()
		}
	case from, attach:
	default:
		s.inputs[s.focus].Insert(content)
	}
	return nil
}

// full says that the text cannot become longer here.
func (s *Screen) full() screen.Action {
	return screen.Say{Kind: screen.Fault, Text: s.env.Words.Compose.TooLong}
}

// typed does an edit; if it changed anything, the draft will be saved and addresses are suggested.
func (s *Screen) typed(edit func() screen.Action) (screen.Action, tea.Cmd) {
	before := s.state()
	act := edit()
	if before == s.state() {
		return act, nil
	}
	s.changed()
	return act, s.suggest()
}

// token is what is being typed in an address field: after the last comma that separates addresses.
func token(value string) (before, now string) {
	begin, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case (c == ',' || c == ';') && !quoted:
			begin = i + 1
		}
	}
	rest := strings.TrimLeft(value[begin:], " ")
	return value[:len(value)-len(rest)], rest
}

func (s *Screen) addressing() bool { return s.focus == to || s.focus == cc || s.focus == bcc }

// suggest asks for addresses that fit what is being typed at the end of an address field.
func (s *Screen) suggest() tea.Cmd {
	if !s.addressing() {
		return nil
	}
	s.env.Jobs.Cancel(s.hitJob)
	in := &s.inputs[s.focus]
	_, now := token(in.Value())
	if now == "" || strings.Contains(now, ">") || in.Cursor() != text.Width(text.Clean(in.Value())) {
		s.noHits()
		return nil
	}
	o := session.CompleteOptions{Account: s.draft.Account, Prefix: now, Limit: maxHits}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) ([]session.Contact, error) {
			return s.mail.Complete(ctx, c.Span, o)
		})
	s.hitJob = id
	return cmd
}

// suggested takes the addresses that were found, unless the only one is typed already.
func (s *Screen) suggested(d jobs.Done[[]session.Contact]) {
	if d.Job != s.hitJob || d.Job == 0 || !s.addressing() {
		return
	}
	s.hits, s.hit = d.Value, 0
	_, now := token(s.inputs[s.focus].Value())
	if d.Err != nil || len(s.hits) == 1 && strings.EqualFold(s.hits[0].Addr, now) {
		s.hits = nil
	}
	s.layout()
}

// takeHit puts the chosen suggestion in the place of what was typed.
func (s *Screen) takeHit() {
	in := &s.inputs[s.focus]
	before, _ := token(in.Value())
	in.Set(before + s.hits[s.hit].String() + ", ")
	s.noHits()
}

func (s *Screen) chooseSender() screen.Action {
	var rows []screen.Choice
	at := 0
	for i, a := range s.mail.Accounts() {
		note := text.Clean(a.Submission)
		if a.Submission == "" {
			note = s.env.Words.Compose.NoServer
		}
		rows = append(rows, screen.Choice{Name: text.Clean(a.Address), Note: note, Off: a.Submission == ""})
		if a.Name == s.draft.Account {
			at = i
		}
	}
	return screen.Choose{To: askSender{}, Title: s.env.Words.Compose.ChooseFrom, Rows: rows, At: at}
}

func (s *Screen) chosen(c screen.Chosen) (screen.Action, tea.Cmd) {
	if ask, ok := c.To.(askCheck); ok && c.Index >= 0 {
		return s.explainCheck(ask.checks[c.Index]), nil
	}
	if _, ok := c.To.(askSender); !ok || c.Index < 0 {
		return nil, nil
	}
	_, cmd := s.typed(func() screen.Action {
		a := s.mail.Accounts()[c.Index]
		s.draft.Account = a.Name
		s.inputs[from].Set(sender(a))
		return nil
	})
	s.step(1)
	return nil, cmd
}

func sender(a session.Account) string {
	return mail.Address{Name: a.FullName, Addr: a.Address}.String()
}

// click gives the field that was clicked the focus, takes the suggestion, or puts the cursor into the text.
func (s *Screen) click(c screen.Click) (screen.Action, tea.Cmd) {
	if !s.ready {
		return nil, nil
	}
	p := s.place()
	if n := c.Y - p.hits; len(s.hits) > 0 && n >= 0 && n < s.hitRows() {
		s.hit = n
		return s.enter()
	}
	for i, f := range p.order {
		if c.Y == p.rows[i] {
			s.goTo(f)
			return nil, nil
		}
	}
	if y := c.Y - p.text; y >= 0 && y < p.textRows {
		s.goTo(body)
		s.text.Click(c.X-1, y)
	}
	return nil, nil
}

// wheel moves through the text.
func (s *Screen) wheel(n int) {
	code, step := tea.KeyDown, 1
	if n < 0 {
		code, step = tea.KeyUp, -1
	}
	for ; n != 0; n -= step {
		s.text.Key(tea.Key{Code: code})
	}
}
