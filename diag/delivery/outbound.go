package delivery

import (
	"context"
	"slices"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// leastKnock is what an attempt to connect gets though all else is over: across the world, its host looked up first, it
// takes less. Else a port that drops packets would hold up every run.
const leastKnock = time.Second

// outbound is what becomes known of the ports that mail leaves by and is fetched by.
type outbound struct {
	began  time.Time
	cancel context.CancelFunc // ends the knocks
	tried  *gate              // opened when the account's own servers were tried, or will not be
	knocks []ladder.Knock     // at them
	called *gate              // opened when the submission dialogue knows whether its port connects

	submission []ladder.Knock // of the dialogue with the account's own server
	exchangers []ladder.Knock // of those with the domain's
	weighed    bool           // port 25 was looked at again
}

// dialled notes what the connect of a dialogue told of its port. h is that hop.
func (r *run) dialled(at *[]ladder.Knock, to ladder.Target, h Hop, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*at = append(*at, ladder.KnockOf(to, h.Addr, time.Since(h.Began), err))
}

// tryPorts knocks at the ports of the account's own servers, side by side with everything else. Where a dialogue goes
// anyway it is not knocked as well.
func (r *run) tryPorts(ctx context.Context) {
	targets := slices.DeleteFunc(ladder.OwnTargets(r.o.Own), func(t ladder.Target) bool {
		return r.o.Submit != nil && t.Host == r.o.Submit.Host && t.Port == r.o.Submit.Port
	})
	span := r.span.Child("mail ports")
	h := r.begin(span, Hop{Step: Submission, Kind: KindDevice, Where: "this line", What: "mail ports"})
	within, over := r.o.Waits.begin(ctx, h.ID)
	within, r.out.cancel = context.WithCancel(within)
	r.out.began = h.Began
	go func() {
		defer r.out.tried.open()
		defer r.recovered(h, nil)
		defer over()
		r.out.knocks = ladder.Knocks(within, span, r.o.Net, targets)
		over()
		select {
		case <-r.out.called.done:
		case <-within.Done():
		}
		r.mu.Lock()
		submission := slices.Clone(r.out.submission)
		r.mu.Unlock()
		var f trace.Finding
		h.Ports, f = ladder.OwnPorts(r.o.Own, r.out.knocks, submission)
		r.end(h, f)
		span.End(nil)
	}()
}

// endPorts waits for the knocks no longer than a healthy one takes, and says what the dialogues told of port 25.
func (r *run) endPorts() {
	if r.offline != nil || r.out.cancel == nil {
		return
	}
	select {
	case <-r.out.tried.done:
	case <-time.After(leastKnock - time.Since(r.out.began)):
	}
	r.out.cancel()
	<-r.out.tried.done
	if r.out.weighed {
		return
	}
	h := Hop{Step: Submission, Where: "this line", What: "port 25"}
	var f trace.Finding
	h.Ports, f = ladder.Exchangers(r.out.exchangers)
	r.say(h, f)
}

// weigh looks again at a verdict that rests on silence at port 25: is it the host that is silent, or this line that lets
// nothing out there?
func (r *run) weigh(ctx context.Context, v Verdict, hosts []*exchanger) Verdict {
	if v.Finding.Code != silentCode || wire.TimeUp(ctx) {
		return v
	}
	<-r.out.tried.done // no longer than the exchangers were
	o := ladder.Port25Options{Net: r.o.Net, Compare: r.o.Compare, Submission: r.atSubmission()}
	for _, x := range hosts {
		for _, e := range x.ends {
			if e.class == notReached && e.why.Code == silentCode {
				o.Silent = append(o.Silent, ladder.Target{Host: x.Host, Port: SMTPPort, Addrs: x.addrs})
				break
			}
		}
	}
	span := r.span.Child("port 25")
	defer span.End(nil)
	h := r.begin(span, Hop{Step: Submission, Kind: KindDevice, Where: "this line", What: "port 25"})
	within, over := r.o.Waits.begin(ctx, h.ID)
	compared, f := ladder.Port25(within, span, o)
	over()
	h.Ports, _ = ladder.Exchangers(slices.Concat(r.out.exchangers, compared))
	r.out.weighed = true
	r.end(h, f)
	switch f.Level {
	case trace.Warn:
		return Verdict{Word: NotKnown, Finding: f}
	case trace.Pass:
		dead := v.Finding
		dead.Code, dead.Level = "trace.dial.dead", trace.Fail
		return Verdict{Word: Deferred, Finding: dead}
	}
	return v
}

// atSubmission are the knocks at the ports of the account's own submission server.
func (r *run) atSubmission() []ladder.Knock {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.out.submission)
	for _, k := range r.out.knocks {
		if k.Proto == ladder.SMTP {
			all = append(all, k)
		}
	}
	return all
}
