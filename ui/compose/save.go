package compose

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/internal/trace"
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
	id, cmd := s.checkDraft(d)
	s.checkJob = id
	return cmd
}

func (s *Screen) checkDraft(d session.Draft) (jobs.ID, tea.Cmd) {
	return jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) ([]session.Check, error) {
		return s.mail.Check(ctx, c.Span, d)
	})
}

// send has the whole draft checked first.
func (s *Screen) send() (screen.Action, tea.Cmd) {
	if s.held {
		return s.depart(), nil
	}
	id, cmd := s.checkDraft(s.current())
	s.sendJob = id
	return nil, cmd
}

// checked takes what a check found; when ctrl+x asked for it, the draft goes on its way or is held.
func (s *Screen) checked(d jobs.Done[[]session.Check]) screen.Action {
	asked := d.Job == s.sendJob && d.Job != 0
	switch {
	case !asked && d.Job != s.checkJob:
		return nil
	case d.Err != nil && !asked:
		return nil
	case d.Err != nil:
		s.sendJob = 0
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	}
	s.checks = d.Value
	if !asked {
		return nil
	}
	s.sendJob, s.checkJob = 0, 0
	for _, c := range s.checks {
		if c.Level == trace.Fail {
			return s.hold(c)
		}
	}
	return s.depart()
}

// hold says why the draft stays. What cannot be written as a message at all stays until it is corrected.
func (s *Screen) hold(c session.Check) screen.Action {
	w := s.env.Words
	d := explain.Finding(c, explain.Lang(w.Lang))
	act := text.Clean(d.Act) + w.App.Between
	if f, wrong := fieldOf(c); wrong {
		s.goTo(f)
		return screen.Say{Kind: screen.Fault, Text: act + text.Clean(d.Title)}
	}
	s.held = true
	return screen.Say{Kind: screen.Fault, Text: act + w.Compose.SendAnyway} // what is wrong stands in the row of checks
}

// fieldOf is the field in which a check's fault is corrected, for those without which no message can be built.
func fieldOf(c session.Check) (field, bool) {
	switch {
	case c.Code == "compose.no-recipient":
		return to, true
	case c.Code == "compose.no-account", c.Code == "compose.sender":
		return from, true
	case c.Code == "compose.injection" && c.Args["field"] == "file":
		return attach, true
	case !strings.HasPrefix(c.Code, "compose."):
		return body, false
	}
	f, named := map[string]field{"from": from, "to": to, "cc": cc, "bcc": bcc, "subject": subject}[c.Args["field"]]
	return f, named
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
