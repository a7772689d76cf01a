package mailbox

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askFind, askLimit and askPattern are the prompts for words.
type (
	askFind    struct{}
	askLimit   struct{}
	askPattern struct{}
)

// search is what a search for words found.
type search struct {
	words string
	mark  bool
	keys  []int64
}

func (s *Screen) search(words string, mark bool) tea.Cmd {
	opts := session.ListOptions{Account: s.acct.Name, Folder: s.folder.Name, Search: words, Keys: true, Limit: 1}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Find},
		func(ctx context.Context, c jobs.Control) (search, error) {
			r, err := s.mail.List(ctx, c.Span, opts)
			return search{words: words, mark: mark, keys: r.Keys}, err
		})
	s.state.walk = id
	return cmd
}

func (s *Screen) searchDone(d jobs.Done[search]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.walk {
		return nil, nil
	}
	s.state.walk = 0
	w := s.env.Words.Mailbox
	switch {
	case d.Err != nil:
		return s.listFailed(d.Err), nil
	case len(d.Value.keys) == 0:
		return screen.Say{Kind: screen.Result, Text: text.F(w.NoHit, d.Value.words)}, nil
	case d.Value.mark:
		for _, k := range d.Value.keys {
			s.marks[k] = true
		}
		return screen.Say{Kind: screen.Result,
			Text: text.F(w.PatternDone, text.Num(len(d.Value.keys)), d.Value.words)}, nil
	}
	s.words, s.hits = d.Value.words, map[int64]bool{}
	for _, k := range d.Value.keys {
		s.hits[k] = true
	}
	return s.hit(0), s.arrived()
}

// hit goes to the next (or, for 0, this or the next) message that holds the words looked for.
func (s *Screen) hit(n int) screen.Action {
	all, w := s.list.Keys(), s.env.Words.Mailbox
	if len(s.hits) == 0 || len(all) == 0 {
		return screen.Prompt{To: askFind{}, Label: w.Find, Text: s.words}
	}
	step := max(min(n, 1), -1)
	if n == 0 {
		step = 1
	}
	i := s.list.At()
	for range all {
		if n != 0 {
			i = (i + step + len(all)) % len(all)
		}
		if s.hits[all[i]] {
			break
		}
		n = step
	}
	s.list.Go(i)
	at := 0
	for _, k := range all[:i+1] {
		if s.hits[k] {
			at++
		}
	}
	return screen.Say{Text: text.F(w.HitOf, text.Num(at), text.Num(len(s.hits)), s.words)}
}

// walked is the next unread message, found by reading on through the list.
type walked struct {
	key   int64
	found bool
}

// walk goes to the next unread message in a direction, first among the rows in memory, then by reading on.
func (s *Screen) walk(step int) (screen.Action, tea.Cmd) {
	all := s.list.Keys()
	i := s.list.At() + step
	for ; i >= 0 && i < len(all); i += step {
		r, known := s.rows[all[i]]
		if !known {
			break
		}
		if !r.Flags.Has(mail.Seen) {
			s.list.Go(i)
			return nil, s.arrived()
		}
	}
	if i < 0 || i >= len(all) {
		return screen.Say{Text: s.env.Words.Mailbox.NoUnread}, nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Find},
		func(ctx context.Context, c jobs.Control) (walked, error) {
			key, found, err := deed.Unread(ctx, c.Span, s.mail, all, i, step)
			return walked{key: key, found: found}, err
		})
	s.state.walk = id
	return nil, cmd
}

func (s *Screen) walkDone(d jobs.Done[walked]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.walk {
		return nil, nil
	}
	s.state.walk = 0
	switch {
	case d.Err != nil:
		return s.listFailed(d.Err), nil
	case !d.Value.found:
		return screen.Say{Text: s.env.Words.Mailbox.NoUnread}, nil
	}
	if i := s.list.Index(d.Value.key); i >= 0 {
		s.list.Go(i)
	}
	return nil, s.arrived()
}
