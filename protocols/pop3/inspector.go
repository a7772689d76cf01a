package pop3

import (
	"context"

	"todoku/internal/trace"
)

// Inspector is a session that changes nothing in the maildrop. Beside the login it speaks CAPA, STAT, LIST, UIDL, TOP n 0
// and QUIT, and has no method for anything else: RETR can mark a message as fetched, after which the server may delete
// it (RFC 2449 section 6.7). That the login itself may clear IMAP's \Recent nobody can prevent.
type Inspector struct{ client *Client }

// DialInspector is Dial for who must change nothing.
func DialInspector(ctx context.Context, o Options) (*Inspector, error) {
	o.ReadOnly = true
	c, err := Dial(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Inspector{c}, nil
}

// Stat is Client.Stat.
func (i *Inspector) Stat(ctx context.Context) (count int, octets int64, err error) {
	return i.client.Stat(ctx)
}

// Listing is Client.Listing: LIST and UIDL.
func (i *Inspector) Listing(ctx context.Context) (Listing, error) { return i.client.Listing(ctx) }

// Headers is Client.Headers: TOP n 0.
func (i *Inspector) Headers(ctx context.Context, numbers []int, yield func(n int, header []byte, refused *Error) error) error {
	return i.client.Headers(ctx, numbers, yield)
}

// Capabilities is what the server said last.
func (i *Inspector) Capabilities() Capabilities { return i.client.Capabilities() }

// TLS gives the facts of the handshake; nil in the clear.
func (i *Inspector) TLS() *trace.TLSFacts { return i.client.TLS() }

// Quit ends the session. Nothing is marked as deleted, so the server removes nothing.
func (i *Inspector) Quit(ctx context.Context) error { return i.client.Quit(ctx) }

// Abort closes the connection without QUIT.
func (i *Inspector) Abort() error { return i.client.Abort() }
