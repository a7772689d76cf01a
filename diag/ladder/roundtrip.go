package ladder

import (
	"context"
	"crypto/rand"
	"errors"

	"slices"
	"strings"
	"time"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
)

// Limits of waiting for a message to come back.
const (
	backTime  = 60 * time.Second
	firstLook = 200 * time.Millisecond
	slowLook  = 4 * time.Second
	maxNew    = 50 // messages that came meanwhile and are looked at
)

// The message that goes out and back. It is written for whoever finds it.
const (
	probeSubject = "todoku doctor: out and back"
	probeText    = "todoku doctor sent this message to its own sender, to see whether mail goes out and comes in.\nIt can be deleted.\n"
)

// outAndBack sends a message to the account's own address and waits for it. received is the receiving ladder.
func (e *examination) outAndBack(ctx context.Context, span *trace.Span, received Ladder) Outcome {
	out, in := newVisit(e, e.DoctorOptions.Send), newVisit(e, e.DoctorOptions.Receive)
	switch {
	case !e.OutAndBack:
		return Outcome{Finding: out.found("doctor.roundtrip.unasked", trace.NotApplicable, nil)}
	case out.Host == "", in.Host == "", received.Broken != 0:
		return Outcome{Finding: out.found("doctor.roundtrip.oneway", trace.NotApplicable, nil)}
	}
	within, cancel := context.WithTimeout(ctx, e.Back)
	defer cancel()
	began := time.Now()
	box, err := in.openBox(within, span)
	if err != nil {
		return in.explained(err)
	}
	defer box.close()
	id := "todoku-doctor." + strings.ToLower(rand.Text()) + "@" + mail.Address{Addr: e.Address}.Domain()
	if err := out.submit(within, span, id); err != nil {
		return out.unsent(err)
	}
	switch err := await(within, box, id); {
	case errors.Is(err, errNotSeen):
		return Outcome{Finding: in.found("doctor.roundtrip.late", trace.Unknown, map[string]string{"after": e.Back.String()})}
	case err != nil:
		return in.explained(err)
	}
	done := out.ok("doctor.roundtrip", map[string]string{"elapsed": time.Since(began).Round(time.Millisecond).String()})
	if err := box.remove(within); err != nil {
		done.Also = append(done.Also, in.found("doctor.roundtrip.left", trace.Warn, map[string]string{"subject": probeSubject}))
	}
	return done
}

// submit sends the message, as any other goes out.
func (v *visit) submit(ctx context.Context, span *trace.Span, id string) error {
	creds, err := v.Secret(ctx)
	if err != nil {
		return err
	}
	me := mail.Address{Addr: v.Address}
	message, err := mail.Build(mail.Outgoing{From: me, To: []mail.Address{me}, Subject: probeSubject, Text: probeText, Date: v.now(), MessageID: id})
	if err != nil {
		return err
	}
	c, err := smtp.Dial(ctx, smtp.Options{Net: v.Net, Span: span, Host: v.Host, Port: v.Port, TLS: v.TLS})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Auth(ctx, creds, v.Auth); err != nil {
		return err
	}
	if _, err := c.Send(ctx, smtp.Envelope{From: v.Address, To: []smtp.Recipient{{Addr: v.Address}}}, message, nil); err != nil {
		return err
	}
	c.Quit(ctx) // the message is accepted whatever QUIT says
	return nil
}

// box is where the message comes back to. It knows what was there before.
type box interface {
	has(ctx context.Context, id string) (bool, error)
	remove(context.Context) error // the message that was found, and only it
	close()
}

// errNotSeen says that the time ran out first.
var errNotSeen = errors.New("the message was not seen in time")

// await looks for the message.
func await(ctx context.Context, b box, id string) error {
	return patiently(ctx, func() (bool, error) { return b.has(ctx, id) })
}

// patiently looks until it is done, first often and then more slowly. A server that says that it is busy is asked again.
func patiently(ctx context.Context, look func() (done bool, err error)) error {
	for pause := firstLook; ; pause = min(2*pause, slowLook) {
		done, err := look()
		var busy *pop3.Error
		switch {
		case done:
			return nil
		case ctx.Err() != nil:
			return errNotSeen
		case err != nil && !(errors.As(err, &busy) && busy.Temporary()):
			return err
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return errNotSeen
		case <-t.C:
		}
	}
}

func (v *visit) openBox(ctx context.Context, span *trace.Span) (box, error) {
	creds, err := v.Secret(ctx)
	if err != nil {
		return nil, err
	}
	if v.Proto == POP3 {
		b := &pop3Box{visit: v, span: span, creds: creds}
		return b, patiently(ctx, func() (bool, error) {
			var err error
			b.before, err = b.session(ctx, func(*pop3.Client, pop3.Listing) error { return nil })
			return err == nil, err
		})
	}
	c, err := imap.Dial(ctx, imap.Options{Net: v.Net, Span: span, Host: v.Host, Port: v.Port, TLS: v.TLS, Credentials: creds, Auth: v.Auth})
	if err != nil {
		return nil, err
	}
	f, err := c.Open(ctx, inbox, false)
	if err != nil {
		c.Close()
		return nil, err
	}
	return &imapBox{client: c, next: f.UIDNext}, nil
}

type imapBox struct {
	client *imap.Client
	next   uint32 // UIDs from here on are new
	found  mail.ID
}

func (b *imapBox) has(ctx context.Context, id string) (bool, error) {
	if _, err := b.client.Open(ctx, inbox, false); err != nil {
		return false, err
	}
	hit := false
	err := b.client.Envelopes(ctx, imap.EnvelopeRange{Above: max(b.next, 1) - 1, Limit: maxNew}, func(rows []mail.Message) error {
		for _, m := range rows {
			if m.Envelope.MessageID == id {
				b.found, hit = m.ID, true
			}
		}
		return nil
	})
	return hit, err
}

func (b *imapBox) remove(ctx context.Context) error {
	return b.client.Delete(ctx, []mail.ID{b.found})
}

func (b *imapBox) close() { b.client.Close() }

// pop3Box logs in anew for each look: a session sees no mail that comes meanwhile (RFC 1939 section 3).
type pop3Box struct {
	*visit
	span   *trace.Span
	creds  sasl.Credentials
	before pop3.Listing
}

// session logs in, lists and hangs up without QUIT, which deletes nothing.
func (b *pop3Box) session(ctx context.Context, use func(*pop3.Client, pop3.Listing) error) (pop3.Listing, error) {
	c, err := pop3.Dial(ctx, pop3.Options{Net: b.Net, Span: b.span, Host: b.Host, Port: b.Port, TLS: b.TLS, Credentials: b.creds, Auth: b.Auth, ReadOnly: true})
	if err != nil {
		return pop3.Listing{}, err
	}
	defer c.Abort()
	listing, err := c.Listing(ctx)
	if err != nil {
		return listing, err
	}
	return listing, use(c, listing)
}

func (b *pop3Box) has(ctx context.Context, id string) (hit bool, err error) {
	_, err = b.session(ctx, func(c *pop3.Client, now pop3.Listing) error {
		return c.Headers(ctx, b.since(now), func(_ int, header []byte, _ *pop3.Error) error {
			hit = hit || mail.ParseEnvelope(header).MessageID == id
			return nil
		})
	})
	return hit, err
}

// since gives the numbers of messages that were not there before, the newest at most.
func (b *pop3Box) since(now pop3.Listing) []int {
	var fresh []int
	for i, m := range now.Entries {
		old := func(e pop3.Entry) bool { return e.UIDL == m.UIDL }
		if now.HasUIDL && !slices.ContainsFunc(b.before.Entries, old) || !now.HasUIDL && i >= len(b.before.Entries) {
			fresh = append(fresh, m.Number)
		}
	}
	return fresh[max(0, len(fresh)-maxNew):]
}

var errLeft = errors.New("over POP3 the message is left where it is")

// remove leaves it: over POP3 the deletion of one message is committed with the whole session.
func (b *pop3Box) remove(context.Context) error {
	return errLeft
}

func (b *pop3Box) close() {}
