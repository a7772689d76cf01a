package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"todoku/internal/trace"
)

// tokenServer answers token requests, and /endless without end.
func tokenServer(t *testing.T, rec *trace.Recorder) (*http.Client, string) {
	t.Helper()
	ca := newAuthority(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/endless" {
			block := bytes.Repeat([]byte("x"), 64<<10)
			for {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}
		if r.FormValue("refresh_token") != "hunter2refresh" || r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		io.WriteString(w, `{"access_token":"ya29.hunter2access"}`)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = ca.leaf(t, testHost)
	s.StartTLS()
	t.Cleanup(s.Close)
	n := at(world(func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.Listener.Addr().String())
	}), ca.pool, testTime)
	return HTTP(context.Background(), n, trace.New(rec, nil)), "https://" + testHost
}

// TestTokenRequest: the token comes back, and neither it nor what was sent for it is in any event.
func TestTokenRequest(t *testing.T) {
	var rec trace.Recorder
	client, base := tokenServer(t, &rec)
	form := url.Values{"refresh_token": {"hunter2refresh"}}
	req, err := http.NewRequest("POST", base+"/token?client_secret=hunter2client", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("todoku", "hunter2basic")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != `{"access_token":"ya29.hunter2access"}` {
		t.Fatalf("%s %q, %v", resp.Status, body, err)
	}
	_, basic, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	var all []string
	for _, e := range rec.Events() {
		line, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"hunter2", basic} {
			if bytes.Contains(e.Data, []byte(secret)) || bytes.Contains(line, []byte(secret)) {
				t.Errorf("event %s holds a secret", line)
			}
		}
		all = append(all, string(e.Data))
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"POST /token?(secret removed) HTTP/1.1", "Authorization: Basic (secret removed)", "HTTP/1.1 200 OK"} {
		if !strings.Contains(text, want) {
			t.Errorf("no event %q in\n%s", want, text)
		}
	}
}

func TestHTTPIsBounded(t *testing.T) {
	var rec trace.Recorder
	client, base := tokenServer(t, &rec)
	resp, err := client.Get(base + "/endless")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	wantCode(t, err, CodeFlood)
	if n > httpBytes {
		t.Errorf("%d octets came through", n)
	}
}

func TestHTTPRefusesPlainText(t *testing.T) {
	var rec trace.Recorder
	client, base := tokenServer(t, &rec)
	if _, err := client.Get(strings.Replace(base, "https", "http", 1)); !errors.Is(err, errPlainHTTP) {
		t.Errorf("error %v", err)
	}
}
