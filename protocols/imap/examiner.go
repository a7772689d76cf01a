package imap

import (
	"context"
	"io"

	"todoku/internal/mail"
	"todoku/internal/trace"
)

// Examiner is a connection that changes nothing on the server. Beside the login it speaks LIST, STATUS, EXAMINE, SEARCH
// and FETCH with BODY.PEEK (RFC 9051 sections 6.3.3 and 6.4.5), and has no method for anything else.
type Examiner struct{ client *Client }

// DialExaminer is Dial for who must change nothing.
func DialExaminer(ctx context.Context, o Options) (*Examiner, error) {
	c, err := Dial(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Examiner{c}, nil
}

// Folders is Client.Folders: LIST, and STATUS where the server cannot say both at once. There is no NOOP: who wants to
// know of the open folder what is new examines it again first.
func (e *Examiner) Folders(ctx context.Context) ([]mail.Folder, error) { return e.client.folders(ctx) }

// Examine opens a folder read-only.
func (e *Examiner) Examine(ctx context.Context, folder string) (mail.Folder, error) {
	return e.client.Open(ctx, folder, true)
}

// Envelopes is Client.Envelopes.
func (e *Examiner) Envelopes(ctx context.Context, r EnvelopeRange, yield func([]mail.Message) error) error {
	return e.client.Envelopes(ctx, r, yield)
}

// Structure is Client.Structure.
func (e *Examiner) Structure(ctx context.Context, uid uint32) (*mail.Part, error) {
	return e.client.Structure(ctx, uid)
}

// Peek is Client.FetchPart, which never sets \Seen.
func (e *Examiner) Peek(ctx context.Context, uid uint32, path string, maxOctets int64, w io.Writer) (int64, error) {
	return e.client.FetchPart(ctx, uid, path, maxOctets, w)
}

// Search is Client.Search.
func (e *Examiner) Search(ctx context.Context, words string) ([]mail.ID, error) {
	return e.client.Search(ctx, words)
}

// Capabilities are the server's, in capitals and sorted, as they are after the login.
func (e *Examiner) Capabilities() []string {
	if l := e.client.current(); l != nil {
		return l.caps.names()
	}
	return nil
}

// TLS gives the facts of the handshake; nil in the clear.
func (e *Examiner) TLS() *trace.TLSFacts { return e.client.TLS() }

// Close logs out.
func (e *Examiner) Close() error { return e.client.Close() }
