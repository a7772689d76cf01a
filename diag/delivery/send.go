package delivery

import (
	"context"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/smtp"
)

// posting is what became of the message that a run sends.
type posting struct {
	ready   *gate         // opened when it is known what was in the mailbox before
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

// lostCode says that the reply to a message did not come.
const lostCode = "trace.sent.unknown"

// hand gives the message to the server that has just accepted its recipient.
func (d *dialogue) hand(ctx context.Context) (Hop, error) {
	lost := false
	select {
	case <-d.post.ready.done:
	case <-ctx.Done():
	}
	h, err := d.command(ctx, "DATA", "trace.sent", d.limits.Final, func(ctx context.Context) (r smtp.Reply, err error) {
		r, lost, err = d.client.Data(ctx, d.o.Send.Octets)
		return r, err
	})
	if lost {
		f := d.found(lostCode, trace.Unknown, err)
		d.posted(&f)
		return d.end(h, f), nil
	}
	if err == nil {
		d.posted(h.Finding)
	}
	return h, err
}
