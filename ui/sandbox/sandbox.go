// Package sandbox is the screen of the small Internet: its hosts, its users, what waits in its queues, its faults and its
// clock. Faults are switched and the clock is moved while everything runs.
package sandbox

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

const (
	lookEvery = 250 * time.Millisecond // numbers change 4 times a second at most
	jump      = 5 * time.Minute        // of the clock, for one key
)

// Mail is what the screen asks of the session.
type Mail interface {
	Accounts() []session.Account
	Sandbox(context.Context) (session.SandboxStatus, error)
	SwitchFault(id string, on bool) error
	AddFault(id string) error
	Advance(time.Duration) (time.Time, error)
	RetryNow(ctx context.Context, queueID string) error
}

// part is one of the four lists.
type part int

const (
	hosts part = iota
	users
	queue
	faults
	parts
)

// Screen shows four lists, each with a cursor of its own.
type Screen struct {
	env    *screen.Env
	mail   Mail
	status session.SandboxStatus
	why    error // it cannot be changed from here; nil if it can
	ready  bool
	lists  [parts]widget.List
	keys   map[string]int64 // of the rows, by what they are about
	at     part             // has the keys
	asked  string           // id of the fault that the cursor goes to once it is listed
	same   string           // id of a fault that is offered, whether it was added or not

	page    []widget.Labelled // the thing under the cursor, while it has the screen
	pageTop int
	whole   bool

	lookJob, deedJob jobs.ID
	stopLooking      func()
	away             bool // another screen is in front
	width, height    int
	blurred          bool
}

// New makes the screen, with the cursor on a fault if the arguments name one.
func New(env *screen.Env, m Mail, args screen.SandboxArgs) *Screen {
	s := &Screen{env: env, mail: m, keys: map[string]int64{}, same: args.Fault, asked: args.Fault, width: 80, height: 21}
	if args.Fault != "" {
		s.at = faults
	}
	return s
}

// Init looks for the first time.
func (s *Screen) Init() tea.Cmd { return s.look() }

// looked is the small Internet as a look found it.
type looked struct {
	status session.SandboxStatus
	why    error // it cannot be changed from here
}

// again asks for the next look.
type again struct{ screen *Screen }

// look asks how the small Internet is. One look follows the other as long as the screen is in front.
func (s *Screen) look() tea.Cmd {
	s.rest()
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, _ jobs.Control) (looked, error) {
		status, err := s.mail.Sandbox(ctx)
		var e *session.Error
		if errors.As(err, &e) {
			return looked{status, err}, nil
		}
		return looked{status: status}, err
	})
	s.lookJob = id
	return cmd
}

// rest asks for no further look.
func (s *Screen) rest() {
	if s.stopLooking != nil {
		s.stopLooking()
		s.stopLooking = nil
	}
}

// Update takes keys, answers, and what jobs bring.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Click:
		return s.click(m)
	case screen.Wheel:
		s.wheel(m)
	case screen.Chosen:
		return nil, s.chosen(m)
	case screen.Returned:
		s.away = false
		return nil, s.look()
	case screen.Repaint:
		s.tell()
	case again:
		if m.screen == s {
			return nil, s.look()
		}
	case jobs.Done[looked]:
		if m.Job == s.lookJob {
			return s.saw(m), nil
		}
	case jobs.Done[deed]:
		if m.Job == s.deedJob {
			return s.ended(m), s.look()
		}
	}
	return nil, nil
}

// saw takes what a look found.
func (s *Screen) saw(d jobs.Done[looked]) screen.Action {
	s.lookJob = 0
	left := false
	if d.Err == nil {
		s.status, s.why, s.ready = d.Value.status, d.Value.why, true
		left = s.relist()
	}
	if s.why == nil && !s.away {
		s.stopLooking = s.env.Jobs.After(lookEvery, again{s})
	}
	switch {
	case d.Err != nil && !errors.Is(d.Err, context.Canceled):
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Sandbox.Failed, d.Err), Err: d.Err}
	case left:
		return screen.Say{Kind: screen.Result, Text: s.env.Words.Sandbox.Left}
	}
	return nil
}

// relist makes the rows anew; each cursor stays on its thing. It reports whether the thing that had the screen is gone: a
// message left its queue.
func (s *Screen) relist() (left bool) {
	s.offer()
	var rows [parts][]int64
	for _, h := range s.status.Hosts {
		rows[hosts] = append(rows[hosts], s.key("host "+h.Name))
	}
	for _, u := range s.status.Users {
		rows[users] = append(rows[users], s.key("user "+u.Address))
	}
	for _, q := range s.status.Queue {
		rows[queue] = append(rows[queue], s.key("message "+q.Host+" "+q.ID))
	}
	for _, f := range s.status.Faults {
		rows[faults] = append(rows[faults], s.key("fault "+f.ID))
	}
	for i := range rows {
		_, vanished := s.lists[i].SetKeys(rows[i])
		left = left || vanished && s.whole && part(i) == s.at
	}
	s.whole = s.whole && !left
	if i := slices.IndexFunc(s.status.Faults, func(f session.SandboxFault) bool { return f.ID == s.asked }); i >= 0 {
		s.at, s.asked = faults, ""
		s.lists[faults].Go(i)
	}
	s.SetSize(s.width, s.height)
	return left
}

// offer lists the case that was asked for, though it was not added yet.
func (s *Screen) offer() {
	if s.why != nil || slices.ContainsFunc(s.status.Faults, func(f session.SandboxFault) bool { return f.ID == s.same }) {
		return
	}
	if c, ok := session.FindFault(s.same); ok {
		s.status.Faults = append(s.status.Faults, session.SandboxFault{ID: c.ID, Title: c.Title, To: c.To})
	}
}

// key numbers a thing, always alike.
func (s *Screen) key(thing string) int64 {
	n, ok := s.keys[thing]
	if !ok {
		n = int64(len(s.keys) + 1)
		s.keys[thing] = n
	}
	return n
}

// The thing under the cursor of a list; false if the list is empty.

func (s *Screen) host() (h session.ReadyHost, ok bool) { return under(s.lists[hosts], s.status.Hosts) }
func (s *Screen) user() (u session.SandboxUser, ok bool) {
	return under(s.lists[users], s.status.Users)
}
func (s *Screen) message() (q session.QueueEntry, ok bool) {
	return under(s.lists[queue], s.status.Queue)
}
func (s *Screen) fault() (f session.SandboxFault, ok bool) {
	return under(s.lists[faults], s.status.Faults)
}

func under[T any](l widget.List, all []T) (thing T, ok bool) {
	if i := l.At(); i < len(all) {
		return all[i], true
	}
	return thing, false
}

// title is what a fault is called; empty for a rule of a file.
func (s *Screen) title(f session.SandboxFault) text.Safe {
	if f.Title == "" {
		return ""
	}
	return text.FaultTitle(s.env.Words.Lang, f.ID, f.Title)
}
