package smtp

import (
	"context"
	"time"
)

// Greet reads the server's greeting after Connect. The reply is given back also with an *Error.
func (c *Client) Greet(ctx context.Context) (Reply, error) {
	defer c.conn.Watch(ctx)()
	return c.greet()
}

// SayHello says EHLO, or HELO to a server that does not know it.
func (c *Client) SayHello(ctx context.Context) (Reply, error) {
	defer c.conn.Watch(ctx)()
	return c.sayHello()
}

// Secure asks for TLS and does the handshake; what the server offered is forgotten, so SayHello comes next.
func (c *Client) Secure(ctx context.Context) error {
	defer c.conn.Watch(ctx)()
	return c.secure(ctx)
}

// Mail asks the server to take a message from e.From, one step alone, for who wants to know and not to send. The reply
// is given back also with an *Error.
func (c *Client) Mail(ctx context.Context, e Envelope) (Reply, error) {
	line, err := c.mailLine(e, e.Size, false)
	if err != nil {
		return Reply{}, err
	}
	return c.step(ctx, "MAIL", line, c.opts.Limits.Mail)
}

// Rcpt asks whether the server takes mail for one recipient.
func (c *Client) Rcpt(ctx context.Context, r Recipient) (Reply, error) {
	line, err := c.rcptLine(r)
	if err != nil {
		return Reply{}, err
	}
	return c.step(ctx, "RCPT", line, c.opts.Limits.Rcpt)
}

// Rset takes the transaction back.
func (c *Client) Rset(ctx context.Context) (Reply, error) {
	return c.step(ctx, "RSET", "RSET", c.opts.Limits.Mail)
}

func (c *Client) step(ctx context.Context, verb, line string, within time.Duration) (Reply, error) {
	defer c.conn.Watch(ctx)()
	r, err := c.command(verb, line, "250", within)
	if err != nil {
		return r, err
	}
	return r, r.must(verb, 0)
}

// Data hands a message over after Mail and Rcpt: DATA, its octets, and the reply to their end. unknown means that the
// reply was lost when the server may have had the whole message. Lines end in CRLF.
func (c *Client) Data(ctx context.Context, msg []byte) (r Reply, unknown bool, err error) {
	defer c.conn.Watch(ctx)()
	if at := bareEnd(msg); at >= 0 {
		return Reply{}, false, c.fault(CodeBareEnd, "DATA", "octet %d is a line end without its other half; end every line in CRLF", at)
	}
	t := &transaction{c: c, msg: msg, progress: func(RecipientResult) {}}
	err = t.data()
	return t.res.Final, t.res.Unknown, err
}
