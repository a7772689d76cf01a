package policy

import (
	"context"

	"todoku/protocols/dns"
)

// maxRecords bounds what is kept of one answer.
const maxRecords = 50

// Walks finds records with a walker, from the root down.
func Walks(w *dns.Walker) Lookups { return walks{w} }

type walks struct{ walker *dns.Walker }

func (w walks) Records(ctx context.Context, name, rrtype string) (Answer, error) {
	got, err := w.walker.Walk(ctx, name, rrtype)
	return Answer{Owner: got.Owner, Aliases: got.Aliases, Texts: few(got.Texts()), Pointers: few(got.Pointers()), TLSA: few(got.TLSA()),
		Security: Standing(got.DNSSEC)}, err
}

func (w walks) Addrs(ctx context.Context, host string) (Answer, error) {
	got, err := w.walker.WalkAddrs(ctx, host)
	return Answer{Owner: got.Host, Aliases: got.Aliases, Addrs: few(got.Addrs), Security: Standing(got.DNSSEC)}, err
}

// Standing is what is proved of the domain. A root that does not hold has a wrong clock or key here for its cause, and
// says nothing of those below it.
func Standing(s dns.Security) dns.Status {
	if s.Status == dns.Bogus && s.Zone == "." {
		return dns.Indeterminate
	}
	return s.Status
}

func few[T any](list []T) []T { return list[:min(len(list), maxRecords)] }
