package mailsync

import "fmt"

// writing commits chunks in their order while the next one is being read, so that the connection does not wait for the
// disk. Two chunks are in memory at most: the one being committed and the one being read.
type writing[T any] struct {
	chunks chan T
	failed chan struct{} // closed once err is set
	ended  chan struct{}
	err    error
	fault  any // what commit panicked with
}

// startWriting begins; end must follow. After commit failed once it is not called again.
func startWriting[T any](commit func(T) error) *writing[T] {
	w := &writing[T]{chunks: make(chan T), failed: make(chan struct{}), ended: make(chan struct{})}
	go w.run(commit)
	return w
}

func (w *writing[T]) run(commit func(T) error) {
	defer close(w.ended)
	defer func() {
		if w.fault = recover(); w.fault != nil {
			w.err = fmt.Errorf("a commit panicked: %v", w.fault)
			close(w.failed)
		}
	}()
	for chunk := range w.chunks {
		if w.err = commit(chunk); w.err != nil {
			close(w.failed)
			return
		}
	}
}

// give hands over a chunk, which belongs to commit from now on. The error is that of an earlier chunk.
func (w *writing[T]) give(chunk T) error {
	select {
	case w.chunks <- chunk:
		return nil
	case <-w.failed:
		return w.err
	}
}

// offer hands a chunk over if nothing is being committed; then it belongs to commit. The error is that of an earlier chunk.
func (w *writing[T]) offer(chunk T) (taken bool, err error) {
	select {
	case w.chunks <- chunk:
		return true, nil
	case <-w.failed:
		return false, w.err
	default:
		return false, nil
	}
}

// end waits until everything given is committed. A panic of commit goes on here, where somebody restores the terminal.
func (w *writing[T]) end() error {
	close(w.chunks)
	<-w.ended
	if w.fault != nil {
		panic(w.fault)
	}
	return w.err
}
