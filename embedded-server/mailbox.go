package sandbox

import (
	"context"
	"fmt"
	"time"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// MailboxOptions are a mailbox that the small Internet does not have by itself.
type MailboxOptions struct {
	Address  string // in one of its domains
	Password string
	Quota    int64 // octets of all folders together; 0 means no limit
	Letters  []Letter
}

// Letter is a message that lies in a mailbox.
type Letter struct {
	Data     []byte // RFC 5322, every line ended by CR LF
	Received time.Time
}

// AddMailbox makes the mailbox, or changes password and quota of one that is there, and puts the letters into its inbox.
func (s *Sandbox) AddMailbox(ctx context.Context, o MailboxOptions) error {
	if err := s.store.AddUser(ctx, maildrop.User{Address: o.Address, Password: o.Password, Quota: o.Quota}); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	var batch maildrop.Batch
	for _, l := range o.Letters {
		batch.Deliver = append(batch.Deliver, maildrop.Delivery{Mailbox: o.Address, Received: l.Received, Data: l.Data})
	}
	if err := s.store.Commit(ctx, batch); err != nil {
		return fmt.Errorf("sandbox: filling %s: %w", o.Address, err)
	}
	return nil
}

// Held is one message as a mailbox holds it.
type Held struct {
	Folder  string
	UID     uint32
	Flags   mail.Flags
	Octets  int64
	Subject string // as it came, encoded words and all
}

// Held lists the messages of a mailbox, folder by folder, and tells its quota; 0 is none.
func (s *Sandbox) Held(ctx context.Context, address string) (all []Held, quota int64, err error) {
	use, err := s.store.Usage(ctx, address)
	if err != nil {
		return nil, 0, fmt.Errorf("sandbox: %w", err)
	}
	folders, err := s.store.Folders(ctx, address)
	if err != nil {
		return nil, 0, fmt.Errorf("sandbox: %w", err)
	}
	for _, f := range folders {
		_, rows, err := s.store.Open(ctx, f.ID)
		if err != nil {
			return nil, 0, fmt.Errorf("sandbox: %s of %s: %w", f.Name, address, err)
		}
		subjects := map[uint32]string{}
		err = s.store.Headers(ctx, f.ID, 1, maxUID, func(uid uint32, h maildrop.Header) error {
			subjects[uid] = h.Envelope.Subject
			return nil
		})
		if err != nil {
			return nil, 0, fmt.Errorf("sandbox: %s of %s: %w", f.Name, address, err)
		}
		for _, m := range rows {
			all = append(all, Held{Folder: f.Name, UID: m.UID, Flags: m.Flags, Octets: m.Size, Subject: subjects[m.UID]})
		}
	}
	return all, use.Quota, nil
}

// maxUID is the largest UID (RFC 9051 section 2.3.1.1).
const maxUID = 1<<32 - 1
