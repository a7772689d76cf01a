package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func clock() func() time.Time {
	at := time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC)
	return func() time.Time { return at }
}

func TestRunFileRoundTrip(t *testing.T) {
	var file bytes.Buffer
	w, err := NewWriter(&file, Header{Version: "0.1", Command: "trace bob@fuji.test", Started: clock()()})
	if err != nil {
		t.Fatal(err)
	}
	var rec Recorder
	span := New(Tee(w, &rec), clock())
	child := span.Child("SMTP to mx1")
	child.Emit(Event{Kind: KindRecv, Data: []byte("220 \xff\x00\x1b[31m"), Elapsed: time.Millisecond})
	child.Find(Finding{Code: "smtp.greylisted", Level: Warn, Args: map[string]string{"host": "mx1"}})
	child.End(errors.New("gone"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	h, events, err := ReadRun(&file)
	if err != nil {
		t.Fatal(err)
	}
	if h.Schema != SchemaVersion || h.Command != "trace bob@fuji.test" {
		t.Errorf("header %+v", h)
	}
	var got []Event
	for e, err := range events {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if d := cmp.Diff(rec.Events(), got); d != "" {
		t.Errorf("read (+) is not what was recorded (-):\n%s", d)
	}
}

type fullDisk struct{ room int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWriterReportsFullDisk(t *testing.T) {
	w, err := NewWriter(&fullDisk{room: 300}, Header{})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		w.Emit(Event{Kind: KindNote, Name: "x"})
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("Close: %v", err)
	}
}

func seqs(events []Event) string {
	var b strings.Builder
	for _, e := range events {
		if e.Kind == KindDropped {
			fmt.Fprintf(&b, "[%d dropped]", e.Size)
			continue
		}
		fmt.Fprintf(&b, "%d ", e.Seq)
	}
	return strings.TrimSpace(b.String())
}

func TestFanoutTellsWhatWasMissed(t *testing.T) {
	var fan Fanout
	slow, quick := fan.Subscribe(4), fan.Subscribe(100)
	emit := func(from, to int64) {
		for i := from; i <= to; i++ {
			fan.Emit(Event{Seq: i})
		}
	}
	emit(1, 9)
	if got := seqs(slow.Take(2)); got != "1 2" {
		t.Errorf("first %s", got)
	}
	emit(10, 12)
	if got := seqs(slow.Take(0)); got != "3 4 [5 dropped]10" {
		t.Errorf("then %s", got)
	}
	if got := seqs(slow.Take(0)); got != "[2 dropped]" {
		t.Errorf("the last gap is %q", got)
	}
	emit(13, 13)
	if got := seqs(slow.Take(0)); got != "13" {
		t.Errorf("after the gap %s", got)
	}
	if got := seqs(quick.Take(0)); got != "1 2 3 4 5 6 7 8 9 10 11 12 13" {
		t.Errorf("the quick one got %s", got)
	}
	slow.Close()
	emit(14, 14)
	if got := slow.Take(0); len(got) != 0 {
		t.Errorf("closed, got %s", seqs(got))
	}
}

func TestFanoutAddsUp(t *testing.T) {
	var fan Fanout
	sub := fan.Subscribe(8)
	const events = 5000
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range events {
			fan.Emit(Event{Seq: int64(i + 1)})
		}
		sub.Close()
	})
	var got, missed int64
	for {
		e, ok := sub.Next(context.Background())
		if !ok {
			break
		}
		if e.Kind == KindDropped {
			missed += e.Size
			continue
		}
		got++
	}
	wg.Wait()
	if got+missed != events {
		t.Errorf("%d events and %d missed, want %d together", got, missed, events)
	}
}

func TestVisible(t *testing.T) {
	in := "a\r\n\x00\x1b[0m\x7f\xff\u009b\u202e\U000e0041 届く"
	want := `a␍␊␀␛[0m␡\xff\u{9b}\u{202e}\u{e0041} 届く`
	if got := Visible([]byte(in)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// panicking takes a header and breaks at the next write.
type panicking struct{ writes int }

func (p *panicking) Write(b []byte) (int, error) {
	if p.writes++; p.writes > 1 {
		panic("the writer broke")
	}
	return len(b), nil
}

func TestPanicOfTheRunFileIsSaidByClose(t *testing.T) {
	w, err := NewWriter(&panicking{}, Header{})
	if err != nil {
		t.Fatal(err)
	}
	w.Emit(Event{Kind: KindNote, Name: "a"})
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "the writer broke") {
		t.Errorf("Close gave %v", err)
	}
}
