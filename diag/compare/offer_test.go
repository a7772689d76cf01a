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
