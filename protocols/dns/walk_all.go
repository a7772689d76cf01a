package dns

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
)

// WalkAll asks every known address of every server of the zone that holds the name, side by side, once for the records and
// once for the zone's serial. It finds lame and silent servers that a walk passes by, and servers that disagree. The zone
// must be known from a walk before; the hops come in the order of the servers' names and addresses.
func (w *Walker) WalkAll(ctx context.Context, name, rrtype string) ([]Hop, error) {
	q, err := newQuestion(name, mdns.StringToType[rrtype])
	if err != nil {
		return nil, err
	}
	d := w.closest(q.name)
	k := &walk{Walker: w, ctx: ctx, asked: q, spent: new(atomic.Int64), nsid: true}
	places := w.places(d)
	hops := make([]Hop, len(places))
	var all trace.Group
	for i, p := range places {
		all.Go(func() { hops[i] = k.last(d, p, q) })
	}
	all.Wait()
	slices.SortFunc(hops, func(a, b Hop) int { return strings.Compare(a.Server+" "+a.Addr, b.Server+" "+b.Addr) })
	return hops, nil
}

// last asks one place and gives the hop that ended it, with the serial of the server's copy of the zone if it has one.
func (k *walk) last(d *delegation, p place, q question) Hop {
	var ended Hop
	inner := *k
	inner.heard = func(h Hop) { ended = h }
	if _, _, _, err := inner.try(d, p, q, q); err != nil {
		return ended
	}
	inner.heard = nil
	soa := question{d.zone, mdns.TypeSOA}
	_, got, _, _ := inner.try(d, p, soa, soa)
	for _, rr := range got.answer {
		if soa, ok := rr.(*mdns.SOA); ok && got.aa && soa.Hdr.Name == d.zone {
			ended.Serial = soa.Serial
		}
	}
	return ended
}
