package pop3

import (
	"context"

	"todoku/protocols/sasl"
)

// Greet reads the server's greeting after Connect and gives its text.
func (c *Client) Greet(ctx context.Context) (string, error) {
	defer c.conn.Watch(ctx)()
	err := c.greeting()
	return c.greeter, err
}

// Secure asks for TLS by STLS and does the handshake.
func (c *Client) Secure(ctx context.Context) error {
	defer c.conn.Watch(ctx)()
	return c.startTLS(ctx)
}

// Capa asks what the server can do. Login comes next.
func (c *Client) Capa(ctx context.Context) (Capabilities, error) {
	defer c.conn.Watch(ctx)()
	err := c.known()
	return c.Capabilities(), err
}

// Login logs in. After it the session is as one of Dial.
func (c *Client) Login(ctx context.Context, creds sasl.Credentials) error {
	c.opts.Credentials = creds
	defer c.conn.Watch(ctx)()
	return c.admitted()
}
