package session

import (
	"context"
	"strings"

	"todoku/diag/provider"
	"todoku/internal/mail"
	"todoku/session/outbox"
)

// suggestFrom bounds the contacts that a refused address is compared with.
const suggestFrom = 200

// suggest names, for each refused recipient, a known address that is one typing mistake away.
func (s *Session) suggest(ctx context.Context, sent *Sent) {
	for i, r := range sent.Recipients {
		if r.State == outbox.Fail {
			sent.Recipients[i].Suggest = s.similar(ctx, sent.Account, r.Addr)
		}
	}
}

// similar finds the contact met most often that differs from the address by one mistake: then one of the two halves is
// right, and contacts are looked up by it. A failure to look costs the suggestion only.
func (s *Session) similar(ctx context.Context, account, address string) string {
	addr := mail.Address{Addr: strings.ToLower(address)}
	local, domain := addr.Local(), addr.Domain()
	best, count := "", 0
	for _, half := range []string{local, domain} {
		if half == "" {
			continue
		}
		found, err := s.Store.Complete(ctx, account, half, suggestFrom)
		if err != nil {
			return ""
		}
		for _, c := range found {
			if c.Count > count && provider.OneMistake(strings.ToLower(c.Addr), local+"@"+domain) {
				best, count = c.Addr, c.Count
			}
		}
	}
	return best
}
