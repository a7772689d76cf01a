package delivery

import (
	"context"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/ladder"
	"todoku/protocols/dns"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// alices are the servers of the sender's account.
var alices = []ladder.Server{{Proto: ladder.SMTP, Host: "mail.sakura.test", Port: 587}, {Proto: ladder.IMAP, Host: "mail.sakura.test", Port: 993}, {Proto: ladder.POP3}}

// calls counts the connections to each address.
type calls struct {
	mu  sync.Mutex
	all map[string]int
}

func counted(n *wire.Net) *calls {
	c, dial := &calls{all: map[string]int{}}, n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && !strings.HasSuffix(address, ":53") {
			c.mu.Lock()
			c.all[address]++
			c.mu.Unlock()
		}
		return dial(ctx, network, address)
	}
	return c
}

// dropping leaves attempts at an address without any answer until they are given up.
func dropping(dial dialer, endings ...string) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(address, e) }) {
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
		}
		return dial(ctx, network, address)
	}
}

// states gives each port of mail that the hops tell of, with its states.
func states(r Report) map[int]string {
	all := map[int]string{}
	for _, h := range r.Hops {
		for _, p := range h.Ports {
			if text := string(p.State); !slices.Contains(strings.Fields(all[p.Port]), text) {
				all[p.Port] = strings.TrimSpace(all[p.Port] + " " + text)
			}
		}
	}
	return all
}

// Step 1 tells of all seven ports of mail, and asks only hosts in question: the sender's own and the exchangers.
func TestThePortsOfMail(t *testing.T) {
	all := func(others string, except map[int]string) map[int]string {
		m := map[int]string{25: others, 110: others, 143: others, 465: others, 587: others, 993: others, 995: others}
		maps.Copy(m, except)
		return m
	}
	for name, c := range map[string]struct {
		to      string
		change  func(*wire.Net, *Options)
		want    map[int]string
		code    string
		verdict Word
	}{
		"healthy":           {"bob@fuji.test", nil, all("open", map[int]string{110: "n/a", 995: "n/a"}), "local.ports", Delivered},
		"no account":        {"bob@fuji.test", func(_ *wire.Net, o *Options) { o.Own = nil }, all("n/a", map[int]string{25: "open"}), "local.ports.none", Delivered},
		"nobody takes mail": {"x@null.fuji.test", nil, all("open", map[int]string{25: "n/a", 110: "n/a", 995: "n/a"}), "local.ports", Refused},
		"an unused port is closed": {"bob@fuji.test", func(n *wire.Net, _ *Options) { n.Dial = refusing(n.Dial, ":143") },
			all("open", map[int]string{110: "n/a", 995: "n/a", 143: "refused"}), "local.ports", Delivered},
		"an unused port drops packets": {"bob@fuji.test", func(n *wire.Net, _ *Options) { n.Dial = dropping(n.Dial, ":143", ":465") },
			all("open", map[int]string{110: "n/a", 995: "n/a", 143: "unknown", 465: "unknown"}), "local.ports", Delivered},
		"a used port is silent": {"bob@fuji.test", func(n *wire.Net, _ *Options) { n.Dial = silent(n.Dial, ":993") },
			all("open", map[int]string{110: "n/a", 995: "n/a", 993: "silent"}), "local.ports.filtered", Delivered},
		"the server is down": {"bob@fuji.test", func(n *wire.Net, _ *Options) { n.Dial = refusing(n.Dial, ":143", ":993", ":465", ":587") },
			all("refused", map[int]string{110: "n/a", 995: "n/a", 25: "open"}), "local.ports.closed", Delivered},
		"the exchangers refuse": {"bob@fuji.test", func(n *wire.Net, _ *Options) { n.Dial = refusing(n.Dial, ":25") },
			all("open", map[int]string{110: "n/a", 995: "n/a", 25: "refused"}), "local.port25.refused", Deferred},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t)
			o := options(n, c.to)
			if o.Own = alices; c.change != nil {
				c.change(n, &o)
			}
			called := counted(n)
			r := traced(t, o)
			if diff := cmp.Diff(c.want, states(r)); diff != "" || !has(r, c.code) || r.Verdict.Word != c.verdict {
				t.Errorf("%s, verdict %s because %s\n%s", diff, r.Verdict.Word, r.Verdict.Finding.Code, strings.Join(codes(r), "\n"))
			}
			for address, times := range called.all {
				own := strings.HasPrefix(address, "192.0.2.10:") || strings.HasPrefix(address, "[2001:db8::10]:")
				if port := address[strings.LastIndex(address, ":"):]; !own && port != ":25" && port != ":443" || own && times > 1 {
					t.Errorf("%s was called %d times", address, times)
				}
			}
		})
	}
}

// A port without an answer gets the time that a connect across the world takes, and is nobody's fault.
func TestASilentPortIsNobodysFault(t *testing.T) {
	_, n := small(t)
	o := options(n, "bob@fuji.test")
	o.Own = alices
	n.Dial = dropping(n.Dial, ":143")
	began := time.Now()
	r := traced(t, o)
	if took := time.Since(began); took < leastKnock {
		t.Errorf("the port was given %s only", took)
	}
	if len(r.Verdict.Also) > 0 || r.Verdict.Who != "nobody" {
		t.Errorf("a port that nobody uses is told of: %+v", r.Verdict)
	}
}

// The port that the submission dialogue goes to is not knocked at as well, and the dialogue tells of it.
func TestTheDialogueTellsOfItsPort(t *testing.T) {
	for _, closed := range []bool{false, true} {
		_, n := small(t)
		want := "open"
		if closed {
			n.Dial, want = refusing(n.Dial, ":587"), "refused"
		}
		n.Resolve = dns.New(dns.Options{Net: n}).Resolve
		called := counted(n)
		o := options(n, "bob@fuji.test")
		o.Own = alices
		o.Submit = &SubmissionServer{Host: "mail.sakura.test", Port: 587, TLS: wire.TLSStart, Login: func(ctx context.Context, c *smtp.Client) error {
			return c.Auth(ctx, sasl.Credentials{User: "alice@sakura.test", Password: "apple"}, "")
		}}
		r := traced(t, o)
		if got := states(r)[587]; got != want || !has(r, "local.ports") {
			t.Errorf("587 is %q, want %s\n%s", got, want, strings.Join(codes(r), "\n"))
		}
		for address, times := range called.all {
			if strings.HasSuffix(address, ":587") && times > 1 {
				t.Errorf("%s was called %d times", address, times)
			}
		}
	}
}
