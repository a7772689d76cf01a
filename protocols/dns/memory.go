package dns

import (
	"context"
	"errors"
	"sync"
)

// memory keeps what the walks of one Walker came to, so that side by side and later the same question is asked once.
// Failures are not kept: who comes later may have more luck.
type memory struct {
	mu    sync.Mutex
	known map[question]*outcome
}

// outcome is a walk under way or over.
type outcome struct {
	over chan struct{}
	got  Walked
	err  error
}

// once gives the outcome of the question, which it finds out if nobody did.
func (m *memory) once(ctx context.Context, q question, walk func() (Walked, error)) (Walked, error) {
	for {
		m.mu.Lock()
		o, asked := m.known[q]
		if !asked {
			o = &outcome{over: make(chan struct{})}
			m.known[q] = o
		}
		m.mu.Unlock()
		if !asked {
			return m.find(q, o, walk)
		}
		select {
		case <-ctx.Done():
			return Walked{Name: shown(q.name), Type: q.typeName(), DNSSEC: unchecked(q)}, q.ended("", ctx.Err())
		case <-o.over:
		}
		if o.err == nil || Absent(o.err) {
			return o.got, o.err
		}
	}
}

// find does the walk. One that panics is a failure to those who wait for it.
func (m *memory) find(q question, o *outcome, walk func() (Walked, error)) (Walked, error) {
	defer m.settle(q, o)
	o.err = errBroke
	o.got, o.err = walk()
	return o.got, o.err
}

// errBroke is the outcome of a walk that came to no end.
var errBroke = errors.New("the walk broke off")

// settle tells who waits; a failure is forgotten.
func (m *memory) settle(q question, o *outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.err != nil && !Absent(o.err) {
		delete(m.known, q)
	}
	close(o.over)
}
