package reason

import (
	"strings"
	"testing"
	"time"
)

// TestHostileRepliesAreReadInTime: none of these may take longer than a person notices.
func TestHostileRepliesAreReadInTime(t *testing.T) {
	for _, piece := range []string{"said: 550 ", "<<< 550 x\n", "550-5.1.1 ", "a.b.c ", "a.", "(in reply to ", "((((", "sender ", "host ", "\x1b]", "exceeded "} {
		began := time.Now()
		Read(Reply{Text: strings.Repeat(piece, 10*maxText/len(piece))})
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%q takes %v", piece, took)
		}
	}
}
