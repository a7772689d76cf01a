package post

import (
	"context"
	"errors"
	"strings"
	"time"

	"todoku/embedded-server/maildrop"
	"todoku/internal/trace"
)

// attempt is one go at the due messages of one domain.
type attempt struct {
	o       *Office
	ctx     context.Context
	span    *trace.Span
	waiting []*item
	last    *outcome // why those that wait still do
}

// attempt tries each exchanger and address in turn until nothing waits, and settles every message.
func (o *Office) attempt(domain string, items []*item) {
	a := &attempt{o: o, ctx: o.ctx, span: o.cfg.Span.Child("relay to " + domain), waiting: items}
	hosts, bad := o.routes(a.ctx, a.span, domain)
	a.last = bad
	for _, x := range hosts {
		if len(a.waiting) == 0 || a.ctx.Err() != nil {
			break
		}
		a.host(x.name)
	}
	if a.last == nil {
		a.last = delayed("4.4.1", "451 4.4.1 no mail host of "+domain+" could be reached")
	}
	for _, it := range a.waiting {
		a.settle(it, *a.last)
	}
	a.span.End(nil)
}

// host tries one exchanger's addresses.
func (a *attempt) host(name string) {
	addrs, bad := a.o.addresses(a.ctx, a.span, name)
	if bad != nil {
		a.hold(bad)
		return
	}
	for _, addr := range addrs {
		if len(a.waiting) == 0 || a.ctx.Err() != nil {
			return
		}
		a.address(name, addr)
	}
}

// address opens one session and sends what waits. Refusals for good end a message; the rest goes on to the next.
func (a *attempt) address(name, addr string) {
	for _, it := range a.waiting {
		a.o.note(it.ID, "connecting to "+name)
	}
	s, bad := a.open(name, addr)
	if bad != nil {
		bad.mta = name
		a.hold(bad)
		return
	}
	defer s.close()
	var still []*item
	for i, it := range a.waiting {
		a.o.note(it.ID, "sending to "+name)
		out, alive := s.send(it)
		out.mta = name
		if out.action == "delayed" {
			a.hold(&out)
			still = append(still, it)
		} else {
			a.settle(it, out)
		}
		if !alive {
			still = append(still, a.waiting[i+1:]...)
			break
		}
	}
	a.waiting = still
}

// hold notes why messages wait: what may pass counts for more than what is for good, for then a later try makes sense.
func (a *attempt) hold(out *outcome) {
	if a.last == nil || out.action == "delayed" {
		a.last = out
	}
}

// settle writes down what became of a message: gone, returned to its sender, or to be tried again.
func (a *attempt) settle(it *item, out outcome) {
	defer a.o.note(it.ID, "")
	out.rcpt = it.rcpt
	if out.action == "delayed" && a.ctx.Err() != nil {
		return // we are closing: the entry stays as it is
	}
	if out.action == "delayed" && a.o.cfg.Now().Sub(it.Accepted) >= a.o.cfg.Expire {
		out.action, out.status = "failed", "4.4.7"
		out.reply += " (given up after " + a.o.cfg.Expire.String() + ")"
	}
	// What happened is a fact, also when the program is closing. If it cannot be written down (a full disk), sending
	// again would only make copies: this worker waits until it can.
	ctx := context.WithoutCancel(a.ctx)
	for wait := time.Second; ; wait = min(2*wait, maxSettleWait) {
		err := a.record(ctx, it, out)
		if err == nil || errors.Is(err, maildrop.ErrClosed) {
			return
		}
		a.span.Note("queue entry " + it.ID + " not updated: " + err.Error())
		select {
		case <-a.ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// maxSettleWait is the longest pause between two tries to write an outcome down.
const maxSettleWait = time.Minute

func (a *attempt) record(ctx context.Context, it *item, out outcome) error {
	if out.action != "delayed" {
		return a.o.finish(ctx, it, out)
	}
	wait := a.o.cfg.Retry[min(it.Attempts, len(a.o.cfg.Retry)-1)]
	return a.o.cfg.Store.Requeue(ctx, it.ID, a.o.cfg.Now().Add(wait), it.Attempts+1, out.reply)
}

// finish removes the entry and, in the same transaction, writes the report that its sender is owed.
func (o *Office) finish(ctx context.Context, it *item, out outcome) error {
	b := maildrop.Batch{Done: []string{it.ID}}
	if it.mail.From != "" && owed(it.rcpt.Notify, out.action) {
		o.returnTo(&b, it.mail, []outcome{out})
	}
	err := o.cfg.Store.Commit(ctx, b)
	if errors.Is(err, maildrop.ErrNoUser) || errors.Is(err, maildrop.ErrOverQuota) { // the sender cannot take it
		o.cfg.Span.Note("report about " + it.ID + " could not be delivered: " + err.Error())
		err = o.cfg.Store.Commit(ctx, maildrop.Batch{Done: []string{it.ID}})
	}
	if len(b.Queue) > 0 {
		o.Wake()
	}
	return err
}

// owed says whether the sender wants to be told (RFC 3461 section 4.1). Without NOTIFY failures are.
func owed(notify, action string) bool {
	switch action {
	case "failed":
		return notify == "" || strings.Contains(notify, "FAILURE")
	case "relayed", "delivered":
		return strings.Contains(notify, "SUCCESS")
	}
	return false
}
