package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"todoku/internal/mail"
)

// inbox is the only folder that POP3 knows.
const inbox = "INBOX"

// chunk is how many messages Maildrop.List gives at once.
const chunk = 200

// Maildrop is a session seen as a mail.Source and mail.Deleter. A message's id is its unique-id. Where there is none, or
// several messages share one, the id is "number 12" (no unique-id has a space): good in this session only, and refused
// by Delete.
type Maildrop struct {
	client *Client

	mu      sync.Mutex
	listed  bool
	entries []Entry
	ids     map[mail.ID]int
}

var (
	_ mail.Source  = (*Maildrop)(nil)
	_ mail.Deleter = (*Maildrop)(nil)
)

// Maildrop gives the session as a mail.Source.
func (c *Client) Maildrop() *Maildrop { return &Maildrop{client: c} }

// Folders gives the inbox, the only folder. Unread is -1: POP3 keeps no flags.
func (m *Maildrop) Folders(ctx context.Context) ([]mail.Folder, error) {
	total, _, err := m.client.Stat(ctx)
	if err != nil {
		return nil, err
	}
	return []mail.Folder{{Name: inbox, Role: mail.RoleInbox, Total: total, Unread: -1}}, nil
}

// Open takes INBOX only. A maildrop once opened read-only stays so for this session.
func (m *Maildrop) Open(ctx context.Context, folder string, readOnly bool) (mail.Folder, error) {
	if !strings.EqualFold(folder, inbox) {
		return mail.Folder{}, fmt.Errorf("POP3 has the folder %s only, not %q", inbox, folder)
	}
	if readOnly {
		m.client.forbidDeletion()
	}
	all, err := m.Folders(ctx)
	if err != nil {
		return mail.Folder{}, err
	}
	return all[0], nil
}

func (c *Client) forbidDeletion() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opts.ReadOnly = true
}

// List gives the messages from the highest number down, with the envelopes that TOP shows. Where the server has no TOP
// the envelopes are empty. Flags are always none.
func (m *Maildrop) List(ctx context.Context, yield func([]mail.Message) error) error {
	if err := m.learn(ctx); err != nil {
		return err
	}
	for end := len(m.entries); end > 0; end -= chunk {
		run := m.entries[max(0, end-chunk):end]
		messages, err := m.describe(ctx, run)
		if err != nil {
			return err
		}
		if err := yield(messages); err != nil {
			return err
		}
	}
	return nil
}

// learn asks for the listing once.
func (m *Maildrop) learn(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.listed {
		return nil
	}
	l, err := m.client.Listing(ctx)
	if err != nil {
		return err
	}
	shared := map[string]bool{"": true}
	for _, id := range l.Duplicates {
		shared[id] = true
	}
	m.ids = make(map[mail.ID]int, len(l.Entries))
	for i, e := range l.Entries {
		if shared[e.UIDL] {
			l.Entries[i].UIDL = numbered("number", e.Number)
		}
		m.ids[mail.ID(l.Entries[i].UIDL)] = e.Number
	}
	m.entries, m.listed = l.Entries, true
	return nil
}

// describe makes rows of a run of entries, the last one first.
func (m *Maildrop) describe(ctx context.Context, run []Entry) ([]mail.Message, error) {
	messages := make([]mail.Message, len(run))
	numbers := make([]int, len(run))
	for i := range run {
		e := run[len(run)-1-i]
		messages[i] = mail.Message{ID: mail.ID(e.UIDL), Size: e.Octets}
		numbers[i] = e.Number
	}
	i := 0
	err := m.client.Headers(ctx, numbers, func(_ int, header []byte, refused *Error) error {
		if refused == nil {
			messages[i].Envelope = mail.ParseEnvelope(header)
			messages[i].Received, _ = mail.ReceivedDate(header)
			messages[i].HasFile = mail.GuessFile(header)
		}
		i++
		return nil
	})
	if err != nil && !errors.Is(err, ErrNoTOP) {
		return nil, err
	}
	return messages, nil
}

// Fetch writes the message's octets. Some servers mark it as read for other protocols.
func (m *Maildrop) Fetch(ctx context.Context, id mail.ID, w io.Writer) error {
	numbers, err := m.find(ctx, []mail.ID{id})
	if err != nil {
		return err
	}
	return m.client.Retrieve(ctx, numbers, func(_ int, _ int64, body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	})
}

func (m *Maildrop) find(ctx context.Context, ids []mail.ID) ([]int, error) {
	if err := m.learn(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var numbers []int
	for _, id := range ids {
		n, ok := m.ids[id]
		if !ok {
			return nil, fmt.Errorf("the maildrop has no message with the unique-id %q", id)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// Delete marks the messages; Close commits. The error joins an *Error for each message that the server refused.
func (m *Maildrop) Delete(ctx context.Context, ids []mail.ID) error {
	for _, id := range ids {
		if strings.Contains(string(id), " ") {
			return fmt.Errorf("message %q has no unique-id of its own: delete it where it can be told from others", id)
		}
	}
	numbers, err := m.find(ctx, ids)
	if err != nil {
		return err
	}
	refused, err := m.client.DeleteMany(ctx, numbers)
	all := []error{err}
	for _, n := range numbers {
		if e := refused[n]; e != nil {
			all = append(all, e)
		}
	}
	return errors.Join(all...)
}

// Close ends the session with QUIT, which commits the deletions.
func (m *Maildrop) Close() error { return m.client.Quit(context.Background()) }
