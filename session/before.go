package session

import (
	"context"
	"strings"
	"time"

	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// settled is after what time a message that did not come back is taken for one that arrived: refusals for good come within
// minutes.
const settled = time.Hour

// bouncedBefore says that mail to a recipient was refused for good, unless mail from there, or a message that went there and
// did not come back, is newer.
func (s *Session) bouncedBefore(ctx context.Context, a config.Account, r mail.Address) []Check {
	var last store.Bounce
	found := false
	for _, name := range s.namesOf(a) {
		if b, ok, err := s.Store.LastBounce(ctx, name, r.Addr); err == nil && ok && (!found || b.At.After(last.At)) {
			last, found = b, true
		}
	}
	if !found || s.outdated(ctx, a, r.Addr, last.At) {
		return nil
	}
	args := map[string]string{"address": r.Addr, "reason": last.Reason, "said": last.Said, "host": last.Host, "near": s.similar(ctx, a.Name, r.Addr)}
	if !last.At.IsZero() {
		args["on"] = last.At.In(s.Now().Location()).Format(time.DateOnly)
	}
	for name, value := range args {
		if value == "" {
			delete(args, name)
		}
	}
	return []Check{{Code: "compose.bounced", Level: trace.Warn, Args: args}}
}

// outdated reports that something since then shows that the address takes mail.
func (s *Session) outdated(ctx context.Context, a config.Account, address string, since time.Time) bool {
	for _, name := range s.namesOf(a) {
		k := s.known(ctx, name, address)
		if k.Heard.After(since) || k.Last.After(since) && s.Now().Sub(k.Last) > settled {
			return true
		}
	}
	return false
}

// namesOf are the names under which an account's mail is stored: its own, and that of its twin.
func (s *Session) namesOf(a config.Account) []string {
	names := []string{a.Name}
	if twin := describe(a, a.Receive).Twin; twin != "" {
		names = append(names, twin)
	}
	return names
}

// ForgetOptions names an address; Account empty means of all accounts.
type ForgetOptions struct {
	Account string
	Address string
}

// Forgotten says what was forgotten.
type Forgotten struct {
	Address string `json:"address"`
	Count   int    `json:"count"` // entries of the address book and bounces; 0 if nothing was known
}

// Forget takes an address out of the addresses that are suggested, and has what came back from it not brought up again
// before a message leaves. Mail is not touched.
func (s *Session) Forget(ctx context.Context, _ *trace.Span, o ForgetOptions) (Forgotten, error) {
	done := Forgotten{Address: strings.TrimSpace(o.Address)}
	var accounts []config.Account
	for _, a := range s.configured() {
		if found, _, ok := s.find(o.Account); o.Account == "" || ok && found.Name == a.Name {
			accounts = append(accounts, a)
		}
	}
	if o.Account != "" && len(accounts) == 0 {
		return done, NoSuchAccount(o.Account)
	}
	for _, a := range accounts {
		for _, name := range s.namesOf(a) {
			n, err := s.Store.Forget(ctx, name, done.Address)
			if err != nil {
				return done, err
			}
			done.Count += n
		}
	}
	return done, nil
}
