package mailbox

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// kept counts what has not left yet, by account name.
type kept struct{ outbox, drafts map[string]int }

// keptRow is a row of the folder pane that is no folder: it opens the screen of what has not left.
type keptRow int

const (
	noKeptRow keptRow = iota
	outboxRow
	draftsRow
)

func (s *Screen) loadKept() tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (kept, error) {
		k := kept{outbox: map[string]int{}, drafts: map[string]int{}}
		entries, err := s.mail.Outbox(ctx, c.Span, session.FoldersOptions{})
		if err != nil {
			return k, err
		}
		for _, e := range entries {
			k.outbox[e.Account]++
		}
		drafts, err := s.mail.Drafts(ctx, c.Span, session.FoldersOptions{})
		for _, d := range drafts {
			k.drafts[d.Account]++
		}
		return k, err
	})
	s.state.kept = id
	return cmd
}

func (s *Screen) keptLoaded(d jobs.Done[kept]) {
	if d.Job == s.state.kept && d.Err == nil {
		s.kept = d.Value
	}
}

// keptLines are the rows of an account for its outbox and its drafts; there are none for what is empty.
func (s *Screen) keptLines(a session.Account) []folderLine {
	var out []folderLine
	if s.keptOf(s.kept.outbox, a) > 0 {
		out = append(out, folderLine{acct: a, kept: outboxRow})
	}
	if s.keptOf(s.kept.drafts, a) > 0 {
		out = append(out, folderLine{acct: a, kept: draftsRow})
	}
	return out
}

// keptOf counts for an account and its twin: they write as one.
func (s *Screen) keptOf(counts map[string]int, a session.Account) int {
	n := counts[a.Name]
	if a.Twin != "" && !s.hasRows(a.Twin) {
		n += counts[a.Twin]
	}
	return n
}

// hasRows reports whether an account has rows of its own in the folder pane.
func (s *Screen) hasRows(name string) bool {
	for _, a := range s.accounts {
		if a.Name == name && (s.acct.Twin != a.Name || s.acct.Name == a.Name) {
			return true
		}
	}
	return false
}

// keptName names such a row and says how many there are.
func (s *Screen) keptName(l folderLine) (name, count text.Safe) {
	w := s.env.Words.Compose
	if l.kept == outboxRow {
		return w.OutboxRow, text.Num(s.keptOf(s.kept.outbox, l.acct))
	}
	return w.DraftsRow, text.Num(s.keptOf(s.kept.drafts, l.acct))
}

// outboxTitle says in the title that something waits: where there is no folder pane, it is seen only there.
func (s *Screen) outboxTitle() text.Safe {
	n := 0
	for _, count := range s.kept.outbox {
		n += count
	}
	if n == 0 {
		return ""
	}
	return "  " + s.env.Words.Compose.OutboxTitle + " " + text.Num(n)
}

// openKept opens the screen of what has not left.
func openKept(row keptRow) screen.Action {
	return screen.Open{Name: screen.Kept, With: screen.KeptArgs{Drafts: row == draftsRow}}
}

// filedAgain is how long a busy account is left alone before the folder of a copy is asked for again.
const filedAgain = time.Second

// filed fetches the folder that holds the copy of a sent message, after a sync that still runs.
func (s *Screen) filed(f screen.Filed) tea.Cmd {
	if s.state.sync != 0 && f.Account == s.acct.Name {
		s.env.Jobs.After(filedAgain, f)
		return nil
	}
	o := session.SyncOptions{Account: f.Account, Folder: f.Folder, Folders: true}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.SyncResult, error) {
		return s.mail.Sync(ctx, c.Span, o)
	})
	if f.Account == s.acct.Name {
		s.state.sync, s.state.filing = id, true
	}
	return cmd
}
