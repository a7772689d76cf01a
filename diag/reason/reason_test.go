package reason

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is one line of testdata: "reason | command | host | reply".
type sample struct {
	want  Reason
	reply Reply
}

func samples(t *testing.T, name string) []sample {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 4)
		if len(f) != 4 {
			t.Fatalf("%s: %q has no four fields", name, line)
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		all = append(all, sample{Reason(f[0]), Reply{Command: f[1], Host: f[2], Text: strings.ReplaceAll(f[3], `\n`, "\n")}})
	}
	return all
}

// hits gives how many samples are read as they should be, and the others.
func hits(all []sample) (int, []string) {
	var misses []string
	for _, s := range all {
		if got := Read(s.reply); got.Reason != s.want {
			misses = append(misses, "want "+string(s.want)+", got "+string(got.Reason)+" by "+strings.Join(got.Rests, "+")+": "+s.reply.Text)
		}
	}
	return len(all) - len(misses), misses
}

func TestRepliesAreRead(t *testing.T) {
	all := samples(t, "replies.txt")
	n, misses := hits(all)
	t.Logf("score: %d of %d", n, len(all))
	for _, m := range misses {
		t.Error(m)
	}
}

// unreadFloor is the part of the unread replies that were read rightly when they were first read, 119 of 120, less a little.
const unreadFloor = 0.97

// TestUnreadReplies scores replies that the rules were not written for. A miss is no fault; a score far below is.
func TestUnreadReplies(t *testing.T) {
	all := samples(t, filepath.Join("unread", "replies.txt"))
	n, misses := hits(all)
	t.Logf("score on unread replies: %d of %d", n, len(all))
	if known := len(samples(t, "replies.txt")) + len(providerReplies(t)); 2*len(all) < known {
		t.Errorf("%d are unread and %d are not: a third is wanted", len(all), known)
	}
	for _, m := range misses {
		t.Log(m)
	}
	if float64(n) < unreadFloor*float64(len(all)) {
		t.Errorf("%d of %d unread replies are read rightly", n, len(all))
	}
}

func TestEveryReasonIsMet(t *testing.T) {
	met := map[Reason]bool{Vacation: true} // is read from messages, not from replies
	for _, s := range slices.Concat(samples(t, "replies.txt"), samples(t, filepath.Join("unread", "replies.txt"))) {
		met[s.want] = true
	}
	for _, r := range All() {
		if !met[r] {
			t.Errorf("no sample is of %s", r)
		}
	}
}
