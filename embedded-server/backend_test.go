package sandbox

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"todoku/embedded-server/maildrop"
	"todoku/embedded-server/smtpd"
)

type sqliteError int

func (e sqliteError) Error() string { return fmt.Sprint("sqlite ", int(e)) }
func (e sqliteError) Code() int     { return int(e) }

func TestWhatTheStoreRefusesBecomesAReply(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "<nil>"},
		{fmt.Errorf("x: %w", maildrop.ErrOverQuota), "552 5.2.2 Mailbox full"},
		{fmt.Errorf("x: %w", maildrop.ErrNoUser), "550 5.1.1 User unknown"},
		{fmt.Errorf("x: %w", sqliteError(sqliteFull)), "452 4.3.1 Disk full, try again later"},
		{fmt.Errorf("x: %w", sqliteError(sqliteFull|2<<8)), "452 4.3.1 Disk full, try again later"},
		{sqliteError(5), "sqlite 5"},
	} {
		if got := fmt.Sprint(toReply(c.err)); got != c.want {
			t.Errorf("%v became %s", c.err, got)
		}
	}
}

func TestAFullMailboxIsRefusedAtRCPT(t *testing.T) {
	s := start(t, Options{}, nil)
	ctx := context.Background()
	if err := s.store.AddUser(ctx, maildrop.User{Address: "yuki@sakura.test", Password: "yuzu", Quota: 600}); err != nil {
		t.Fatal(err)
	}
	c := login(t, s, "alice@sakura.test", "apple")
	big := "Subject: x\r\n\r\n" + strings.Repeat("0123456789", 60) + "\r\n"
	err := c.SendMail("alice@sakura.test", []string{"yuki@sakura.test"}, strings.NewReader(big))
	if err == nil || !strings.Contains(err.Error(), "Mailbox full") {
		t.Fatalf("over the quota: %v", err)
	}
	submit(t, c, "alice@sakura.test", []string{"yuki@sakura.test"}, "\r\n")
	if err := s.store.AddUser(ctx, maildrop.User{Address: "yuki@sakura.test", Password: "yuzu", Quota: 2}); err != nil {
		t.Fatal(err)
	}
	desk := &desk{"sakura.test", s.store, s.offices[0], nil}
	if got := desk.Recipient("Yuki@Sakura.test"); got != smtpd.Full {
		t.Fatalf("a full mailbox is %v", got)
	}
}

func TestOneSandboxAFolder(t *testing.T) {
	dir := t.TempDir()
	first := start(t, Options{Dir: dir}, nil)
	if _, err := Start(context.Background(), nil, Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use by another sandbox") {
		t.Fatalf("a second sandbox in the folder: %v", err)
	}
	if _, err := ReadWorld(first.WorldFile()); err != nil {
		t.Fatalf("the first one's world is gone: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir}, nil)
}
