package mailsync

import (
	"bytes"
	"slices"
	"testing"

	"todoku/internal/store"
	"todoku/protocols/pop3"
)

// TestBatches: every message is committed once, in order and with its own octets, whatever the server announced, while
// those after it are read into memory that is used again.
func TestBatches(t *testing.T) {
	var entries []pop3.Entry
	for n := range 5000 {
		e := pop3.Entry{Number: n, Octets: int64(n * 7919 % 6000)}
		switch n {
		case 1000, 3500:
			e.Octets = batchOctets + 1
		}
		entries = append(entries, e)
	}
	said := func(e pop3.Entry) int64 { // three messages are larger than announced, and one smaller
		switch e.Number {
		case 10, 2000, 4999:
			return 1
		case 2500:
			return 3 * batchOctets
		}
		return e.Octets
	}
	octets := func(e pop3.Entry) []byte { return bytes.Repeat([]byte{byte(e.Number)}, int(e.Octets)) }
	var sizes []int
	next := 0
	b := startBatches(entries, func(some []store.Fetched) error {
		sizes = append(sizes, len(some))
		for _, f := range some {
			if int(f.Octets) != next || !bytes.Equal(f.Raw, octets(entries[next])) {
				t.Errorf("message %d came as %d, %d octets of %d", next, f.Octets, len(f.Raw), entries[next].Octets)
			}
			next++
		}
		return nil
	})
	for i, e := range entries {
		raw, err := b.read(bytes.NewReader(octets(e)), said(e))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.add(store.Fetched{Octets: int64(i), Raw: raw}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.end(); err != nil || next != len(entries) || b.stored != next {
		t.Fatalf("%d committed, stored %d, %v", next, b.stored, err)
	}
	if sizes[0] < firstMessages || slices.Max(sizes) > batchMessages {
		t.Errorf("batches of %v", sizes)
	}
}

// TestBatchesGrowWhileTheDiskIsBusy: what comes during a commit is the next one, whole.
func TestBatchesGrowWhileTheDiskIsBusy(t *testing.T) {
	began, release := make(chan int, 1), make(chan struct{})
	b := startBatches(nil, func(some []store.Fetched) error {
		began <- len(some)
		<-release
		return nil
	})
	add := func() {
		if err := b.add(store.Fetched{}); err != nil {
			t.Fatal(err)
		}
	}
	committed := func() int { // adds until a commit began
		for range batchMessages {
			select {
			case n := <-began:
				return n
			default:
				add()
			}
		}
		return <-began
	}
	first := committed()
	for len(b.filling.messages) < 3*fewMessages {
		add()
	}
	release <- struct{}{}
	second := committed()
	close(release)
	if err := b.end(); err != nil || first < firstMessages || second < 3*fewMessages {
		t.Errorf("committed %d, then %d; %v", first, second, err)
	}
}

// TestBatchesOfAFew take no more memory than the server announced.
func TestBatchesOfAFew(t *testing.T) {
	b := startBatches([]pop3.Entry{{Octets: 2000}, {Octets: 3000}}, func([]store.Fetched) error { return nil })
	for _, size := range []int{2000, 3000} {
		raw, err := b.read(bytes.NewReader(make([]byte, size)), int64(size))
		if err != nil || b.add(store.Fetched{Raw: raw}) != nil {
			t.Fatal(err)
		}
	}
	if got := cap(b.filling.memory); got != 5000+bytes.MinRead || len(b.filling.memory) != 5000 {
		t.Errorf("%d octets of %d", len(b.filling.memory), got)
	}
	if err := b.end(); err != nil {
		t.Fatal(err)
	}
}
