package mailbox

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// A server that could not be reached is asked again after a time that doubles each try.
const (
	retryFirst = 15 * time.Second
	retryMost  = 5 * time.Minute
)

// pushAfter is how long a change waits before the server is told: time to undo it, and to make more of them.
const pushAfter = 2 * time.Second

// push is the time to tell the server what was changed.
type push struct{ account string }

func (s *Screen) pushSoon() {
	if s.state.stopPush != nil {
		s.state.stopPush()
	}
	s.state.stopPush = s.env.Jobs.After(pushAfter, push{account: s.acct.Name})
}

// pushFor tells the server of an account that is left behind with changes.
func (s *Screen) pushFor(account string) tea.Cmd {
	_, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.SyncResult, error) {
		return s.mail.Sync(ctx, c.Span, session.SyncOptions{Account: account})
	})
	return cmd
}

// retry is the time to ask a server again that could not be reached.
type retry struct{ account string }

// sync asks the server; asked says that the person did.
func (s *Screen) sync(asked bool) tea.Cmd {
	if s.acct.Name == "" {
		return nil
	}
	s.state.asked = s.state.asked || asked
	if s.state.sync != 0 {
		return nil
	}
	if s.state.stopRetry != nil {
		s.state.stopRetry()
	}
	words := s.env.Words.Mailbox.Sync
	opts := session.SyncOptions{Account: s.acct.Name, Folder: s.folder.Name, Folders: true, Agree: s.agree}
	s.agree = nil
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Syncing},
		func(ctx context.Context, c jobs.Control) (session.SyncResult, error) {
			opts.Progress = func(p session.Progress) {
				c.Report(jobs.Progress{What: words[p.Doing], Done: p.Done, Of: p.Of})
			}
			return s.mail.Sync(ctx, c.Span, opts)
		})
	s.state.sync = id
	return cmd
}

func (s *Screen) syncDone(d jobs.Done[session.SyncResult]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.sync {
		return nil, nil
	}
	asked, filing := s.state.asked, s.state.filing
	s.state.sync, s.state.asked, s.state.filing = 0, false, false
	if filing { // its folder is not the one shown; what goes wrong is seen when that one is synced
		return nil, tea.Batch(s.loadFolders(s.acct.Name), s.loadList(), s.sync(asked))
	}
	if d.Err != nil {
		return s.unreachable(d.Err, asked), tea.Batch(s.loadList(), s.loadFolders(s.acct.Name))
	}
	s.offline, s.tries, s.synced = time.Time{}, 0, s.env.Now()
	return s.syncSaid(d.Value, asked), tea.Batch(s.loadList(), s.loadFolders(s.acct.Name), s.watch())
}

func (s *Screen) syncSaid(r session.SyncResult, asked bool) screen.Action {
	w := s.env.Words.Mailbox
	switch {
	case len(r.Refused) > 0:
		return screen.Say{Kind: screen.Fault, Text: text.F(w.Refused, text.Num(len(r.Refused))), Err: explain.Found(r.Refused[0])}
	case len(r.Asks) > 0:
		return s.asks(r.Asks[0], asked)
	case asked && r.New+r.Changed+r.Removed == 0:
		return screen.Say{Kind: screen.Result, Text: w.SyncedNone}
	case asked:
		return screen.Say{Kind: screen.Result,
			Text: text.F(w.SyncedNow, text.Num(r.New), text.Num(r.Changed), text.Num(r.Removed))}
	}
	return nil
}

// questions are the findings of a sync that wait for a yes before it goes on.
var questions = []string{"pop3.uidl-all-changed", "pop3.expire-zero"}

// askAgree is the question whether a sync may go on; yes is given once.
type askAgree struct{ account, code string }

// asks says what a sync found that a person should know, once. What only a person can decide is asked when the person
// asked for the sync: a question that comes by itself would take the keys from whoever is typing.
func (s *Screen) asks(f trace.Finding, asked bool) screen.Action {
	w := s.env.Words
	d := explain.Finding(f, explain.Lang(w.Lang))
	if asked && slices.Contains(questions, f.Code) {
		return screen.Ask{To: askAgree{account: s.acct.Name, code: f.Code}, Question: text.Clean(d.Title),
			Answers: []text.Safe{w.Mailbox.AgreeNot, w.Mailbox.Agree}}
	}
	told := askAgree{account: s.acct.Name, code: f.Code}
	if s.told[told] && !asked {
		return nil
	}
	s.told[told] = true
	kind := screen.Result
	if slices.Contains(questions, f.Code) {
		kind = screen.Fault
	}
	return screen.Say{Kind: kind, Text: text.Clean(d.Title), Err: explain.Found(f)}
}

// agreed goes on with the sync that asked.
func (s *Screen) agreed(m screen.Answered) tea.Cmd {
	ask, ok := m.To.(askAgree)
	if !ok || m.N != 2 || ask.account != s.acct.Name {
		return nil
	}
	s.agree = []string{ask.code}
	return s.sync(true)
}

// unreachable says once that the server could not be reached, and comes back to it later.
func (s *Screen) unreachable(err error, asked bool) screen.Action {
	first := s.offline.IsZero()
	if first {
		s.offline = s.env.Now()
	}
	wait := min(retryFirst<<min(s.tries, 5), retryMost)
	s.tries++
	s.state.stopRetry = s.env.Jobs.After(wait, retry{account: s.acct.Name})
	if errors.Is(err, context.Canceled) || !first && !asked {
		return nil
	}
	return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Mailbox.Offline, s.acct.Name, err), Err: err}
}

// watch waits for the server to say that the folder changed.
func (s *Screen) watch() tea.Cmd {
	if s.state.watch != 0 || s.folder.Local {
		return nil
	}
	opts := session.WatchOptions{Account: s.acct.Name, Folder: s.folder.Name}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{Standing: true},
		func(ctx context.Context, c jobs.Control) (watched, error) {
			_, err := s.mail.Watch(ctx, c.Span, opts)
			return watched{}, err
		})
	s.state.watch = id
	return cmd
}

// watched says that the folder changed at the server.
type watched struct{}

func (s *Screen) watchDone(d jobs.Done[watched]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.watch {
		return nil, nil
	}
	s.state.watch = 0
	if d.Err != nil {
		return s.unreachable(d.Err, false), nil
	}
	return nil, s.sync(false)
}
