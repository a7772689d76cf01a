package explain

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// secretToken is long enough to be found wherever it leaks to.
const secretToken = "ya29.SECRET-TOKEN-SECRET"

// tokenServer plays a mail server of one protocol that looks at a token, tells its reason as a challenge, and says no.
func tokenServer(t *testing.T, proto, mechanism, reason, refusal string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		in := bufio.NewScanner(c)
		say := func(lines ...string) { fmt.Fprint(c, strings.Join(lines, "\r\n")+"\r\n") }
		challenge := base64.StdEncoding.EncodeToString([]byte(reason))
		refuse := func(tag, more string) {
			if reason != "" {
				say(more + challenge)
				in.Scan()
			}
			say(tag + refusal)
		}
		switch proto {
		case "imap":
			say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=" + mechanism + "] ready")
			in.Scan()
			tag, _, _ := strings.Cut(in.Text(), " ")
			refuse(tag+" ", "+ ")
		case "pop3":
			say("+OK ready")
			in.Scan()
			say("+OK", "SASL "+mechanism, ".")
			in.Scan()
			refuse("", "+ ")
		case "smtp":
			say("220 here")
			in.Scan()
			say("250-here", "250 AUTH "+mechanism)
			in.Scan()
			refuse("", "334 ")
		}
		in.Scan() // until the client hangs up
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// enter logs in with a token by the client of a protocol.
func enter(ctx context.Context, proto string, port int) error {
	creds := sasl.Credentials{User: "mika", Token: secretToken}
	switch proto {
	case "imap":
		c, err := imap.Dial(ctx, imap.Options{Host: "127.0.0.1", Port: port, TLS: wire.TLSNone, Credentials: creds})
		if err == nil {
			c.Close()
		}
		return err
	case "pop3":
		c, err := pop3.Dial(ctx, pop3.Options{Host: "127.0.0.1", Port: port, TLS: wire.TLSNone, Credentials: creds})
		if err == nil {
			c.Abort()
		}
		return err
	}
	c, err := smtp.Dial(ctx, smtp.Options{Host: "127.0.0.1", Port: port, TLS: wire.TLSNone})
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Auth(ctx, creds, "")
}

// A token that a server refuses is explained by the reason that the server gives, over each protocol and by both mechanisms;
// the token is never in what is said of it.
func TestTokensRefused(t *testing.T) {
	refusals := map[string]string{"imap": "NO [AUTHENTICATIONFAILED] SASL authentication failed", "pop3": "-ERR [AUTH] refused", "smtp": "535 5.7.8 refused"}
	busy := map[string]string{"imap": "NO [UNAVAILABLE] later", "pop3": "-ERR [SYS/TEMP] later", "smtp": "454 4.7.0 later"}
	for _, c := range []struct {
		name, mechanism, reason string
		refusals                map[string]string
		code, scope             string // code "" is anything but a refused token
	}{
		{"XOAUTH2, run out", "XOAUTH2", `{"status":"401","schemes":"bearer mac","scope":"https://mail.example.test/"}`, refusals, "oauth.invalid-token", "https://mail.example.test/"},
		{"XOAUTH2, any reason", "XOAUTH2", `{"status":"400","schemes":"Bearer","scope":"https://mail.example.test/"}`, refusals, "auth.token", "https://mail.example.test/"},
		{"XOAUTH2, a number", "XOAUTH2", `{"status":403}`, refusals, "oauth.insufficient-scope", ""},
		{"OAUTHBEARER, run out", "OAUTHBEARER", `{"status":"invalid_token","openid-configuration":"https://example.test/x"}`, refusals, "oauth.invalid-token", ""},
		{"OAUTHBEARER, scope", "OAUTHBEARER", `{"status":"insufficient_scope","scope":"mail.read mail.send"}`, refusals, "oauth.insufficient-scope", "mail.read mail.send"},
		{"OAUTHBEARER, malformed", "OAUTHBEARER", `{"status":"invalid_request"}`, refusals, "oauth.invalid-request", ""},
		{"no reason", "XOAUTH2", "", refusals, "auth.token", ""},
		{"no JSON", "XOAUTH2", "<html>", refusals, "auth.token", ""},
		{"the token sent back", "OAUTHBEARER", `{"status":"invalid_token","scope":"` + secretToken + `"}`, refusals, "oauth.invalid-token", ""},
		{"the token as the status", "OAUTHBEARER", `{"status":"` + secretToken + `"}`, refusals, "auth.token", ""},
		{"control characters", "OAUTHBEARER", `{"status":"invalid_token","scope":"a\u001b[2Jb"}`, refusals, "oauth.invalid-token", ""},
		{"endless", "OAUTHBEARER", `{"status":"invalid_token","scope":"` + strings.Repeat("x", 400) + `"}`, refusals, "oauth.invalid-token", ""},
		{"busy", "XOAUTH2", "", busy, "", ""},
	} {
		for proto, refusal := range c.refusals {
			t.Run(c.name+", "+proto, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				err := enter(ctx, proto, tokenServer(t, proto, c.mechanism, c.reason, refusal))
				if err == nil {
					t.Fatal("the login went through")
				}
				f := Find(err)
				if c.code == "" {
					if strings.HasPrefix(f.Code, "oauth.") || strings.HasPrefix(f.Code, "auth.") {
						t.Errorf("%s, for %v", f.Code, err)
					}
					return
				}
				if f.Code != c.code || f.Args["scope"] != c.scope || !strings.Contains(f.Args["said"], refusal[:3]) {
					t.Errorf("%+v, want %s, for %v", f, c.code, err)
				}
				for _, lang := range []Lang{English, Japanese} {
					d := Finding(f, lang)
					if all := fmt.Sprintf("%+v %v", d, err); strings.Contains(all, secretToken) || d.Who != You && d.Who != Todoku {
						t.Errorf("%s", all)
					}
				}
			})
		}
	}
}
