package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// pollEvery is how often another process's commits are looked for while somebody subscribes.
const pollEvery = 250 * time.Millisecond

// Subscribe tells about every commit, of this process at once and of others within pollEvery. Notices of one kind that
// were not yet received merge, so a slow receiver delays nobody and misses nothing. stop closes the channel.
// A panic of the hub closes it too, and goes on in stop, where somebody restores the terminal.
func (s *Store) Subscribe() (changes <-chan Change, stop func()) { return s.hub.subscribe() }

// hub compares the versions that every commit raises (folders.version and the table versions) with those last seen.
// Commits of this process and of others are found in the same way; only the moment of looking differs.
type hub struct {
	s     *Store
	poked chan struct{}

	mu     sync.Mutex
	subs   map[*subscriber]struct{}
	cancel context.CancelFunc // of the running look-out, nil without subscribers
	done   chan struct{}
	closed bool
	fault  any // what a goroutine of the hub panicked with

	delivering sync.WaitGroup
}

type subscriber struct {
	cancel  context.CancelFunc
	out     chan Change
	wake    chan struct{}
	mu      sync.Mutex
	waiting []Change
}

func newHub(s *Store) *hub {
	return &hub{s: s, poked: make(chan struct{}, 1), subs: map[*subscriber]struct{}{}}
}

// poke says that this process committed.
func (h *hub) poke() {
	select {
	case h.poked <- struct{}{}:
	default:
	}
}

func (h *hub) subscribe() (<-chan Change, func()) {
	sub := &subscriber{out: make(chan Change), wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.fault != nil {
		close(sub.out)
		return sub.out, func() {}
	}
	h.subs[sub] = struct{}{}
	if h.cancel == nil {
		h.start()
	}
	ctx, cancel := context.WithCancel(context.Background())
	sub.cancel = cancel
	h.delivering.Go(func() {
		defer h.caught()
		sub.deliver(ctx)
	})
	return sub.out, func() {
		cancel()
		if fault := h.leave(sub); fault != nil {
			panic(fault)
		}
	}
}

// caught is deferred in the hub's goroutines: a panic ends all subscriptions.
func (h *hub) caught() {
	p := recover()
	if p == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = fmt.Sprintf("%v\n%s", p, debug.Stack())
	for sub := range h.subs {
		sub.cancel()
	}
}

// start begins to look out; the first look, which is what changes are compared with, is before it returns, so that
// nothing that is committed after Subscribe is missed.
func (h *hub) start() {
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel, h.done = cancel, make(chan struct{})
	go h.run(ctx, newLookout(ctx, h.s), h.done)
}

func (h *hub) run(ctx context.Context, look *lookout, done chan struct{}) {
	defer close(done)
	defer h.caught()
	defer look.close()
	h.watch(ctx, look)
}

// leave ends a subscription and gives the hub's fault, if it has one.
func (h *hub) leave(sub *subscriber) (fault any) {
	h.mu.Lock()
	delete(h.subs, sub)
	var done chan struct{}
	if len(h.subs) == 0 && h.cancel != nil {
		h.cancel()
		h.cancel, done = nil, h.done
	}
	fault = h.fault
	h.mu.Unlock()
	if done != nil {
		<-done
	}
	return fault
}

func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	cancel, done := h.cancel, h.done
	h.cancel = nil
	for sub := range h.subs {
		sub.cancel()
	}
	h.mu.Unlock()
	h.delivering.Wait()
	if cancel != nil {
		cancel()
		<-done
	}
}

func (h *hub) watch(ctx context.Context, look *lookout) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-h.poked:
		}
		h.tell(look.changed(ctx))
	}
}

func (h *hub) tell(changes []Change) {
	if len(changes) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for sub := range h.subs {
		sub.add(changes)
	}
}

func (sub *subscriber) add(changes []Change) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	for _, c := range changes {
		known := false
		for _, w := range sub.waiting {
			known = known || w == c
		}
		if !known {
			sub.waiting = append(sub.waiting, c)
		}
	}
	select {
	case sub.wake <- struct{}{}:
	default:
	}
}

func (sub *subscriber) take() (Change, bool) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if len(sub.waiting) == 0 {
		return Change{}, false
	}
	c := sub.waiting[0]
	sub.waiting = sub.waiting[1:]
	return c, true
}

func (sub *subscriber) deliver(ctx context.Context) {
	defer close(sub.out)
	for {
		c, ok := sub.take()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-sub.wake:
			}
			continue
		}
		select {
		case sub.out <- c:
		case <-ctx.Done():
			return
		}
	}
}

// lookout remembers the versions last seen. A look that fails changes nothing: the next one finds what it missed.
type lookout struct {
	conn *sql.Conn
	data int64 // PRAGMA data_version, which differs when another connection committed
	seen map[Change]int64
}

func newLookout(ctx context.Context, s *Store) *lookout {
	conn, err := s.readers.Conn(ctx)
	if err != nil {
		return &lookout{}
	}
	l := &lookout{conn: conn}
	l.changed(ctx)
	return l
}

func (l *lookout) close() {
	if l.conn != nil {
		l.conn.Close()
	}
}

// changed gives what differs from the last look. When nobody committed it costs one pragma.
func (l *lookout) changed(ctx context.Context) []Change {
	var data int64
	if l.conn == nil || l.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&data) != nil || l.seen != nil && data == l.data {
		return nil
	}
	now, err := l.versions(ctx)
	if err != nil {
		return nil
	}
	var changes []Change
	for c, version := range now {
		if old, known := l.seen[c]; l.seen != nil && (!known || old != version) {
			changes = append(changes, c)
		}
	}
	l.seen, l.data = now, data
	return changes
}

func (l *lookout) versions(ctx context.Context) (map[Change]int64, error) {
	rows, err := l.conn.QueryContext(ctx, "SELECT account, name, version, 0 FROM folders UNION ALL SELECT account, what, n, 1 FROM versions")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	now := map[Change]int64{}
	for rows.Next() {
		var account, name string
		var version int64
		var named bool
		if err := rows.Scan(&account, &name, &version, &named); err != nil {
			return nil, err
		}
		now[changeOf(account, name, named)] = version
	}
	return now, rows.Err()
}

func changeOf(account, name string, named bool) Change {
	c := Change{Account: account}
	switch {
	case !named:
		c.Folder = name
	case name == "outbox":
		c.Outbox = true
	case name == "drafts":
		c.Drafts = true
	}
	return c
}
