package smtp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	gosasl "github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"todoku/protocols/interop"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// mailbox is a go-smtp server's memory: an independent reader of what we send.
type mailbox struct {
	mu       sync.Mutex
	messages [][]byte
	to       []string
	user     string
}

type mailboxSession struct {
	box *mailbox
	to  []string
}

func (m *mailbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) {
	return &mailboxSession{box: m}, nil
}

func (s *mailboxSession) Reset()        { s.to = nil }
func (s *mailboxSession) Logout() error { return nil }

func (s *mailboxSession) Mail(string, *gosmtp.MailOptions) error { return nil }

func (s *mailboxSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if strings.HasPrefix(to, "no") {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "User unknown"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *mailboxSession) Data(r io.Reader) error {
	msg, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.messages, s.box.to = append(s.box.messages, msg), append(s.box.to, s.to...)
	return nil
}

func (s *mailboxSession) AuthMechanisms() []string { return []string{gosasl.Plain, gosasl.OAuthBearer} }

func (s *mailboxSession) Auth(mech string) (gosasl.Server, error) {
	if mech == gosasl.OAuthBearer {
		return gosasl.NewOAuthBearerServer(func(o gosasl.OAuthBearerOptions) *gosasl.OAuthBearerError {
			s.box.user = o.Username
			if o.Token != "good" {
				return &gosasl.OAuthBearerError{Status: "invalid_token"}
			}
			return nil
		}), nil
	}
	return gosasl.NewPlainServer(func(_, user, password string) error {
		s.box.user = user
		if password != "hunter2" {
			return errors.New("wrong")
		}
		return nil
	}), nil
}

// goSMTP runs a go-smtp server over TLS and gives a client's options for it.
func goSMTP(t *testing.T, box *mailbox) Options {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	own := interop.Certificate(t, "mail.sakura.test")
	s := gosmtp.NewServer(box)
	s.Domain, s.TLSConfig, s.EnableSMTPUTF8, s.EnableDSN = "mail.sakura.test", own.TLS, true, true
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-done })
	return Options{Host: "mail.sakura.test", Port: 587, TLS: wire.TLSStart, Net: &wire.Net{
		TLSRoots: own.Roots,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.10")}, nil
		},
	}}
}

// TestGoSMTP sends by BDAT and by DATA to a server that we did not write, after STARTTLS and AUTH.
func TestGoSMTP(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var box mailbox
	c, err := Dial(ctx, goSMTP(t, &box))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.TLS() == nil || !c.TLS().Verified {
		t.Fatalf("facts %+v", c.TLS())
	}
	if err := c.Auth(ctx, sasl.Credentials{User: "alice", Password: "hunter2"}, "plain"); err != nil || box.user != "alice" {
		t.Fatal(err, box.user)
	}
	msg := []byte("Subject: 届く\r\n\r\n.\r\n..\r\n" + strings.Repeat(".x\x80\xff\r\n", 500_000))
	env := Envelope{From: "alice@sakura.test", To: []Recipient{{Addr: "bob@fuji.test"}, {Addr: "nobody@fuji.test"}, {Addr: "花子@tsuru.test"}}, SMTPUTF8: true}
	if !c.ext.Chunking {
		t.Error("go-smtp no longer offers CHUNKING: BDAT is not tested")
	}
	for _, chunking := range []bool{true, false} {
		c.ext.Chunking = chunking
		res, err := c.Send(ctx, env, msg, nil)
		if err != nil || res.Accepted() != 2 || res.Recipients[1].Reply.Enhanced != "5.1.1" {
			t.Fatalf("chunking %t: %+v, %v", chunking, res, err)
		}
	}
	if err := c.Quit(ctx); err != nil {
		t.Error(err)
	}
	for i, got := range box.messages {
		if !bytes.Equal(got, msg) {
			t.Errorf("message %d has %d octets, want the %d that were sent", i, len(got), len(msg))
		}
	}
	if to := strings.Join(box.to, " "); len(box.messages) != 2 || to != "bob@fuji.test 花子@tsuru.test bob@fuji.test 花子@tsuru.test" {
		t.Errorf("%d messages to %s", len(box.messages), to)
	}
}

func TestGoSMTPRefusesToken(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var box mailbox
	c, err := Dial(ctx, goSMTP(t, &box))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Auth(ctx, sasl.Credentials{User: "alice", Token: "bad"}, sasl.Auto)
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Verb != "AUTH" || refusal.Reply.Enhanced != "4.7.0" {
		t.Fatalf("error %v", err)
	}
	if err := c.Auth(ctx, sasl.Credentials{User: "alice", Token: "good"}, sasl.Auto); err != nil || box.user != "alice" {
		t.Errorf("%v, user %q: the session must go on after a refusal", err, box.user)
	}
}
