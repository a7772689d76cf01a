package httpd

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/interop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(t *testing.T, rules *fault.Set, span *trace.Span) (string, *http.Client) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Hostname: "web.nic.test", Span: span, Faults: rules,
		Pages: map[string]map[string]Page{"mta-sts.x.test": {"/p": {Type: "text/plain", Body: "policy"}}},
		TLS:   interop.Certificate(t, "mta-sts.x.test").TLS,
		Flawed: func(host string, kind fault.Certificate) (*tls.Config, error) {
			return interop.Certificate(t, "flawed-"+string(kind)+"."+host).TLS, nil
		}})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}
	return l.Addr().String(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

func TestPagesByHostAndPath(t *testing.T) {
	rec := new(trace.Recorder)
	_, client := serve(t, nil, trace.New(rec, nil))
	for url, want := range map[string]int{
		"https://mta-sts.x.test/p": 200, "https://MTA-STS.x.test:443/p": 200, "https://other.test/p": 404, "https://mta-sts.x.test/q": 404,
	} {
		resp, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || (want == 200) != (string(body) == "policy" && resp.Header.Get("Content-Type") == "text/plain") {
			t.Errorf("%s: %d %q", url, resp.StatusCode, body)
		}
	}
	resp, err := client.Post("https://mta-sts.x.test/p", "text/plain", nil)
	if err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v %v", resp, err)
	}
	resp.Body.Close()
	seen := map[trace.Kind]bool{}
	for _, e := range rec.Events() {
		seen[e.Kind] = true
		if e.Kind == trace.KindRecv && bytes.ContainsAny(e.Data, "\x16\x17\x03") {
			t.Errorf("ciphertext was recorded: %q", e.Data)
		}
	}
	if !seen[trace.KindTLS] || !seen[trace.KindRecv] || !seen[trace.KindSend] {
		t.Errorf("observed %v", seen)
	}
}

func TestFaults(t *testing.T) {
	rules := new(fault.Set)
	for _, r := range []fault.Rule{
		{ID: "f1", Stage: fault.HTTP, Nth: 1, Do: fault.Action{Reply: "503"}},
		{ID: "f2", Stage: fault.HTTP, Do: fault.Action{Close: true}},
	} {
		if err := rules.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	_, client := serve(t, rules, nil)
	resp, err := client.Get("https://mta-sts.x.test/p")
	if err != nil || resp.StatusCode != 503 {
		t.Fatalf("%v %v", resp, err)
	}
	resp.Body.Close()
	if resp, err := client.Get("https://mta-sts.x.test/p"); err == nil {
		t.Fatalf("answered with %d", resp.StatusCode)
	}
}

// TestPagesAsRulesWantThem lets Go's own client meet each fault of a policy host.
func TestPagesAsRulesWantThem(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     fault.Action
		status int
		body   string
		size   int
	}{
		{"another page", fault.Action{Page: fault.Page{Body: "version: STSv1\n"}}, 200, "version: STSv1\n", 15},
		{"not there", fault.Action{Reply: "404"}, 404, "", 0},
		{"moved", fault.Action{Reply: "301", Page: fault.Page{Location: "https://other.test/p"}}, 301, "", 0},
		{"too large", fault.Action{Page: fault.Page{Pad: 100_000}}, 200, "policy# padding", 100_006},
		{"slow", fault.Action{Delay: time.Millisecond}, 200, "policy", 6},
		{"dripping", fault.Action{Drip: time.Millisecond}, 200, "policy", 6},
	} {
		rules := new(fault.Set)
		if err := rules.Add(fault.Rule{ID: "f", Stage: fault.HTTP, Match: fault.Match{To: "mta-sts.x.test"}, Do: c.do}); err != nil {
			t.Fatal(err)
		}
		_, client := serve(t, rules, nil)
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		began := time.Now()
		resp, err := client.Get("https://mta-sts.x.test/p")
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != c.status || len(body) != c.size || !strings.HasPrefix(string(body), c.body) ||
			resp.Header.Get("Location") != c.do.Page.Location {
			t.Errorf("%s: %d, %d octets %.20q, %v, to %q", c.name, resp.StatusCode, len(body), body, err, resp.Header.Get("Location"))
		}
		if took := time.Since(began); took < c.do.Delay+time.Duration(c.size)*c.do.Drip {
			t.Errorf("%s: in %v", c.name, took)
		}
	}
}

func TestHandshakesAsRulesWantThem(t *testing.T) {
	rules := new(fault.Set)
	rec := new(trace.Recorder)
	for _, r := range []fault.Rule{
		{ID: "other", Stage: fault.TLS, Nth: 1, Do: fault.Action{Certificate: fault.OtherName}},
		{ID: "gone", Stage: fault.TLS, Nth: 1, Do: fault.Action{Close: true}},
		{ID: "noise", Stage: fault.TLS, Nth: 1, Do: fault.Action{Garbage: 64}},
	} {
		if err := rules.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	addr, _ := serve(t, rules, trace.New(rec, nil))
	for i, bad := range []bool{false, true, true, false} {
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, ServerName: "mta-sts.x.test"})
		if (err != nil) != bad {
			t.Fatalf("handshake %d: %v", i, err)
		}
		if err != nil {
			continue
		}
		want := "mta-sts.x.test"
		if i == 0 {
			want = "flawed-other-name.mta-sts.x.test"
		}
		if err := c.ConnectionState().PeerCertificates[0].VerifyHostname(want); err != nil {
			t.Errorf("handshake %d: %v", i, err)
		}
		io.WriteString(c, "GET /p HTTP/1.0\r\nHost: mta-sts.x.test\r\n\r\n")
		if got, err := io.ReadAll(c); !strings.HasSuffix(string(got), "policy") { // the server, too, is through with it
			t.Errorf("handshake %d: %q %v", i, got, err)
		}
		c.Close()
	}
	seen := map[string]bool{}
	for _, e := range rec.Events() {
		seen[e.Rule] = true
	}
	if !seen["other"] || !seen["gone"] || !seen["noise"] {
		t.Errorf("rules on events: %v", seen)
	}
}

func TestPlainTextOnTheTLSPortIsNotAnswered(t *testing.T) {
	addr, _ := serve(t, nil, nil)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if got, _ := io.ReadAll(c); bytes.Contains(got, []byte("HTTP/")) {
		t.Fatalf("%q", got)
	}
}
