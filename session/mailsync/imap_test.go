package mailsync

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/mail"
)

func TestDifferenceOfServerAndStore(t *testing.T) {
	stored := map[mail.ID]mail.Flags{"1": 0, "2": mail.Seen, "40": 0, "4000000000": 0, "~odd": 0}
	missing, gone := difference([]uint32{40, 3, 1, 4000000000}, stored)
	slices.Sort(gone)
	if d := cmp.Diff([]uint32{3}, missing); d != "" {
		t.Error("missing here:", d)
	}
	if d := cmp.Diff([]mail.ID{"2", "~odd"}, gone); d != "" {
		t.Error("gone there:", d)
	}
}

// TestDifferenceMakesNoStringForEachUID holds the memory of a sync of 100,000 messages down.
func TestDifferenceMakesNoStringForEachUID(t *testing.T) {
	stored, uids := map[mail.ID]mail.Flags{}, make([]uint32, 10_000)
	for i := range uids {
		uids[i] = uint32(i + 1)
		stored[idOf(uids[i])] = 0
	}
	if n := testing.AllocsPerRun(3, func() { difference(uids, stored) }); n > 10 {
		t.Errorf("%v allocations", n)
	}
}
