package explain

import (
	"strings"
	"testing"

	"todoku/diag/reason"
)

// TestContradictionsAreTold: what is said of a reply that contradicts itself tells how sure that is and what it rests on.
func TestContradictionsAreTold(t *testing.T) {
	for reply, want := range map[string][3]string{
		"250 5.7.1 Message rejected": {"smtp.250", "fair: by code alone", "中: コードだけによる"},
		"550 4.2.2 Mailbox full":     {"reason.full", "fair: by enhanced code and words", "中: 拡張コード、文言による"},
		"550 5.1.1 mailbox is full":  {"reason.full", "fair: by words alone", "中: 文言だけによる"},
		"450 5.1.1 Xyzzy":            {"reason.nobody", "fair: by enhanced code alone", "中: 拡張コードだけによる"},
	} {
		f := Reply(reason.Reply{Text: reply})
		if e, j := Finding(f, English), Finding(f, Japanese); f.Code != want[0] || e.Sure != want[1] || j.Sure != want[2] || e.Said != reply {
			t.Errorf("%q: %s, %q, %q, said %q", reply, f.Code, e.Sure, j.Sure, e.Said)
		}
	}
}

// TestWhatNothingFitsIsShown as it was said, without a cause; escapes are gone.
func TestWhatNothingFitsIsShown(t *testing.T) {
	for text, said := range map[string]string{
		"the pigeon is ill":                         "the pigeon is ill",
		"\x1b[2J\x1b]0;owned\x07the \x1b[31mpigeon": "the pigeon",
		"599 \x1b[2Jno":                             "599 no",
	} {
		f, known := Look(text)
		d := Finding(f, English)
		if d.Said != said || !known && (d.Code != codeUnknown || d.Sure != "none" || len(d.Likely) != 0) || strings.ContainsRune(d.Said, '\x1b') {
			t.Errorf("%q: %v %+v", text, known, d)
		}
	}
}
