package trace

import (
	"strings"
	"sync/atomic"
	"testing"
)

func TestAPanicInAGroupGoesOnWhereItIsWaitedFor(t *testing.T) {
	var done atomic.Int32
	defer func() {
		p, ok := recover().(*Panic)
		if !ok || p.Said != "odd" || !strings.Contains(string(p.Stack), "breaksOff") {
			t.Errorf("recovered %+v", p)
		}
		if done.Load() != 2 {
			t.Errorf("%d others came to their end", done.Load())
		}
	}()
	var all Group
	all.Go(func() { done.Add(1) })
	all.Go(func() {
		var inner Group
		inner.Go(breaksOff)
		inner.Wait()
	})
	all.Go(func() { done.Add(1) })
	all.Wait()
	t.Error("nothing broke")
}

func breaksOff() { panic("odd") }

func TestAGroupWithoutPanicIsWaitedFor(t *testing.T) {
	var done atomic.Int32
	var all Group
	for range 10 {
		all.Go(func() { done.Add(1) })
	}
	if all.Wait(); done.Load() != 10 {
		t.Errorf("%d of 10 came to their end", done.Load())
	}
}
