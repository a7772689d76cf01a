package compare

import (
	"slices"
	"testing"
)

// TestOfferSays: that a POP3 login may clear \Recent, in every case; a server's limits; and what it lacks.
func TestOfferSays(t *testing.T) {
	all := []string{"UIDL", "TOP", "PIPELINING"}
	for name, c := range map[string]struct {
		protocol Protocol
		asked    Asked
		imap     *Asked
		want     []string
	}{
		"nothing odd": {POP3, Asked{Capabilities: all, Expire: ExpireNever}, nil, []string{"compare.offer.recent"}},
		"limits": {POP3, Asked{Capabilities: all, Expire: 0, LoginDelay: 60, SameUIDL: 2}, nil,
			[]string{"compare.offer.recent", "compare.offer.expire-zero", "compare.offer.login-delay", "compare.offer.same-uidl"}},
		"days": {POP3, Asked{Capabilities: all, Expire: 30}, nil, []string{"compare.offer.recent", "compare.offer.expire"}},
		"hides": {POP3, Asked{Capabilities: all, Expire: ExpireUnsaid, Messages: 3}, &Asked{Messages: 9, Folders: 2, Elsewhere: 5},
			[]string{"compare.offer.recent", "compare.offer.inbox-differs", "compare.offer.folders"}},
		"lacks": {POP3, Asked{Expire: ExpireUnsaid}, nil,
			[]string{"compare.offer.recent", "compare.lacks.pipelining", "compare.lacks.uidl", "compare.lacks.top"}},
		"IMAP4rev1 alone": {IMAP, Asked{}, nil, []string{"compare.lacks.list-status", "compare.lacks.condstore", "compare.lacks.move",
			"compare.lacks.uidplus", "compare.lacks.special-use", "compare.lacks.idle"}},
		"IMAP4rev2": {IMAP, Asked{Capabilities: []string{"IMAP4REV2"}}, nil, []string{"compare.lacks.condstore"}},
	} {
		var codes []string
		for _, n := range OfferOf(c.protocol, c.asked, c.imap).Notes {
			codes = append(codes, n.Code)
		}
		if !slices.Equal(codes, c.want) {
			t.Errorf("%s: %q", name, codes)
		}
	}
}

// TestSavingsAreAddedUp: of one capability, and said with octets only where there are some.
func TestSavingsAreAddedUp(t *testing.T) {
	var all []Saving
	for _, s := range []Saving{{"LIST-STATUS", 1, 400}, {"MOVE", 2, 0}, {"LIST-STATUS", 1, 800}} {
		all = plus(all, s)
	}
	o := OfferOf(IMAP, Asked{Capabilities: []string{"IDLE"}}, nil)
	before := len(o.Notes)
	o = o.With(all)
	if !slices.Equal(o.Savings, []Saving{{"LIST-STATUS", 2, 1200}, {"MOVE", 2, 0}}) {
		t.Errorf("%+v", o.Savings)
	}
	for i, want := range []string{"compare.saves LIST-STATUS 2 1,200", "compare.saves.trips MOVE 2 0"} {
		n := o.Notes[before+i]
		if got := n.Code + " " + n.Args["what"] + " " + n.Args["trips"] + " " + n.Args["octets"]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, c := range []struct {
		p    Protocol
		v    Verb
		o    Offer
		want int
	}{{IMAP, Move, o, 1}, {IMAP, Delete, o, 1}, {IMAP, Read, o, 0}, {POP3, Delete, o, 0}, {IMAP, Move, OfferOf(IMAP, Asked{Capabilities: []string{"MOVE"}}, nil), 0}} {
		if got := spared(c.p, c.v, c.o); len(got) != c.want {
			t.Errorf("%s by %s: %+v", c.v, c.p, got)
		}
	}
}
