package delivery

import (
	"runtime"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// givingUp gives up each live wait that pick chooses, as Esc does, and what is only asked of the resolver beside it.
func givingUp(t *testing.T, o *Options, pick func(Hop) bool) {
	o.Waits = &Waits{}
	o.Watch = func(h Hop) {
		if h.State != Live || !pick(h) && h.Kind != KindResolver && h.Where != "resolver" {
			return
		}
		go func() {
			for !o.Waits.GiveUp(h.ID) && t.Context().Err() == nil {
				runtime.Gosched()
			}
		}()
	}
}

// The person gives up the tries at one silent name server: the walk goes on with the next, and the mail arrives. Where all
// were given up nothing is said of the domain.
func TestATryOfAQueryIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		silent, code string
		verdict      Word
	}{
		"one server":   {"ns1.tsuru.test", "trace.accepted", Delivered},
		"both servers": {"ns?.tsuru.test", "trace.givenup", NotKnown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, fault.Rule{Stage: fault.Query, Host: c.silent, Do: fault.Action{Silent: true}})
			rec := &trace.Recorder{}
			o := options(n, "hanako@tsuru.test")
			silent := func(server string) bool {
				return server == "ns1.tsuru.test" || c.verdict == NotKnown && server == "ns2.tsuru.test"
			}
			givingUp(t, &o, func(h Hop) bool { return h.Query != nil && silent(h.Query.Server) })
			r, err := Run(t.Context(), trace.New(rec, nil), o)
			if err != nil {
				t.Fatal(err)
			}
			if v := r.Verdict; v.Word != c.verdict || v.Finding.Code != c.code || v.Who != "nobody" {
				t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
			}
			seen := 0
			for _, h := range r.Hops {
				if h.Query == nil || !silent(h.Query.Server) {
					continue
				}
				if seen++; h.State != Unknown || h.Query.Try < 1 || h.Query.Tries != 2 || h.Limit != h.Query.Limit || h.Limit == 0 {
					t.Errorf("%s is %s, try %d of %d, %s", h.What, h.State, h.Query.Try, h.Query.Tries, h.Limit)
				}
			}
			if seen == 0 {
				t.Error("the silent server was not asked")
			}
		})
	}
}
