package session

import (
	"context"
	"strings"

	"todoku/diag/delivery"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// TraceOptions say whose way to trace: an address, or a domain alone.
type TraceOptions struct {
	Target  string
	Account string // gives the envelope sender and, if it is named or its server is ours, step 1; "" is the first
	Via     bool   // log in to the account's submission server
	All     bool   // ask every name server of the domain
	Rcpt    bool   // ask the domain's servers for the recipient; those that are ours are asked in any case
	Consent func(delivery.Question) bool
	Watch   func(delivery.Hop)
}

// Trace follows the way of a message to the target without sending one. Step 4 is tried for addresses of our accounts.
func (s *Session) Trace(ctx context.Context, span *trace.Span, o TraceOptions) (report delivery.Report, err error) {
	defer func() { span.End(err) }()
	run := delivery.Options{Net: s.Net, Domain: o.Target, Rcpt: o.Rcpt, All: o.All, Consent: o.Consent, Watch: o.Watch}
	if strings.ContainsAny(o.Target, "@＠ <") {
		list, err := mail.ParseAddressList(o.Target)
		if err != nil || len(list) != 1 {
			return report, fieldError("address", o.Target, err)
		}
		run.Address, run.Domain = list[0].Addr, list[0].Domain()
	}
	if o.Account == "" && len(s.Config.Accounts) > 0 {
		o.Account = s.Config.Accounts[0].Name
	}
	if from, _, ok := s.find(o.Account); ok {
		run.Sender = from.Address
		if o.Via || s.Net.Owns != nil && s.Net.Owns(from.SMTP.Host) {
			run.Submit = &delivery.Login{Server: hostPort(from.SMTP), Try: func(ctx context.Context, span *trace.Span) error {
				return s.tryLogin(ctx, span, from)
			}}
		}
	} else if o.Account != "" {
		return report, NoSuchAccount(o.Account)
	}
	if l, _, err := s.receiving(run.Address); err == nil && run.Address != "" {
		run.Collect = &delivery.Login{Server: hostPort(l.server), Try: func(ctx context.Context, span *trace.Span) error {
			return s.tryMailbox(ctx, span, run.Address)
		}}
	}
	return delivery.Run(ctx, span, run)
}
