package ladder

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// The ports that mail servers and submission use (RFC 5321 section 4.5.4.2, RFC 6409, RFC 8314).
const (
	smtpPort        = 25
	submissionPort  = 587
	submissionsPort = 465
)

// Port25Options say what is known of port 25 already, and whom to compare with.
type Port25Options struct {
	Net *wire.Net
	// Silent are the hosts that gave no answer on port 25, with their addresses.
	Silent []Target
	// Compare are hosts whose port 25 may be tried: the person agreed to them. May be empty.
	Compare []string
	// Submission are knocks at the ports of the person's submission server. May be empty.
	Submission []Knock
}

// Port25 tells whether it is this line that lets nothing out on port 25 (in Japan: OP25B), or the host that is silent. It
// is the line's block when two unrelated hosts are silent while a submission port connects. The knocks are those at the
// hosts to compare with.
func Port25(ctx context.Context, span *trace.Span, o Port25Options) ([]Knock, trace.Finding) {
	targets := []Target{}
	for _, host := range o.Compare {
		targets = append(targets, Target{Host: host, Port: smtpPort})
	}
	compared := Knocks(ctx, span, o.Net, targets)
	silent := o.Silent
	for _, k := range compared {
		if k.Silent() {
			silent = append(silent[:len(silent):len(silent)], k.Target)
		}
	}
	args := map[string]string{"silent": targetNames(silent), "open": names(compared, Knock.Open), "submission": names(o.Submission, Knock.Open), "host": targetNames(o.Silent)}
	switch {
	case args["open"] != "":
		return compared, finding("local.port25.open", trace.Pass, args)
	case unrelated(silent) && args["submission"] != "":
		return compared, finding("local.port25.blocked", trace.Warn, args)
	}
	return compared, finding("local.port25.unsure", trace.Unknown, args)
}

func targetNames(targets []Target) string {
	var all []string
	for _, t := range targets {
		all = append(all, t.Host)
	}
	return strings.Join(all, ", ")
}

// unrelated reports two hosts that would hardly be down together: of different domains, at different addresses.
func unrelated(targets []Target) bool {
	for i, a := range targets {
		for _, b := range targets[i+1:] {
			shared := slices.ContainsFunc(a.Addrs, func(addr netip.Addr) bool { return slices.Contains(b.Addrs, addr) })
			if domainOf(a.Host) != domainOf(b.Host) && !shared {
				return true
			}
		}
	}
	return false
}

// domainOf is the domain that somebody registered.
func domainOf(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}
