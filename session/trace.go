package session

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"todoku/diag/delivery"
	"todoku/diag/ladder"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
	"todoku/session/account"
)

// TraceOptions say whose way to trace: an address, or a domain alone.
type TraceOptions struct {
	Target   string
	From     string // the envelope sender; "" is the account's address, or without an account the null sender
	Account  string // gives the envelope sender and, if it is named or its server is ours, step 1; "" is the first
	Via      bool   // talk to the account's submission server first
	All      bool   // ask every name server of the domain
	Rcpt     bool   // ask the domain's servers for the recipient; those that are ours are asked in any case
	CatchAll bool   // and, once, for an address that nobody has; it implies Rcpt
	Root     RootFiles
	Stop     delivery.Stop
	Consent  func(context.Context, delivery.Question) bool
	Watch    func(delivery.Hop)
	Waits    *delivery.Waits // lets the person give up single waits; may be nil
	Seed     uint64          // orders servers and equal MX records; 0 means at random
	Send     bool            // sends a short message: by the account's server with Via, else to an exchanger; waits for it where the target is ours
	Time     time.Duration   // of the whole run; 0 means delivery.RunTime
	Limits   smtp.Limits     // of each reply; zero fields mean the tracer's own
}

// envelope reports whether the trace goes as far as a recipient.
func (o TraceOptions) envelope() bool {
	return o.Rcpt || o.Send || o.CatchAll || o.Stop == delivery.AfterMAIL || o.Stop == delivery.AfterRCPT
}

// Trace follows the way of a message to the target without sending one. Step 4 is tried for addresses of our accounts.
func (s *Session) Trace(ctx context.Context, span *trace.Span, o TraceOptions) (report delivery.Report, err error) {
	defer func() { span.End(err) }()
	if err := s.ended(ctx); err != nil {
		return report, err
	}
	n, err := s.netFrom(o.Root)
	if err != nil {
		return report, err
	}
	run := delivery.Options{Net: n, Rcpt: o.envelope(), Stop: o.Stop,
		CatchAll: o.CatchAll, All: o.All, Consent: o.Consent, Watch: o.Watch, Waits: o.Waits, Self: s.ownAddrs(),
		Compare: s.Config.ProbeHosts.Port25, Portal: s.portal(), Seed: o.Seed, Time: o.Time, Limits: o.Limits, Ended: s.endedFinding}
	if run.Address, run.Domain, err = target(o.Target); err != nil {
		return report, err
	}
	if err := s.tracedFrom(&run, o); err != nil {
		return report, err
	}
	if o.Send {
		if run.Send, err = s.testMessage(run); err != nil {
			return report, err
		}
	}
	if l, protocol, err := s.receiving(run.Address); err == nil && run.Address != "" {
		run.Collect = &delivery.Login{Server: hostPort(l.server), Box: rungsOf(l.account, l.server, protocol), Try: func(ctx context.Context, span *trace.Span) error {
			return s.tryMailbox(ctx, span, run.Address)
		}}
	}
	return delivery.Run(ctx, span, run)
}

// testMessage is what a trace sends. It is written for whoever finds it.
func (s *Session) testMessage(run delivery.Options) (*delivery.Message, error) {
	if run.Address == "" {
		return nil, &Error{"compose.domain-only", map[string]string{"domain": run.Domain}, nil}
	}
	from := mail.Address{Addr: run.Sender}
	id := "todoku-trace." + strings.ToLower(rand.Text()) + "@" + from.Domain()
	octets, err := mail.Build(mail.Outgoing{From: from, To: []mail.Address{{Addr: run.Address}}, Subject: "todoku trace: test message", Date: s.Now(), MessageID: id,
		Text: "This message was sent by hand, to see how mail gets here. It can be deleted.\nメールの経路を調べるために手動で送られた試験メールです。削除してかまいません。\n"})
	return &delivery.Message{ID: id, Octets: octets}, buildError(err)
}

// target reads an address, as typed or as the link of a page has it, or a domain alone.
func target(typed string) (address, domain string, err error) {
	if linked, ok := mail.CutMailto(typed); ok {
		typed = linked
	}
	if whole, ok := strings.CutSuffix(typed, "."); ok && !strings.HasSuffix(whole, ".") && !strings.HasSuffix(whole, "@") {
		typed = whole // the DNS writes names to the root with a dot at the end, mail without (RFC 5321 section 2.3.5)
	}
	if typed != "" && !strings.ContainsAny(typed, "@＠ \u3000<") {
		if mapped, err := idna.Lookup.ToUnicode(typed); err == nil && mapped != "" {
			typed = mapped // full-width letters and dots are ASCII in the DNS (RFC 5895)
		}
		return "", typed, nil
	}
	list, err := mail.ParseAddressList(typed)
	if err != nil || len(list) != 1 {
		return "", "", fieldError("address", typed, err)
	}
	return list[0].Addr, list[0].Domain(), nil
}

// tracedFrom sets the envelope sender, and step 1 where the account's server is ours or was asked for.
func (s *Session) tracedFrom(run *delivery.Options, o TraceOptions) error {
	if o.Account == "" && len(s.configured()) > 0 {
		o.Account = s.configured()[0].Name
	}
	from, _, ok := s.find(o.Account)
	switch {
	case !ok && (o.Account != "" || o.Via):
		return NoSuchAccount(o.Account)
	case ok:
		run.Sender, run.Own = from.Address, ownServers(from)
		if o.Via || s.Net.Owns != nil && s.Net.Owns(from.SMTP.Host) {
			run.Submit = s.submissionServer(from)
		}
	}
	sender, err := envelopeSender(o.From)
	if sender != "" {
		run.Sender = sender
	}
	return err
}

// ownServers are those of an account that mail leaves by or is fetched from.
func ownServers(a config.Account) []ladder.Server {
	return []ladder.Server{{Proto: ladder.SMTP, Host: a.SMTP.Host, Port: a.SMTP.Port}, {Proto: ladder.IMAP, Host: a.IMAP.Host, Port: a.IMAP.Port},
		{Proto: ladder.POP3, Host: a.POP3.Host, Port: a.POP3.Port}}
}

// submissionServer is the account's, for a dialogue that somebody else holds.
func (s *Session) submissionServer(a config.Account) *delivery.SubmissionServer {
	return &delivery.SubmissionServer{Host: a.SMTP.Host, Port: a.SMTP.Port, TLS: wire.TLSMode(a.SMTP.TLS),
		Login: func(ctx context.Context, c *smtp.Client) error {
			secret, err := account.Credentials(ctx, a, a.SMTP)
			if err != nil {
				return err
			}
			return c.Auth(ctx, secret, a.SMTP.Auth)
		},
		Locate: func(err error) error { return reaching(err, a, a.SMTP, stepSubmit) },
	}
}

// ownAddrs are this device's addresses that others may reach; none in the sandbox, whose hosts are all others.
func (s *Session) ownAddrs() []netip.Addr {
	if s.Net.Resolver != "" {
		return nil
	}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil // a machine that hides its interfaces is no mail exchanger
	}
	var own []netip.Addr
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLoopback() {
			own = append(own, p.Addr().Unmap())
		}
	}
	return own
}

// portal is the page that the person agreed to be asked for.
func (s *Session) portal() ladder.PortalOptions {
	return ladder.PortalOptions{Net: s.Net, Page: s.Config.ProbeHosts.Page, Holds: s.Config.ProbeHosts.PageHolds}
}
