package post

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"todoku/internal/trace"
)

// session is one SMTP connection to another host.
type session struct {
	a      *attempt
	host   string
	rec    *trace.Conn
	client *smtp.Client
	stop   func() bool
	dirty  bool // a refused transaction is still open
}

// open connects, says EHLO and starts TLS where it is offered. The outcome says what went wrong.
func (a *attempt) open(host, addr string) (*session, *outcome) {
	ctx, cancel := context.WithTimeout(a.ctx, dialTimeout)
	defer cancel()
	began := time.Now()
	raw, err := a.o.cfg.Dial(ctx, "tcp", addr)
	e := trace.Event{Kind: trace.KindDial, Side: trace.SideClient, Proto: "smtp", Addr: host + " " + addr, Elapsed: time.Since(began)}
	if err != nil {
		e.Error = err.Error()
		a.span.Emit(e)
		return nil, delayed("4.4.1", "451 4.4.1 "+host+" "+addr+": "+err.Error())
	}
	e.Conn = trace.Pair(raw, trace.SideClient)
	a.span.Emit(e)
	s := &session{a: a, host: host}
	s.rec = trace.NewConn(raw, trace.ConnOptions{Span: a.span, Side: trace.SideClient, Proto: "smtp", Addr: host + ":25"})
	s.stop = context.AfterFunc(a.ctx, func() { s.rec.Close() })
	if err := s.hello(raw); err != nil {
		s.stop()
		s.rec.Close()
		return nil, s.before(err)
	}
	return s, nil
}

// before turns an error from before MAIL into an outcome. A host that refuses everybody for good (RFC 5321 section 3.1,
// RFC 7504) leaves the mail to the others; when all do, it goes back.
func (s *session) before(err error) *outcome {
	out := toOutcome(err)
	return &out
}

func (s *session) hello(raw net.Conn) error {
	if err := s.greet(s.rec); err != nil {
		return err
	}
	if ok, _ := s.client.Extension("STARTTLS"); !ok {
		return nil
	}
	if err := s.startTLS(raw); err != nil {
		return err
	}
	// The library waits for a greeting that does not come a second time.
	return s.greet(&greeted{Conn: s.rec, greeting: strings.NewReader("220 inside TLS\r\n")})
}

func (s *session) greet(c net.Conn) error {
	s.client = smtp.NewClient(c)
	s.client.CommandTimeout, s.client.SubmissionTimeout = commandTimeout, dataTimeout
	return s.client.Hello(s.a.o.cfg.Host)
}

// greeted is a connection on which something was already said.
type greeted struct {
	net.Conn
	greeting io.Reader
}

func (g *greeted) Read(p []byte) (int, error) {
	if n, err := g.greeting.Read(p); err == nil {
		return n, nil
	}
	return g.Conn.Read(p)
}

// startTLS is RFC 3207. Its reply is read octet by octet, so that nothing sent before the handshake is believed
// after it. Certificates are checked and the result recorded; as everywhere between mail hosts without MTA-STS or
// DANE, a bad one does not stop the mail (RFC 7435).
func (s *session) startTLS(raw net.Conn) error {
	if err := s.say("STARTTLS", "220"); err != nil {
		return err
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(s.a.ctx, commandTimeout)
	defer cancel()
	cfg := &tls.Config{ServerName: s.host, InsecureSkipVerify: true} // verified below, for the record
	t := tls.Client(raw, cfg)
	err := t.HandshakeContext(ctx)
	e := trace.Event{Kind: trace.KindTLS, Elapsed: time.Since(began)}
	if err != nil {
		e.Error = err.Error()
		s.rec.Emit(e)
		return fmt.Errorf("TLS handshake with %s: %w", s.host, err)
	}
	e.TLS, e.Error = s.facts(t.ConnectionState())
	s.rec.Emit(e)
	s.rec.Swap(t)
	return nil
}

// say sends a command behind the library's back and reads its reply octet by octet, bounded, so that nothing that
// comes after it is swallowed.
func (s *session) say(command, code string) error {
	s.rec.SetDeadline(time.Now().Add(commandTimeout))
	defer s.rec.SetDeadline(time.Time{})
	if _, err := io.WriteString(s.rec, command+"\r\n"); err != nil {
		return err
	}
	var line []byte
	for lines := 0; lines < 10; {
		var b [1]byte
		if _, err := s.rec.Read(b[:]); err != nil {
			return err
		}
		line = append(line, b[0])
		if len(line) > 512 {
			return errors.New("the reply to " + command + " is too long")
		}
		if b[0] != '\n' {
			continue
		}
		if len(line) >= 4 && line[3] == '-' {
			lines, line = lines+1, nil
			continue
		}
		if !bytes.HasPrefix(line, []byte(code)) {
			return fmt.Errorf("%s was refused: %.80q", command, line)
		}
		return nil
	}
	return errors.New("the reply to " + command + " has too many lines")
}

// facts says what the handshake proved, and why the certificate is not to be trusted if it is not.
func (s *session) facts(state tls.ConnectionState) (*trace.TLSFacts, string) {
	f := &trace.TLSFacts{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		Curve: state.CurveID.String(), SNI: s.host}
	between := x509.NewCertPool()
	for i, c := range state.PeerCertificates {
		sum := sha256.Sum256(c.Raw)
		f.Chain = append(f.Chain, trace.CertFacts{Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: c.DNSNames,
			NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: hex.EncodeToString(sum[:])})
		if i > 0 {
			between.AddCert(c)
		}
	}
	if len(state.PeerCertificates) == 0 {
		return f, "no certificate"
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: s.host, Roots: s.a.o.cfg.Roots,
		Intermediates: between, CurrentTime: s.a.o.cfg.Now()})
	if err != nil {
		return f, err.Error()
	}
	f.Verified = true
	return f, ""
}

// send carries one message over. alive tells whether the connection can take another.
func (s *session) send(it *item) (out outcome, alive bool) {
	reply, err := s.transact(it)
	if err == nil {
		out = outcome{action: "relayed", status: "2.0.0", reply: "250 " + reply}
		if ok, _ := s.client.Extension("DSN"); ok {
			out.action = "passed on" // who took it also took over what the sender wants to be told
		}
		return out, true
	}
	out = toOutcome(err)
	var said *smtp.SMTPError
	if !errors.As(err, &said) || said.Code == 421 {
		return out, false
	}
	s.dirty = true
	return out, true
}

// reset is RSET before the next message. The library's own would say EHLO again after it.
func (s *session) reset() error {
	if !s.dirty {
		return nil
	}
	s.dirty = false
	return s.say("RSET", "250")
}

func (s *session) transact(it *item) (string, error) {
	utf8 := !ascii(it.mail.From) || !ascii(it.rcpt.Addr) || !ascii(headerOf(it.mail.Data))
	if ok, _ := s.client.Extension("SMTPUTF8"); utf8 && !ok {
		if !ascii(it.mail.From) || !ascii(it.rcpt.Addr) {
			return "", &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 6, 7}, Message: s.host + " does not offer SMTPUTF8"}
		}
		utf8 = false // 8-bit header text between ASCII addresses: let the other host judge
	}
	mo := &smtp.MailOptions{Size: int64(len(it.mail.Data)), UTF8: utf8, Return: smtp.DSNReturn(it.mail.Return), EnvelopeID: it.mail.EnvID}
	if err := s.reset(); err != nil {
		return "", err
	}
	if err := s.client.Mail(it.mail.From, mo); err != nil {
		return "", err
	}
	if err := s.client.Rcpt(it.rcpt.Addr, rcptOptions(it.rcpt)); err != nil {
		return "", err
	}
	w, err := s.client.Data()
	if err != nil {
		return "", err
	}
	s.rec.SetDeadline(time.Now().Add(dataTimeout))
	if _, err := w.Write(it.mail.Data); err != nil {
		return "", err
	}
	resp, err := w.CloseWithResponse()
	if err != nil {
		return "", err
	}
	return resp.StatusText, nil
}

func rcptOptions(r Recipient) *smtp.RcptOptions {
	ro := new(smtp.RcptOptions)
	if r.Notify != "" {
		for word := range strings.SplitSeq(r.Notify, ",") {
			if word == "DELAY" {
				word = string(smtp.DSNNotifyDelayed)
			}
			ro.Notify = append(ro.Notify, smtp.DSNNotify(word))
		}
	}
	if kind, addr, ok := strings.Cut(r.ORcpt, ";"); ok && strings.EqualFold(kind, "rfc822") && ascii(addr) {
		ro.OriginalRecipientType, ro.OriginalRecipient = smtp.DSNAddressTypeRFC822, addr
	}
	return ro
}

// close says goodbye and ends the connection.
func (s *session) close() {
	s.client.CommandTimeout = 5 * time.Second
	s.client.Quit()
	s.stop()
	s.rec.Close()
}

// toOutcome reads an error: the other host's reply, or the connection's end, which may pass.
func toOutcome(err error) outcome {
	var said *smtp.SMTPError
	if !errors.As(err, &said) {
		return *delayed("4.4.2", "451 4.4.2 "+err.Error())
	}
	class := said.Code / 100
	status := fmt.Sprintf("%d.0.0", class)
	if e := said.EnhancedCode; e[0] > 0 {
		status = fmt.Sprintf("%d.%d.%d", e[0], e[1], e[2])
	}
	out := delayed(status, fmt.Sprintf("%d %s %s", said.Code, status, said.Message))
	if class == 5 {
		out.action = "failed"
	}
	return *out
}

func headerOf(data []byte) string {
	if i := bytes.Index(data, []byte("\r\n\r\n")); i >= 0 {
		return string(data[:i])
	}
	return string(data)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
