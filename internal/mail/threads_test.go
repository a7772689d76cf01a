package mail

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func threadMessage(minute int, id, subject string, refs ...string) Message {
	return Message{Envelope: Envelope{MessageID: id, Subject: subject, References: refs, Date: time.Date(2026, 11, 23, 9, minute, 0, 0, time.UTC)}}
}

func drawThreads(messages []Message) string {
	var out strings.Builder
	for _, thread := range Threads(messages) {
		for _, item := range thread.Items {
			fmt.Fprintf(&out, "%s%s ", strings.Repeat(">", item.Depth), messages[item.Index].Envelope.MessageID)
		}
		out.WriteString("| ")
	}
	return strings.TrimSuffix(strings.TrimSpace(out.String()), " |")
}

func TestThreads(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []Message
		want string
	}{
		{"none", nil, ""},
		{"a chain, given backwards", []Message{threadMessage(3, "c", "Re: x", "a", "b"), threadMessage(2, "b", "Re: x", "a"), threadMessage(1, "a", "x")}, "a >b >>c"},
		{"two threads, newest first", []Message{threadMessage(1, "a", "x"), threadMessage(2, "b", "y"), threadMessage(3, "c", "Re: x", "a")}, "a >c | b"},
		{"the root is missing", []Message{threadMessage(1, "b", "Re: x", "gone"), threadMessage(2, "c", "Re: x", "gone")}, "b >c"},
		{"the parent is missing", []Message{threadMessage(1, "a", "x"), threadMessage(2, "c", "Re: x", "a", "gone")}, "a >c"},
		{"subject only", []Message{threadMessage(1, "a", "打ち合わせ"), threadMessage(2, "b", "返信：打ち合わせ"), threadMessage(3, "c", "打ち合わせ")}, "c | a >b"},
		{"in a circle", []Message{threadMessage(1, "a", "x", "b"), threadMessage(2, "b", "x", "a")}, "b >a"},
		{"itself", []Message{threadMessage(1, "a", "x", "a")}, "a"},
		{"siblings by date", []Message{threadMessage(1, "a", "x"), threadMessage(9, "c", "Re: x", "a"), threadMessage(5, "b", "Re: x", "a")}, "a >b >c"},
		{"equal ids", []Message{threadMessage(1, "a", "x"), threadMessage(2, "a", "x"), threadMessage(3, "b", "Re: x", "a")}, "a >b | a"},
	} {
		if got := drawThreads(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestThreadsHoldEveryMessageOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f"})
		messages := make([]Message, rapid.IntRange(0, 12).Draw(t, "n"))
		for i := range messages {
			refs := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "gone"}), 0, 4).Draw(t, "refs")
			messages[i] = threadMessage(rapid.IntRange(0, 59).Draw(t, "minute"), id.Draw(t, "id"), rapid.SampledFrom([]string{"x", "Re: x", "y", ""}).Draw(t, "subject"), refs...)
		}
		seen := make(map[int]int)
		for _, thread := range Threads(messages) {
			if thread.Items[0].Depth != 0 {
				t.Fatal("a thread does not begin with its root")
			}
			for _, item := range thread.Items {
				seen[item.Index]++
			}
		}
		for i := range messages {
			if seen[i] != 1 {
				t.Fatalf("message %d stands %d times", i, seen[i])
			}
		}
	})
}

func TestThreadsOfOneLongChain(t *testing.T) {
	messages := make([]Message, 50000)
	for i := range messages {
		messages[i] = threadMessage(i%60, fmt.Sprint(i), "x", fmt.Sprint(i-1))
	}
	began := time.Now()
	if n := len(Threads(messages)); n != 1 {
		t.Errorf("%d threads, want one", n)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func BenchmarkThreads100k(b *testing.B) {
	messages := make([]Message, 100000)
	for i := range messages {
		messages[i] = threadMessage(i%60, fmt.Sprint(i), fmt.Sprintf("subject %d", i/4))
		if i%4 > 0 {
			messages[i].Envelope.References = []string{fmt.Sprint(i - 1)}
		}
	}
	for b.Loop() {
		Threads(messages)
	}
}
