package maildrop

import (
	"cmp"
	"context"
	"slices"
)

// maxLog is how many changes a folder's log keeps; a session that slept longer reads the whole folder again.
const maxLog = 4096

// change is one committed change of one message.
type change struct {
	Message
	folder int64
	before uint64 // the folder's modseq before it
	gone   bool
}

// changeLog is the newest changes of one folder, oldest first. It knows all that happened after floor.
type changeLog struct {
	floor uint64
	list  []change
}

type watcher struct{ c chan struct{} }

// publish is called after the commit, in the order of the commits.
func (s *Store) publish(news []change, touched map[string]struct{}) {
	if len(news) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range news {
		l := s.logs[c.folder]
		if l == nil {
			l = &changeLog{floor: c.before}
			s.logs[c.folder] = l
		}
		l.list = append(l.list, c)
		if len(l.list) >= 2*maxLog {
			drop := len(l.list) - maxLog
			l.floor = l.list[drop-1].ModSeq
			l.list = slices.Clone(l.list[drop:])
		}
	}
	for user := range touched {
		for w := range s.watchers[user] {
			select {
			case w.c <- struct{}{}:
			default: // a value waits already
			}
		}
	}
}

// Subscribe gives a channel on which a value waits after something changed in the user's mailbox; stop ends it.
func (s *Store) Subscribe(address string) (<-chan struct{}, func()) {
	address = fold(address)
	w := &watcher{c: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchers[address] == nil {
		s.watchers[address] = map[*watcher]struct{}{}
	}
	s.watchers[address][w] = struct{}{}
	return w.c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers[address], w)
	}
}

// Changes says what happened in the folder after modseq since.
func (s *Store) Changes(ctx context.Context, folder int64, since uint64) (Changes, error) {
	s.mu.RLock()
	l := s.logs[folder]
	if l == nil || len(l.list) == 0 || l.list[len(l.list)-1].ModSeq <= since {
		s.mu.RUnlock()
		return Changes{ModSeq: since}, nil
	}
	if since < l.floor {
		s.mu.RUnlock()
		f, list, err := s.Open(ctx, folder)
		return Changes{ModSeq: f.ModSeq, Changed: list, Full: true}, err
	}
	first, _ := slices.BinarySearchFunc(l.list, since+1, func(c change, m uint64) int { return cmp.Compare(c.ModSeq, m) })
	news := slices.Clone(l.list[first:])
	s.mu.RUnlock()
	return lastStates(news), nil
}

// lastStates keeps the last state of each message.
func lastStates(news []change) Changes {
	c := Changes{ModSeq: news[len(news)-1].ModSeq}
	slices.SortStableFunc(news, func(a, b change) int { return cmp.Compare(a.UID, b.UID) })
	for i, n := range news {
		if i+1 < len(news) && news[i+1].UID == n.UID {
			continue
		}
		if n.gone {
			c.Gone = append(c.Gone, n.UID)
		} else {
			c.Changed = append(c.Changed, n.Message)
		}
	}
	return c
}
