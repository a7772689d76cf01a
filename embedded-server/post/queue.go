package post

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"todoku/embedded-server/maildrop"
)

// item is a queue entry with its envelope read.
type item struct {
	maildrop.QueueItem
	mail Mail
	rcpt Recipient
}

// queued makes the queue entry for one recipient. Its addresses are followed, after a blank, by the DSN parameters.
func (o *Office) queued(m Mail, r Recipient, n int) maildrop.QueueItem {
	id := m.ID
	if n > 0 {
		id = fmt.Sprintf("%s.%d", m.ID, n+1)
	}
	now := o.cfg.Now()
	return maildrop.QueueItem{
		ID: id, Host: o.cfg.Host, Data: m.Data, Accepted: now, Next: now,
		From: withParams(m.From, "RET", m.Return, "ENVID", m.EnvID),
		To:   withParams(r.Addr, "NOTIFY", r.Notify, "ORCPT", r.ORcpt),
	}
}

func withParams(addr string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return addr
	}
	return addr + " " + v.Encode()
}

// params undoes withParams. Encoded parameters hold no blank, so the last one parts them from the address, unless the
// blank is inside a quoted local part and there are none.
func params(s string) (string, url.Values) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 || strings.Contains(s[i:], "@") {
		return s, nil
	}
	v, err := url.ParseQuery(s[i+1:])
	if err != nil {
		return s, nil
	}
	return s[:i], v
}

func read(q maildrop.QueueItem) *item {
	from, fp := params(q.From)
	to, tp := params(q.To)
	it := &item{QueueItem: q}
	it.rcpt = Recipient{Addr: to, Notify: tp.Get("NOTIFY"), ORcpt: tp.Get("ORCPT")}
	it.mail = Mail{ID: q.ID, From: from, To: []Recipient{it.rcpt}, Return: fp.Get("RET"), EnvID: fp.Get("ENVID"),
		Received: q.Accepted, Data: q.Data}
	return it
}

// scanPause is the least time between two looks through the queue.
const scanPause = 10 * time.Millisecond

// run looks through the queue whenever something came, a time is reached or an attempt ended.
func (o *Office) run() {
	defer o.cfg.Span.Recovered("the queue of " + o.cfg.Host)
	slots := make(chan struct{}, workers)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait, err := o.scan(slots)
		if err != nil && o.ctx.Err() == nil {
			o.cfg.Span.Note("queue of " + o.cfg.Host + " cannot be read: " + err.Error())
			wait = time.Minute
		}
		select { // let what comes in a burst gather
		case <-o.ctx.Done():
			return
		case <-time.After(scanPause):
		}
		timer.Reset(max(wait-scanPause, 0))
		select {
		case <-o.ctx.Done():
			return
		case <-o.wake:
		case <-timer.C:
		}
	}
}

// scan starts an attempt for each domain that has due messages, and says how long until the next are due.
func (o *Office) scan(slots chan struct{}) (time.Duration, error) {
	byDomain, next, err := o.due()
	if err != nil {
		return 0, err
	}
	for _, domain := range slices.Sorted(maps.Keys(byDomain)) {
		select {
		case slots <- struct{}{}:
		case <-o.ctx.Done():
			return next, nil
		}
		items := byDomain[domain]
		for _, it := range items {
			o.note(it.ID, "looking up "+domain)
		}
		o.wg.Go(func() {
			defer o.Wake()
			defer func() { <-slots }()
			defer o.cfg.Span.Recovered("the relay to " + domain)
			o.attempt(domain, items)
		})
	}
	return next, nil
}

// due gives the messages to try now, by domain, and how long until others are.
//
// What is being tried is asked before the queue is read: an attempt that ends in between has taken its message out of the
// queue, but not out of what was read.
func (o *Office) due() (map[string][]*item, time.Duration, error) {
	tried := o.beingTried()
	all, err := o.cfg.Store.Queue(o.ctx, o.cfg.Host)
	if err != nil {
		return nil, 0, err
	}
	now := o.cfg.Now()
	next := time.Hour
	byDomain := make(map[string][]*item)
	for _, q := range all {
		it := read(q)
		domain := strings.ToLower(domainOf(it.rcpt.Addr))
		switch {
		case tried[q.ID] != "" || len(byDomain[domain]) >= perSession:
		case q.Next.After(now):
			next = min(next, q.Next.Sub(now))
		default:
			byDomain[domain] = append(byDomain[domain], it)
		}
	}
	return byDomain, next, nil
}

func (o *Office) beingTried() map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.live)
}

func (o *Office) doing(id string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.live[id]
}

// note says what is being done with a message; "" says nothing any more.
func (o *Office) note(id, what string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if what == "" {
		delete(o.live, id)
		return
	}
	o.live[id] = what
}

// Retry makes a waiting message due now; false means that there is none with this id.
func (o *Office) Retry(ctx context.Context, id string) (bool, error) {
	all, err := o.cfg.Store.Queue(ctx, o.cfg.Host)
	if err != nil {
		return false, err
	}
	for _, q := range all {
		if q.ID == id {
			err := o.cfg.Store.Requeue(ctx, id, o.cfg.Now(), q.Attempts, q.Last)
			o.Wake()
			return !errors.Is(err, maildrop.ErrNoMessage), err
		}
	}
	return false, nil
}

// Entry is one waiting message and recipient, for people.
type Entry struct {
	ID       string    `json:"id"`
	Host     string    `json:"host"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	Size     int64     `json:"size"`
	Accepted time.Time `json:"accepted"`
	Next     time.Time `json:"next"`
	Attempts int       `json:"attempts"`
	Last     string    `json:"last,omitempty"`  // the last reply
	Doing    string    `json:"doing,omitempty"` // what is being done now: "RCPT on mx2.tsuru.test"
}

// Entries lists the queue, next due first.
func (o *Office) Entries(ctx context.Context) ([]Entry, error) {
	all, err := o.cfg.Store.Queue(ctx, o.cfg.Host)
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(all))
	for _, q := range all {
		it := read(q)
		list = append(list, Entry{ID: q.ID, Host: q.Host, From: it.mail.From, To: it.rcpt.Addr, Size: int64(len(q.Data)),
			Accepted: q.Accepted, Next: q.Next, Attempts: q.Attempts, Last: q.Last, Doing: o.doing(q.ID)})
	}
	return list, nil
}
