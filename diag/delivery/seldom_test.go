package delivery

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// obeying says yes to every command that does not begin so, and hangs up at the first that does.
func obeying(c net.Conn, until string) {
	lines := bufio.NewScanner(c)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), until) {
		if _, err := io.WriteString(c, "250 Ok\r\n"); err != nil {
			return
		}
	}
}

// clogged takes no more octets from the command that begins so.
type clogged struct {
	net.Conn
	from string
}

func (c clogged) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte(c.from)) {
		return 0, os.ErrDeadlineExceeded
	}
	return c.Conn.Write(p)
}

// An exchanger that takes no more octets ends the dialogue, and its mail waits.
func TestAnExchangerThatTakesNoMoreOctets(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "mx?.fuji.test", Stage: fault.Offer, Do: fault.Action{Withhold: []string{"STARTTLS"}}},
		fault.Rule{Stage: fault.HTTP, Do: fault.Action{Reply: "404"}})
	dial := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err == nil && strings.HasSuffix(address, ":25") {
			c = clogged{c, "MAIL"}
		}
		return c, err
	}
	r := traced(t, options(n, "bob@fuji.test"))
	if v := r.Verdict; v.Word != Deferred || v.Finding.Code != "trace.broken" || v.Who != "recipient" {
		t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
	}
}

// A connect that fails on this device for a reason of its own is told with that reason.
func TestAConnectThatThisDeviceFails(t *testing.T) {
	_, n := small(t)
	n.Dial = failing(n.Dial, os.NewSyscallError("socket", syscall.EMFILE), []string{":25"})
	r := traced(t, options(n, "bob@fuji.test"))
	if v := r.Verdict; v.Finding.Code != "trace.dial.failed" || !strings.Contains(v.Finding.Args["said"], syscall.EMFILE.Error()) {
		t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
	}
}

// An exchanger that hangs up when it is asked for a made-up address has accepted the real one, and nothing is known of others.
func TestAnExchangerThatHangsUpAtAMadeUpAddress(t *testing.T) {
	_, n := small(t, fault.Rule{Stage: fault.HTTP, Do: fault.Action{Reply: "404"}})
	taken(t, n, ":25", func(c net.Conn) {
		if _, err := io.WriteString(c, "220 mx1.fuji.test ESMTP\r\n"); err == nil {
			obeying(c, "RCPT TO:<todoku-")
		}
	})
	o := options(n, "bob@fuji.test")
	o.CatchAll = true
	if r := traced(t, o); r.Verdict.Finding.Code != "trace.accepted" || !has(r, "trace.catchall.unknown") {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// Name servers that fail at the exchanger's name leave its address unknown: the mail waits.
func TestAnExchangerWhoseAddressIsNotTold(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "ns?.fuji.test", Stage: fault.Query, Match: fault.Match{Name: "mx1.fuji.test"}, Do: fault.Action{Reply: "SERVFAIL"}})
	r := traced(t, options(n, "bob@fuji.test"))
	if v := r.Verdict; v.Word != Deferred || v.Finding.Code != "trace.mx.unknown" || v.Finding.Args["host"] != "mx1.fuji.test" {
		t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
	}
}

// Where no name server can be reached the resolver's answer stands alone, and is compared with nothing.
func TestTheResolverAloneAnswers(t *testing.T) {
	_, n := small(t)
	dial := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ":53") && address != n.Resolver {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return dial(ctx, network, address)
	}
	r := traced(t, options(n, "bob@fuji.test"))
	for _, h := range r.Hops {
		if h.Kind == KindResolver && (h.Finding.Code != "trace.resolver.alone" || h.State != Unknown || h.Finding.Args["resolved"] != "10 mx1.fuji.test") {
			t.Errorf("%s %+v", h.State, h.Finding)
		}
	}
	if !has(r, "trace.resolver.alone") {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// Who stops behind a step is told so, and nobody is blamed.
func TestARunThatStopsEarlySaysSo(t *testing.T) {
	for _, stop := range []Stop{AfterConnect, AfterBanner, AfterEHLO} {
		_, n := small(t)
		o := options(n, "bob@fuji.test")
		o.Stop = stop
		v := traced(t, o).Verdict
		if v.Word != NotKnown || v.Finding.Code != "trace.stopped.early" || v.Finding.Level != trace.Pass || v.Who != "nobody" {
			t.Errorf("after %s: %+v", stop, v)
		}
	}
}

// A certificate that is not for servers proves nothing, and mail goes through all the same (RFC 7435).
func TestACertificateThatIsNotForServers(t *testing.T) {
	_, n := small(t, fault.Rule{Stage: fault.HTTP, Do: fault.Action{Reply: "404"}})
	shown, leaf := forClients(t, "mx1.fuji.test")
	n.TLSRoots.AddCert(leaf)
	taken(t, n, ":25", func(c net.Conn) {
		commands := bufio.NewReader(c)
		for _, reply := range []string{"220 mx1.fuji.test ESMTP", "250-mx1.fuji.test\r\n250 STARTTLS"} {
			if _, err := io.WriteString(c, reply+"\r\n"); err != nil {
				return
			}
			if _, err := commands.ReadString('\n'); err != nil {
				return
			}
		}
		io.WriteString(c, "220 Go ahead\r\n")
		obeying(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{shown}}), "QUIT")
	})
	r := traced(t, options(n, "bob@fuji.test"))
	if !has(r, "trace.tls.unverified") || r.Verdict.Word != Delivered {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// forClients is a certificate of a host that may only log in with it (RFC 5280 section 4.2.1.12).
func forClients(t *testing.T, host string) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	made := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, made, made, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, leaf
}

// A container without certificates cannot tell what a host's is worth, and blames nobody else for it.
func TestADeviceWithoutAuthorities(t *testing.T) {
	_, n := small(t)
	n.TLSRoots = x509.NewCertPool()
	r := traced(t, options(n, "bob@fuji.test"))
	if !has(r, "trace.tls.roots") || has(r, "policy.sts.certificate") || r.Verdict.Word != Delivered {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}
