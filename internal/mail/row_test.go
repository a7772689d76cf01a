package mail

import (
	"testing"
	"time"
)

func TestHeaderOf(t *testing.T) {
	for in, want := range map[string]string{
		"A: b\r\n\r\nbody\r\n\r\n":     "A: b\r\n\r\n",
		"A: b\n\nbody\r\n\r\nmore":     "A: b\n\n",
		"A: b":                         "A: b",
		"A: b\nno field\nbody":         "A: b\n",
		"only words\n":                 "",
		"From x@y Mon\nA: b\n\nbody\n": "From x@y Mon\nA: b\n\n",
		"":                             "",
	} {
		if got := string(HeaderOf([]byte(in))); got != want {
			t.Errorf("HeaderOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRowOf(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 45, 0, 0, time.UTC)
	raw := "Received: from a by b; Mon, 23 Nov 2026 09:38:00 +0900\r\nSubject: x\r\nContent-Type: application/pdf\r\n\r\nbody"
	row := RowOf([]byte(raw), now)
	if row.Envelope.Subject != "x" || !row.HasFile || row.Size != int64(len(raw)) || now.Sub(row.Received) != 7*time.Minute {
		t.Errorf("%+v", row)
	}
	future := RowOf([]byte("Received: from a by b; Mon, 23 Nov 2099 09:38:00 +0900\r\n\r\nbody"), now)
	if !future.Received.Equal(now) {
		t.Errorf("a stamp of the future is believed: %v", future.Received)
	}
}
