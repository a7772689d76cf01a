package delivery

import (
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// dated keeps the certificate of a server of ours whose time does not fit: such a server is not talked to.
func (r *run) dated(host string, err error) {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Cert != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.outdated = append(r.outdated, ladder.Dated{Host: host, From: invalid.Cert.NotBefore, Until: invalid.Cert.NotAfter})
	}
}

// hostOf is a server without its port.
func hostOf(server string) string {
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		return server
	}
	return host
}

// doubtClock looks at the end at what every host told of the time. Where this device's clock is, or likely is, what does not
// fit, the hops that found a certificate out of its time blame nobody else for it.
func (r *run) doubtClock() {
	hops := slices.Concat(r.hopsOf(Submission), r.hopsOf(Lookup), r.hopsOf(Transfer), r.hopsOf(Pickup))
	f, wrong := ladder.Clock(r.now(), r.datedHosts(hops), r.report.DNSSEC.Status == "secure")
	root := slices.IndexFunc(hops, func(h Hop) bool { return h.Finding != nil && h.Finding.Code == rootClockCode })
	switch {
	case root >= 0 && f.Code != ladder.CodeClock: // the stronger proof
		f = *hops[root].Finding
	case wrong:
		r.say(Hop{Step: Submission, Where: "this device", What: "clock"}, f)
	default:
		return
	}
	r.clock = &f
	for _, h := range hops {
		if h.Finding == nil || !outOfItsTime(*h.Finding) {
			continue
		}
		host := hostOf(h.Where)
		if h.Kind == KindPolicy {
			host = "mta-sts." + host
		}
		args := map[string]string{"host": host, "now": r.now().UTC().Format(time.DateTime) + " UTC"}
		h.Finding = &trace.Finding{Code: "trace.tls.clock", Level: trace.Warn, Args: args}
		r.end(h, *h.Finding)
	}
}

// rootClockCode is that of root signatures which do not fit this device's clock (dns.Security.WrongClock).
const rootClockCode = "dnssec.clock"

func outOfItsTime(f trace.Finding) bool {
	return f.Code == "trace.tls.expired" || f.Code == wire.CodeTLSExpired || f.Code == "policy.sts.certificate" && f.Args["problem"] == wire.CodeTLSExpired
}

// datedHosts is what the hosts of the run told of the time: exchangers by their greetings and certificates, servers of ours
// by certificates that did not hold.
func (r *run) datedHosts(hops []Hop) []ladder.Dated {
	r.mu.Lock()
	all := slices.Clone(r.outdated)
	r.mu.Unlock()
	for _, h := range hops {
		if h.TLS != nil && len(h.TLS.Chain) > 0 {
			all = append(all, ladder.Dated{Host: h.Where, From: h.TLS.Chain[0].NotBefore, Until: h.TLS.Chain[0].NotAfter})
		}
		if h.What == "banner" && h.Finding != nil {
			if date, ok := ladder.DateIn(h.Finding.Args["said"]); ok {
				all = append(all, ladder.Dated{Host: h.Where, Says: date})
			}
		}
	}
	return all
}

func (r *run) now() time.Time {
	if r.o.Net != nil && r.o.Net.Now != nil {
		return r.o.Net.Now()
	}
	return time.Now()
}

// misdated reports a finding that rests on this device's clock, which is in doubt.
func (r *run) misdated(f *trace.Finding) bool {
	return r.clock != nil && f != nil && outOfItsTime(*f)
}
