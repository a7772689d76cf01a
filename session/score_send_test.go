package session

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// arrives are the faults whose message is kept though its reply is lost: the tracer sees it in the mailbox, and so knows
// more than the server that will send it again.
var arrives = []string{"smtp.drop-after-dot-kept", "submit.drop-after-dot"}

// Faults that show only to those who send are met by sending: at step 3 straight to the exchangers, as a server of
// one's own does. Those that show only to those who read a mailbox no trace can meet; they are named.
func TestTheScoreOfWhatIsSent(t *testing.T) {
	if testing.Short() {
		t.Skip("some wait for a message that does not come; run without -short")
	}
	var sent, read []fault.Case
	for _, c := range fault.Cases() {
		switch {
		case c.NeedsReading():
			read = append(read, c)
		case c.NeedsMessage() || c.Warm > 0:
			sent = append(sent, c)
		}
	}
	var right atomic.Int32
	examine(t, ids(sent), func(t *testing.T, i int) {
		c := sent[i]
		box := smallWorld(t, false)
		if err := box.Faults().AddCase(c.Faster(10)); err != nil {
			t.Fatal(err)
		}
		client := newClient(t, box)
		if !strings.HasPrefix(c.ID, "submit.") {
			client.Net.Owns = nil // no server of ours takes it over
		}
		o := TraceOptions{Target: c.To, Rcpt: true, Time: 10 * time.Second, Limits: quickLimits, Seed: 1}
		for range c.Warm {
			if _, err := client.Trace(t.Context(), nil, o); err != nil {
				t.Fatal(err)
			}
		}
		o.Send = true
		r, err := client.Trace(t.Context(), trace.New(&trace.Recorder{}, nil), o)
		if err != nil {
			t.Fatal(err)
		}
		want := truthOf(c)
		if slices.Contains(arrives, c.ID) {
			want = judged{fault.Delivered, fault.Nobody, 0}
		}
		if got := verdictOf(r); got != want || !happened(box, c) || !alone(r, c) {
			t.Errorf("%s, true is %s\n%s", got, want, seen(r))
			return
		}
		right.Add(1)
	})
	scored(t, int(right.Load()), len(sent), "faults that need a message diagnosed as the standards want")
	t.Logf("%d show only to those who read a mailbox, which a trace does not: %s", len(read), strings.Join(ids(read), " "))
}

// What one's own server did not confirm, and what did not arrive, waits here.
func TestAReplyLostAtSubmission(t *testing.T) {
	box := smallWorld(t, false)
	client := newClient(t, box)
	client.fault(fault.Rule{Host: "mail.sakura.test", Stage: fault.EndOfData, Do: fault.Action{Close: true}})
	r, err := client.Trace(t.Context(), nil, TraceOptions{Target: bob, Send: true, Time: 3 * time.Second, Limits: quickLimits})
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Verdict; verdictOf(r) != (judged{fault.Deferred, fault.Provider, 1}) || v.Finding.Code != "trace.sent.unknown" || v.Retry != nil {
		t.Errorf("not trace.sent.unknown.1: %s", seen(r))
	}
}
