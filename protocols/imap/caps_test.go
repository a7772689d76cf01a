package imap

import "testing"

// TestWithout: what a client does not know it does not see, also where IMAP4rev2 would have implied it.
func TestWithout(t *testing.T) {
	for _, c := range []struct {
		said   string
		ignore []string
		has    map[string]bool
	}{
		{"IMAP4rev1 MOVE IDLE", nil, map[string]bool{"MOVE": true, "IDLE": true, "LIST-STATUS": false}},
		{"IMAP4rev1 MOVE IDLE", []string{"move"}, map[string]bool{"MOVE": false, "IDLE": true}},
		{"IMAP4rev1 IMAP4rev2", []string{"MOVE", "LIST-STATUS"}, map[string]bool{"MOVE": false, "LIST-STATUS": false, "UIDPLUS": true, "IMAP4REV1": true}},
		{"IMAP4rev1 CONDSTORE QRESYNC", []string{"CONDSTORE", "QRESYNC"}, map[string]bool{"CONDSTORE": false}},
	} {
		all := parseCaps(c.said)
		left := all.without(c.ignore)
		for name, want := range c.has {
			if left.has(name) != want {
				t.Errorf("%s without %v has %s: %v", c.said, c.ignore, name, !want)
			}
		}
		if len(all) != len(parseCaps(c.said)) {
			t.Errorf("%s was changed", c.said)
		}
	}
}
