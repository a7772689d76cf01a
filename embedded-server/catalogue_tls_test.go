package sandbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"todoku/embedded-server/fault"
)

// in starts a sandbox with a case of the catalogue.
func in(t *testing.T, id string) *Sandbox {
	t.Helper()
	c, ok := fault.Find(id)
	if !ok {
		t.Fatalf("no case %s", id)
	}
	s := start(t, Options{}, nil)
	if err := s.Faults().AddCase(c); err != nil {
		t.Fatal(err)
	}
	return s
}

// flaw names what crypto/x509 finds wrong.
func flaw(err error) string {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return "none"
	case errors.As(err, &name):
		return "other-name"
	case errors.As(err, &authority):
		return "self-signed"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "expired"
	}
	return err.Error()
}

// secured turns to TLS with a mail exchanger and gives its leaf, whatever it is.
func secured(t *testing.T, s *Sandbox, mx string) *x509.Certificate {
	t.Helper()
	c, err := smtp.Dial(host(t, s.World(), mx).SMTP)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(&tls.Config{InsecureSkipVerify: true, ServerName: mx}); err != nil {
		t.Fatal(err)
	}
	state, _ := c.TLSConnectionState()
	return state.PeerCertificates[0]
}

func TestGoSeesTheFlawsOfExchangers(t *testing.T) {
	for id, want := range map[string]string{"tls.expired": "expired", "tls.expired-opportunistic": "expired",
		"tls.other-name": "other-name", "tls.self-signed": "self-signed", "dns.slow": "none"} {
		s := in(t, id)
		_, err := secured(t, s, "mx1.fuji.test").Verify(x509.VerifyOptions{Roots: s.pool(t), DNSName: "mx1.fuji.test"})
		if got := flaw(err); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
}

// TestEveryHandshakeCanBeFlawed asks every service of a mail host and the web host for a certificate.
func TestEveryHandshakeCanBeFlawed(t *testing.T) {
	s := start(t, Options{}, nil)
	if err := s.Faults().Add(fault.Rule{ID: "f", Stage: fault.TLS, Do: fault.Action{Certificate: fault.Expired}}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, b := range s.bound {
		if !b.service.tls {
			continue
		}
		n++
		_, err := tls.Dial("tcp", b.tcp.Addr().String(), &tls.Config{RootCAs: s.pool(t), ServerName: b.machine.name})
		if got := flaw(err); got != "expired" {
			t.Errorf("%s of %s: %s", b.service.name, b.machine.name, got)
		}
	}
	if n != 10 {
		t.Errorf("only %d services", n)
	}
}

func TestKeysAndTLSARecords(t *testing.T) {
	for id, want := range map[string][2]bool{ // whether mx1 and mx2 show the key of their record
		"tls.other-key-dane": {false, false}, "dane.mismatch": {false, false}, "dane.first-mismatch": {false, true},
		"dane.unusable": {false, false}, "sts.not-found": {true, true},
	} {
		s := in(t, id)
		for i, mx := range []string{"mx1.tsuru.test", "mx2.tsuru.test"} {
			m, err := s.lookup(context.Background(), nil, "_25._tcp."+mx, dns.TypeTLSA)
			if err != nil || len(m.Answer) != 1 {
				t.Fatalf("%s: %v %v", id, m, err)
			}
			if err := m.Answer[0].(*dns.TLSA).Verify(secured(t, s, mx)); (err == nil) != want[i] {
				t.Errorf("%s: %s: %v", id, mx, err)
			}
		}
	}
	for _, id := range []string{"dane.servfail", "dane.bogus"} {
		if m, err := in(t, id).lookup(context.Background(), nil, "_25._tcp.mx1.tsuru.test", dns.TypeTLSA); err != nil || m.Rcode != dns.RcodeServerFailure {
			t.Errorf("%s: %v %v", id, m, err)
		}
	}
	if m, err := in(t, "dane.not-signed").lookup(context.Background(), nil, "_25._tcp.mx1.fuji.test", dns.TypeTLSA); err != nil || len(m.Answer) != 1 {
		t.Errorf("dane.not-signed: %v %v", m, err)
	}
}

// TestGoFetchesPolicies meets each fault of a policy host with Go's own client, which follows no redirect, as RFC 8461
// section 3.3 wants.
func TestGoFetchesPolicies(t *testing.T) {
	for id, want := range map[string]struct {
		domain string
		status int
		body   string
		flaw   string
	}{
		"sts.other-hosts": {"fuji.test", 200, "mode: enforce\r\nmx: mx9.example.test", "none"},
		"sts.testing":     {"sakura.test", 200, "mode: testing\r\nmx: mx9.example.test", "none"},
		"sts.slow":        {"fuji.test", 200, "mx: mx1.fuji.test", "none"},
		"sts.not-found":   {"fuji.test", 404, "", "none"}, "sts.unavailable": {"fuji.test", 503, "", "none"},
		"sts.moved": {"fuji.test", 301, "", "none"}, "sts.no-policy": {"fuji.test", 200, "<html>", "none"},
		"sts.too-large": {"fuji.test", 200, strings.Repeat("# padding\n", 100_000), "none"},
		"sts.dropped":   {"fuji.test", 0, "", "EOF"}, "sts.host-expired": {"fuji.test", 0, "", "expired"},
		"sts.host-other-name": {"fuji.test", 0, "", "other-name"}, "sts.host-self-signed": {"fuji.test", 0, "", "self-signed"},
	} {
		s := in(t, id)
		web := host(t, s.World(), webName).HTTPS
		client := &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: s.pool(t)},
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, "tcp", web)
				}}}
		resp, err := client.Get("https://mta-sts." + want.domain + "/.well-known/mta-sts.txt")
		if got := flaw(err); got != want.flaw && !strings.HasSuffix(got, want.flaw) {
			t.Errorf("%s: %s", id, got)
		}
		if err != nil {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want.status || !strings.Contains(string(body), want.body) {
			t.Errorf("%s: %d %.200q %v", id, resp.StatusCode, body, err)
		}
	}
}
