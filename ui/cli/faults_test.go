package cli

import (
	"testing"

	"todoku/session"
	"todoku/ui/text"
)

// TestFaultTitlesInBothLanguages wants a Japanese title for each case of the catalogue, in ui/text/words_faults.go.
func TestFaultTitlesInBothLanguages(t *testing.T) {
	for _, c := range session.FaultCases() {
		if text.FaultTitle(text.JA, c.ID, c.Title) == text.Safe(c.Title) {
			t.Errorf("%s has no Japanese title", c.ID)
		}
		if got := text.FaultTitle(text.EN, c.ID, c.Title); got != text.Safe(c.Title) {
			t.Errorf("%s in English: %s", c.ID, got)
		}
	}
}
