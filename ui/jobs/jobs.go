// Package jobs is the only room of the interface with goroutines: it runs calls of the session with a context,
// gathers what they report until the next frame, cancels them, and catches every panic.
package jobs

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/ui/text"
)

// ID names a job. The zero ID is no job.
type ID int64

// Frame is how long messages are gathered before they go to the screen together.
const Frame = time.Second / 120

// Done is the end of a job. Whoever started it drops it if the ID is not the one it waits for.
type Done[T any] struct {
	Job   ID
	Value T
	Err   error
}

// Progress is what a job reports while it runs.
type Progress struct {
	Job   ID
	What  text.Safe
	Done  int
	Of    int // 0 when unknown
	Value any // a partial result, if the job has one
}

// Batch is all that was reported since the last one.
type Batch []tea.Msg

// Fault is a panic in a job: a fault of the program itself.
type Fault struct {
	What  string
	Stack string
}

func (f Fault) Error() string { return f.What }

// Spec says what a job is for.
type Spec struct {
	What     text.Safe     // "getting new mail", for the notice row; empty for what nobody waits for
	Standing bool          // runs as long as its screen: never shown, not stopped by esc
	Limit    time.Duration // 0 for none
}

// Wait is a running job that somebody waits for.
type Wait struct {
	ID       ID
	Spec     Spec
	Began    time.Time
	Progress Progress
}

// Runner starts and stops jobs.
type Runner struct {
	span *trace.Span
	now  func() time.Time

	mu      sync.Mutex
	next    ID
	running map[ID]*running
	order   []ID
	queue   []tea.Msg
	signal  chan struct{}
	active  sync.WaitGroup // jobs that are not standing
	after   func(time.Duration, func()) (stop func())
	ctx     context.Context
	cancel  context.CancelFunc
}

type running struct {
	wait   Wait
	cancel context.CancelFunc
}

// New makes a runner whose jobs are observed by span; now may be nil.
func New(span *trace.Span, now func() time.Time) *Runner {
	if now == nil {
		now = time.Now
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Runner{span: span, now: now, running: map[ID]*running{}, signal: make(chan struct{}, 1), ctx: ctx,
		cancel: cancel, after: afterFunc}
}

func afterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// SetTimer replaces the timer, for tests that move their own clock.
func (r *Runner) SetTimer(after func(time.Duration, func()) (stop func())) { r.after = after }

// Control is what a running call may use.
type Control struct {
	Span   *trace.Span
	Report func(Progress) // may be called from any goroutine
}

// Start runs call in a goroutine of its own once the returned command is run. Its end arrives as Done[T].
func Start[T any](r *Runner, spec Spec, call func(context.Context, Control) (T, error)) (ID, tea.Cmd) {
	id, ctx := r.begin(spec)
	run := func() {
		defer r.end(id, nil) // also after a panic
		v, err := call(ctx, Control{Span: r.span, Report: func(p Progress) { r.report(id, p) }})
		r.end(id, Done[T]{Job: id, Value: v, Err: err})
	}
	return id, func() tea.Msg {
		r.Go(run)
		return nil
	}
}

// Ask puts a question to the screen from inside a job and waits for the answer, or for the end of ctx. question makes
// the message that carries answer along; the first answer counts, and giving one never waits.
func Ask[T any](ctx context.Context, r *Runner, question func(answer func(T)) tea.Msg) (T, error) {
	answered := make(chan T, 1)
	r.Post(question(func(v T) {
		select {
		case answered <- v:
		default:
		}
	}))
	select {
	case v := <-answered:
		return v, nil
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func (r *Runner) begin(spec Spec) (ID, context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ctx, cancel := context.WithCancel(r.ctx)
	if spec.Limit > 0 {
		ctx, cancel = context.WithTimeout(r.ctx, spec.Limit)
	}
	r.next++
	id := r.next
	r.running[id] = &running{wait: Wait{ID: id, Spec: spec, Began: r.now()}, cancel: cancel}
	r.order = append(r.order, id)
	if !spec.Standing {
		r.active.Add(1)
	}
	return id, ctx
}

// end takes a job off the list and posts its result with it, so that whoever sees no job running finds all results.
func (r *Runner) end(id ID, result tea.Msg) {
	r.mu.Lock()
	j, ok := r.running[id]
	if !ok {
		r.mu.Unlock()
		return
	}
	delete(r.running, id)
	r.order = slices.DeleteFunc(r.order, func(o ID) bool { return o == id })
	if result != nil {
		r.queue = append(r.queue, result)
	}
	r.mu.Unlock()
	r.wake()
	j.cancel()
	if !j.wait.Spec.Standing {
		r.active.Done()
	}
}

// Go runs f in a goroutine. A panic in f becomes a Fault, which ends the program with the terminal restored.
func (r *Runner) Go(f func()) {
	go func() {
		defer func() {
			if p := recover(); p != nil {
				r.Post(Fault{What: fmt.Sprint(p), Stack: string(debug.Stack())})
			}
		}()
		f()
	}()
}

// After posts msg after d. A zero d posts it at once.
func (r *Runner) After(d time.Duration, msg tea.Msg) (stop func()) {
	return r.after(d, func() { r.Post(msg) })
}

// Post queues a message for the screen; it is safe from any goroutine and never blocks.
func (r *Runner) Post(msg tea.Msg) {
	r.mu.Lock()
	r.queue = append(r.queue, msg)
	r.mu.Unlock()
	r.wake()
}

func (r *Runner) wake() {
	select {
	case r.signal <- struct{}{}:
	default:
	}
}

// Posted has a value when there is something to take.
func (r *Runner) Posted() <-chan struct{} { return r.signal }

// Running counts the jobs that are not standing.
func (r *Runner) Running() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, j := range r.running {
		if !j.wait.Spec.Standing {
			n++
		}
	}
	return n
}

func (r *Runner) report(id ID, p Progress) {
	p.Job = id
	r.mu.Lock()
	if j, ok := r.running[id]; ok {
		j.wait.Progress = p
	}
	r.mu.Unlock()
	r.Post(p)
}

// Take gives what was posted since the last Take.
func (r *Runner) Take() Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queue
	r.queue = nil
	return q
}

// Pump sends what is posted to the program, at most once a frame, until ctx ends.
func (r *Runner) Pump(ctx context.Context, send func(tea.Msg)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.signal:
		}
		if b := r.Take(); len(b) > 0 {
			send(b)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(Frame):
		}
	}
}

// Settle waits until no job is running that somebody waits for.
func (r *Runner) Settle() { r.active.Wait() }

// Cancel stops a job; its Done may still arrive.
func (r *Runner) Cancel(id ID) {
	r.mu.Lock()
	j := r.running[id]
	r.mu.Unlock()
	if j != nil {
		j.cancel()
	}
}

// CancelAll stops every job that is not standing and says how many there were.
func (r *Runner) CancelAll() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, j := range r.running {
		if !j.wait.Spec.Standing {
			j.cancel()
			n++
		}
	}
	return n
}

// Close stops everything, standing jobs too.
func (r *Runner) Close() { r.cancel() }

// Front gives the newest job that somebody waits for and that says what it is for.
func (r *Runner) Front() (Wait, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.order) - 1; i >= 0; i-- {
		w := r.running[r.order[i]].wait
		if !w.Spec.Standing && w.Spec.What != "" {
			return w, true
		}
	}
	return Wait{}, false
}
