package delivery

import (
	"errors"
	"strconv"
	"sync"

	"todoku/internal/trace"
)

// faultCode says that a piece of the run broke off by a fault of this program: what it would have found is not known.
const faultCode = "trace.fault"

// faulted is the error of a lookup that broke off so.
type faulted struct{ trace.Finding }

func (f faulted) Error() string { return f.Args["said"] }

func isFaulted(err error) bool { return errors.As(err, new(faulted)) }

// recovered is deferred where a panic ends one piece of the run alone. The piece's live hops, which at describes, say so,
// or a hop of its own; a note has the stack. broken keeps the finding where others look for what the piece found; it may
// be nil.
func (r *run) recovered(at Hop, broken func(trace.Finding)) {
	p := recover()
	if p == nil {
		return
	}
	fault := trace.PanicOf(p)
	r.span.Note("fault at " + at.Where + " " + at.What + ": " + fault.Error())
	f := trace.Finding{Code: faultCode, Level: trace.Unknown, Args: map[string]string{"host": at.Where, "said": fault.Said, "step": strconv.Itoa(at.Step)}}
	r.mu.Lock()
	r.faulty = true
	r.mu.Unlock()
	seen := false
	for _, h := range r.hopsOf(at.Step) {
		if h.State == Live && h.Where == at.Where && h.Addr == at.Addr && (at.ID == 0 || h.ID == at.ID) && h.Query == nil {
			r.end(h, f)
			seen = true
		}
	}
	if !seen {
		r.say(at, f)
	}
	if broken != nil {
		broken(f)
	}
}

// told gives a hop to who watches, whose panic costs no more than that.
func (r *run) told(h Hop) {
	defer func() {
		if p := recover(); p != nil {
			r.span.Note("fault in who watches a trace: " + trace.PanicOf(p).Error())
		}
	}()
	r.o.Watch(h)
}

// gate is something that others wait for. It may be opened more than once.
type gate struct {
	once sync.Once
	done chan struct{}
}

func newGate() *gate { return &gate{done: make(chan struct{})} }

func (g *gate) open() { g.once.Do(func() { close(g.done) }) }
