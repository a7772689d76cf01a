package compare

import (
	"testing"

	"todoku/internal/trace"
)

// Where nobody could look, nothing is said of what is there.
func TestNobodyLooked(t *testing.T) {
	got := about(Step{Do: Delete, Message: "Printer again"}, Result{Place: Sandbox})
	for place, want := range map[int]string{AboutServer: "compare.holds.unknown", AboutDeviceA: "compare.sees.unknown", AboutDeviceB: "compare.sees.unknown"} {
		if got[place].Code != want || got[place].Level != trace.Unknown {
			t.Errorf("%+v, want %s", got[place], want)
		}
	}
}
