package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAJobEndsWithItsResult(t *testing.T) {
	r := New(nil, nil)
	id, cmd := Start(r, Spec{What: "counting"}, func(_ context.Context, c Control) (int, error) {
		c.Report(Progress{Done: 1, Of: 2})
		return 7, nil
	})
	if w, ok := r.Front(); !ok || w.ID != id || w.Spec.What != "counting" {
		t.Errorf("in front is %+v", w)
	}
	cmd()
	r.Settle()
	got := r.Take()
	if len(got) != 2 {
		t.Fatalf("%d messages: %v", len(got), got)
	}
	if p, ok := got[0].(Progress); !ok || p.Job != id || p.Of != 2 {
		t.Errorf("progress %+v", got[0])
	}
	if d, ok := got[1].(Done[int]); !ok || d.Job != id || d.Value != 7 || d.Err != nil {
		t.Errorf("done %+v", got[1])
	}
	if _, ok := r.Front(); ok || r.Running() != 0 {
		t.Error("the job is still there")
	}
}

func TestCancelReachesTheCall(t *testing.T) {
	r := New(nil, nil)
	began := make(chan struct{})
	id, cmd := Start(r, Spec{What: "waiting"}, func(ctx context.Context, _ Control) (int, error) {
		close(began)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	cmd()
	<-began
	r.Cancel(id)
	r.Settle()
	if d := r.Take()[0].(Done[int]); !errors.Is(d.Err, context.Canceled) {
		t.Errorf("error %v", d.Err)
	}
}

func TestCancelAllSparesStandingJobs(t *testing.T) {
	r := New(nil, nil)
	ended := make(chan string, 2)
	start := func(name string, spec Spec) {
		_, cmd := Start(r, spec, func(ctx context.Context, _ Control) (int, error) {
			<-ctx.Done()
			ended <- name
			return 0, nil
		})
		cmd()
	}
	start("watch", Spec{Standing: true})
	start("sync", Spec{What: "x"})
	if n := r.CancelAll(); n != 1 {
		t.Errorf("%d stopped", n)
	}
	if got := <-ended; got != "sync" {
		t.Errorf("%s ended", got)
	}
	r.Close()
	if got := <-ended; got != "watch" {
		t.Errorf("%s ended", got)
	}
}

func TestAPanicBecomesAFault(t *testing.T) {
	r := New(nil, nil)
	_, cmd := Start(r, Spec{}, func(context.Context, Control) (int, error) { panic("boom") })
	cmd()
	for {
		<-r.Posted()
		for _, m := range r.Take() {
			if f, ok := m.(Fault); ok {
				if f.What != "boom" || f.Stack == "" {
					t.Errorf("fault %+v", f)
				}
				return
			}
		}
	}
}

func TestPumpGathersWhatComesTogether(t *testing.T) {
	r := New(nil, nil)
	for range 1000 {
		r.Post(Progress{})
	}
	ctx, cancel := context.WithCancel(context.Background())
	batches := make(chan Batch, 1000)
	done := make(chan struct{})
	go func() {
		r.Pump(ctx, func(m tea.Msg) { batches <- m.(Batch) })
		close(done)
	}()
	if b := <-batches; len(b) != 1000 {
		t.Errorf("the first batch has %d messages", len(b))
	}
	cancel()
	<-done
}

func TestALimitEndsTheCall(t *testing.T) {
	r := New(nil, nil)
	_, cmd := Start(r, Spec{Limit: time.Millisecond}, func(ctx context.Context, _ Control) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	})
	cmd()
	r.Settle()
	if d := r.Take()[0].(Done[int]); !errors.Is(d.Err, context.DeadlineExceeded) {
		t.Errorf("error %v", d.Err)
	}
}
