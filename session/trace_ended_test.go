package session

import (
	"sync"
	"testing"

	"todoku/diag/delivery"
	"todoku/embedded-server"
)

// A small Internet that ends while a trace goes through it is what the trace says; no resolver and no line is to blame.
func TestATraceWhoseWorldEnds(t *testing.T) {
	box, err := sandbox.Start(t.Context(), nil, sandbox.Options{Dir: t.TempDir(), SeedMessages: -1, Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), nil, StartOptions{World: box.WorldFile()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var once sync.Once
	r, err := s.Trace(t.Context(), nil, TraceOptions{Target: bob, Watch: func(h delivery.Hop) {
		if h.Query != nil && h.Where == "test" { // the run waits meanwhile
			once.Do(func() { box.Close() })
		}
	}})
	if v := r.Verdict; err != nil || v.Word != delivery.NotKnown || v.Finding.Code != "sandbox.ended" || v.Who != "you" || len(v.Also) != 0 {
		t.Errorf("%v, verdict %+v", err, v)
	}
}
