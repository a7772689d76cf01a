package delivery

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// SMTPPort takes mail from other servers (RFC 5321 section 4.5.4.2).
const SMTPPort = 25

// silentCode is that of an address that gives no answer at all.
const silentCode = "trace.dial.silent"

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
	host    *exchanger
	addr    netip.Addr
	class   class
	named   bool            // the recipient was asked for
	noRoute bool            // this device has no way to addresses of its family
	plain   bool            // it offers no STARTTLS
	secured *trace.TLSFacts // what its handshake showed; nil without one
	why     trace.Finding
}

// heard reports whether it is known how the address protects mail.
func (e *endpoint) heard() bool { return e.plain || e.secured != nil }

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
	if len(found.hosts) > 0 {
		r.best = found.hosts[0]
	}
	beside := r.askPolicies(ctx, found.hosts)
	var all trace.Group
	for _, x := range found.hosts {
		named := new(atomic.Bool) // a host hears the recipient's name once, whatever the number of its addresses
		for _, a := range x.addrs {
			e := &endpoint{host: x, addr: a}
			x.ends = append(x.ends, e)
			all.Go(func() {
				r.speakers <- struct{}{}
				defer func() { <-r.speakers }()
				r.talkTo(e, named).hold(ctx)
			})
		}
	}
	all.Wait()
	beside.judge(found.hosts)
	r.report.Verdict = r.weigh(ctx, r.decide(ctx, found.hosts), found.hosts)
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

// talk is the dialogue with one address of an exchanger.
type talk struct {
	dialogue
	end   *endpoint
	named *atomic.Bool
}

func (r *run) talkTo(e *endpoint, named *atomic.Bool) *talk {
	host, addr := e.host.Host, e.addr.String()
	return &talk{end: e, named: named, dialogue: dialogue{run: r, span: r.span.Child("mx " + host + " " + addr),
		at: Hop{Step: Transfer, Kind: KindCommand, Where: host, Addr: netip.AddrPortFrom(e.addr, SMTPPort).String()},
		facts: map[string]string{"host": host, "server": host, "addr": addr, "port": strconv.Itoa(SMTPPort),
			"address": r.o.recipient(), "sender": r.o.Sender, "domain": r.o.Domain, "step": "3"},
	}}
}

// hold goes from connect to QUIT and stops where the server, or consent, ends it.
func (t *talk) hold(ctx context.Context) {
	defer t.span.End(nil)
	defer t.recovered(t.at, func(f trace.Finding) { t.end.class, t.end.why = notReached, f })
	if !t.connect(ctx) {
		return
	}
	defer t.quit(ctx)
	defer t.nameTarpit()
	if !t.greet(ctx) || !t.introduce(ctx) || !t.protect(ctx) {
		return
	}
	t.end.class, t.end.why = ready, t.found("trace.ready", trace.Pass, nil)
	if !t.o.Stop.reaches(AfterMAIL) || !t.consent(ctx, t.end) || !t.named.CompareAndSwap(false, true) {
		return
	}
	t.end.named = true
	t.envelope(ctx)
}

func (t *talk) connect(ctx context.Context) bool {
	h := t.live("connect", 0)
	within, over := t.o.Waits.begin(ctx, h.ID)
	c, err := smtp.Connect(within, smtp.Options{Net: t.o.Net, Span: t.span, Host: t.end.host.Host, Port: SMTPPort, TLS: wire.TLSStart,
		LocalName: t.o.Name, Literal: t.o.Name == "", Limits: t.limits, Addrs: []netip.Addr{t.end.addr}, AnyCertificate: true})
	over()
	t.dialled(&t.out.exchangers, ladder.Target{Host: t.end.host.Host, Port: SMTPPort}, h, err)
	if err == nil {
		t.client = c
		t.run.end(h, t.found("trace.connected", trace.Pass, nil))
		return true
	}
	var e *wire.Error
	code, level := "trace.dial.failed", trace.Fail
	switch {
	case givenUp(ctx, err), cutShort(ctx, err):
		code, level = cutCode(ctx), trace.Unknown
	case !errors.As(err, &e):
	case e.Code == wire.CodeDialRefused:
		code, t.end.class = "trace.dial.refused", notNow
	case e.Code == wire.CodeDialTimeout:
		code = silentCode
	case e.Code == wire.CodeDialUnreachable:
		code, t.end.class = "trace.dial.unreachable", notNow
	case e.Code == wire.CodeDialNoRoute:
		return t.elsewhere(h, err)
	}
	t.end.why = t.found(code, level, err)
	t.run.end(h, t.end.why)
	return false
}

// elsewhere leaves out an address of a family that this device has no way to. Where the host has no others, that is what is
// known of it.
func (t *talk) elsewhere(h Hop, err error) bool {
	f := t.found("trace.dial.noroute", trace.NotApplicable, err)
	f.Args["family"] = "IPv6"
	if t.end.addr.Is4() {
		f.Args["family"] = "IPv4"
	}
	t.run.end(h, f)
	t.end.noRoute, t.end.why = true, f
	t.end.why.Level = trace.Unknown
	if !slices.ContainsFunc(t.end.host.addrs, func(a netip.Addr) bool { return a.Is4() != t.end.addr.Is4() }) {
		t.end.why.Code = "trace.dial.family"
	}
	return false
}

// nameTarpit says that the server makes every command wait, which is legal and changes no verdict.
func (t *talk) nameTarpit() {
	if longest, is := tarpit(t.waited); is {
		f := t.found("trace.tarpit", trace.Warn, nil)
		f.Args["elapsed"] = longest.Round(100 * time.Millisecond).String()
		t.remark("replies", f)
	}
}

// stops ends the dialogue early, as the person wished.
func (t *talk) stops(step Stop) bool {
	if t.o.Stop.reaches(step) {
		return false
	}
	t.end.class, t.end.why = ready, t.found("trace.stopped.early", trace.Pass, nil)
	return true
}

func (t *talk) greet(ctx context.Context) bool {
	if t.stops(AfterBanner) {
		return false
	}
	h, err := t.command(ctx, "banner", "trace.banner", t.limits.Greeting, t.client.Greet)
	if err != nil {
		return t.fail(ctx, h, err, notHere)
	}
	if h.Elapsed >= slowBanner {
		f := t.found("trace.banner.slow", trace.Warn, nil)
		f.Args["said"], f.Args["elapsed"] = h.Finding.Args["said"], h.Elapsed.Round(100*time.Millisecond).String()
		t.run.end(h, f)
	}
	return true
}

func (t *talk) introduce(ctx context.Context) bool {
	if t.stops(AfterEHLO) {
		return false
	}
	h, err := t.hello(ctx, "EHLO")
	return err == nil || t.fail(ctx, h, err, notHere)
}

// protect takes TLS if it is offered, with any certificate, as mail servers do by themselves (RFC 7435), and says EHLO
// again. Without TLS the dialogue goes on, as theirs would.
func (t *talk) protect(ctx context.Context) bool {
	if t.stops(AfterSTARTTLS) {
		return false
	}
	if !t.client.Extensions().StartTLS {
		t.end.plain = true
		t.remark("STARTTLS", t.found("trace.tls.none", trace.Warn, nil))
		return true
	}
	h, err := t.secure(ctx)
	if givenUp(ctx, err) || cutShort(ctx, err) {
		return t.fail(ctx, h, err, notNow)
	}
	if err != nil {
		t.end.class, t.end.why = notNow, t.found("trace.tls.failed", trace.Fail, err)
		t.run.end(h, t.end.why)
		return false
	}
	t.end.secured = h.TLS
	t.run.end(h, t.certificate(h.TLS))
	h, err = t.hello(ctx, "EHLO in TLS")
	return err == nil || t.fail(ctx, h, err, notHere)
}

// certificate says what the chain proves. Mail goes through whatever it is, unless the domain publishes a policy.
func (t *talk) certificate(f *trace.TLSFacts) trace.Finding {
	out := tlsArgs(t.found("trace.tls.verified", trace.Pass, nil), f)
	if !f.Verified {
		out.Level = trace.Warn
		switch f.Problem {
		case wire.CodeTLSExpired:
			out.Code = "trace.tls.expired"
		case wire.CodeTLSName:
			out.Code = "trace.tls.name"
			if t.o.toLiteral() {
				out.Code, out.Level = "trace.tls.literal", trace.NotApplicable
			}
		case wire.CodeTLSAuthority:
			out.Code = "trace.tls.authority"
		case wire.CodeTLSRoots:
			out.Code, out.Level = "trace.tls.roots", trace.Unknown
		default:
			out.Code = "trace.tls.unverified"
		}
	}
	return out
}

// envelope asks for the recipient and takes the question back.
func (t *talk) envelope(ctx context.Context) {
	h, err := t.command(ctx, "MAIL", "trace.mail", t.limits.Mail, func(ctx context.Context) (smtp.Reply, error) {
		return t.client.Mail(ctx, smtp.Envelope{From: t.o.Sender, To: []smtp.Recipient{{Addr: t.o.Address}}})
	})
	if err != nil {
		t.fail(ctx, h, err, never)
		return
	}
	if !t.o.Stop.reaches(AfterRCPT) {
		return
	}
	h, err = t.rcpt(ctx, "RCPT", "trace.accepted", t.o.Address)
	switch {
	case err != nil:
		t.fail(ctx, h, err, never)
	default:
		t.end.class, t.end.why = accepts, *h.Finding
		if t.o.Send != nil && t.o.Submit == nil && t.best == t.end.host {
			if h, err = t.hand(ctx); err != nil {
				t.fail(ctx, h, err, never)
			}
			return
		}
		t.catchAll(ctx)
	}
	t.client.Rset(ctx) // nothing depends on it: QUIT ends the transaction too
}

func (t *talk) rcpt(ctx context.Context, what, code, address string) (Hop, error) {
	return t.command(ctx, what, code, t.limits.Rcpt, func(ctx context.Context) (smtp.Reply, error) {
		return t.client.Rcpt(ctx, smtp.Recipient{Addr: address})
	})
}

// catchAll asks, once a run, for an address that nobody has: a server that takes it takes everything, and its yes
// proves nothing.
func (t *talk) catchAll(ctx context.Context) {
	if !t.o.CatchAll || !t.madeUp.CompareAndSwap(false, true) {
		return
	}
	domain := t.o.Address[strings.LastIndexByte(t.o.Address, '@')+1:] // a quoted local part may hold one (RFC 5321 section 4.1.2)
	h, err := t.rcpt(ctx, "RCPT made up", "trace.catchall", "todoku-"+strings.ToLower(rand.Text())+"@"+domain)
	var refused *smtp.Error
	switch {
	case err == nil:
		f := *h.Finding
		f.Level = trace.Warn
		t.run.end(h, f)
	case errors.As(err, &refused):
		f := t.found("trace.catchall.none", trace.Pass, nil)
		f.Args["said"] = refused.Reply.String()
		t.run.end(h, f)
	default:
		t.run.end(h, t.found("trace.catchall.unknown", trace.Unknown, err))
	}
}

func (t *talk) quit(ctx context.Context) {
	if t.end.class == accepts || t.end.class == ready || t.end.class == never {
		t.client.Quit(ctx) // a server that does not say goodbye has done no harm
	}
	t.client.Close()
}

// fail ends the dialogue: by a refusal, whose class is permanent if the code is, because the connection broke, or
// because the person gave up waiting, which says nothing of the server.
func (t *talk) fail(ctx context.Context, h Hop, err error, permanent class) bool {
	var refused *smtp.Error
	t.end.class = notNow
	switch {
	case unspeakable(err):
		t.end.class, t.end.why = notHere, t.found("trace.noutf8", trace.Fail, err)
	case givenUp(ctx, err), cutShort(ctx, err):
		t.end.class, t.end.why = notReached, t.found(cutCode(ctx), trace.Unknown, err)
	case errors.As(err, &refused):
		t.end.why = t.refusal(refused)
		if refused.Reply.Permanent() {
			t.end.class = permanent
		}
	default:
		t.end.why = t.found(brokenCode(err), trace.Fail, err)
		if t.end.why.Code == "trace.slow" { // it was still answering: a mail server would have waited on
			t.end.class, t.end.why.Level = notReached, trace.Unknown
		}
	}
	t.run.end(h, t.end.why)
	return false
}
