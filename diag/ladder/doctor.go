package ladder

import (
	"context"
	"slices"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// replyTime is how long the doctor waits for each reply. Servers may take longer by the standards, but a person waits,
// and a server that lets its own users wait this long has something to be told.
const replyTime = 15 * time.Second

// Names of the two ladders of an account, and of what both stand on.
const (
	Receive = "receive"
	Send    = "send"
	Both    = "both"
)

// Server is one server of an account, and how to log in to it.
type Server struct {
	Proto  string // IMAP, POP3 or SMTP
	Host   string // "" if the account has none
	Port   int
	TLS    wire.TLSMode
	User   string
	Auth   string // as the settings say; "" takes the strongest
	Secret func(context.Context) (sasl.Credentials, error)
}

// DoctorOptions say which account to examine, and how far.
type DoctorOptions struct {
	Net     *wire.Net
	Name    string // of the account
	Address string // of the account
	Receive Server
	Send    Server
	Portal  PortalOptions // a page that the person agreed to be asked for; its Net is not used
	Compare []string      // hosts whose port 25 the person agreed to be tried
	// OutAndBack sends one small message to the account's own address and waits for it. Over IMAP it is then removed.
	OutAndBack bool
	Size       int64         // octets of a message that the sending server is asked about, and not sent; 0 asks without
	Wait       time.Duration // for each reply; 0 means 15 s
	Back       time.Duration // for the message to come back; 0 means 60 s
	// Interfaces lists the device's; see LineOptions.
	Interfaces func() ([]Interface, error)
	// Watch is told of each rung when it is known, begins and is over, of those that both ladders stand on once. May be nil.
	Watch func(ladder string, r Rung)
}

// Checkup is what the examination came to.
type Checkup struct {
	Account string        `json:"account"`
	Address string        `json:"address"`
	Receive Ladder        `json:"receive"`
	Send    Ladder        `json:"send"`
	Elapsed time.Duration `json:"elapsed_ns"`
}

// Answer is the finding of the first broken rung, receiving before sending; false if none broke.
func (c Checkup) Answer() (trace.Finding, bool) {
	if f, broken := c.Receive.Answer(); broken {
		return f, true
	}
	return c.Send.Answer()
}

// Stopped reports a check-up that ended before every rung was tried or one broke: of the rest nothing is known.
func (c Checkup) Stopped() bool {
	waits := func(r Rung) bool { return r.State == Wait }
	for _, l := range []Ladder{c.Receive, c.Send} {
		if l.Broken == 0 && slices.ContainsFunc(l.Rungs, waits) {
			return true
		}
	}
	return false
}

// Examine climbs the ladders of an account, first the person's own line and then the provider's servers, as a good
// support engineer does. It changes nothing unless OutAndBack is set. The error is ctx's, when the caller gave up.
func Examine(ctx context.Context, span *trace.Span, o DoctorOptions) (Checkup, error) {
	began := time.Now()
	e := &examination{DoctorOptions: o}
	if e.Wait <= 0 {
		e.Wait = replyTime
	}
	if e.Back <= 0 {
		e.Back = backTime
	}
	ground := Climb(ctx, span.Child("line"), Both, e.ground(), e.watch(Both))
	e.rewritten = rewritten(ground)
	out := Checkup{Account: o.Name, Address: o.Address}
	in, outward := newVisit(e, o.Receive), newVisit(e, o.Send)
	out.Receive = ground.On(ctx, span.Child(Receive), Receive, in.steps(), e.watch(Receive))
	in.leave() // a maildrop takes one session at a time
	steps := append(outward.steps(), Step{Name: "roundtrip", What: o.Address, Try: func(ctx context.Context, span *trace.Span) Outcome {
		return e.outAndBack(ctx, span, out.Receive)
	}})
	out.Send = ground.On(ctx, span.Child(Send), Send, steps, e.watch(Send))
	outward.leave()
	if portalEverywhere(in, outward, &out.Receive, &out.Send) {
		tell(e.watch(Receive), out.Receive.Rungs[out.Receive.Broken-1])
		tell(e.watch(Send), out.Send.Rungs[out.Send.Broken-1])
	}
	out.Elapsed = time.Since(began)
	return out, ctx.Err()
}

// examination is one check-up in flight.
type examination struct {
	DoctorOptions
	rewritten bool // the resolver gives addresses for names that do not exist
}

// watch tells who watches of the rungs of one ladder.
func (e *examination) watch(ladder string) func(Rung) {
	if e.Watch == nil {
		return nil
	}
	return func(r Rung) { e.Watch(ladder, r) }
}

// ground is what both ladders stand on.
func (e *examination) ground() []Step {
	_, domain, _ := strings.Cut(e.Address, "@")
	host := e.DoctorOptions.Receive.Host
	if host == "" {
		host = e.DoctorOptions.Send.Host
	}
	return []Step{
		{Name: "line", What: "IPv4, IPv6", Try: func(ctx context.Context, span *trace.Span) Outcome { return e.line(ctx, span) }},
		{Name: "resolver", What: strings.Join(dns.New(dns.Options{Net: e.Net}).Servers(), ", "), Try: func(ctx context.Context, span *trace.Span) Outcome {
			return Resolver(ctx, span, ResolverOptions{Net: e.Net, Domain: domain, Host: host})
		}},
	}
}

// line is this device's line and, where a page is agreed on, a captive portal on it.
func (e *examination) line(ctx context.Context, span *trace.Span) Outcome {
	out := Line(ctx, span, LineOptions{Net: e.Net, Interfaces: e.Interfaces})
	if out.Finding.Level == trace.Fail || e.Portal.Page == "" {
		return out
	}
	p := e.Portal
	p.Net = e.Net
	if portal := Portal(ctx, span, p).Finding; portal.Level == trace.Fail {
		return Outcome{Finding: portal, Also: []trace.Finding{out.Finding}}
	}
	return out
}

func rewritten(ground Ladder) bool {
	const code = "local.resolver.rewrites"
	for _, r := range ground.Rungs {
		if r.Finding != nil && r.Finding.Code == code || slices.ContainsFunc(r.Also, func(f trace.Finding) bool { return f.Code == code }) {
			return true
		}
	}
	return false
}

// Setting reports that a rung broke because the account's settings name another server, port or mode than the provider
// has.
func Setting(code string) bool {
	switch code {
	case "doctor.tls.mode", "doctor.port.refused", "doctor.port25", "doctor.protocol", "doctor.certificate.use", "doctor.certificate.name":
		return true
	}
	return false
}
