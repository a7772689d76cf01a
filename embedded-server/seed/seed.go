// Package seed fills a sandbox's mailboxes with mail that is worth reading and hard to read: threads, every Japanese
// charset, newsletters, attachments, a bounce, a mailing list, and what broken programs send. The same Options give
// the same octets.
package seed

import (
	"context"
	"fmt"
	"time"

	"todoku/embedded-server/maildrop"
)

// Options says what is made.
type Options struct {
	Seed     int64     // of the generated messages; the hand-written ones do not depend on it
	Messages int       // alice's INBOX is filled up to so many messages with generated ones
	Now      time.Time // the newest message is a few minutes older
}

// Users lists the addresses that Fill has mail for.
func Users() []string {
	return []string{"alice@sakura.test", "bob@fuji.test", "hanako@tsuru.test", "carol@tsuru.test"}
}

// Fill delivers the seeded mail. All Users must have been added to the store. It does nothing for a mailbox that ever
// held mail, except to fill alice's INBOX up to Messages.
func Fill(ctx context.Context, store *maildrop.Store, o Options) error {
	fresh := map[string]bool{}
	have := 0
	for _, address := range Users() {
		f, err := store.Folder(ctx, address, "INBOX")
		if err != nil {
			return fmt.Errorf("seed: add the user %s to the store first: %w", address, err)
		}
		fresh[address] = f.UIDNext == 1
		if address == alice {
			have = f.Total
		}
	}
	var batch maildrop.Batch
	for _, d := range written(o.Now) {
		if fresh[d.Mailbox] {
			batch.Deliver = append(batch.Deliver, d)
			if d.Mailbox == alice && d.Folder == "" {
				have++
			}
		}
	}
	// The generated mail is older than the hand-written, and so it comes first.
	if err := generate(ctx, store, o, o.Messages-have); err != nil {
		return err
	}
	if len(batch.Deliver) == 0 {
		return nil
	}
	return store.Commit(ctx, batch)
}

// written renders all hand-written letters, oldest first, as they would have arrived.
func written(now time.Time) []maildrop.Delivery {
	letters := allLetters(now)
	list := make([]maildrop.Delivery, 0, len(letters))
	for i := range letters {
		list = append(list, letters[i].delivery(now))
	}
	sortByArrival(list)
	return list
}
