package mailbox

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// order is how the list is ordered.
type order int

const (
	newestFirst order = iota
	oldestFirst
	bySender
	bySubject
	largestFirst
	orders
)

// orderChunk is how many rows are read at once to be ordered.
const orderChunk = 1000

// askOrder is the sheet of orders.
type askOrder struct{}

func (s *Screen) chooseOrder() screen.Action {
	c := screen.Choose{To: askOrder{}, Title: s.env.Words.Verbs[string(keys.Order)].Foot, At: int(s.order)}
	for _, name := range s.env.Words.Mailbox.Orders {
		c.Rows = append(c.Rows, screen.Choice{Name: name})
	}
	return c
}

// setOrder orders the list anew; the cursor stays on its message.
func (s *Screen) setOrder(o order) (screen.Action, tea.Cmd) {
	if o < 0 || o >= orders {
		return nil, nil
	}
	s.order, s.sorted = o, nil
	s.env.Jobs.Cancel(s.state.order)
	s.state.order = 0
	said := screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Mailbox.Ordered, s.env.Words.Mailbox.Orders[o])}
	if o == newestFirst || o == oldestFirst {
		s.coming = true
		return said, s.loadList()
	}
	return said, s.sortList(s.list.Keys())
}

// ordered puts keys, which come newest first, into the order chosen. Those that were not there when the list was
// sorted stand first until they are sorted in.
func (s *Screen) ordered(keys []int64) []int64 {
	switch {
	case s.order == oldestFirst:
		keys = slices.Clone(keys)
		slices.Reverse(keys)
	case s.sorted != nil:
		place := func(k int64) int {
			if i, ok := s.sorted[k]; ok {
				return i
			}
			return -1
		}
		keys = slices.Clone(keys)
		slices.SortStableFunc(keys, func(a, b int64) int { return cmp.Compare(place(a), place(b)) })
	}
	return keys
}

// sortNew sorts in what came since the list was sorted.
func (s *Screen) sortNew() tea.Cmd {
	if s.sorted == nil || s.state.order != 0 {
		return nil
	}
	keys := s.list.Keys()
	if !slices.ContainsFunc(keys, func(k int64) bool { _, ok := s.sorted[k]; return !ok }) {
		return nil
	}
	return s.sortList(keys)
}

// sorted is a list in its order.
type sorted struct{ keys []int64 }

// sortable is what one row is ordered by.
type sortable struct {
	key  int64
	text string
	size int64
	date time.Time
}

// sortList reads what the rows are ordered by and orders them, away from the keys: a folder may hold 100,000.
func (s *Screen) sortList(keys []int64) tea.Cmd {
	by, what := s.order, s.env.Words.Mailbox.Sorting
	keys = slices.Clone(keys)
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: what}, func(ctx context.Context, c jobs.Control) (sorted, error) {
		rows := make([]sortable, 0, len(keys))
		for chunk := range slices.Chunk(keys, orderChunk) {
			page, err := s.mail.Rows(ctx, c.Span, session.RowsOptions{Keys: chunk})
			if err != nil {
				return sorted{}, err
			}
			for _, r := range page {
				rows = append(rows, sortable{key: r.Key, text: by.text(r), size: r.Size, date: r.Envelope.Date})
			}
			c.Report(jobs.Progress{What: what, Done: len(rows), Of: len(keys)})
		}
		slices.SortStableFunc(rows, by.compare)
		out := make([]int64, len(rows))
		for i, r := range rows {
			out[i] = r.key
		}
		return sorted{keys: out}, nil
	})
	s.state.order = id
	return cmd
}

func (o order) compare(a, b sortable) int {
	if o == largestFirst {
		return cmp.Or(cmp.Compare(b.size, a.size), b.date.Compare(a.date))
	}
	return cmp.Or(strings.Compare(a.text, b.text), b.date.Compare(a.date))
}

// text is what a row is ordered by: the sender's name, or the subject without what replies put before it.
func (o order) text(r session.Row) string {
	switch o {
	case bySender:
		from := firstOf(r.Envelope.From)
		return strings.ToLower(cmp.Or(from.Name, from.Addr))
	case bySubject:
		return strings.ToLower(mail.BaseSubject(r.Envelope.Subject))
	}
	return ""
}

func (s *Screen) orderDone(d jobs.Done[sorted]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.order {
		return nil, nil
	}
	s.state.order = 0
	if d.Err != nil {
		s.order = newestFirst
		return s.listFailed(d.Err), s.loadList()
	}
	s.sorted = make(map[int64]int, len(d.Value.keys))
	for i, k := range d.Value.keys {
		s.sorted[k] = i
	}
	s.coming = true
	act := s.setKeys(s.list.Keys())
	return act, tea.Batch(s.sortNew(), s.arrived())
}
