package delivery

import (
	"context"
	"errors"
	"sync"
)

// errGivenUp is the cause of a wait that a person ended while the run goes on.
var errGivenUp = errors.New("given up by hand")

// Waits are the waits of a run that a person may give up one by one. The zero value is ready; nil has none.
type Waits struct {
	mu   sync.Mutex
	ends map[int]context.CancelCauseFunc
}

// GiveUp ends the wait of a hop, as if its time were over for this run alone; false if nothing is waited for there.
func (w *Waits) GiveUp(hop int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	end, ok := w.ends[hop]
	if ok {
		end(errGivenUp)
	}
	return ok
}

// Holds reports whether a hop waits for something that can be given up.
func (w *Waits) Holds(hop int) bool {
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.ends[hop]
	return ok
}

// begin makes the context of a hop's wait; the function returned must be called when the wait is over. The context goes
// on until the run's ends: a connection that was made in it lives as long as it does.
func (w *Waits) begin(ctx context.Context, hop int) (context.Context, func()) {
	if w == nil {
		return ctx, func() {}
	}
	within, end := context.WithCancelCause(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ends == nil {
		w.ends = map[int]context.CancelCauseFunc{}
	}
	w.ends[hop] = end
	return within, func() {
		w.mu.Lock()
		delete(w.ends, hop)
		w.mu.Unlock()
	}
}
