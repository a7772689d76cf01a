package imapd

import (
	"context"
	"testing"

	"github.com/emersion/go-imap/v2"

	"todoku/embedded-server/maildrop"
	"todoku/embedded-server/seed"
)

// Everything that the seed holds, broken MIME too, must pass a foreign client with its octets unchanged.
func TestSeededMailPassesAForeignClient(t *testing.T) {
	p := start(t, Config{})
	ctx := context.Background()
	for _, address := range seed.Users()[1:] {
		if err := p.store.AddUser(ctx, maildrop.User{Address: address, Password: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := seed.Fill(ctx, p.store, seed.Options{Now: now}); err != nil {
		t.Fatal(err)
	}
	c := p.client(nil)
	for _, name := range []string{"INBOX", "Sent", "Drafts", "Junk", "Trash", "Archive"} {
		if _, err := c.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
			t.Fatal(err)
		}
		whole := &imap.FetchItemBodySection{Peek: true}
		first := &imap.FetchItemBodySection{Peek: true, Part: []int{1}}
		list, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
			Envelope: true, UID: true, RFC822Size: true, Flags: true, InternalDate: true,
			BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{whole, first},
		}).Collect()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f, err := p.store.Folder(ctx, "alice@sakura.test", name)
		if err != nil || len(list) != f.Total || f.Total == 0 {
			t.Fatalf("%s: %d messages of %+v, %v", name, len(list), f, err)
		}
		for _, m := range list {
			data, err := p.store.Data(ctx, f.ID, uint32(m.UID))
			if err != nil || string(m.FindBodySection(whole)) != string(data) || m.RFC822Size != int64(len(data)) {
				t.Errorf("%s uid %d: the octets differ (%v)", name, m.UID, err)
			}
			if m.BodyStructure == nil || len(m.Envelope.From) == 0 {
				t.Errorf("%s uid %d: structure %v, envelope %+v", name, m.UID, m.BodyStructure, m.Envelope)
			}
			checkSizes(t, data)
		}
	}
}

// checkSizes holds BODYSTRUCTURE's sizes against the octets that its sections give.
func checkSizes(t *testing.T, data []byte) {
	t.Helper()
	root := parseMessage(data)
	root.structure().Walk(func(path []int, s imap.BodyStructure) bool {
		single, ok := s.(*imap.BodyStructureSinglePart)
		if !ok {
			return true
		}
		octets := section(root, root.header, &imap.FetchItemBodySection{Part: path})
		if len(octets) != int(single.Size) {
			t.Errorf("part %v: %d octets, BODYSTRUCTURE says %d", path, len(octets), single.Size)
		}
		return true
	})
}
