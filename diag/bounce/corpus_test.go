package bounce

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/internal/mail"
)

// expected is one line of an index: what a bounce of the corpus says of one recipient.
type expected struct{ file, recipient, reason, hard, host string }

func index(t *testing.T, dir string) []expected {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "index.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []expected
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) != 5 {
			t.Fatalf("%s: %q has no five fields", dir, line)
		}
		all = append(all, expected{f[0], f[1], f[2], f[3], f[4]})
	}
	return all
}

// score is how many of the expected readings were met, by reason, and what was read instead of the others.
type score struct {
	hits, of map[string]int
	misses   []string
}

func (s score) total() (hits, of int) {
	for why, n := range s.of {
		hits, of = hits+s.hits[why], of+n
	}
	return hits, of
}

// table is the hits and misses by reason.
func (s score) table() string {
	var b strings.Builder
	var reasons []string
	for why := range s.of {
		reasons = append(reasons, why)
	}
	slices.Sort(reasons)
	for _, why := range reasons {
		fmt.Fprintf(&b, "%-12s %3d hit %3d missed\n", why, s.hits[why], s.of[why]-s.hits[why])
	}
	return b.String()
}

func run(t *testing.T, dir string) score {
	s := score{hits: map[string]int{}, of: map[string]int{}}
	for _, want := range index(t, dir) {
		raw, err := os.ReadFile(filepath.Join(dir, want.file))
		if err != nil {
			t.Fatal(err)
		}
		kind := want.reason
		if want.recipient == "not" {
			kind = "no bounce"
		}
		s.of[kind]++
		r, ok := Read(mail.Parse(raw))
		got := read(r, ok, want.recipient)
		if got.file = want.file; got != want {
			s.misses = append(s.misses, fmt.Sprintf("want %v, got %v", want, got))
			continue
		}
		s.hits[kind]++
	}
	return s
}

// read is what a report says of a recipient, in the form of an index.
func read(r Report, ok bool, recipient string) expected {
	if !ok {
		return expected{recipient: "not", reason: "-", hard: "-", host: "-"}
	}
	for _, f := range r.Recipients {
		if f.Recipient == recipient {
			e := expected{recipient: f.Recipient, reason: string(f.Reading.Reason), hard: "soft", host: f.Host}
			if f.Hard {
				e.hard = "hard"
			}
			return e
		}
	}
	var all []string
	for _, f := range r.Recipients {
		all = append(all, f.Recipient)
	}
	return expected{recipient: "only " + strings.Join(all, ", ")}
}

func TestCorpusIsRead(t *testing.T) {
	s := run(t, "testdata")
	hits, of := s.total()
	t.Logf("score: %d of %d\n%s", hits, of, s.table())
	for _, m := range s.misses {
		t.Error(m)
	}
	if of < 100 {
		t.Errorf("the corpus has only %d readings", of)
	}
}

// unreadFloor is what the bounces that no rule was written for must reach: a little less than they first did, 60 of 69.
const unreadFloor = 0.85

// TestUnreadCorpus scores bounces that were written before the rules and not looked at since. A miss is no fault; a score
// far below is.
func TestUnreadCorpus(t *testing.T) {
	s := run(t, filepath.Join("testdata", "unread"))
	hits, of := s.total()
	t.Logf("score on unread bounces: %d of %d\n%s", hits, of, s.table())
	if known := len(index(t, "testdata")); 2*of < known {
		t.Errorf("%d are unread and %d are not: a third is wanted", of, known)
	}
	for _, m := range s.misses {
		t.Log(m)
	}
	if float64(hits) < unreadFloor*float64(of) {
		t.Errorf("%d of %d are read rightly", hits, of)
	}
}
