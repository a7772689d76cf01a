package mailsync

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/protocols/pop3"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// fakeMaildrop is a POP3 server that does what it is told, and records every command.
type fakeMaildrop struct {
	capa     []string // lines of CAPA
	noUIDL   bool
	loseQuit bool // hang up instead of answering QUIT
	loginSay string

	mu       sync.Mutex
	messages []fakeMessage
	log      []string
}

type fakeMessage struct{ uidl, raw string }

func message(uidl, subject string) fakeMessage {
	return fakeMessage{uidl, "From: carol@example.org\r\nSubject: " + subject + "\r\nMessage-ID: <" + subject + "@example.org>\r\n\r\ntext\r\n"}
}

func (f *fakeMaildrop) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go f.serve(theirs)
	return fromLoopback{ours}, nil
}

// fromLoopback is a pipe whose other end is this machine, where a password may be sent in plain text.
type fromLoopback struct{ net.Conn }

func (fromLoopback) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 110} }

// commands gives those with the verb since the last call of reset.
func (f *fakeMaildrop) commands(verb string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, c := range f.log {
		if strings.HasPrefix(c, verb) {
			all = append(all, c)
		}
	}
	return all
}

func (f *fakeMaildrop) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	fmt.Fprint(c, "+OK fake\r\n")
	deleted := map[int]bool{}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		reply, end := f.answer(strings.TrimRight(line, "\r\n"), deleted)
		if reply != "" {
			fmt.Fprint(c, reply)
		}
		if end {
			return
		}
	}
}

func (f *fakeMaildrop) answer(line string, deleted map[int]bool) (reply string, end bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, line)
	verb, arg, _ := strings.Cut(line, " ")
	n, _ := strconv.Atoi(strings.Fields(arg + " 0")[0])
	switch verb {
	case "CAPA":
		return "+OK\r\n" + strings.Join(append([]string{"USER"}, f.capa...), "\r\n") + "\r\n.\r\n", false
	case "PASS":
		if f.loginSay != "" {
			return f.loginSay + "\r\n", false
		}
		return "+OK\r\n", false
	case "STAT":
		return fmt.Sprintf("+OK %d %d\r\n", len(f.messages), 1000), false
	case "LIST":
		return f.table(func(m fakeMessage) string { return strconv.Itoa(len(m.raw)) }), false
	case "UIDL":
		if f.noUIDL {
			return "-ERR no UIDL\r\n", false
		}
		return f.table(func(m fakeMessage) string { return m.uidl }), false
	case "TOP":
		header, _, _ := strings.Cut(f.messages[n-1].raw, "\r\n\r\n")
		return "+OK\r\n" + header + "\r\n\r\n.\r\n", false
	case "RETR":
		return "+OK\r\n" + f.messages[n-1].raw + ".\r\n", false
	case "DELE":
		deleted[n] = true
		return "+OK\r\n", false
	case "QUIT":
		if f.loseQuit {
			return "", true
		}
		f.update(deleted)
		return "+OK\r\n", true
	}
	return "+OK\r\n", false
}

func (f *fakeMaildrop) table(value func(fakeMessage) string) string {
	var b strings.Builder
	b.WriteString("+OK\r\n")
	for i, m := range f.messages {
		fmt.Fprintf(&b, "%d %s\r\n", i+1, value(m))
	}
	return b.String() + ".\r\n"
}

func (f *fakeMaildrop) update(deleted map[int]bool) {
	var left []fakeMessage
	for i, m := range f.messages {
		if !deleted[i+1] {
			left = append(left, m)
		}
	}
	f.messages = left
}

func (f *fakeMaildrop) set(messages ...fakeMessage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages, f.log = messages, nil
}

// desk is a store and a clock beside a fake maildrop.
type desk struct {
	t      *testing.T
	fake   *fakeMaildrop
	store  *store.Store
	policy LeavePolicy
	now    time.Time
}

func newDesk(t *testing.T, fake *fakeMaildrop, policy LeavePolicy) *desk {
	t.Helper()
	d := &desk{t: t, fake: fake, policy: policy, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	var err error
	if d.store, err = store.Open(filepath.Join(t.TempDir(), "mail.db"), store.Options{Now: func() time.Time { return d.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.store.Close() })
	return d
}

// try runs one session.
func (d *desk) try(agreed ...string) (Result, error) {
	d.t.Helper()
	c, err := pop3.Dial(d.t.Context(), pop3.Options{
		Net: &wire.Net{Dial: d.fake.dial, Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}},
		Host: "127.0.0.1", Port: 110, TLS: wire.TLSNone, Credentials: sasl.Credentials{User: "bob", Password: "banana"},
	})
	if err != nil {
		return Result{}, err
	}
	defer c.Abort()
	m := &POP3{Store: d.store, Client: c, Account: "bob", Inbox: "INBOX", Policy: d.policy, Agreed: map[string]bool{}, Now: func() time.Time { return d.now }}
	for _, a := range agreed {
		m.Agreed[a] = true
	}
	return m.Sync(d.t.Context())
}

func (d *desk) sync(agreed ...string) Result {
	d.t.Helper()
	r, err := d.try(agreed...)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// rows are the inbox's.
func (d *desk) rows() []store.Message {
	d.t.Helper()
	f, err := d.store.Folder(d.t.Context(), "bob", "INBOX")
	if err != nil {
		d.t.Fatal(err)
	}
	rows, err := d.store.Page(d.t.Context(), f.ID, 0, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

// trash moves the message with the subject to the local trash.
func (d *desk) trash(subject string) {
	d.t.Helper()
	f, err := d.store.EnsureFolder(d.t.Context(), "bob", mail.Folder{Name: "Trash", Role: mail.RoleTrash, Local: true})
	if err != nil {
		d.t.Fatal(err)
	}
	rows := d.rows()
	at := slices.IndexFunc(rows, func(m store.Message) bool { return m.Envelope.Subject == subject })
	_, err = d.store.Apply(d.t.Context(), []store.Pending{{Account: "bob", Key: rows[at].Key, Verb: store.VerbMove, Target: f.Name, TargetID: f.ID, LocalOnly: true, Made: d.now}})
	if err != nil {
		d.t.Fatal(err)
	}
}

// left are the unique-ids that the server still has.
func (d *desk) left() string {
	d.fake.mu.Lock()
	defer d.fake.mu.Unlock()
	var all []string
	for _, m := range d.fake.messages {
		all = append(all, m.uidl)
	}
	return strings.Join(all, " ")
}
