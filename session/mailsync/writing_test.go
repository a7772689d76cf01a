package mailsync

import (
	"errors"
	"slices"
	"testing"
)

func TestWritingCommitsInOrder(t *testing.T) {
	var got []int
	w := startWriting(func(n int) error { got = append(got, n); return nil })
	for n := range 100 {
		if err := w.give(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.end(); err != nil || len(got) != 100 || !slices.IsSorted(got) {
		t.Fatalf("committed %v, %v", got, err)
	}
}

func TestWritingStopsAtTheFirstFailure(t *testing.T) {
	full := errors.New("disk full")
	calls := 0
	w := startWriting(func(int) error { calls++; return full })
	var err error
	for n := 0; err == nil && n < 10; n++ {
		err = w.give(n)
	}
	if !errors.Is(err, full) || !errors.Is(w.end(), full) || calls != 1 {
		t.Fatalf("%v after %d commits", err, calls)
	}
}

func TestWritingGivesTheReaderItsPanic(t *testing.T) {
	w := startWriting(func(int) error { panic("broken") })
	if err := w.give(1); err != nil {
		t.Fatal(err)
	}
	if err := w.give(2); err == nil {
		t.Error("a chunk was taken after the panic")
	}
	defer func() {
		if p := recover(); p != "broken" {
			t.Errorf("end gave %v", p)
		}
	}()
	w.end()
	t.Error("end returned")
}
