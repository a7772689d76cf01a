package reason

import (
	"slices"
	"testing"
)

// TestContradictions: codes and words that do not fit are read as well as can be, less sure, and it is told what decided. The
// reply code alone says whether it is for good.
func TestContradictions(t *testing.T) {
	for reply, want := range map[string]Reading{
		"250 5.7.1 Message rejected":                 {Reason: None, Sure: No},
		"250 5.1.1 Ok":                               {Reason: None, Sure: No},
		"550 2.0.0 Ok":                               {Reason: None, Sure: No, Hard: true},
		"550 4.2.2 Mailbox full":                     {Reason: Full, Sure: Fair, Hard: true, Rests: []string{ByEnhanced, ByWords}},
		"550 4.2.2 Xyzzy":                            {Reason: Full, Sure: Fair, Hard: true, Rests: []string{ByEnhanced}},
		"450 5.1.1 User unknown":                     {Reason: Nobody, Sure: Fair, Rests: []string{ByEnhanced, ByWords}},
		"451 5.7.1 Greylisted":                       {Reason: Greylisted, Sure: Fair, Rests: []string{ByWords}},
		"421 5.3.4 Message too big":                  {Reason: TooLarge, Sure: Fair, Rests: []string{ByEnhanced, ByWords}},
		"550 5.1.1 mailbox is full":                  {Reason: Full, Sure: Fair, Hard: true, Rests: []string{ByWords}},
		"550 5.1.1 The mailbox of bob is over quota": {Reason: Full, Sure: Fair, Hard: true, Rests: []string{ByWords}},
		"552 5.1.1 Message size exceeds limit":       {Reason: TooLarge, Sure: Fair, Hard: true, Rests: []string{ByWords}},
		"550 5.2.2 User unknown":                     {Reason: Nobody, Sure: Fair, Hard: true, Rests: []string{ByWords}},
		"554 4.4.7 Delivery time expired":            {Reason: Expired, Sure: Fair, Hard: true, Rests: []string{ByWords}},
	} {
		got := Read(Reply{Text: reply})
		if got.Reason != want.Reason || got.Sure != want.Sure || got.Hard != want.Hard || !slices.Equal(got.Rests, want.Rests) {
			t.Errorf("%q: %+v, want %+v", reply, got, want)
		}
	}
}
