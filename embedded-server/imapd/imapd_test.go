package imapd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 23, 9, 41, 0, 0, time.FixedZone("", 9*3600))

// place is a running server with its store.
type place struct {
	t     testing.TB
	store *maildrop.Store
	addr  string
	srv   *Server
}

func start(t testing.TB, cfg Config) *place {
	t.Helper()
	store, err := maildrop.Open(filepath.Join(t.TempDir(), "mail.db"), maildrop.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.AddUser(context.Background(), maildrop.User{Address: "alice@sakura.test", Password: `ch"er\ry`}); err != nil {
		t.Fatal(err)
	}
	cfg.Store, cfg.Hostname, cfg.Domain = store, "mail.sakura.test", "sakura.test"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, store: store, addr: l.Addr().String(), srv: New(cfg)}
	served := make(chan error, 1)
	go func() { served <- p.srv.Serve(l, false) }()
	t.Cleanup(func() {
		p.srv.Close()
		<-served
		store.Close()
	})
	return p
}

func (p *place) deliver(messages ...string) {
	p.t.Helper()
	var b maildrop.Batch
	for _, m := range messages {
		b.Deliver = append(b.Deliver, maildrop.Delivery{Mailbox: "alice@sakura.test", Data: []byte(m)})
	}
	if err := p.store.Commit(context.Background(), b); err != nil {
		p.t.Fatal(err)
	}
}

func message(subject string) string {
	return "From: =?ISO-2022-JP?B?GyRCRURDZhsoQg==?= <hanako@tsuru.test>\r\nTo: alice@sakura.test, Group: bob@fuji.test;\r\n" +
		"Date: Mon, 23 Nov 2026 09:38:00 +0900\r\nMessage-ID: <" + subject + "@tsuru.test>\r\nSubject: " + subject + "\r\n\r\nHello.\r\n"
}

// client is the foreign witness: go-imap's client.
func (p *place) client(o *imapclient.UnilateralDataHandler) *imapclient.Client {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	c := imapclient.New(conn, &imapclient.Options{UnilateralDataHandler: o})
	p.t.Cleanup(func() { c.Close() })
	if err := c.Login("alice@sakura.test", `ch"er\ry`).Wait(); err != nil {
		p.t.Fatal(err)
	}
	return c
}

// raw speaks lines.
type raw struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func (p *place) dial() *raw {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	p.t.Cleanup(func() { c.Close() })
	return &raw{p.t, c, bufio.NewReader(c)}
}

func (c *raw) say(format string, args ...any) { fmt.Fprintf(c.Conn, format+"\r\n", args...) }

// until reads lines up to one that begins with prefix and gives all of them.
func (c *raw) until(prefix string) []string {
	c.t.Helper()
	var lines []string
	for {
		s, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("waiting for %q: %v after %q", prefix, err, lines)
		}
		lines = append(lines, strings.TrimSuffix(s, "\r\n"))
		if strings.HasPrefix(s, prefix) {
			return lines
		}
	}
}

func (c *raw) login() *raw {
	c.t.Helper()
	c.until("* OK")
	c.say(`l LOGIN alice "ch\"er\\ry"`)
	c.until("l OK")
	return c
}

func TestBeforeTheLogin(t *testing.T) {
	p := start(t, Config{})
	c := p.dial()
	greeting := c.until("* OK")[0]
	if !strings.Contains(greeting, "AUTH=CRAM-MD5") || strings.Contains(greeting, "LOGINDISABLED") || strings.Contains(greeting, "STARTTLS") {
		t.Errorf("greeting %q", greeting)
	}
	c.say(`a ID ("name" "test")`)
	if got := c.until("a OK"); !strings.HasPrefix(got[0], "* ID (") {
		t.Errorf("ID: %q", got)
	}
	c.say("b SELECT INBOX")
	c.until("b BAD")
	c.say("c LOGIN alice wrong")
	c.until("c NO [AUTHENTICATIONFAILED]")
	c.say("d LOGIN {5}\r\nalice {8+}\r\nch\"er\\ry")
	got := c.until("d OK [CAPABILITY ")
	if got[0] != "+ go on" {
		t.Errorf("literal: %q", got)
	}
	c.say("e CAPABILITY")
	if got := c.until("e OK"); !strings.Contains(got[0], " ID ") || !strings.Contains(got[0], " MOVE ") {
		t.Errorf("capabilities: %q", got)
	}
	c.say("f ID NIL")
	c.until("f OK")
	c.say("g LOGOUT")
	got = c.until("g OK")
	if !strings.HasPrefix(got[0], "* BYE") {
		t.Errorf("logout: %q", got)
	}
	if rest, err := io.ReadAll(c.r); err != nil || len(rest) > 0 {
		t.Errorf("after LOGOUT: %q, %v", rest, err)
	}
}

func TestLoginDisabledWithoutTLS(t *testing.T) {
	c := start(t, Config{RequireTLS: true}).dial()
	if greeting := c.until("* OK")[0]; !strings.Contains(greeting, "LOGINDISABLED") || strings.Contains(greeting, "AUTH=PLAIN") {
		t.Errorf("greeting %q", greeting)
	}
	c.say("a LOGIN alice x")
	c.until("a NO [PRIVACYREQUIRED]")
	c.say("b AUTHENTICATE PLAIN AGFsaWNlAHg=")
	c.until("b NO [PRIVACYREQUIRED]")
}

// TestSpaceAfterTheMechanism is what Mutt 2.2 sends where SASL-IR is offered and it has no initial response.
func TestSpaceAfterTheMechanism(t *testing.T) {
	c := start(t, Config{}).dial()
	c.until("* OK")
	c.say("a AUTHENTICATE CRAM-MD5 ")
	c.until("+ ")
	c.say("*")
	c.until("a BAD")
	c.say("b AUTHENTICATE PLAIN =")
	c.until("b NO [AUTHENTICATIONFAILED]")
}

func TestFetchShowsWhatCame(t *testing.T) {
	p := start(t, Config{})
	p.deliver(message("one"))
	c := p.client(nil)
	sel, err := c.Select("inbox", nil).Wait()
	if err != nil || sel.NumMessages != 1 || sel.UIDNext != 2 || sel.UIDValidity == 0 {
		t.Fatalf("select: %+v, %v", sel, err)
	}
	whole := &imap.FetchItemBodySection{Peek: true}
	some := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"subject", "DATE"}}
	middle := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierText, Partial: &imap.SectionPartial{Offset: 1, Size: 3}}
	list, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{
		Envelope: true, Flags: true, InternalDate: true, RFC822Size: true, UID: true,
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{whole, some, middle},
	}).Collect()
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	m := list[0]
	if string(m.FindBodySection(whole)) != message("one") || m.RFC822Size != int64(len(message("one"))) {
		t.Errorf("body %q, size %d", m.FindBodySection(whole), m.RFC822Size)
	}
	if got := string(m.FindBodySection(some)); got != "Date: Mon, 23 Nov 2026 09:38:00 +0900\r\nSubject: one\r\n\r\n" {
		t.Errorf("fields %q", got)
	}
	if got := string(m.FindBodySection(middle)); got != "ell" {
		t.Errorf("partial %q", got)
	}
	if len(m.Flags) != 0 || !m.InternalDate.Equal(now) || m.UID != 1 {
		t.Errorf("row %+v", m)
	}
	e := m.Envelope
	want := []imap.Address{{Mailbox: "alice", Host: "sakura.test"}, {Mailbox: "Group"}, {Mailbox: "bob", Host: "fuji.test"}, {}}
	if diff := cmp.Diff(want, e.To); diff != "" || e.MessageID != "one@tsuru.test" || e.Date.Minute() != 38 {
		t.Errorf("envelope %+v %s", e, diff)
	}
	single, ok := m.BodyStructure.(*imap.BodyStructureSinglePart)
	if !ok || single.MediaType() != "text/plain" || single.Size != 8 || single.Text.NumLines != 1 {
		t.Errorf("structure %+v", m.BodyStructure)
	}
	// A raw look: the encoded-word of the name is the sender's own, not another encoding of it.
	r := p.dial().login()
	r.say("s EXAMINE INBOX\r\nf FETCH 1 ENVELOPE")
	if got := strings.Join(r.until("f OK"), "\n"); !strings.Contains(got, `"=?ISO-2022-JP?B?GyRCRURDZhsoQg==?="`) {
		t.Errorf("envelope: %s", got)
	}
}

func TestReadingSetsSeenOnlyWhenAsked(t *testing.T) {
	p := start(t, Config{})
	p.deliver(message("one"))
	r := p.dial().login()
	r.say("s EXAMINE INBOX\r\nf FETCH 1 BODY[TEXT]\r\ng FETCH 1 FLAGS")
	r.until("f OK")
	if got := r.until("g OK")[0]; got != "* 1 FETCH (FLAGS ())" {
		t.Errorf("after EXAMINE: %q", got)
	}
	r.say("s SELECT INBOX\r\nf FETCH 1 BODY[TEXT]\r\ng NOOP")
	r.until("s OK")
	got := r.until("g OK")
	want := []string{`* 1 FETCH (FLAGS (\Seen) BODY[TEXT] {8}`, "Hello.", ")", "f OK FETCH completed", "g OK NOOP completed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff) // and the flags are told once
	}
}

func TestExamineRefusesEveryChange(t *testing.T) {
	p := start(t, Config{})
	p.deliver(message("one"))
	r := p.dial().login()
	r.say("s EXAMINE INBOX")
	if got := strings.Join(r.until("s OK [READ-ONLY]"), "\n"); !strings.Contains(got, "[PERMANENTFLAGS ()]") {
		t.Errorf("examine: %s", got)
	}
	for _, command := range []string{`STORE 1 +FLAGS (\Deleted)`, "UID EXPUNGE 1", "MOVE 1 Trash", "UID MOVE 1 Trash"} {
		r.say("x %s", command)
		r.until("x NO [READ-ONLY]")
	}
	r.say("x COPY 1 Trash\r\ny CLOSE")
	r.until("x OK [COPYUID ")
	r.until("y OK")
	if f, _ := p.store.Folder(context.Background(), "alice@sakura.test", "INBOX"); f.Total != 1 || f.Unseen != 1 {
		t.Errorf("folder %+v", f)
	}
}

func TestFlagsMoveExpungeAppend(t *testing.T) {
	p := start(t, Config{})
	p.deliver(message("one"), message("two"), message("three"))
	c := p.client(nil)
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	store := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted, "$Important"}}
	list, err := c.Store(imap.UIDSetNum(2), store, nil).Collect()
	if err != nil || len(list) != 1 || list[0].UID != 2 {
		t.Fatal(list, err)
	}
	if diff := cmp.Diff([]imap.Flag{imap.FlagDeleted, "$Important"}, list[0].Flags); diff != "" {
		t.Error(diff)
	}
	if gone, err := c.UIDExpunge(imap.UIDSetNum(1, 2)).Collect(); err != nil || !cmp.Equal(gone, []uint32{2}) {
		t.Errorf("expunged %v, %v", gone, err)
	}
	moved, err := c.Move(imap.SeqSetNum(2), "Archive").Wait()
	if err != nil || moved.SourceUIDs.String() != "3" || fmt.Sprint(moved.DestUIDs) != "1" {
		t.Errorf("moved %+v, %v", moved, err)
	}
	status, err := c.Status("INBOX", &imap.StatusOptions{NumMessages: true, NumUnseen: true, UIDNext: true, Size: true}).Wait()
	if err != nil || *status.NumMessages != 1 || *status.NumUnseen != 1 || status.UIDNext != 4 || *status.Size != int64(len(message("one"))) {
		t.Errorf("status %+v, %v", status, err)
	}
	body := message("sent")
	w := c.Append("Sent", int64(len(body)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
	io.WriteString(w, body)
	w.Close()
	if data, err := w.Wait(); err != nil || data.UID != 1 {
		t.Errorf("append %+v, %v", data, err)
	}
	var refusal *imap.Error
	w = c.Append("Nowhere", 4, nil)
	io.WriteString(w, "a: b")
	w.Close()
	if _, err := w.Wait(); !errors.As(err, &refusal) || refusal.Code != imap.ResponseCodeTryCreate {
		t.Errorf("append to nowhere: %v", err)
	}
}

func TestBareNewlinesAreRefused(t *testing.T) {
	p := start(t, Config{})
	r := p.dial().login()
	for i, body := range []string{"a: b\r\n\r\n\n.\n\r\n", "a: b\r\n\r\n\r.\r\r\n", "a: b\r\n\r\n\n.\r\n"} {
		r.say("%d APPEND INBOX {%d+}\r\n%s", i, len(body), body)
		r.until(fmt.Sprintf("%d NO [CANNOT]", i))
	}
	if f, _ := p.store.Folder(context.Background(), "alice@sakura.test", "INBOX"); f.Total != 0 {
		t.Errorf("%d messages came out", f.Total)
	}
}

// A literal that is refused must not be read as commands.
func TestRefusedLiteralsAreNoCommands(t *testing.T) {
	p := start(t, Config{})
	trap := strings.Repeat("x", 5000) + "\r\nt DELETE Archive\r\n"
	r := p.dial().login()
	r.say("a CREATE {%d+}\r\n%s", len(trap), trap)
	r.until("* BYE [TOOBIG]")
	if _, err := p.store.Folder(context.Background(), "alice@sakura.test", "Archive"); err != nil {
		t.Error(err)
	}
	r = p.dial().login()
	r.say("a APPEND INBOX {99999999}")
	r.until("a NO [TOOBIG]")
	r.say("b NOOP")
	r.until("b OK")
}

func TestFolders(t *testing.T) {
	p := start(t, Config{})
	p.deliver(message("one"))
	c := p.client(nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.Create("仕事/2026/会議", nil).Wait())
	must(c.Rename("仕事", "Work", nil).Wait())
	must(c.Unsubscribe("Junk").Wait())
	list, err := c.List("", "*", &imap.ListOptions{ReturnStatus: &imap.StatusOptions{NumMessages: true}}).Collect()
	must(err)
	var names []string
	for _, f := range list {
		names = append(names, f.Mailbox)
		if f.Status == nil || f.Status.NumMessages == nil {
			t.Errorf("%s has no status", f.Mailbox)
		}
	}
	want := []string{"INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash", "Work", "Work/2026", "Work/2026/会議"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]imap.MailboxAttr{imap.MailboxAttrHasNoChildren, imap.MailboxAttrDrafts}, list[2].Attrs); diff != "" {
		t.Error(diff)
	}
	list, err = c.List("", "%", &imap.ListOptions{SelectSubscribed: true}).Collect()
	must(err)
	for _, f := range list {
		if f.Mailbox == "Junk" || f.Mailbox == "Work/2026" {
			t.Errorf("LIST (SUBSCRIBED) %% shows %s", f.Mailbox)
		}
	}
	var refusal *imap.Error
	if err := c.Delete("Work").Wait(); !errors.As(err, &refusal) || refusal.Code != imap.ResponseCodeHasChildren {
		t.Errorf("delete: %v", err)
	}
	must(c.Delete("Work/2026/会議").Wait())
	if err := c.Create("inbox", nil).Wait(); !errors.As(err, &refusal) || refusal.Code != imap.ResponseCodeAlreadyExists {
		t.Errorf("create: %v", err)
	}
	if err := c.Delete("INBOX").Wait(); err == nil {
		t.Error("INBOX was deleted")
	}
	must(c.Rename("INBOX", "Old", nil).Wait())
	if f, err := p.store.Folder(context.Background(), "alice@sakura.test", "Old"); err != nil || f.Total != 1 {
		t.Errorf("renamed INBOX: %+v, %v", f, err)
	}
}

func TestFaultsReachCommands(t *testing.T) {
	faults := new(fault.Set)
	for _, r := range []fault.Rule{
		{ID: "a", Stage: fault.Fetch, Nth: 1, Do: fault.Action{Reply: "NO [UNAVAILABLE] disk"}},
		{ID: "b", Stage: fault.Append, Once: true, Do: fault.Action{Reply: "NO [OVERQUOTA] full"}},
		{ID: "c", Stage: fault.Command, Match: fault.Match{Verb: "UNSELECT"}, Do: fault.Action{Reply: "BYE going down", Close: true}},
	} {
		if err := faults.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, Config{Faults: faults})
	p.deliver(message("one"))
	r := p.dial().login()
	r.say("s SELECT INBOX\r\nf FETCH 1 UID\r\ng FETCH 1 UID")
	r.until("f NO [UNAVAILABLE] disk")
	r.until("g OK")
	r.say("a APPEND INBOX {12+}\r\nz NOOP\r\nabcd\r\nb NOOP")
	r.until("a NO [OVERQUOTA]")
	if got := r.until("b OK"); len(got) != 1 {
		t.Errorf("the literal of a refused APPEND was read as commands: %q", got)
	}
	r.say("c UNSELECT")
	r.until("* BYE going down")
	if _, err := r.r.ReadByte(); err != io.EOF {
		t.Errorf("after BYE: %v", err)
	}
}
