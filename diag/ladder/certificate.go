package ladder

import (
	"context"
	"crypto/x509"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// Limits of looking at a certificate.
const (
	maxNames  = 5       // names of a certificate that are tried
	greetLine = 2 << 10 // octets of a first line that are looked at
)

// misnamed looks at a certificate for other names: one that leads to the same address and fits is what to write into
// the settings, as rental hosts have it; on a line that makes up answers, it is a captive portal's.
func (v *visit) misnamed(ctx context.Context, span *trace.Span, err error) Outcome {
	var wrong x509.HostnameError
	if !errors.As(err, &wrong) || wrong.Certificate == nil {
		return v.explained(err)
	}
	names := wrong.Certificate.DNSNames
	facts := map[string]string{"names": strings.Join(names, " "), "issuer": wrong.Certificate.Issuer.String()}
	if v.rewritten {
		return v.broken("doctor.portal", facts)
	}
	for _, name := range names[:min(len(names), maxNames)] {
		if v.fits(ctx, span, name) {
			facts["use"] = name
			return v.broken("doctor.certificate.use", facts)
		}
	}
	return v.broken("doctor.certificate.name", facts)
}

// fits reports that a name of the certificate leads to an address of ours, where the certificate then proves it.
func (v *visit) fits(ctx context.Context, span *trace.Span, name string) bool {
	if strings.HasPrefix(name, "*.") {
		return false
	}
	addrs, err := wire.Lookup(ctx, wire.Options{Net: v.Net, Span: span, Proto: v.Proto, Host: name, Port: v.Port})
	if err != nil || !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return slices.Contains(v.addrs, a) }) {
		return false
	}
	a := v.at(span)
	a.host = name
	return v.holds(ctx, a)
}

// outOfTime tells a certificate that has ended from a clock that is wrong: the server's own date, where its greeting has
// one, decides, else the root's signatures in the DNS.
func (v *visit) outOfTime(ctx context.Context, span *trace.Span, err error) Outcome {
	var wrong x509.CertificateInvalidError
	if !errors.As(err, &wrong) || wrong.Cert == nil {
		return v.explained(err)
	}
	now, from, until := v.now(), wrong.Cert.NotBefore, wrong.Cert.NotAfter
	facts := map[string]string{"now": stamp(now), "from": stamp(from), "until": stamp(until), "names": strings.Join(wrong.Cert.DNSNames, " ")}
	date, told := v.dateOf(ctx, span)
	if told {
		facts["date"] = stamp(date)
	}
	switch {
	case told && now.Sub(date).Abs() > clockSkew && date.After(from) && date.Before(until):
		return v.broken("doctor.clock", facts)
	case !told && v.rootMisfits(ctx, span, facts):
		return v.broken("doctor.clock.root", facts)
	case now.Before(from):
		return v.broken("doctor.certificate.early", facts)
	}
	return v.broken("doctor.certificate.expired", facts)
}

func (v *visit) rootMisfits(ctx context.Context, span *trace.Span, facts map[string]string) bool {
	f, misfits := rootMisfits(ctx, span, v.Net, v.Host)
	facts["rootfrom"], facts["rootuntil"] = f.Args["from"], f.Args["until"]
	return misfits
}

func (v *visit) now() time.Time {
	if v.Net != nil && v.Net.Now != nil {
		return v.Net.Now()
	}
	return time.Now()
}

// dateOf asks the server for its date.
func (v *visit) dateOf(ctx context.Context, span *trace.Span) (time.Time, bool) {
	return DateIn(v.firstLine(ctx, span))
}

// firstLine is what the server says first, whatever certificate it has; nothing is said to it. "" if nothing came.
func (v *visit) firstLine(ctx context.Context, span *trace.Span) string {
	mode := v.TLS
	if mode == wire.TLSStart {
		mode = wire.TLSNone // the greeting comes before TLS
	}
	c, err := wire.Dial(ctx, wire.Options{Net: v.Net, Span: span, Proto: v.Proto, Host: v.Host, Port: v.Port, TLS: mode, Addrs: v.addrs, AnyCertificate: true,
		Answer: wire.Step{Name: "greeting", Want: "a first line", Bytes: 2 * greetLine, Time: v.Wait}})
	if err != nil {
		return ""
	}
	defer c.Close()
	line, err := c.ReadLine(greetLine)
	if err != nil {
		return ""
	}
	return line
}

// portalEverywhere looks at both ladders at the end: one certificate on unrelated hosts at different names is that of
// something on the line which answers for everybody.
func portalEverywhere(in, out *visit, a, b *Ladder) bool {
	x, broken := a.Answer()
	y, also := b.Answer()
	const code = "doctor.certificate.name"
	if !broken || !also || x.Code != code || y.Code != code || x.Args["names"] != y.Args["names"] || domainOf(in.Host) == domainOf(out.Host) {
		return false
	}
	for _, l := range []*Ladder{a, b} {
		l.Rungs[l.Broken-1].Finding.Code = "doctor.portal"
	}
	return true
}
