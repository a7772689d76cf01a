package delivery

import (
	"context"
	"time"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// arrive is step 4, which only an account of ours makes possible.
func (r *run) arrive(ctx context.Context) {
	end, login, state := r.enter(Pickup), r.o.Collect, Unknown
	defer func() { end(state) }()
	defer r.post.ready.open()
	if login == nil {
		return
	}
	defer r.recovered(Hop{Step: Pickup, Where: login.Server, What: "login"}, nil)
	if r.o.Send != nil {
		state = r.await(ctx, login)
		return
	}
	span := r.span.Child("pick-up")
	var err error
	defer func() { span.End(err) }()
	state, err = r.logIn(ctx, span, login, func(ctx context.Context) error { return login.Try(ctx, span) })
}

// logIn is the login of step 4, which has a limit of its own: a server that keeps its own users waiting so long does not
// answer them.
func (r *run) logIn(ctx context.Context, span *trace.Span, login *Login, try func(context.Context) error) (State, error) {
	h := r.begin(span, Hop{Step: Pickup, Kind: KindPickup, Where: login.Server, What: "login", Limit: r.limits.Hello + r.limits.Mail})
	within, over := r.o.Waits.begin(ctx, h.ID)
	defer over()
	patient, end := context.WithCancel(within) // what it opens lives on in it
	limit := time.AfterFunc(h.Limit, end)
	err := try(patient)
	limit.Stop()
	switch {
	case err == nil:
		return r.end(h, r.opened()).State, nil
	case wire.TimeUp(patient) && !wire.TimeUp(within) && !answered(err):
		err = &wire.Error{Code: wire.CodeSilent, Host: login.Box.Host, Port: login.Box.Port, Proto: login.Box.Proto, After: h.Limit, Err: err}
	}
	return r.shut(ctx, h, login, err), err
}

// await waits for the message where the recipient reads, and gives the state of step 4.
func (r *run) await(ctx context.Context, login *Login) State {
	span := r.span.Child("pick-up")
	defer span.End(nil)
	var box *ladder.Mailbox
	state, err := r.logIn(ctx, span, login, func(ctx context.Context) (err error) {
		box, err = ladder.OpenMailbox(ctx, span, r.o.Net, login.Box)
		return err
	})
	r.post.ready.open()
	if err != nil {
		return state
	}
	defer box.Close()
	select {
	case <-r.post.over:
	case <-ctx.Done():
	}
	if r.post.taken == nil {
		return OK
	}
	h := r.begin(span, Hop{Step: Pickup, Kind: KindPickup, Where: login.Server, What: "message"})
	within, over := r.o.Waits.begin(ctx, h.ID)
	err = box.Await(within, r.o.Send.ID)
	over()
	took := time.Since(r.post.at).Round(time.Millisecond).String()
	f := trace.Finding{Code: "trace.arrived", Level: trace.Pass, Args: map[string]string{"address": r.o.recipient(), "elapsed": took}}
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
	return trace.Finding{Code: "trace.pickup", Level: trace.Pass, Args: map[string]string{"address": r.o.recipient()}}
}

// shut is one that does not.
func (r *run) shut(ctx context.Context, h Hop, login *Login, err error) State {
	if givenUp(ctx, err) || cutShort(ctx, err) {
		f := r.opened()
		f.Code, f.Level, f.Args["host"] = cutCode(ctx), trace.Unknown, login.Server
		return r.end(h, f).State
	}
	r.dated(hostOf(login.Server), err)
	f := explain.Find(err)
	f.Level = trace.Fail
	r.unread = &f
	return r.end(h, f).State
}
