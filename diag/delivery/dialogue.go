package delivery

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// Stop is the last thing that is done with each mail exchanger before QUIT.
type Stop string

const (
	AfterConnect  Stop = "connect"
	AfterBanner   Stop = "banner"
	AfterEHLO     Stop = "ehlo"
	AfterSTARTTLS Stop = "starttls"
	AfterMAIL     Stop = "mail"
	AfterRCPT     Stop = "rcpt"
)

// Stops lists them in their order.
func Stops() []Stop {
	return []Stop{AfterConnect, AfterBanner, AfterEHLO, AfterSTARTTLS, AfterMAIL, AfterRCPT}
}

// reaches reports whether a dialogue that ends after s still does the step; "" goes to the end.
func (s Stop) reaches(step Stop) bool {
	all := Stops()
	return s == "" || slices.Index(all, step) <= slices.Index(all, s)
}

// dialogue is one SMTP session of the run, a hop a command (RFC 5321 section 3).
type dialogue struct {
	*run
	at     Hop               // what its hops have in common
	facts  map[string]string // what its findings have in common
	span   *trace.Span
	client *smtp.Client
	waited []time.Duration // for the reply to each command
}

// live begins the hop of a command, whose wait has a limit.
func (d *dialogue) live(what string, limit time.Duration) Hop {
	h := d.at
	h.What, h.Limit = what, limit
	return d.begin(d.span, h)
}

// remark adds a hop that follows from the dialogue.
func (d *dialogue) remark(what string, f trace.Finding) {
	h := d.at
	h.What = what
	d.say(h, f)
}

// found makes a finding about this server.
func (d *dialogue) found(code string, level trace.Level, err error) trace.Finding {
	args := maps.Clone(d.facts)
	if err != nil {
		args["said"] = err.Error()
	}
	return trace.Finding{Code: code, Level: level, Args: args}
}

// command does one command as a hop, which code names if the server agrees. On an error the hop is still live: what it
// means depends on the command.
func (d *dialogue) command(ctx context.Context, what, code string, limit time.Duration, do func(context.Context) (smtp.Reply, error)) (Hop, error) {
	h := d.live(what, limit)
	within, over := d.o.Waits.begin(ctx, h.ID)
	defer over()
	reply, err := do(within)
	if what != "banner" { // a greeting may pause for reasons of its own
		d.waited = append(d.waited, time.Since(h.Began))
	}
	if reply.Code != 0 {
		h.Reply = &reply
	}
	if err != nil {
		return h, err
	}
	f := d.found(code, trace.Pass, nil)
	if h.Reply != nil {
		f.Args["said"] = reply.String()
	}
	return d.end(h, f), nil
}

// hello says EHLO and keeps what is offered.
func (d *dialogue) hello(ctx context.Context, what string) (Hop, error) {
	h := d.live(what, d.limits.Hello)
	within, over := d.o.Waits.begin(ctx, h.ID)
	defer over()
	reply, err := d.client.SayHello(within)
	d.waited = append(d.waited, time.Since(h.Began))
	if reply.Code != 0 {
		h.Reply = &reply
	}
	for name, args := range d.client.Extensions().Names {
		h.Offers = append(h.Offers, strings.TrimSpace(name+" "+args))
	}
	slices.Sort(h.Offers)
	if err != nil {
		return h, err
	}
	f := d.found("trace.ehlo", trace.Pass, nil)
	f.Args["said"], f.Args["offers"] = reply.String(), strings.Join(h.Offers, ", ")
	return d.end(h, f), nil
}

// tarpit reports a server that answers most commands late, and how long the longest took.
func tarpit(waited []time.Duration) (time.Duration, bool) {
	late := 0
	for _, w := range waited {
		if w >= lateReply {
			late++
		}
	}
	if late < 2 || late*2 <= len(waited) {
		return 0, false
	}
	return slices.Max(waited), true
}

// secure does STARTTLS and the handshake. The hop is still live.
func (d *dialogue) secure(ctx context.Context) (Hop, error) {
	h := d.live("STARTTLS", d.limits.Mail+wire.HandshakeTime) // the reply, and what follows it
	within, over := d.o.Waits.begin(ctx, h.ID)
	defer over()
	err := d.client.Secure(within)
	h.TLS = d.client.TLS()
	return h, err
}

// tlsArgs are the facts of a handshake for a finding.
func tlsArgs(f trace.Finding, facts *trace.TLSFacts) trace.Finding {
	f.Args["version"], f.Args["cipher"] = facts.Version, facts.Cipher
	if len(facts.Chain) > 0 {
		leaf := facts.Chain[0]
		f.Args["names"], f.Args["issuer"], f.Args["until"] = strings.Join(leaf.Names, " "), leaf.Issuer, leaf.NotAfter.UTC().Format("2006-01-02")
	}
	return f
}
