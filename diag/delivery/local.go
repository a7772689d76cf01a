package delivery

import (
	"context"
	"strings"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// local climbs the rungs that everything stands on: this device's line, the resolvers that its programs use and, beside
// them, the ports of mail.
func (r *run) local(ctx context.Context) {
	defer func() {
		if r.out.cancel == nil { // nobody knocks
			r.out.tried.open()
		}
	}()
	defer r.recovered(Hop{Step: Submission, Where: "this device"}, nil)
	line := r.rung(ctx, "this device", "IPv4, IPv6", func(ctx context.Context, span *trace.Span) ladder.Outcome {
		return ladder.Line(ctx, span, ladder.LineOptions{Net: r.o.Net})
	})
	if line.Level == trace.Fail {
		r.offline = &line
		return
	}
	r.tryPorts(ctx)
	servers := strings.Join(dns.New(dns.Options{Net: r.o.Net}).Servers(), ", ")
	r.rung(ctx, "resolver", servers, func(ctx context.Context, span *trace.Span) ladder.Outcome {
		return ladder.Resolver(ctx, span, ladder.ResolverOptions{Net: r.o.Net, Domain: r.o.Domain, Seed: r.o.Seed})
	})
	if p := r.o.Portal; p.Page != "" {
		p.Net = r.o.Net
		r.rung(ctx, "this line", p.Page, func(ctx context.Context, span *trace.Span) ladder.Outcome { return ladder.Portal(ctx, span, p) })
	}
}

// rung makes hops of what a rung of the local ladder came to.
func (r *run) rung(ctx context.Context, where, what string, try func(context.Context, *trace.Span) ladder.Outcome) (found trace.Finding) {
	span := r.span.Child(where + " " + what)
	defer span.End(nil)
	h := Hop{Step: Submission, Kind: KindDevice, Where: where, What: what}
	live := r.begin(span, h)
	defer r.recovered(live, func(f trace.Finding) { found = f })
	within, over := r.o.Waits.begin(ctx, live.ID)
	defer over()
	out := try(within, span)
	out.Finding = cut(ctx, within, h, out.Finding)
	r.end(live, out.Finding)
	for _, f := range out.Also {
		if !wire.TimeUp(within) {
			r.say(h, f)
		}
	}
	return out.Finding
}
