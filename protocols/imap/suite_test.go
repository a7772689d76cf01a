package imap

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	imaplib "github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// TestVerbs runs every verb against the library's server in memory and against Dovecot, in every TLS mode.
func TestVerbs(t *testing.T) {
	for _, mode := range []wire.TLSMode{wire.TLSNone, wire.TLSStart, wire.TLSImplicit} {
		t.Run("memory/"+string(mode), func(t *testing.T) { verbs(t, memory(t, mode)) })
		t.Run("dovecot/"+string(mode), func(t *testing.T) {
			o, _ := dovecot(t, mode)
			verbs(t, o)
		})
	}
	t.Run("memory/IMAP4rev1 only", func(t *testing.T) {
		o := memory(t, wire.TLSNone, imaplib.CapIMAP4rev1, imaplib.CapUIDPlus)
		o.Limits.Poll = time.Millisecond
		verbs(t, o)
	})
}

func verbs(t *testing.T, o Options) {
	c := mustDial(t, o)
	ctx := testContext(t)
	if (c.TLS() == nil) != (o.TLS == wire.TLSNone) {
		t.Errorf("TLS facts %v in mode %s", c.TLS(), o.TLS)
	}
	if err := c.CreateFolder(ctx, "控え/2026"); err != nil && !strings.Contains(err.Error(), "exists") {
		t.Fatalf("CreateFolder: %v", err)
	}
	appendAll(t, c, "INBOX", letter(1), letter(2), letter(3))
	t.Run("folders", func(t *testing.T) { testFolders(t, c) })
	t.Run("open and list", func(t *testing.T) { testList(t, c) })
	t.Run("fetch", func(t *testing.T) { testFetch(t, c) })
	t.Run("structure", func(t *testing.T) { testStructure(t, c) })
	t.Run("flags", func(t *testing.T) { testFlags(t, c) })
	t.Run("search", func(t *testing.T) { testSearch(t, c) })
	t.Run("copy, move, delete", func(t *testing.T) { testMove(t, c) })
	t.Run("read only", func(t *testing.T) { testReadOnly(t, c) })
	t.Run("refusals", func(t *testing.T) { testRefusals(t, c) })
	t.Run("watch", func(t *testing.T) { testWatch(t, c, o) })
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := c.Noop(ctx); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func testFolders(t *testing.T, c *Client) {
	folders, err := c.Folders(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]mail.Folder{}
	for _, f := range folders {
		got[f.Name] = f
	}
	if in := got["INBOX"]; in.Role != mail.RoleInbox || in.Total != 3 || in.Unread != 3 || in.UIDNext == 0 || in.UIDValidity == 0 {
		t.Errorf("INBOX: %+v", in)
	}
	if got["Trash"].Role != mail.RoleTrash || got["Sent"].Role != mail.RoleSent {
		t.Errorf("roles: %+v", folders)
	}
	if got["控え/2026"].Delimiter != "/" {
		t.Errorf("no folder 控え/2026 in %+v", folders)
	}
}

func testList(t *testing.T, c *Client) {
	f := mustOpen(t, c, "INBOX")
	if f.Total != 3 || f.UIDValidity == 0 || f.UIDNext == 0 {
		t.Errorf("folder %+v", f)
	}
	rows := rowsOf(t, c, EnvelopeRange{})
	if diff := cmp.Diff([]string{"letter 3", "letter 2", "letter 1"}, subjects(rows)); diff != "" {
		t.Fatal(diff)
	}
	m := rows[0]
	if diff := cmp.Diff([]mail.Address{{Name: "山田", Addr: "yamada@sakura.test"}}, m.Envelope.From); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a@x.test", "b@x.test"}, m.Envelope.References); diff != "" {
		t.Error(diff)
	}
	if m.Envelope.MessageID != "3@sakura.test" || m.Size != int64(len(letter(3))) || m.Received.IsZero() || m.Envelope.Date.IsZero() {
		t.Errorf("row %+v", m)
	}
	uids, err := c.UIDs(testContext(t))
	if err != nil || len(uids) != 3 || idOf(uids[2]) != m.ID {
		t.Errorf("UIDs %v, %v", uids, err)
	}
	if got := subjects(rowsOf(t, c, EnvelopeRange{Above: uids[1]})); !slices.Equal(got, []string{"letter 3"}) {
		t.Errorf("above %d: %v", uids[1], got)
	}
	if got := rowsOf(t, c, EnvelopeRange{Above: uids[2]}); len(got) != 0 {
		t.Errorf("above the last: %v", got)
	}
	if got := subjects(rowsOf(t, c, EnvelopeRange{Limit: 2})); !slices.Equal(got, []string{"letter 3", "letter 2"}) {
		t.Errorf("limit 2: %v", got)
	}
	if got := subjects(rowsOf(t, c, EnvelopeRange{UIDs: []uint32{uids[0], uids[0], 99999}})); !slices.Equal(got, []string{"letter 1"}) {
		t.Errorf("by UID: %v", got)
	}
}

func testFetch(t *testing.T, c *Client) {
	mustOpen(t, c, "INBOX")
	id := rowsOf(t, c, EnvelopeRange{})[1].ID
	var whole bytes.Buffer
	if err := c.Fetch(testContext(t), id, &whole); err != nil || whole.String() != letter(2) {
		t.Errorf("Fetch: %v, %q", err, whole.String())
	}
	uid, _ := parseID32(id)
	var start bytes.Buffer
	if n, err := c.FetchPart(testContext(t), uid, "", 5, &start); n != 5 || start.String() != "From:" {
		t.Errorf("the first 5 octets: %d, %q, %v", n, start.String(), err)
	}
	var text bytes.Buffer
	if _, err := c.FetchPart(testContext(t), uid, "1", 0, &text); err != nil || text.String() != "This is letter 2.\r\n" {
		t.Errorf("part 1: %v, %q", err, text.String())
	}
	var head bytes.Buffer
	if _, err := c.FetchPart(testContext(t), uid, "HEADER", 0, &head); err != nil || !strings.HasSuffix(head.String(), "\r\n\r\n") {
		t.Errorf("header: %v, %q", err, head.String())
	}
	if err := c.Fetch(testContext(t), "99999", &whole); !errors.Is(err, ErrNoMessage) {
		t.Errorf("a message that is not there: %v", err)
	}
	if err := c.Fetch(testContext(t), "x", &whole); err == nil {
		t.Error("x is taken for a message")
	}
	for _, m := range rowsOf(t, c, EnvelopeRange{}) {
		if m.Flags.Has(mail.Seen) {
			t.Errorf("reading set \\Seen on %s", m.ID)
		}
	}
}

const mixed = "From: a@x.test\r\nSubject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n" +
	"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n" +
	"Content-Disposition: attachment; filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf\r\n\r\naGk=\r\n" +
	"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n" +
	"--c\r\nContent-Type: text/plain\r\n\r\ninner text\r\n--c--\r\n--b--\r\n"

func testStructure(t *testing.T, c *Client) {
	ctx := testContext(t)
	appendAll(t, c, "Sent", mixed, letter(9))
	mustOpen(t, c, "Sent")
	uids, err := c.UIDs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	root, err := c.Structure(ctx, uids[0])
	if err != nil {
		t.Fatal(err)
	}
	if root.Path != "" || root.Type != "multipart/mixed" || len(root.Children) != 3 {
		t.Fatalf("root %+v", root)
	}
	pdf := root.Children[1]
	if pdf.Path != "2" || pdf.Type != "application/pdf" || pdf.FileName != "請求書.pdf" || pdf.Disposition != "attachment" || pdf.Encoding != "base64" {
		t.Errorf("pdf %+v", pdf)
	}
	inner := root.Children[2].Children[0]
	if inner.Path != "3.TEXT" || inner.Children[0].Path != "3.1" {
		t.Errorf("inner %+v %+v", inner, inner.Children)
	}
	var b bytes.Buffer
	if _, err := c.FetchPart(ctx, uids[0], "3.1", 0, &b); err != nil || b.String() != "inner text" {
		t.Errorf("part 3.1: %q, %v", b.String(), err)
	}
	if single, err := c.Structure(ctx, uids[1]); err != nil || single.Path != "1" || single.Type != "text/plain" {
		t.Errorf("single %+v, %v", single, err)
	}
	if _, err := c.Structure(ctx, 99999); !errors.Is(err, ErrNoMessage) {
		t.Errorf("no message: %v", err)
	}
}

func testFlags(t *testing.T, c *Client) {
	ctx := testContext(t)
	mustOpen(t, c, "INBOX")
	rows := rowsOf(t, c, EnvelopeRange{})
	if err := c.SetFlags(ctx, []mail.ID{rows[0].ID, rows[2].ID}, mail.Seen|mail.Flagged, true); err != nil {
		t.Fatal(err)
	}
	if err := c.SetFlags(ctx, []mail.ID{rows[0].ID}, mail.Flagged, false); err != nil {
		t.Fatal(err)
	}
	got := map[mail.ID]mail.Flags{}
	err := c.Flags(ctx, FlagRange{}, func(uid uint32, f mail.Flags, _ uint64) error {
		got[idOf(uid)] = f
		return nil
	})
	want := map[mail.ID]mail.Flags{rows[0].ID: mail.Seen, rows[1].ID: 0, rows[2].ID: mail.Seen | mail.Flagged}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	stop := errors.New("enough")
	n := 0
	err = c.Flags(ctx, FlagRange{}, func(uint32, mail.Flags, uint64) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("stopping a walk: %v after %d", err, n)
	}
}

func testSearch(t *testing.T, c *Client) {
	ctx := testContext(t)
	mustOpen(t, c, "INBOX")
	ids, err := c.Search(ctx, `"letter 2" sakura`)
	if err != nil || len(ids) != 1 {
		t.Errorf("letter 2: %v, %v", ids, err)
	}
	if ids, err = c.Search(ctx, "letter"); err != nil || len(ids) != 3 || ids[0] != rowsOf(t, c, EnvelopeRange{})[0].ID {
		t.Errorf("letter: %v, %v", ids, err)
	}
	if ids, err = c.Search(ctx, "山田　太郎"); err != nil || len(ids) != 0 {
		t.Errorf("nobody: %v, %v", ids, err)
	}
}

func testMove(t *testing.T, c *Client) {
	ctx := testContext(t)
	mustOpen(t, c, "INBOX")
	rows := rowsOf(t, c, EnvelopeRange{})
	copied, err := c.Copy(ctx, []mail.ID{rows[0].ID}, "Trash")
	if err != nil || copied[rows[0].ID] == "" {
		t.Fatalf("Copy: %v, %v", copied, err)
	}
	moved, err := c.Move(ctx, []mail.ID{rows[1].ID}, "Trash")
	if err != nil || moved[rows[1].ID] == "" {
		t.Fatalf("Move: %v, %v", moved, err)
	}
	if err := c.Delete(ctx, []mail.ID{rows[2].ID}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	mustOpen(t, c, "INBOX") // the server in memory tells of one EXPUNGE too many
	if got := subjects(rowsOf(t, c, EnvelopeRange{})); !slices.Equal(got, []string{"letter 3"}) {
		t.Errorf("left in INBOX: %v", got)
	}
	mustOpen(t, c, "Trash")
	var whole bytes.Buffer
	if err := c.Fetch(ctx, moved[rows[1].ID], &whole); err != nil || whole.String() != letter(2) {
		t.Errorf("the moved one: %v, %q", err, whole.String())
	}
}

func testReadOnly(t *testing.T, c *Client) {
	f, err := c.Open(testContext(t), "INBOX", true)
	if err != nil || f.Total != 1 {
		t.Errorf("EXAMINE: %+v, %v", f, err)
	}
}

func testRefusals(t *testing.T, c *Client) {
	ctx := testContext(t)
	var refused *Error
	if _, err := c.Open(ctx, "nowhere", false); !errors.As(err, &refused) || refused.Verb != "SELECT" || refused.Status != "NO" || refused.Text == "" {
		t.Errorf("Open nowhere: %v", err)
	}
	if _, err := c.UIDs(ctx); !errors.Is(err, ErrNoFolder) {
		t.Errorf("after a failed Open: %v", err)
	}
	l := letter(5)
	if _, err := c.Append(ctx, "nowhere", 0, int64(len(l)), strings.NewReader(l)); !errors.As(err, &refused) || refused.Code != "TRYCREATE" {
		t.Errorf("Append to nowhere: %v", err)
	}
	mustOpen(t, c, "INBOX")
	for _, bad := range []string{"a\r\nT9 NOOP", "a\x00b"} {
		var we *wire.Error
		if _, err := c.Open(ctx, bad, false); !errors.As(err, &we) || we.Code != wire.CodeArgument {
			t.Errorf("Open %q: %v", bad, err)
		}
	}
}

func testWatch(t *testing.T, c *Client, o Options) {
	mustOpen(t, c, "INBOX")
	other := mustDial(t, o)
	done := make(chan error, 1)
	go func() { done <- c.Watch(testContext(t)) }()
	for range 5 { // commands go on while it watches
		if _, err := c.UIDs(testContext(t)); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	for told := false; !told; { // what comes between "+" and its listening is lost on the server in memory
		appendAll(t, other, "INBOX", letter(7))
		select {
		case err = <-done:
			told = true
		default:
		}
	}
	if err != nil {
		t.Fatalf("Watch: %v", err)
	}
	for err == nil { // more of the letters may have been news
		ctx, cancel := context.WithCancel(testContext(t))
		go func() { done <- c.Watch(ctx) }()
		cancel()
		err = <-done
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Watch cancelled: %v", err)
	}
}

// A command that told an earlier wait that it waits, and missed the turn that this gave, is not told again.
func TestAWaitGivesWayToWhoWaitsAlready(t *testing.T) {
	c := newClient(Options{})
	c.waiting.Add(1)
	if news, err := c.await(testContext(t), time.Hour, nil); news || err != nil {
		t.Errorf("%v, %v", news, err)
	}
}

// TestNotOffered: without MOVE and UIDPLUS nothing is moved or deleted, rather than other messages with it.
func TestNotOffered(t *testing.T) {
	c := mustDial(t, memory(t, wire.TLSNone, imaplib.CapIMAP4rev1))
	appendAll(t, c, "INBOX", letter(1))
	mustOpen(t, c, "INBOX")
	ids := []mail.ID{rowsOf(t, c, EnvelopeRange{})[0].ID}
	var lacking *NotOfferedError
	if _, err := c.Move(testContext(t), ids, "Trash"); !errors.As(err, &lacking) || lacking.Verb != "MOVE" {
		t.Errorf("Move: %v", err)
	}
	if err := c.Delete(testContext(t), ids); !errors.As(err, &lacking) {
		t.Errorf("Delete: %v", err)
	}
	if rows := rowsOf(t, c, EnvelopeRange{}); len(rows) != 1 || rows[0].Flags != 0 {
		t.Errorf("left: %+v", rows)
	}
}
