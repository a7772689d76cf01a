package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// LiveTrace is what `todoku trace` has drawn: whose ways, how, and by which session. The first trace opens the session, so
// that the screen waits for none.
type LiveTrace struct {
	Targets []string
	Options session.TraceOptions

	open   func() (*session.Session, error)
	opened atomic.Pointer[session.Session]

	mu     sync.Mutex
	closed bool           // the interface was left: nothing begins any more
	active sync.WaitGroup // traces
	ends   map[string]end // of the newest trace of each target
	others []string       // targets that the person asked for on the screen
}

// end is how a trace ended.
type end struct {
	report delivery.Report
	err    error
}

// Session is the one that traces; nil until the first trace has opened it.
func (l *LiveTrace) Session() *session.Session { return l.opened.Load() }

// Account finds an account of the session by its name.
func (l *LiveTrace) Account(name string) (session.Account, bool) {
	if s := l.Session(); s != nil {
		return s.Account(name)
	}
	return session.Account{}, false
}

// Accounts are those of the session.
func (l *LiveTrace) Accounts() []session.Account {
	if s := l.Session(); s != nil {
		return s.Accounts()
	}
	return nil
}

// SameFault is the fault of the sandbox with the cause of what was found.
func (l *LiveTrace) SameFault(f trace.Finding) (id string, ok bool) {
	if s := l.Session(); s != nil {
		return s.SameFault(f)
	}
	return "", false
}

// Trace opens the session where that is still to be done, and traces.
func (l *LiveTrace) Trace(ctx context.Context, span *trace.Span, o session.TraceOptions) (report delivery.Report, err error) {
	s, err := l.begin()
	if err != nil {
		span.End(err)
		return report, err
	}
	defer l.active.Done()
	report, err = s.Trace(ctx, span, o)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.ends[o.Target]; !known && !slices.Contains(l.Targets, o.Target) {
		l.others = append(l.others, o.Target)
	}
	l.ends[o.Target] = end{report, err}
	return report, err
}

// begin counts a trace that begins, on the session that the first of them opens.
func (l *LiveTrace) begin() (*session.Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, context.Canceled
	}
	s, err := l.open()
	if err != nil && !errors.Is(err, session.ErrNoAccount) {
		for _, target := range l.Targets {
			l.ends[target] = end{err: err}
		}
		return nil, err
	}
	l.opened.Store(s)
	l.active.Add(1)
	return s, nil
}

// finish waits for the traces under way, which the end of the interface ended.
func (l *LiveTrace) finish() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.active.Wait()
}

// drawTraces draws traces as they run. What they came to is printed when the person has left the screen.
func (a *app) drawTraces(ctx context.Context, o session.TraceOptions, targets []string) error {
	live := &LiveTrace{Targets: targets, Options: o, open: func() (*session.Session, error) { return a.open(ctx) }, ends: map[string]end{}}
	err := a.drawAlone(ctx, InterfaceOptions{Trace: live})
	live.finish()
	if err != nil {
		return err
	}
	words := text.New(text.Lang(a.lang()))
	var worst error
	for i, target := range slices.Concat(targets, live.others) {
		e, traced := live.ends[target]
		if !traced {
			worst = first(worst, &exitStatus{ExitTemporary})
			continue
		}
		if i > 0 {
			fmt.Fprintln(a.env.Stdout)
		}
		worst = first(worst, a.ended(words, e))
	}
	return worst
}
