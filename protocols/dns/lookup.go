package dns

import (
	"context"
	"slices"
	"strings"

	mdns "github.com/miekg/dns"
)

// records are those of the type asked for, at the end of the CNAME chain that led to them.
type records struct {
	found   []mdns.RR
	owner   string   // the name that holds them, without the final dot
	aliases []string // the names passed on the way, the first being the one asked for; empty without CNAME
	server  string
}

// lookup asks for records and follows CNAME, inside the reply and, where a server leaves the chain open, with
// more questions. Only records of the names on the chain count: others in the reply were not asked for.
func (r *Resolver) lookup(ctx context.Context, q question) (records, error) {
	out := records{owner: shown(q.name)}
	at := q
	for {
		got, err := r.ask(ctx, at)
		if err != nil {
			return out, asked(err, q)
		}
		out.server = got.server
		out.found = pick(got.answer, at)
		moved := false
		for len(out.found) == 0 {
			target := alias(got.answer, at.name)
			if target == "" {
				break
			}
			out.aliases = append(out.aliases, out.owner)
			if len(out.aliases) > maxAliases || slices.Contains(out.aliases, shown(target)) {
				return out, q.fail(got.server, Loop, got.rcodeText(), nil)
			}
			at.name, out.owner, moved = target, shown(target), true
			out.found = pick(got.answer, at)
		}
		switch {
		case len(out.found) > 0:
			return out, nil
		case got.rcode == mdns.RcodeNameError:
			return out, q.fail(got.server, NotFound, got.rcodeText(), nil)
		case !moved || hasSOA(got.authority):
			return out, q.fail(got.server, NoData, got.rcodeText(), nil)
		}
	}
}

// asked gives a failure the name that the caller asked for, not that of an alias on the way.
func asked(err error, q question) error {
	if e, ok := err.(*Error); ok {
		e.Name = shown(q.name)
	}
	return err
}

func pick(answer []mdns.RR, q question) []mdns.RR {
	var out []mdns.RR
	for _, rr := range answer {
		h := rr.Header()
		if h.Rrtype == q.qtype && h.Class == mdns.ClassINET && strings.EqualFold(h.Name, q.name) {
			out = append(out, rr)
		}
	}
	return out
}

func alias(answer []mdns.RR, name string) string {
	for _, rr := range answer {
		if c, ok := rr.(*mdns.CNAME); ok && c.Hdr.Class == mdns.ClassINET && strings.EqualFold(c.Hdr.Name, name) {
			return c.Target
		}
	}
	return ""
}

func hasSOA(authority []mdns.RR) bool {
	for _, rr := range authority {
		if rr.Header().Rrtype == mdns.TypeSOA {
			return true
		}
	}
	return false
}
