package session

import (
	"context"
	"slices"
	"strings"
	"sync"

	"todoku/diag/delivery"
	"todoku/internal/mail"
)

// Consents asks a person once for each domain whether its servers may hear of the recipients of one command, and keeps
// the answers.
type Consents struct {
	Targets []string // of the command, as typed

	mu    sync.Mutex
	given map[string]bool // by domain
	away  bool            // who left one question without an answer is asked no other
}

// Ask gives the answer to q, which ask puts where its domain has none yet: with all recipients that the answer holds for.
func (c *Consents) Ask(ctx context.Context, q delivery.Question, ask func(context.Context, delivery.Question) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	domain := domainKey(q.Address)
	if _, asked := c.given[domain]; !asked {
		q.Recipients = c.recipients(q.Address)
		yes := !c.away && ask(ctx, q)
		c.away = c.away || ctx.Err() != nil
		if c.given == nil {
			c.given = map[string]bool{}
		}
		c.given[domain] = yes
	}
	return c.given[domain]
}

// recipients are those of the command in the domain of one of them, that one first.
func (c *Consents) recipients(first string) []string {
	all := []string{first}
	for _, typed := range c.Targets {
		address, _, err := target(typed)
		if err == nil && address != "" && domainKey(address) == domainKey(first) && !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return all
}

// domainKey is the domain of an address as DNS compares names: A-labels (RFC 5890) without regard to case.
func domainKey(address string) string {
	a := mail.Address{Addr: address}
	if wire, err := a.Wire(); err == nil {
		a.Addr = wire
	}
	return strings.ToLower(a.Domain())
}
