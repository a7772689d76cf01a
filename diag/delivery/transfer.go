package delivery

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"todoku/internal/trace"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// smtpPort takes mail from other servers (RFC 5321 section 4.5.4.2).
const smtpPort = 25

// class is what an endpoint means for a mail server that wants to hand a message over.
type class int

const (
	notReached class = iota // no dialogue came about, and why is not certain to be the host's fault
	accepts                 // the recipient was accepted
	ready                   // it talked to us, and no recipient was asked for
	notNow                  // 4yz, or the dialogue broke
	never                   // 5yz to MAIL or RCPT: another host would say the same
	notHere                 // 5yz before: another host may take it
)

// endpoint is one address of an exchanger.
type endpoint struct {
	host  *exchanger
	addr  netip.Addr
	class class
	named bool // the recipient was asked for
	why   trace.Finding
}

// transfer talks to every address of every exchanger, side by side.
func (r *run) transfer(ctx context.Context, found *routes) {
	for _, x := range found.hosts {
		r.report.Routes = append(r.report.Routes, x.Route)
	}
	if found.verdict != nil {
		r.report.Verdict = *found.verdict
		r.enter(Transfer)(NA)
		return
	}
	end := r.enter(Transfer)
	var all sync.WaitGroup
	for _, x := range found.hosts {
		named := new(atomic.Bool) // a host hears the recipient's name once, whatever the number of its addresses
		for _, a := range x.addrs {
			e := &endpoint{host: x, addr: a}
			x.ends = append(x.ends, e)
			all.Go(func() {
				r.speakers <- struct{}{}
				defer func() { <-r.speakers }()
				(&talk{run: r, end: e, named: named, span: r.span.Child("mx " + x.Host + " " + a.String())}).hold(ctx)
			})
		}
	}
	all.Wait()
	r.report.Verdict = r.decide(ctx, found.hosts)
	end(transferState(r.report.Verdict, r.hopsOf(Transfer)))
}

// transferState sums the third step up.
func transferState(v Verdict, hops []Hop) State {
	switch v.Word {
	case Refused:
		return Fail
	case Deferred:
		return Warn
	case NotKnown:
		if v.Finding.Level != trace.Pass {
			return Unknown
		}
	}
	if slices.ContainsFunc(hops, func(h Hop) bool { return h.State == Fail || h.State == Warn }) {
		return Warn
	}
	return OK
}

// talk is the dialogue with one address. RFC 5321 section 3.
type talk struct {
	*run
	end    *endpoint
	named  *atomic.Bool
	span   *trace.Span
	client *smtp.Client
}

// hold goes from connect to QUIT and stops where the server, or consent, ends it.
func (t *talk) hold(ctx context.Context) {
	defer t.span.End(nil)
	if !t.connect(ctx) {
		return
	}
	defer t.quit(ctx)
	if !t.greet(ctx) || !t.hello(ctx, "EHLO") || !t.secure(ctx) {
		return
	}
	t.end.class, t.end.why = ready, t.found("trace.ready", trace.Pass, nil)
	if !t.consent(t.end.host.Host) || !t.named.CompareAndSwap(false, true) {
		return
	}
	t.end.named = true
	t.envelope(ctx)
}

// hop is one command of this dialogue.
func (t *talk) hop(what string) Hop {
	return Hop{Step: Transfer, Kind: KindCommand, Where: t.end.host.Host, Addr: netip.AddrPortFrom(t.end.addr, smtpPort).String(), What: what}
}

// step begins a hop of this dialogue.
func (t *talk) step(what string) Hop {
	return t.begin(t.span, t.hop(what))
}

// found makes a finding about this address.
func (t *talk) found(code string, level trace.Level, err error) trace.Finding {
	args := map[string]string{"host": t.end.host.Host, "server": t.end.host.Host, "addr": t.end.addr.String(), "port": strconv.Itoa(smtpPort),
		"address": t.o.Address, "sender": t.o.Sender, "domain": t.o.Domain, "step": "3"}
	if err != nil {
		args["said"] = err.Error()
	}
	return trace.Finding{Code: code, Level: level, Args: args}
}

func (t *talk) connect(ctx context.Context) bool {
	h := t.step("connect")
	c, err := smtp.Connect(ctx, smtp.Options{Net: t.o.Net, Span: t.span, Host: t.end.host.Host, Port: smtpPort, TLS: wire.TLSStart,
		LocalName: t.o.Name, Literal: t.o.Name == "", Limits: t.o.limits(), Addrs: []netip.Addr{t.end.addr}, AnyCertificate: true})
	if err == nil {
		t.client = c
		t.run.end(h, t.found("trace.connected", trace.Pass, nil))
		return true
	}
	var e *wire.Error
	code, level := "trace.dial.failed", trace.Fail
	if errors.As(err, &e) {
		switch e.Code {
		case wire.CodeDialRefused:
			code, t.end.class = "trace.dial.refused", notNow
		case wire.CodeDialTimeout, wire.CodeCancelled:
			code = "trace.dial.silent"
		case wire.CodeDialUnreachable:
			code, level = "trace.dial.noroute", trace.Unknown
		}
	}
	t.end.why = t.found(code, level, err)
	t.run.end(h, t.end.why)
	return false
}

func (t *talk) greet(ctx context.Context) bool {
	h := t.step("banner")
	reply, err := t.client.Greet(ctx)
	h.Reply = kept(reply)
	if err != nil {
		return t.fail(h, err, notHere)
	}
	f := t.found("trace.banner", trace.Pass, nil)
	f.Args["said"] = reply.String()
	if h = t.run.end(h, f); h.Elapsed >= slowBanner {
		f.Code, f.Level = "trace.banner.slow", trace.Warn
		f.Args["elapsed"] = h.Elapsed.Round(100 * 1e6).String()
		t.run.end(h, f)
	}
	return true
}

func (t *talk) hello(ctx context.Context, what string) bool {
	h := t.step(what)
	reply, err := t.client.SayHello(ctx)
	h.Reply = kept(reply)
	for name, args := range t.client.Extensions().Names {
		h.Offers = append(h.Offers, strings.TrimSpace(name+" "+args))
	}
	slices.Sort(h.Offers)
	if err != nil {
		return t.fail(h, err, notHere)
	}
	f := t.found("trace.ehlo", trace.Pass, nil)
	f.Args["said"], f.Args["offers"] = reply.String(), strings.Join(h.Offers, ", ")
	t.run.end(h, f)
	return true
}

// secure takes TLS if it is offered, with any certificate, as mail servers do by themselves (RFC 7435), and says EHLO
// again. Without TLS the dialogue goes on, as theirs would.
func (t *talk) secure(ctx context.Context) bool {
	if !t.client.Extensions().StartTLS {
		t.say(t.hop("STARTTLS"), t.found("trace.tls.none", trace.Warn, nil))
		return true
	}
	h := t.step("STARTTLS")
	err := t.client.Secure(ctx)
	h.TLS = t.client.TLS()
	if err != nil {
		t.end.class, t.end.why = notNow, t.found("trace.tls.failed", trace.Fail, err)
		t.run.end(h, t.end.why)
		return false
	}
	t.run.end(h, t.certificate(h.TLS))
	return t.hello(ctx, "EHLO in TLS")
}

// certificate says what the chain proves. Mail goes through whatever it is, unless the domain publishes a policy.
func (t *talk) certificate(f *trace.TLSFacts) trace.Finding {
	out := t.found("trace.tls.verified", trace.Pass, nil)
	if !f.Verified {
		out.Level = trace.Warn
		switch f.Problem {
		case wire.CodeTLSExpired:
			out.Code = "trace.tls.expired"
		case wire.CodeTLSName:
			out.Code = "trace.tls.name"
		case wire.CodeTLSAuthority:
			out.Code = "trace.tls.authority"
		default:
			out.Code = "trace.tls.unverified"
		}
	}
	out.Args["version"], out.Args["cipher"] = f.Version, f.Cipher
	if len(f.Chain) > 0 {
		leaf := f.Chain[0]
		out.Args["names"], out.Args["issuer"], out.Args["until"] = strings.Join(leaf.Names, " "), leaf.Issuer, leaf.NotAfter.UTC().Format("2006-01-02")
	}
	return out
}

// envelope asks for the recipient and takes the question back.
func (t *talk) envelope(ctx context.Context) {
	h := t.step("MAIL")
	reply, err := t.client.Mail(ctx, smtp.Envelope{From: t.o.Sender, To: []smtp.Recipient{{Addr: t.o.Address}}})
	h.Reply = kept(reply)
	if err != nil {
		t.fail(h, err, never)
		return
	}
	t.run.end(h, t.reply("trace.mail", reply))
	h = t.step("RCPT")
	reply, err = t.client.Rcpt(ctx, smtp.Recipient{Addr: t.o.Address})
	h.Reply = kept(reply)
	if err != nil {
		t.fail(h, err, never)
	} else {
		t.end.class, t.end.why = accepts, t.reply("trace.accepted", reply)
		t.run.end(h, t.end.why)
	}
	t.client.Rset(ctx) // nothing depends on it: QUIT ends the transaction too
}

func (t *talk) reply(code string, r smtp.Reply) trace.Finding {
	f := t.found(code, trace.Pass, nil)
	f.Args["said"] = r.String()
	return f
}

// kept is a reply worth showing.
func kept(r smtp.Reply) *smtp.Reply {
	if r.Code == 0 {
		return nil
	}
	return &r
}

func (t *talk) quit(ctx context.Context) {
	if t.end.class == accepts || t.end.class == ready || t.end.class == never {
		t.client.Quit(ctx) // a server that does not say goodbye has done no harm
	}
	t.client.Close()
}

// fail ends the dialogue: by a refusal, whose class is permanent if the code is, or because the connection broke.
func (t *talk) fail(h Hop, err error, permanent class) bool {
	var refused *smtp.Error
	t.end.class = notNow
	if errors.As(err, &refused) {
		t.end.why = t.refusal(refused)
		if refused.Reply.Permanent() {
			t.end.class = permanent
		}
	} else {
		t.end.why = t.found(brokenCode(err), trace.Fail, err)
	}
	t.run.end(h, t.end.why)
	return false
}
