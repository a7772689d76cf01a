package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	imaplib "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"todoku/internal/mail"
	"todoku/protocols/interop"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// testLimit ends a test that hangs; no right answer takes so long.
const testLimit = 30 * time.Second

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testLimit)
	t.Cleanup(cancel)
	return ctx
}

// at fills in the address.
func (o Options) at(t testing.TB, addr string) Options {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	o.Host = "127.0.0.1"
	if o.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	return o
}

func mustDial(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := Dial(testContext(t), o)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// memory starts the library's own server in this process, with one user and the usual folders. It offers STARTTLS,
// or TLS from the first octet.
func memory(t testing.TB, mode wire.TLSMode, offered ...imaplib.Cap) Options {
	t.Helper()
	own := interop.Certificate(t)
	user := imapmemserver.NewUser("mika", "himitsu")
	for _, f := range []struct {
		name string
		use  []imaplib.MailboxAttr
	}{
		{"INBOX", nil}, {"Sent", []imaplib.MailboxAttr{imaplib.MailboxAttrSent}},
		{"Trash", []imaplib.MailboxAttr{imaplib.MailboxAttrTrash}},
		{"請求書", nil},
	} {
		if err := user.Create(f.name, &imaplib.CreateOptions{SpecialUse: f.use}); err != nil {
			t.Fatal(err)
		}
	}
	back := imapmemserver.New()
	back.AddUser(user)
	caps := imaplib.CapSet{imaplib.CapIMAP4rev1: {}, imaplib.CapIMAP4rev2: {}}
	if len(offered) > 0 {
		caps = imaplib.CapSet{}
	}
	for _, c := range offered {
		caps[c] = struct{}{}
	}
	conf := own.TLS
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return back.NewSession(), nil, nil
		},
		Caps: caps, TLSConfig: conf, InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	ln := listen(t)
	if mode == wire.TLSImplicit {
		ln = tls.NewListener(ln, conf)
	}
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return account(mode, own.Roots).at(t, ln.Addr().String())
}

func account(mode wire.TLSMode, roots *x509.CertPool) Options {
	return Options{
		Net: &wire.Net{TLSRoots: roots}, TLS: mode,
		Credentials: sasl.Credentials{User: "mika", Password: "himitsu"},
	}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// dovecot starts a Dovecot and gives the options for one of its modes.
func dovecot(t testing.TB, mode wire.TLSMode, extra ...string) (Options, *interop.Server) {
	t.Helper()
	s := interop.Dovecot(t, extra...)
	addr := s.IMAP
	if mode == wire.TLSImplicit {
		addr = s.IMAPS
	}
	return account(mode, s.Roots).at(t, addr), s
}

// letter is a message with a number in its subject.
func letter(n int) string {
	return fmt.Sprintf("From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <yamada@sakura.test>\r\nTo: mika@fuji.test\r\n"+
		"Subject: letter %d\r\nDate: Mon, 23 Nov 2026 15:%02d:00 +0900\r\nMessage-ID: <%d@sakura.test>\r\n"+
		"References: <a@x.test> <b@x.test>\r\n\r\nThis is letter %d.\r\n", n, n%60, n, n)
}

func appendAll(t testing.TB, c *Client, folder string, letters ...string) {
	t.Helper()
	for _, l := range letters {
		if _, err := c.Append(testContext(t), folder, 0, int64(len(l)), strings.NewReader(l)); err != nil {
			t.Fatalf("Append: %v", err)
		}
	}
}

func mustOpen(t testing.TB, c *Client, folder string) mail.Folder {
	t.Helper()
	f, err := c.Open(testContext(t), folder, false)
	if err != nil {
		t.Fatalf("Open %s: %v", folder, err)
	}
	return f
}

// rowsOf lists the open folder.
func rowsOf(t testing.TB, c *Client, r EnvelopeRange) []mail.Message {
	t.Helper()
	var all []mail.Message
	err := c.Envelopes(testContext(t), r, func(rows []mail.Message) error {
		all = append(all, rows...)
		return nil
	})
	if err != nil {
		t.Fatalf("Envelopes: %v", err)
	}
	return all
}

func subjects(rows []mail.Message) []string {
	var l []string
	for _, m := range rows {
		l = append(l, m.Envelope.Subject)
	}
	return l
}
