package session

import (
	_ "embed"
	"strings"
	"sync"

	"todoku/internal/trace"
)

// SameFault gives the case of the catalogue that has the cause of a finding, where the small Internet of this session can
// be given it; false where it has none, or where there is no small Internet of its own.
func (s *Session) SameFault(f trace.Finding) (id string, ok bool) {
	if s.box == nil {
		return "", false
	}
	if id, ok = sameFaults()[f.Code+"."+f.Args["step"]]; !ok {
		id, ok = sameFaults()[f.Code]
	}
	return id, ok
}

//go:embed samefaults.txt
var sameFaultsText string

// sameFaults gives the cases by the codes of findings, some with the step behind them.
var sameFaults = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for line := range strings.Lines(sameFaultsText) {
		if f := strings.Fields(line); len(f) == 2 {
			all[f[0]] = f[1]
		}
	}
	return all
})
