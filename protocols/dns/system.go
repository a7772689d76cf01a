package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	mdns "github.com/miekg/dns"
)

// systemName stands for the resolver in events and errors when package net is asked.
const systemName = "system"

// askSystem asks the operating system through package net, where it tells no list of resolvers. Time to live and
// reply sizes are not known that way, and NXDOMAIN cannot be told from a missing record.
func (r *Resolver) askSystem(ctx context.Context, q question) (reply, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(r.tries)*r.timeout)
	defer cancel()
	found, err := r.systemRecords(ctx, q)
	got := reply{answer: found, server: systemName}
	var de *net.DNSError
	switch {
	case errors.As(err, &de) && de.IsNotFound:
		got.rcode, err = mdns.RcodeNameError, nil
	case errors.Is(ctx.Err(), context.Canceled):
		err = q.fail(systemName, Cancelled, "", ctx.Err())
	case errors.As(err, &de) && !de.IsTimeout:
		err = q.fail(systemName, ServFail, "", err)
	case err != nil:
		err = q.fail(systemName, Timeout, "", err)
	}
	x := exchange{resolver: r, question: q, server: systemName}
	x.emit(got, err, time.Since(began))
	return got, err
}

// systemRecords makes records of what package net gives, so that the rest of the room sees no difference.
func (r *Resolver) systemRecords(ctx context.Context, q question) ([]mdns.RR, error) {
	var out []mdns.RR
	var data []string
	var err error
	res := r.system
	switch q.qtype {
	case mdns.TypeA, mdns.TypeAAAA:
		network := map[uint16]string{mdns.TypeA: "ip4", mdns.TypeAAAA: "ip6"}[q.qtype]
		ips, e := res.LookupNetIP(ctx, network, q.name)
		for _, ip := range ips {
			data = append(data, ip.Unmap().WithZone("").String())
		}
		err = e
	case mdns.TypeMX:
		mxs, e := res.LookupMX(ctx, q.name)
		for _, mx := range mxs {
			data = append(data, fmt.Sprintf("%d %s", mx.Pref, mdns.Fqdn(mx.Host)))
		}
		err = e
	case mdns.TypeSRV:
		_, srvs, e := res.LookupSRV(ctx, "", "", q.name)
		for _, s := range srvs {
			data = append(data, fmt.Sprintf("%d %d %d %s", s.Priority, s.Weight, s.Port, mdns.Fqdn(s.Target)))
		}
		err = e
	case mdns.TypePTR:
		data, err = systemPTR(ctx, res, q)
	case mdns.TypeTXT:
		texts, e := res.LookupTXT(ctx, q.name)
		for _, t := range texts {
			out = append(out, &mdns.TXT{Hdr: q.header(), Txt: []string{strings.ReplaceAll(t, `\`, `\\`)}})
		}
		err = e
	default:
		err = fmt.Errorf("the system's resolver cannot be asked for %s records; set a resolver", q.typeName())
	}
	for _, d := range data {
		rr, perr := mdns.NewRR(q.name + " 0 IN " + q.typeName() + " " + d)
		if perr == nil {
			out = append(out, rr)
		}
	}
	return out, err
}

func systemPTR(ctx context.Context, res *net.Resolver, q question) ([]string, error) {
	ip := mdns.IsSubDomain("arpa.", q.name)
	addr := ""
	if ip {
		addr = forwardAddr(q.name)
	}
	if addr == "" {
		return nil, errors.New("not the name of an address")
	}
	names, err := res.LookupAddr(ctx, addr)
	for i := range names {
		names[i] = mdns.Fqdn(names[i])
	}
	return names, err
}

// forwardAddr undoes reverseName.
func forwardAddr(name string) string {
	labels := strings.Split(shown(name), ".")
	switch n := len(labels); {
	case n == 6 && labels[4] == "in-addr":
		return labels[3] + "." + labels[2] + "." + labels[1] + "." + labels[0]
	case n == 34 && labels[32] == "ip6":
		var b strings.Builder
		for i := 31; i >= 0; i-- {
			b.WriteString(labels[i])
			if i%4 == 0 && i > 0 {
				b.WriteByte(':')
			}
		}
		return b.String()
	}
	return ""
}

func (q question) header() mdns.RR_Header {
	return mdns.RR_Header{Name: q.name, Rrtype: q.qtype, Class: mdns.ClassINET}
}
