package compose

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// saving is how far the draft on the screen is from the one in the store.
type saving struct {
	version int       // counts changes, so that a rest that was interrupted is known
	dirty   bool      // changed since the last save began
	since   time.Time // when it was first changed
	stop    func()    // of the timer that waits for a rest
	job     jobs.ID
	files   int // Screen.files when the save began
	then    then
}

// then is what to do when the save that runs has ended.
type then int

const (
	goOnWriting then = iota
	leaveScreen
	sendDraft
)

// settled is sent when the keys have rested; it counts for one version only.
type settled struct {
	screen  *Screen
	version int
}

// changed notes that something was typed, and asks to be told when the keys have rested, or have not for too long.
func (s *Screen) changed() {
	if !s.saving.dirty {
		s.saving.dirty, s.saving.since = true, s.env.Now()
	}
	s.held, s.sendJob = false, 0
	s.await()
}

// await begins to wait for a rest anew.
func (s *Screen) await() {
	s.rest()
	wait := max(min(saveAfter, saveMost-s.env.Now().Sub(s.saving.since)), 0)
	s.saving.stop = s.env.Jobs.After(wait, settled{s, s.saving.version})
}

// save stores the draft durably, one save at a time.
func (s *Screen) save() tea.Cmd {
	if !s.saving.dirty || s.saving.job != 0 {
		return nil
	}
	s.saving.dirty, s.saving.files = false, s.files
	d := s.current()
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) (session.Draft, error) {
			return s.mail.SaveDraft(context.WithoutCancel(ctx), c.Span, d)
		})
	s.saving.job = id
	return cmd
}

// saved takes over what saving gave: the key, the files' places in the store, the time. What was typed meanwhile stays.
func (s *Screen) saved(d jobs.Done[session.Draft]) (screen.Action, tea.Cmd) {
	sv := &s.saving
	next := sv.then
	sv.job, sv.then = 0, goOnWriting
	if d.Err != nil {
		sv.dirty, sv.since = true, s.env.Now()
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Compose.SaveFail, d.Err), Err: d.Err}, nil
	}
	s.draft.Key, s.draft.Saved = d.Value.Key, d.Value.Saved
	if sv.files == s.files {
		s.draft.Files = d.Value.Files
	}
	switch next {
	case leaveScreen:
		return s.leave()
	case sendDraft:
		return s.depart(), nil
	}
	if sv.dirty {
		s.await() // the rest may have come while this save ran
	}
	return nil, nil
}

// leave goes back at once: a draft in which something was written is kept, without a question.
func (s *Screen) leave() (screen.Action, tea.Cmd) {
	w := s.env.Words.Compose
	switch {
	case s.saving.job != 0:
		s.saving.then = leaveScreen
		return nil, nil
	case s.empty():
		s.rest()
		return screen.All{screen.Back{}, screen.Say{Text: w.Dropped}}, s.drop()
	case s.saving.dirty:
		s.saving.then = leaveScreen
		return nil, s.save()
	}
	s.rest()
	d := s.current()
	reopen := screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: s.args.Account, Draft: &d}}
	return screen.All{screen.Back{}, screen.Say{Kind: screen.Result, Text: w.Kept, Undo: reopen}}, nil
}

// rest takes back that a save was asked for when the keys have rested.
func (s *Screen) rest() {
	s.saving.version++
	if s.saving.stop != nil {
		s.saving.stop()
	}
}

func (s *Screen) drop() tea.Cmd {
	d := s.draft
	if d.Key == 0 {
		return nil
	}
	_, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Draft, error) {
		return s.mail.DropDraft(context.WithoutCancel(ctx), c.Span, d)
	})
	return cmd
}

// depart goes on to the screen that sends, after a save that still runs: it gives the draft its key.
func (s *Screen) depart() screen.Action {
	s.rest() // a save that was asked for does not come any more
	if s.saving.job != 0 {
		s.saving.then = sendDraft
		return nil
	}
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
