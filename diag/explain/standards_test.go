package explain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/reason"
)

func TestStandards(t *testing.T) {
	for text, want := range map[string][]string{
		"No such mailbox (RFC 5321 section 4.2.3).":                       {"RFC 5321 section 4.2.3"},
		"It is lame (RFC 1912 section 2.8, RFC 8499). RFC 8499 names it.": {"RFC 1912 section 2.8", "RFC 8499"},
		"RFC 8314 section 3, RFC 3463, X.7.1 and RFC 9051 sections 5.4":   {"RFC 8314 section 3", "RFC 3463, X.7.1", "RFC 9051 sections 5.4"},
		"この宛先はありません (RFC 5321 4.2.3節)。":                                   {"RFC 5321 4.2.3節"},
		"Nothing is written of it.":                                       nil,
	} {
		if diff := cmp.Diff(want, Standards(text)); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

// Sentences stand apart by a blank in English and close in Japanese.
func TestMeaningJoinsItsSentences(t *testing.T) {
	f := Reply(reason.Reply{Code: 550, Enhanced: "5.1.1", Text: "550 5.1.1 User unknown", Step: 3})
	if en, ja := Finding(f, English).Meaning(), Finding(f, Japanese).Meaning(); !strings.Contains(en, "). Nobody tries again") || !strings.Contains(ja, ")。誰も再送しません") {
		t.Errorf("%s\n%s", en, ja)
	}
}
