package trace

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// Header is the first line of a run file; events follow, one JSON object a line. docs/runs.md documents both.
type Header struct {
	Schema  int       `json:"todoku_run"` // SchemaVersion
	Version string    `json:"version,omitempty"`
	Command string    `json:"command,omitempty"` // the verb, without its arguments: "todoku trace"
	Started time.Time `json:"started"`
	Masked  bool      `json:"masked,omitempty"` // a Masker went over the events
}

// Writer is a sink that writes a run file. Emit never waits for the file: events queue in memory, and one goroutine
// writes them.
type Writer struct {
	mu    sync.Mutex
	queue []Event
	err   error
	done  bool
	wake  chan struct{}
	ended chan struct{}
}

// NewWriter writes the header and begins. Close must be called.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	h.Schema = SchemaVersion
	line, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("cannot write the run file: %w", err)
	}
	f := &Writer{wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go f.run(bufio.NewWriter(w))
	return f, nil
}

// Emit queues e. After Close or an error it is forgotten.
func (f *Writer) Emit(e Event) {
	f.mu.Lock()
	if !f.done && f.err == nil {
		f.queue = append(f.queue, e)
	}
	f.mu.Unlock()
	f.poke()
}

func (f *Writer) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *Writer) run(w *bufio.Writer) {
	defer close(f.ended)
	defer f.caught()
	for {
		<-f.wake
		f.mu.Lock()
		batch, done := f.queue, f.done
		f.queue = nil
		f.mu.Unlock()
		if err := writeBatch(w, batch); err != nil {
			f.failed(err)
			return
		}
		if done {
			return
		}
	}
}

// failed ends the recording; Close says why.
func (f *Writer) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.queue = fmt.Errorf("cannot write the run file: %w", err), nil
}

// caught makes a failure of a panic: nobody restores the terminal in this goroutine.
func (f *Writer) caught() {
	if p := recover(); p != nil {
		f.failed(fmt.Errorf("fault: %v\n%s", p, debug.Stack()))
	}
}

func writeBatch(w *bufio.Writer, batch []Event) error {
	for _, e := range batch {
		line, err := e.JSON()
		if err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return w.Flush()
}

// Close writes what waits and gives the first error. It does not close the io.Writer.
func (f *Writer) Close() error {
	f.mu.Lock()
	f.done = true
	f.mu.Unlock()
	f.poke()
	<-f.ended
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// WriteRun writes events as a run file of its own, mode 0600 because what was said may be private. A file that is there
// already is never overwritten.
func WriteRun(path string, h Header, events iter.Seq[Event]) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	w, err := NewWriter(f, h)
	if err != nil {
		return err
	}
	for e := range events {
		w.Emit(e)
	}
	return w.Close()
}
