package wire

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"todoku/internal/trace"
)

func at(n *Net, pool *x509.CertPool, now time.Time) *Net {
	n.TLSRoots, n.Now = pool, func() time.Time { return now }
	return n
}

func TestImplicitTLSTellsItsFacts(t *testing.T) {
	ca := newAuthority(t)
	var rec trace.Recorder
	o := options(at(serve(t, overTLS(ca.leaf(t, testHost), say("* OK hello\r\n"))), ca.pool, testTime), TLSImplicit)
	o.Span = trace.New(&rec, nil)
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if line, err := c.ReadLine(0); line != "* OK hello" || err != nil {
		t.Fatalf("greeting %q, %v", line, err)
	}
	f := c.TLS()
	if f == nil || !f.Verified || f.Version != "TLS 1.3" || f.SNI != testHost || f.Cipher == "" || f.Curve == "" || len(f.Chain) != 2 {
		t.Fatalf("facts %+v", f)
	}
	for _, c := range f.Chain {
		if sum := sha256.Sum256(c.DER); len(c.DER) == 0 || hex.EncodeToString(sum[:]) != c.SHA256 {
			t.Errorf("%d octets of %s", len(c.DER), c.Subject)
		}
	}
	if leaf := f.Chain[0]; len(leaf.Names) != 1 || leaf.Names[0] != testHost || !leaf.NotAfter.Equal(testTime.AddDate(0, 0, 15)) || len(leaf.SHA256) != 64 {
		t.Errorf("leaf %+v", leaf)
	}
	if events := kinds(rec.Events(), trace.KindTLS); len(events) != 1 || events[0].TLS == nil || !events[0].TLS.Verified || events[0].Conn != c.Pair() {
		t.Errorf("events %+v", events)
	}
	if err := c.MayCarrySecret(); err != nil {
		t.Error(err)
	}
}

func TestBadCertificates(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	tests := []struct {
		code, name string
		pool       *x509.CertPool
		now        time.Time
		usage      x509.ExtKeyUsage
	}{
		{CodeTLSName, "mail.fuji.test", ca.pool, testTime, x509.ExtKeyUsageServerAuth},
		{CodeTLSExpired, testHost, ca.pool, testTime.AddDate(0, 1, 0), x509.ExtKeyUsageServerAuth},
		{CodeTLSExpired, testHost, ca.pool, testTime.AddDate(0, -1, 0), x509.ExtKeyUsageServerAuth},
		{CodeTLSAuthority, testHost, other.pool, testTime, x509.ExtKeyUsageServerAuth},
		{CodeTLSRoots, testHost, x509.NewCertPool(), testTime, x509.ExtKeyUsageServerAuth},
		{CodeTLSCertificate, testHost, ca.pool, testTime, x509.ExtKeyUsageClientAuth},
	}
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			var rec trace.Recorder
			o := options(at(serve(t, overTLS(ca.leafFor(t, test.name, test.usage), say("* OK\r\n"))), test.pool, test.now), TLSImplicit)
			o.Span = trace.New(&rec, nil)
			_, err := Dial(context.Background(), o)
			wantCode(t, err, test.code)
			events := kinds(rec.Events(), trace.KindTLS)
			if len(events) != 1 || events[0].Error == "" || events[0].TLS == nil || events[0].TLS.Verified {
				t.Fatalf("events %+v", events)
			}
			if chain := events[0].TLS.Chain; len(chain) != 2 || chain[0].Names[0] != test.name {
				t.Errorf("the chain that was presented is %+v", chain)
			}
		})
	}
}

// Mail servers take any certificate (RFC 7435); what is wrong with it is a fact, and no secret goes over it.
func TestAnyCertificate(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	for _, test := range []struct {
		problem, name string
		pool          *x509.CertPool
		now           time.Time
	}{
		{"", testHost, ca.pool, testTime},
		{CodeTLSName, "mail.fuji.test", ca.pool, testTime},
		{CodeTLSExpired, testHost, ca.pool, testTime.AddDate(0, 1, 0)},
		{CodeTLSAuthority, testHost, other.pool, testTime},
	} {
		o := options(at(serve(t, overTLS(ca.leaf(t, test.name), say("* OK\r\n"))), test.pool, test.now), TLSImplicit)
		o.AnyCertificate = true
		c, err := Dial(context.Background(), o)
		if err != nil {
			t.Errorf("%s: %v", test.problem, err)
			continue
		}
		f := c.TLS()
		if f.Problem != test.problem || f.Verified != (test.problem == "") || len(f.Chain) != 2 {
			t.Errorf("want %q, facts %+v", test.problem, f)
		}
		if err := c.MayCarrySecret(); (err == nil) != (test.problem == "" || c.Loopback()) {
			t.Errorf("%s: secret %v", test.problem, err)
		}
		c.Close()
	}
}

func TestHandshakeFailures(t *testing.T) {
	ca := newAuthority(t)
	old := ca.leaf(t, testHost)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	tests := []struct {
		name, code, got string
		part            func(net.Conn)
	}{
		{"plain text", CodeTLSPlainPeer, "* OK hello", say("* OK hello\r\n")},
		{"closed", CodeTLSClosed, "", func(c net.Conn) { c.Read(make([]byte, 1)) }},
		{"old version", CodeTLSVersion, "", overTLS(old, say(""))},
		{"silent", CodeSilent, "", func(c net.Conn) { io.Copy(io.Discard, c) }},
		{"stops", CodeSlow, "", func(c net.Conn) { c.Write([]byte("\x16\x03\x03\x01")); io.Copy(io.Discard, c) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := options(at(serve(t, test.part), ca.pool, testTime), TLSImplicit)
			o.TLSTime = 80 * time.Millisecond
			if test.code != CodeSilent && test.code != CodeSlow {
				o.TLSTime = 0
			}
			_, err := Dial(context.Background(), o)
			e := wantCode(t, err, test.code)
			if !strings.HasPrefix(e.Got, test.got) || test.got == "" && e.Got != "" {
				t.Errorf("got %q, want %q", e.Got, test.got)
			}
			if e.Step != "TLS handshake" || e.Addr != "192.0.2.10:143" {
				t.Errorf("error %+v", e)
			}
		})
	}
}

func TestCancelDuringTheHandshake(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := serve(t, func(c net.Conn) {
		c.Read(make([]byte, 1))
		cancel()
		io.Copy(io.Discard, c)
	})
	_, err := Dial(ctx, options(n, TLSImplicit))
	wantCode(t, err, CodeCancelled)
}

// startTLS is the server's part up to the handshake; injected follows its go-ahead in the same segment.
func startTLS(config *tls.Config, injected string) func(net.Conn) {
	return func(c net.Conn) {
		bufio.NewReader(c).ReadString('\n')
		c.Write([]byte("a OK go\r\n" + injected))
		overTLS(config, say("* OK inside\r\n"))(c)
	}
}

func TestStartTLS(t *testing.T) {
	ca := newAuthority(t)
	var rec trace.Recorder
	o := options(at(serve(t, startTLS(ca.leaf(t, testHost), "")), ca.pool, testTime), TLSStart)
	o.Span = trace.New(&rec, nil)
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.WriteLine("a STARTTLS")
	if line, err := c.ReadLine(0); line != "a OK go" {
		t.Fatal(line, err)
	}
	if c.TLS() != nil {
		t.Error("TLS facts before TLS")
	}
	if err := c.StartTLS(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.Expect(Step{Name: "NOOP"})
	if line, err := c.ReadLine(0); line != "* OK inside" {
		t.Fatal(line, err)
	}
	if f := c.TLS(); f == nil || !f.Verified {
		t.Errorf("facts %+v", f)
	}
	var got []string
	for _, e := range rec.Events() {
		got = append(got, string(e.Kind)+" "+string(e.Data))
	}
	want := "dns 192.0.2.10|dial |send a STARTTLS|recv a OK go|tls |recv * OK inside"
	if strings.Join(got, "|") != want {
		t.Errorf("events %s\nwant   %s", strings.Join(got, "|"), want)
	}
}

func TestInjectedOctetsAreRefused(t *testing.T) {
	ca := newAuthority(t)
	o := options(at(serve(t, startTLS(ca.leaf(t, testHost), "b OK [CAPABILITY IMAP4rev1] evil\r\n")), ca.pool, testTime), TLSStart)
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.WriteLine("a STARTTLS")
	if line, err := c.ReadLine(0); line != "a OK go" {
		t.Fatal(line, err)
	}
	err = c.StartTLS(context.Background())
	e := wantCode(t, err, CodeTLSInjected)
	if !strings.Contains(e.Got, "evil") {
		t.Errorf("got %q, want the injected octets", e.Got)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection still gives octets")
	}
}

func TestTLSWherePlainTextWasExpected(t *testing.T) {
	c, err := Dial(context.Background(), options(serve(t, say("\x15\x03\x01\x00\x02\x02\x46")), TLSNone))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.ReadLine(0)
	wantCode(t, err, CodeTLSPeer)
}
