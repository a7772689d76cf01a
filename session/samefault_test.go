package session

import (
	"slices"
	"testing"

	"todoku/diag/reason"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// A finding leads to a case in which a trace finds just that.
func TestACaseOfTheCatalogueHasTheCauseOfAFinding(t *testing.T) {
	if n := len(sameFaults()); n < 30 {
		t.Errorf("only %d findings lead to a case", n)
	}
	for code, id := range sameFaults() {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			c, ok := fault.Find(id)
			if !ok {
				t.Fatalf("there is no case %s", id)
			}
			if testing.Short() && c.Rules[0].Do.Silent {
				t.Skip("takes as long as a trace waits")
			}
			r := diagnosed(t, c.To, 1, c)
			f := r.Verdict.Finding
			there := "." + f.Args["step"]
			read := "reason." + string(reason.Read(reason.Parse(f.Args["said"])).Reason) + there // as a bounce would tell it
			if !slices.Contains([]string{f.Code, f.Code + there, read}, code) {
				t.Errorf("%s is found to be %s%s, and read as %s\n%s", id, f.Code, there, read, seen(r))
			}
		})
	}
}

func TestOnlyOnesOwnSandboxCanBeGivenAFault(t *testing.T) {
	f := trace.Finding{Code: "trace.greylisted"}
	own := &Session{box: smallWorld(t, false)}
	if id, ok := own.SameFault(f); !ok || id != "smtp.greylist" {
		t.Errorf("%q, %v", id, ok)
	}
	if id, ok := own.SameFault(trace.Finding{Code: "trace.accepted"}); ok {
		t.Errorf("nothing is wrong, and %q is the same", id)
	}
	if id, ok := (&Session{}).SameFault(f); ok {
		t.Errorf("without a sandbox: %q", id)
	}
}
