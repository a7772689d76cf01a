package delivery

import (
	"context"
	"errors"
	"time"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
)

// posting is what became of the message that a run sends.
type posting struct {
	ready   chan struct{} // closed when it is known what was in the mailbox before
	over    chan struct{} // closed when it was handed over, or will not be
	taken   *trace.Finding
	at      time.Time
	arrived *trace.Finding
}

// posted notes what a server said to the message; nil that none will get it. The first word counts.
func (r *run) posted(f *trace.Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.post.over:
	default:
		r.post.taken, r.post.at = f, time.Now()
		close(r.post.over)
	}
}

// hand gives the message to the server that has just accepted its recipient.
func (d *dialogue) hand(ctx context.Context) (Hop, error) {
	lost := false
	select {
	case <-d.post.ready:
	case <-ctx.Done():
	}
	h, err := d.command(ctx, "DATA", "trace.sent", d.limits.Final, func(ctx context.Context) (r smtp.Reply, err error) {
		r, lost, err = d.client.Data(ctx, d.o.Send.Octets)
		return r, err
	})
	if lost {
		f := d.found("trace.sent.unknown", trace.Unknown, err)
		d.posted(&f)
		return d.end(h, f), nil
	}
	if err == nil {
		d.posted(h.Finding)
	}
	return h, err
}

// await waits for the message where the recipient reads, and gives the state of step 4.
func (r *run) await(ctx context.Context, login *Login) State {
	span := r.span.Child("pick-up")
	defer span.End(nil)
	h := r.begin(span, Hop{Step: Pickup, Kind: KindPickup, Where: login.Server, What: "login"})
	box, err := ladder.OpenMailbox(ctx, span, r.o.Net, login.Box)
	close(r.post.ready)
	if err != nil {
		return r.shut(ctx, h, login, err)
	}
	defer box.Close()
	r.end(h, r.opened())
	select {
	case <-r.post.over:
	case <-ctx.Done():
	}
	if r.post.taken == nil {
		return OK
	}
	h = r.begin(span, Hop{Step: Pickup, Kind: KindPickup, Where: login.Server, What: "message"})
	within, over := r.o.Waits.begin(ctx, h.ID)
	err = box.Await(within, r.o.Send.ID)
	over()
	took := time.Since(r.post.at).Round(time.Millisecond).String()
	f := trace.Finding{Code: "trace.arrived", Level: trace.Pass, Args: map[string]string{"address": r.o.Address, "elapsed": took}}
	switch {
	case ladder.Unseen(err):
		f.Code, f.Level = "trace.arrived.late", trace.Unknown
	case err != nil:
		return r.shut(ctx, h, login, err)
	}
	r.post.arrived = &f
	return r.end(h, f).State
}

// opened is a mailbox that lets its owner in.
func (r *run) opened() trace.Finding {
	return trace.Finding{Code: "trace.pickup", Level: trace.Pass, Args: map[string]string{"address": r.o.Address}}
}

// shut is one that does not.
func (r *run) shut(ctx context.Context, h Hop, login *Login, err error) State {
	if givenUp(ctx, err) {
		f := r.opened()
		f.Code, f.Level, f.Args["host"] = "trace.givenup", trace.Unknown, login.Server
		return r.end(h, f).State
	}
	f := explain.Find(err)
	if errors.Is(ctx.Err(), context.Canceled) {
		f.Level = trace.Unknown // the run was stopped: the mailbox may be well
		return r.end(h, f).State
	}
	if f.Level = trace.Fail; outOfTime(ctx, f) {
		f.Code = "wire.silent" // the run has less patience than the login would have
	}
	r.unread = &f
	return r.end(h, f).State
}
