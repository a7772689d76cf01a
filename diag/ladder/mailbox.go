package ladder

import (
	"context"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// Mailbox is an inbox that somebody waits at for one message.
type Mailbox struct{ box box }

// OpenMailbox logs in and notes what is there already.
func OpenMailbox(ctx context.Context, span *trace.Span, net *wire.Net, s Server) (*Mailbox, error) {
	b, err := newVisit(&examination{DoctorOptions: DoctorOptions{Net: net}}, s).openBox(ctx, span)
	if err != nil {
		return nil, err
	}
	return &Mailbox{b}, nil
}

// Await looks for the message with the Message-ID, first often and then more slowly, until ctx ends: then it was not
// seen, which Unseen tells.
func (m *Mailbox) Await(ctx context.Context, id string) error { return await(ctx, m.box, id) }

// Unseen reports that a wait ended before the message was there.
func Unseen(err error) bool { return err == errNotSeen }

// Close hangs up.
func (m *Mailbox) Close() { m.box.close() }
