package imap

import (
	"context"
	"time"

	"todoku/protocols/wire"
)

// Watch waits until something changed in the open folder since Open or the last Watch, or ctx ends. It uses IDLE (RFC 2177),
// renewed every Limits.Idle: an answer proves the link, so that a dead one is noticed. Where IDLE is missing it sends NOOP
// every Limits.Poll. Other commands may be sent meanwhile: IDLE ends for them and begins again. Ending ctx leaves the
// connection usable.
func (c *Client) Watch(ctx context.Context) error {
	for {
		if err := c.needFolder(); err != nil {
			return err
		}
		if err := c.take(ctx); err != nil {
			return err
		}
		news, err := c.ask(ctx)
		if !news && err == nil {
			news, err = c.wait(ctx)
		}
		c.give()
		if news || err != nil {
			return err
		}
	}
}

func (c *Client) wait(ctx context.Context) (news bool, err error) {
	if c.has("IDLE") {
		return c.idle(ctx)
	}
	return c.pause(ctx)
}

// ask sends a NOOP: some servers tell in IDLE only what happens after it began.
func (c *Client) ask(ctx context.Context) (news bool, err error) {
	err = c.exchange(ctx, budget{verb: "NOOP", size: mib}, func(l *link) error { return l.lib.Noop().Wait() })
	select {
	case <-c.changed:
		return true, err
	default:
		return false, err
	}
}

// pause waits until the next question.
func (c *Client) pause(ctx context.Context) (news bool, err error) {
	return c.await(ctx, c.opt.Limits.Poll, nil)
}

// idle runs one IDLE: from the command to DONE and its tagged reply.
func (c *Client) idle(ctx context.Context) (news bool, err error) {
	var ended error
	b := budget{verb: "IDLE", want: "a continuation"}
	err = c.exchange(context.WithoutCancel(ctx), b, func(l *link) error {
		begun := l.conn.Watch(ctx)
		cmd, err := l.lib.Idle()
		begun()
		if err != nil {
			return err
		}
		l.guard.begin(wire.Step{Name: "IDLE", Want: "news", Bytes: mib, Time: c.opt.Limits.Idle + c.opt.Limits.Reply}, bounds{response: c.opt.Limits.Response})
		news, ended = c.await(ctx, c.opt.Limits.Idle, l.lib.Closed())
		l.guard.begin(wire.Step{Name: "DONE", Want: "a tagged reply", Bytes: mib, Time: c.opt.Limits.Reply}, bounds{response: c.opt.Limits.Response})
		cmd.Close()
		return cmd.Wait()
	})
	if ended != nil && err == nil {
		err = ended
	}
	return news, err
}

// await waits for news, for time to pass, for another command, for the end of ctx or of the connection.
func (c *Client) await(ctx context.Context, most time.Duration, closed <-chan struct{}) (news bool, err error) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		if c.waiting.Load() > 0 { // it may have told an earlier wait, and was too late for the turn
			return false, nil
		}
		select {
		case <-c.changed:
			return true, nil
		case <-c.wanted:
		case <-timer.C:
			return false, nil
		case <-closed:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}
