package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"todoku/diag/compare"
	"todoku/embedded-server"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// The stage of a comparison: a small Internet of its own, in which each lane has a mailbox of the same content. Their
// addresses are of one length, so that not even their logins differ.
const (
	stageHost     = "mail.sakura.test"
	stageMX       = "mx1.sakura.test"
	stageDomain   = "sakura.test"
	stagePassword = "apricot"
	stageFriend   = "bob@fuji.test"
	stageSender   = "carol@tsuru.test"
)

// Bounds of Fill.
const (
	fillMessages = 50
	fillOctets   = 100_000 // of the file of the first
	fillLeast    = 100     // of the smallest that is tried
)

// stage is the small Internet of a comparison.
type stage struct {
	box  *sandbox.Sandbox
	net  *wire.Net
	span *trace.Span
	now  func() time.Time
}

// newStage starts one. Nothing in it outlives the comparison, so nothing need be safe from a power cut.
func (s *Session) newStage(ctx context.Context, span *trace.Span) (*stage, error) {
	box, err := sandbox.Start(ctx, span.Child("the small Internet"), sandbox.Options{SeedMessages: -1, Durability: "none", Now: s.Now})
	if err != nil {
		return nil, err
	}
	n, err := worldNet(box.World())
	if err != nil {
		return nil, errors.Join(err, box.Close())
	}
	return &stage{box: box, net: n, span: span, now: s.Now}, nil
}

// mailboxOf makes a lane's mailbox with the script's letters.
func (t *stage) mailboxOf(ctx context.Context, p compare.Protocol, script compare.Script) (*stageMailbox, error) {
	m := &stageMailbox{stage: t, address: string(p) + "@" + stageDomain}
	o := sandbox.MailboxOptions{Address: m.address, Password: stagePassword, Quota: script.Quota}
	for i, l := range script.Mail {
		received := t.now().Add(-time.Duration(l.Days) * 24 * time.Hour).Truncate(time.Second)
		data, err := t.letter(m.address, l, i, received)
		if err != nil {
			return nil, err
		}
		o.Letters = append(o.Letters, sandbox.Letter{Data: data, Received: received})
	}
	return m, t.box.AddMailbox(ctx, o)
}

// letter writes a letter as it would have come. Nothing in it is random: both lanes have the same octets.
func (t *stage) letter(to string, l compare.Letter, number int, at time.Time) ([]byte, error) {
	from, err := mail.ParseAddressList(l.From)
	if err != nil || len(from) != 1 {
		return nil, fmt.Errorf("the sender %q of a script: %w", l.From, err)
	}
	out := mail.Outgoing{From: from[0], To: []mail.Address{{Addr: to}}, Subject: l.Subject, Date: at,
		MessageID: fmt.Sprintf("letter-%d@%s", number, from[0].Domain()), Text: sized(l.Text+"\n", l.Octets)}
	if l.File > 0 {
		out.Files = []mail.File{{Name: "film.bin", Type: "application/octet-stream", Data: []byte(sized("", l.File))}}
	}
	return mail.Build(out)
}

// sized goes on with lines of text up to so many octets.
func sized(text string, octets int) string {
	const more = "And so it went on, line after line, until there was nothing left to say.\n"
	return text + strings.Repeat(more, max(octets-len(text), 0)/len(more)+1)
}

// account is a lane's mailbox as a device is configured for it.
func (m *stageMailbox) account(name string, p compare.Protocol, script compare.Script) config.Account {
	return config.Account{Name: name, Address: m.address, Receive: string(p),
		IMAP:   server(stageHost, 993, config.TLSImplicit, m.address),
		POP3:   server(stageHost, 995, config.TLSImplicit, m.address),
		SMTP:   server(stageHost, 587, config.TLSStartTLS, m.address),
		Secret: config.Secret{Password: stagePassword}, LeaveOnServer: script.Leave, LeaveDays: script.LeaveDays,
	}
}

// stageMailbox is one lane's mailbox.
type stageMailbox struct {
	*stage
	address string
}

// Holds reads the mailbox from the server's own store.
func (m *stageMailbox) Holds(ctx context.Context) (compare.View, error) {
	held, quota, err := m.box.Held(ctx, m.address)
	if err != nil {
		return compare.View{}, err
	}
	v := compare.View{Known: true, Quota: quota, Total: len(held), Stored: len(held)}
	for _, h := range held {
		v.Messages = append(v.Messages, compare.Seen{Subject: mail.DecodeHeader(h.Subject), Folder: h.Folder, Flags: h.Flags, Octets: h.Octets, Stored: true})
		v.Octets += h.Octets
		if !h.Flags.Has(mail.Seen) {
			v.Unread++
		}
	}
	return v, nil
}

// Arrive hands the mailbox's exchanger a message, as another server would.
func (m *stageMailbox) Arrive(ctx context.Context, subject string) error {
	return m.deliver(ctx, compare.Letter{Subject: subject, From: stageSender, Text: "How is twelve?", Octets: 600}, 1000)
}

// Fill hands over messages, smaller ones when a large one is refused, until there is no room for the smallest.
func (m *stageMailbox) Fill(ctx context.Context, subject string) (compare.Done, error) {
	return fillWith(subject, func(l compare.Letter, number int) error { return m.deliver(ctx, l, number) })
}

func fillWith(subject string, deliver func(l compare.Letter, number int) error) (done compare.Done, err error) {
	for size := fillOctets; size >= fillLeast; {
		err := deliver(compare.Letter{Subject: fmt.Sprintf("%s %d", subject, done.Count+1), From: stageSender, File: size}, 2000+done.Count)
		var refused *smtp.Error
		switch {
		case errors.As(err, &refused):
			done.Said = refused.Reply.String()
			size /= 2
		case err != nil:
			return done, err
		default:
			done.Count++
		}
		if done.Count == fillMessages {
			return done, fmt.Errorf("a mailbox that took %d messages is not full", fillMessages)
		}
	}
	return done, nil
}

func (m *stageMailbox) deliver(ctx context.Context, l compare.Letter, number int) error {
	data, err := m.letter(m.address, l, number, m.now().Truncate(time.Second))
	if err != nil {
		return err
	}
	c, err := smtp.Dial(ctx, smtp.Options{Net: m.net, Span: m.span.Child("another server"), Host: stageMX, Port: 25, TLS: wire.TLSNone})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Send(ctx, smtp.Envelope{From: stageSender, To: []smtp.Recipient{{Addr: m.address}}}, data, nil)
	if err == nil {
		_ = c.Quit(ctx) // it was accepted whatever QUIT says
	}
	return err
}
