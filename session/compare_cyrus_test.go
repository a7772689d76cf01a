//go:build unix

package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"todoku/diag/compare"
	"todoku/internal/trace"
	"todoku/protocols/interop"
)

// atCyrus is a session with an account at a Cyrus that has mail: two messages that were read and three that were not.
func atCyrus(t *testing.T, extra ...string) (*Session, *interop.CyrusServer) {
	t.Helper()
	c := interop.Cyrus(t, extra...)
	c.Deliver(t, `\Seen`, letterFor(1), letterFor(2))
	c.Deliver(t, "", letterFor(3), letterFor(4), letterFor(5))
	return accountAt(t, &c.Server), c
}

// TestCyrusIsLeftAsItWas compares the mailbox of a Cyrus, and cuts the line at every write: flags in its index and files
// on its disk are as before.
func TestCyrusIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a Cyrus and logs in some hundred times; run without -short")
	}
	s, c := atCyrus(t)
	leftAsItWas(t, s, func() map[string]string {
		there := map[string]string{}
		for uid, m := range c.Messages(t, "") {
			there[uid] = "flags " + m.Flags + " " + m.Octets
		}
		return there
	})
}

// TestRETRNeverUnderEXPIRE: a server that may delete at once what was fetched is not asked for a message, and nobody is
// asked whether it may. Another Cyrus is, and leaves the marks alone.
func TestRETRNeverUnderEXPIRE(t *testing.T) {
	for _, c := range []struct {
		conf  []string
		asked int
		notes []string
	}{
		{[]string{"popexpiretime: 0"}, 0, []string{"compare.own.pop3.expires"}},
		{nil, 1, []string{"compare.own.pop3.read", "compare.own.pop3.unmarked"}},
	} {
		s, at := atCyrus(t, c.conf...)
		before := at.Messages(t, "")
		var asked []compare.Question
		r, err := s.Compare(t.Context(), nil, CompareOptions{Script: "read", Consent: func(q compare.Question) bool {
			asked = append(asked, q)
			return true
		}})
		if err != nil {
			t.Fatal(err)
		}
		var notes []string
		for _, n := range r.Rows[1].POP3.Notes {
			if strings.HasPrefix(n.Code, "compare.own.") {
				notes = append(notes, n.Code)
			}
		}
		expires := slices.ContainsFunc(r.Offers[0].Notes, func(f trace.Finding) bool { return f.Code == "compare.offer.expire-zero" })
		if len(asked) != c.asked || !slices.Equal(notes, c.notes) || expires != (c.asked == 0) {
			t.Errorf("%v: asked %+v, notes %q, offer %+v", c.conf, asked, notes, r.Offers[0].Notes)
		}
		retrieved := slices.ContainsFunc(at.Sessions(t), func(s interop.Telemetry) bool { return bytes.Contains(s.In, []byte("RETR ")) })
		if retrieved != (c.asked > 0) || !maps.Equal(before, at.Messages(t, "")) {
			t.Errorf("%v: RETR %v; it has %+v", c.conf, retrieved, at.Messages(t, ""))
		}
	}
}

// cyrusLane is a lane's mailbox at a Cyrus.
type cyrusLane struct {
	t *testing.T
	c *interop.CyrusServer
}

// atCyrusLanes have their folders beside INBOX, as POP3 devices name theirs.
func atCyrusLanes(t *testing.T, _ compare.Script) map[compare.Protocol]foreignMailbox {
	lanes := map[compare.Protocol]foreignMailbox{}
	for _, p := range []compare.Protocol{compare.POP3, compare.IMAP} {
		lanes[p] = &cyrusLane{t, interop.Cyrus(t, "altnamespace: yes", "unixhierarchysep: yes")}
	}
	return lanes
}

func (l *cyrusLane) Server() *interop.Server { return &l.c.Server }
func (l *cyrusLane) Deliver(letter []byte)   { l.c.Deliver(l.t, "", letter) }
func (l *cyrusLane) Answer() string          { return "SESSIONID=" }
func (l *cyrusLane) Submissions() string     { return "" }

// Holds reads Cyrus's index and files.
func (l *cyrusLane) Holds(context.Context) (compare.View, error) {
	v := compare.View{Known: true}
	folders := []string{"", "Archive", "Drafts", "Junk", "Sent", "Trash"}
	for i, messages := range l.c.Folders(l.t, folders...) {
		for _, m := range messages {
			hold(&v, cmp.Or(folders[i], inboxName), []byte(m.Octets), strings.Contains(m.Flags, "FLAG_SEEN"))
		}
	}
	return v, nil
}

func (l *cyrusLane) Arrive(_ context.Context, subject string) error {
	l.Deliver(composed(l.t, arrivingLetter(subject), arrivingNumber))
	return nil
}

func (l *cyrusLane) Fill(context.Context, string) (compare.Done, error) {
	return compare.Done{}, errors.New("a Cyrus without a quota is never full")
}

// Heard is Cyrus's telemetry, without the sessions that delivered.
func (l *cyrusLane) Heard(p compare.Protocol) []interop.Telemetry {
	return slices.DeleteFunc(heardBy(l.c.Sessions(l.t), p), func(s interop.Telemetry) bool { return bytes.HasPrefix(s.In, []byte("append ")) })
}

func (l *cyrusLane) Sessions(p compare.Protocol) (all []octets) {
	for _, s := range l.Heard(p) {
		all = append(all, octets{int64(len(s.Out)), int64(len(s.In))})
	}
	return all
}

// Counts: Cyrus writes down a session from its answer to the login on over POP3, and from behind it over IMAP.
func (l *cyrusLane) Counts(p compare.Protocol, c counted) octets {
	if p == compare.IMAP {
		c.In -= c.Answer
	}
	return octets{c.In, c.Out}
}
