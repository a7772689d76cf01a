package explain

import "testing"

func TestLengthsOfTimeAreToldWithUnits(t *testing.T) {
	for value, want := range map[string]string{"48ms": "48 ms", "3.953s": "4.0 s", "24h0m0s": "24 h", "2m5s": "2 min", "40s": "40 s", "": "", "soon": "soon"} {
		if got := told("elapsed", value); got != want {
			t.Errorf("%s is told as %s, want %s", value, got, want)
		}
	}
	if got := told("said", "48ms"); got != "48ms" {
		t.Errorf("a server's words became %s", got)
	}
}
