package dns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"todoku/internal/trace"
)

// tried gives the tries at each server, in their order: "ns1.tsuru.test 1/2 EDNS 150ms".
func tried(hops []Hop) []string {
	var all []string
	for _, h := range hops {
		if h.Zone == "tsuru.test" && h.Type == "MX" {
			all = append(all, fmt.Sprintf("%s %d/%d %t %s", h.Server, h.Try, h.Tries, h.EDNS, h.Limit))
		}
	}
	return all
}

// Each query says which try of how many it is, and how long it may wait; the events say the same.
func TestTriesAreCounted(t *testing.T) {
	in := rootAnd(t, twoServers...)
	in["192.0.2.53"], in["192.0.2.54"] = silence, silence
	rec := &trace.Recorder{}
	w, hops := walkerOn(t, in, WalkOptions{Plain: true, Span: trace.New(rec, nil)})
	_, err := w.Walk(t.Context(), "tsuru.test", "MX")
	wantKind(t, err, Timeout)
	got := tried(hops())
	slices.Sort(got)
	want := []string{"ns1.tsuru.test 1/2 true 150ms", "ns1.tsuru.test 2/2 true 150ms", "ns1.tsuru.test 3/3 false 150ms",
		"ns2.tsuru.test 1/2 true 150ms", "ns2.tsuru.test 2/2 true 150ms", "ns2.tsuru.test 3/3 false 150ms"}
	if !slices.Equal(got, want) {
		t.Errorf("tries %q, want %q", got, want)
	}
	var told []string
	for _, e := range rec.Events() {
		if strings.Contains(e.Addr, ".tsuru.test ") && strings.HasSuffix(e.Name, " MX") {
			name, _, _ := strings.Cut(e.Addr, " ")
			told = append(told, fmt.Sprintf("%s %d/%d %t %s", name, e.Try, e.Tries, e.Try < 3, e.Limit))
		}
	}
	slices.Sort(told)
	if !slices.Equal(told, want) {
		t.Errorf("the events tell of %q", told)
	}
}

// A resolver's queries are counted over all its tries.
func TestTheResolversTriesAreCounted(t *testing.T) {
	r, rec := resolverOn(t, startServer(t, silence))
	r.tries, r.timeout = 2, 20*time.Millisecond
	_, err := r.LookupMX(t.Context(), "tsuru.test")
	wantKind(t, err, Timeout)
	for i, e := range rec.Events() {
		if e.Try != i+1 || e.Tries != 2 || e.Limit != 20*time.Millisecond {
			t.Errorf("event %d is try %d of %d, %s", i, e.Try, e.Tries, e.Limit)
		}
	}
	if n := len(rec.Events()); n != 2 {
		t.Errorf("%d queries", n)
	}
}

// A try that is given up ends at once, and the walk goes on to the next server; where every try was given up nothing is
// known of the servers.
func TestATryIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		answers bool // ns2 answers, and is not given up
		kind    Kind // "" if the walk finds what it looks for
		tries   int
	}{
		"the next server answers": {true, "", 2},
		"every try is given up":   {false, Cancelled, 4},
	} {
		t.Run(name, func(t *testing.T) {
			in := rootAnd(t, twoServers...)
			in["192.0.2.53"], in["192.0.2.54"] = silence, silence
			if c.answers {
				in["192.0.2.54"] = holds(t, "tsuru.test.", goodMX)
			}
			givenUp := func(server string) bool {
				return server == "ns1.tsuru.test" || server == "ns2.tsuru.test" && !c.answers
			}
			var mu sync.Mutex
			server := map[int]string{}
			o := WalkOptions{Plain: true, Timeout: time.Hour}
			o.Wait = func(ctx context.Context, hop int) (context.Context, func()) {
				mu.Lock()
				defer mu.Unlock()
				within, end := context.WithCancel(ctx)
				if givenUp(server[hop]) {
					end()
				}
				return within, end
			}
			w, hops := walkerOn(t, in, o)
			told := w.watch
			w.watch = func(h Hop) {
				mu.Lock()
				server[h.ID] = h.Server
				mu.Unlock()
				told(h)
			}
			w.failed["tsuru.test. 192.0.2.54"] = true // so that ns1 is asked first
			_, err := w.Walk(t.Context(), "tsuru.test", "MX")
			if c.kind != "" {
				wantKind(t, err, c.kind)
			} else if err != nil {
				t.Error(err)
			}
			if got := tried(hops()); len(got) != c.tries {
				t.Errorf("tries %q, want %d", got, c.tries)
			}
			for _, h := range hops() {
				if givenUp(h.Server) && (h.Outcome != GivenUp || h.Level() != trace.Unknown) {
					t.Errorf("a try that was given up is %s, %s", h.Outcome, h.Level())
				}
			}
		})
	}
}
