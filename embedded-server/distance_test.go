package sandbox

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/smtp"
	"testing"
	"time"

	"github.com/miekg/dns"
)

const testRTT = 20 * time.Millisecond

// from gives the exchanges of one server.
func from(all []Exchange, server string) []Exchange {
	var some []Exchange
	for _, e := range all {
		if e.Server == server {
			some = append(some, e)
		}
	}
	return some
}

// TestRoundTripsOfADialogue counts connect, greeting, EHLO, STARTTLS, the flight of TLS 1.3, EHLO and QUIT.
func TestRoundTripsOfADialogue(t *testing.T) {
	s := start(t, Options{RTT: testRTT}, nil)
	began := time.Now()
	c, err := smtp.Dial(host(t, s.World(), "mx1.sakura.test").SMTP)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.StartTLS(&tls.Config{RootCAs: s.pool(t), ServerName: "mx1.sakura.test"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
	if n, took := DependentRoundTrips(s.Exchanges(began)), time.Since(began); n != 7 || took < 7*testRTT {
		t.Errorf("%d round trips in %v: %+v", n, took, s.Exchanges(began))
	}
}

func TestEveryServerIsFarAway(t *testing.T) {
	s := start(t, Options{RTT: testRTT}, nil)
	began := time.Now()
	if m, err := s.lookup(context.Background(), nil, "fuji.test", dns.TypeMX); err != nil || len(m.Answer) != 1 {
		t.Fatalf("%v %v", m, err)
	}
	all := s.Exchanges(began)
	if n := DependentRoundTrips(all); n != 3+2 || time.Since(began) < 6*testRTT { // two for keys; the resolver's own overlaps
		t.Errorf("%d round trips in %v: %+v", n, time.Since(began), all)
	}
	for _, server := range []string{"a.root.test", "ns1.nic.test", "ns1.fuji.test", resolverName} {
		if len(from(all, server)) == 0 {
			t.Errorf("%s answered nothing", server)
		}
	}
	began = time.Now()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	resp, err := client.Get("https://" + host(t, s.World(), webName).HTTPS + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if n := DependentRoundTrips(from(s.Exchanges(began), webName)); n != 3 {
		t.Errorf("%d round trips to the web server", n)
	}
	if h := start(t, Options{}, nil); len(h.Exchanges(began)) != 0 {
		t.Error("a sandbox without a round trip recorded some")
	}
}
