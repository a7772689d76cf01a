package dns

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
)

// Side by side and later, a question that has an answer is asked once; one that failed is asked again.
func TestEachQuestionIsAskedOnce(t *testing.T) {
	in := rootAnd(t, twoServers...)
	good := holds(t, "tsuru.test.", goodMX)
	in["192.0.2.53"], in["192.0.2.54"] = good, good
	w, hops := walkerOn(t, in, WalkOptions{Once: true})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := w.Walk(t.Context(), "Tsuru.test.", "MX"); err != nil || len(got.Records) != 1 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	all.Wait()
	_, err := w.Walk(t.Context(), "tsuru.test", "TXT")
	_, again := w.Walk(t.Context(), "tsuru.test", "TXT")
	if !Absent(err) || !Absent(again) {
		t.Errorf("%v, then %v", err, again)
	}
	asked := map[string]int{}
	for _, h := range hops() {
		if h.Zone == "tsuru.test" {
			asked[h.For]++
		}
	}
	if asked["tsuru.test MX"] != 1 || asked["tsuru.test TXT"] != 1 {
		t.Errorf("asked %v", asked)
	}

	broken := rootAnd(t, twoServers...)
	broken["192.0.2.53"], broken["192.0.2.54"] = rcode(mdns.RcodeServerFailure), rcode(mdns.RcodeServerFailure)
	w, hops = walkerOn(t, broken, WalkOptions{Once: true})
	for range 2 {
		if _, err := w.Walk(t.Context(), "tsuru.test", "MX"); err == nil {
			t.Fatal("an answer")
		}
	}
	if n := len(slices.DeleteFunc(hops(), func(h Hop) bool { return h.Zone != "tsuru.test" })); n < 4 {
		t.Errorf("%d questions in two walks of two servers: a failure was kept", n)
	}
}

// A walk that breaks off leaves nobody waiting for its outcome: the next to ask finds it out.
func TestAWalkThatBreaksOffKeepsNobodyWaiting(t *testing.T) {
	m := &memory{known: map[question]*outcome{}}
	q := question{"tsuru.test.", mdns.TypeMX}
	func() {
		defer func() { recover() }()
		m.once(t.Context(), q, func() (Walked, error) { panic("odd") })
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if got, err := m.once(ctx, q, func() (Walked, error) { return Walked{Name: "found"}, nil }); err != nil || got.Name != "found" {
		t.Errorf("%+v, %v", got, err)
	}
}
