package imap

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

func TestBadStructureCostsOneMessage(t *testing.T) {
	c := mustDial(t, play(t, "bad-structure.txt"))
	mustOpen(t, c, "INBOX")
	for range 2 { // the second time the server is not asked
		if _, err := c.Structure(testContext(t), 2); !errors.Is(err, ErrBadStructure) {
			t.Fatalf("message 2: %v", err)
		}
	}
	p, err := c.Structure(testContext(t), 3)
	if err != nil || p.Type != "text/plain" || p.Size != 12 {
		t.Errorf("message 3: %+v, %v", p, err)
	}
}

func TestBadRowCostsOneMessage(t *testing.T) {
	c := mustDial(t, play(t, "bad-row.txt"))
	mustOpen(t, c, "INBOX")
	rows := rowsOf(t, c, EnvelopeRange{})
	if diff := cmp.Diff([]string{"three", "two", "one"}, subjects(rows)); diff != "" {
		t.Fatal(diff)
	}
	if !rows[1].Received.IsZero() || rows[0].Received.IsZero() || rows[2].Flags != mail.Seen {
		t.Errorf("rows %+v", rows)
	}
}

func TestHopelessRowIsEmpty(t *testing.T) {
	seen := &findings{}
	o := play(t, "hopeless-row.txt")
	o.Span = trace.New(seen, nil)
	c := mustDial(t, o)
	mustOpen(t, c, "INBOX")
	rows := rowsOf(t, c, EnvelopeRange{UIDs: []uint32{11, 12}})
	if len(rows) != 2 || rows[0].ID != "12" || rows[0].Envelope.Subject != "" || rows[1].Envelope.Subject != "one" {
		t.Errorf("rows %+v", rows)
	}
	if got := seen.text("imap.unreadable", "uid"); got != "12" {
		t.Errorf("finding names %q", got)
	}
	if err := c.Noop(testContext(t)); err != nil {
		t.Errorf("the connection is lost: %v", err)
	}
}

func TestLiteralBeforeUID(t *testing.T) {
	told := make(chan Update, 10)
	o := play(t, "literal-first.txt")
	o.OnUpdate = func(u Update) { told <- u }
	c := mustDial(t, o)
	mustOpen(t, c, "INBOX")
	var b bytes.Buffer
	if err := c.Fetch(testContext(t), "5", &b); err != nil || b.String() != "hello world" {
		t.Errorf("Fetch: %q, %v", b.String(), err)
	}
	rows := rowsOf(t, c, EnvelopeRange{UIDs: []uint32{4, 5}})
	if len(rows) != 2 || rows[0].Envelope.Subject != "two" || rows[0].Flags != mail.Flagged || rows[1].Envelope.Subject != "one" {
		t.Errorf("rows %+v", rows)
	}
	if u := <-told; u.Kind != UpdateFlags || u.Seq != 1 || u.Flags != mail.Seen {
		t.Errorf("update %+v", u)
	}
}

func TestSurprises(t *testing.T) {
	seen := &findings{}
	o := play(t, "surprises.txt")
	o.Span = trace.New(seen, nil)
	c := mustDial(t, o)
	if diff := cmp.Diff(map[string]string{"name": "Mogu", "vendor": `a "b"`}, c.Server()); diff != "" {
		t.Error(diff)
	}
	if f := mustOpen(t, c, "INBOX"); f.Total != 2 || f.UIDValidity != 7 {
		t.Errorf("folder %+v", f)
	}
	if got := seen.text("imap.alert", "text"); got != "The disk is full" {
		t.Errorf("alert %q", got)
	}
	if uids, err := c.UIDs(testContext(t)); err != nil || len(uids) != 2 || uids[1] != 5 {
		t.Errorf("UIDs %v, %v", uids, err)
	}
	pairs, err := c.Copy(testContext(t), []mail.ID{"4", "5"}, "Trash")
	if diff := cmp.Diff(map[mail.ID]mail.ID{"5": "20", "4": "21"}, pairs); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestEndlessSetIsNotSpelledOut(t *testing.T) {
	c := mustDial(t, play(t, "endless-set.txt"))
	mustOpen(t, c, "INBOX")
	_, err := c.UIDs(testContext(t))
	wantCode(t, err, wire.CodeGarbled)
	if err := c.Noop(testContext(t)); err != nil {
		t.Error(err)
	}
}

func TestRefusedLiteral(t *testing.T) {
	c := mustDial(t, play(t, "refused-literal.txt"))
	var refused *Error
	_, err := c.Append(testContext(t), "Full", mail.Seen, 5, strings.NewReader("hello"))
	if !errors.As(err, &refused) || refused.Code != "OVERQUOTA" || refused.Text != "no room" || refused.Verb != "APPEND" {
		t.Errorf("Append: %v", err)
	}
	if err := c.Noop(testContext(t)); err != nil {
		t.Error(err)
	}
}

func TestBye(t *testing.T) {
	c := mustDial(t, play(t, "bye.txt"))
	_, err := c.Open(testContext(t), "INBOX", false)
	var bye *Error
	if !errors.As(err, &bye) || bye.Status != "BYE" || bye.Code != "UNAVAILABLE" || !bye.Temporary() {
		t.Errorf("Open: %v", err)
	}
	if err := c.Noop(testContext(t)); err == nil {
		t.Error("a connection that the server ended is used again without Redial")
	}
}

func TestMessageZero(t *testing.T) {
	c := mustDial(t, play(t, "message-zero.txt"))
	mustOpen(t, c, "INBOX")
	wantCode(t, c.Delete(testContext(t), []mail.ID{"4"}), wire.CodeGarbled)
}

func TestRedial(t *testing.T) {
	o := play(t, "redial.txt")
	tries := 0
	o.Limits.Backoff = func(try int) time.Duration { tries = try; return 0 }
	told := make(chan Update, 10)
	o.OnUpdate = func(u Update) { told <- u }
	c := mustDial(t, o)
	mustOpen(t, c, "INBOX")
	wantCode(t, c.Noop(testContext(t)), wire.CodeClosed)
	if err := c.Redial(testContext(t)); !errors.Is(err, ErrUIDValidity) {
		t.Errorf("Redial: %v", err)
	}
	if tries != 1 {
		t.Errorf("paused %d times", tries)
	}
	if u := <-told; u.Kind != UpdateReset {
		t.Errorf("update %+v", u)
	}
	if _, err := c.UIDs(testContext(t)); !errors.Is(err, ErrNoFolder) {
		t.Errorf("UIDs of the other folder: %v", err)
	}
}

func TestLoginLiteral(t *testing.T) {
	o := play(t, "login-literal.txt")
	o.Credentials.Password = "ひみつ"
	mustDial(t, o)
}

func TestDialRefused(t *testing.T) {
	for _, c := range []struct {
		file string
		mode wire.TLSMode
		want string // a wire code, or "Verb Status Code" of a refusal
	}{
		{"login-refused.txt", wire.TLSNone, "AUTHENTICATE NO AUTHENTICATIONFAILED"},
		{"login-disabled.txt", wire.TLSNone, wire.CodeAuthNone},
		{"starttls-preauth.txt", wire.TLSStart, wire.CodePreauth},
		{"starttls-absent.txt", wire.TLSStart, wire.CodeTLSNotOffered},
		{"starttls-refused.txt", wire.TLSStart, wire.CodeTLSRefused},
		{"starttls-injected.txt", wire.TLSStart, wire.CodeTLSInjected},
		{"greeting-smtp.txt", wire.TLSNone, wire.CodeGarbled},
		{"greeting-bye.txt", wire.TLSNone, "greeting BYE UNAVAILABLE"},
	} {
		t.Run(c.file, func(t *testing.T) {
			o := play(t, c.file)
			o.TLS = c.mode
			_, err := Dial(testContext(t), o)
			var refused *Error
			if errors.As(err, &refused) && strings.Contains(c.want, " ") {
				if got := refused.Verb + " " + refused.Status + " " + refused.Code; got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				return
			}
			wantCode(t, err, c.want)
		})
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var we *wire.Error
	if !errors.As(err, &we) || we.Code != code {
		t.Errorf("got %v, want code %s", err, code)
	}
}

// findings keeps the findings of a run.
type findings struct{ all []trace.Finding }

func (f *findings) Emit(e trace.Event) {
	if e.Finding != nil {
		f.all = append(f.all, *e.Finding)
	}
}

func (f *findings) text(code, arg string) string {
	for _, one := range f.all {
		if one.Code == code {
			return one.Args[arg]
		}
	}
	return ""
}

func TestBadFolderNameCostsOneFolder(t *testing.T) {
	c := mustDial(t, play(t, "folder-names.txt"))
	folders, err := c.Folders(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []mail.Folder{
		{Name: "INBOX", Delimiter: "/", Role: mail.RoleInbox, Total: 1, Unread: 1, UIDValidity: 1, UIDNext: 2},
		{Name: "台北", Delimiter: "/", Total: -1, Unread: -1},
	}
	if diff := cmp.Diff(want, folders); diff != "" {
		t.Error(diff)
	}
}

// TestCapabilityCodes: the library would search the list in the code for ever.
func TestCapabilityCodes(t *testing.T) {
	c := mustDial(t, play(t, "capability-codes.txt"))
	if f := mustOpen(t, c, "INBOX"); f.Total != 2 {
		t.Errorf("folder %+v", f)
	}
}
