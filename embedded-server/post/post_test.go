package post

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"todoku/embedded-server/maildrop"
	"todoku/internal/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// town is an office among scripted hosts: zone gives the records of a name, hosts what a host says.
type town struct {
	t      *testing.T
	store  *maildrop.Store
	office *Office
	zone   map[string][]string // "fuji.test MX" to records; absent is NXDOMAIN
	hosts  map[string]func(net.Conn)
	mu     sync.Mutex
	now    time.Time
	dialed []string
}

func newTown(t *testing.T) *town {
	t.Helper()
	store, err := maildrop.Open(filepath.Join(t.TempDir(), "mail.db"), maildrop.Options{Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := store.AddUser(context.Background(), maildrop.User{Address: "alice@sakura.test", Password: "apple"}); err != nil {
		t.Fatal(err)
	}
	w := &town{t: t, store: store, zone: map[string][]string{}, hosts: map[string]func(net.Conn){}, now: time.Unix(1_800_000_000, 0)}
	w.office = New(Config{Host: "mail.sakura.test", Domains: []string{"sakura.test"}, Store: store, Lookup: w.lookup, Dial: w.dial,
		Now: w.clock, Expire: time.Hour, Retry: []time.Duration{time.Minute}})
	t.Cleanup(func() { w.office.Close() })
	return w
}

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *town) pass(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.office.Wake()
}

func (w *town) lookup(_ context.Context, _ *trace.Span, name string, qtype uint16) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	records, ok := w.zone[name+" "+dns.TypeToString[qtype]]
	switch {
	case !ok && (qtype == dns.TypeAAAA || qtype == dns.TypeA && w.zone[name+" MX"] != nil):
	case !ok:
		m.Rcode = dns.RcodeNameError
	case len(records) == 1 && records[0] == "timeout":
		return nil, errors.New("no answer")
	case len(records) == 1 && records[0] == "SERVFAIL":
		m.Rcode = dns.RcodeServerFailure
	default:
		for _, r := range records {
			rr, err := dns.NewRR(name + ". 60 " + dns.TypeToString[qtype] + " " + r)
			if err != nil {
				w.t.Error(err)
			}
			m.Answer = append(m.Answer, rr)
		}
	}
	return m, nil
}

func (w *town) dial(_ context.Context, _, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, address)
	w.mu.Unlock()
	serve, ok := w.hosts[strings.TrimSuffix(address, ":25")]
	if !ok {
		return nil, errors.New("connection refused")
	}
	client, server := net.Pipe()
	go func() { defer server.Close(); serve(server) }()
	return client, nil
}

// says plays a host: replies are given in turn, the first as greeting; a reply to a message waits for its dot.
func says(replies ...string) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		for _, reply := range replies {
			fmt.Fprint(c, strings.ReplaceAll(reply, "\n", "\r\n")+"\r\n")
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if !strings.HasPrefix(reply, "354") || line == ".\r\n" {
					break
				}
			}
		}
	}
}

func (w *town) send(to ...string) {
	w.t.Helper()
	m := Mail{ID: "1", From: "alice@sakura.test", Received: w.clock(), Data: []byte("Subject: x\r\n\r\nbody\r\n")}
	for _, a := range to {
		m.To = append(m.To, Recipient{Addr: a})
	}
	if err := w.office.Accept(context.Background(), m); err != nil {
		w.t.Fatal(err)
	}
	w.office.Start()
}

// until polls the queue and alice's inbox.
func (w *town) until(what string, ok func(queue []Entry, reports string) bool) {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-tick.C {
		q, err := w.office.Entries(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		reports := w.reports()
		if ok(q, reports) {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("waited in vain for %s: queue %+v\n%s", what, q, reports)
		}
	}
}

func (w *town) reports() string {
	ctx := context.Background()
	f, err := w.store.Folder(ctx, "alice@sakura.test", "INBOX")
	if err != nil {
		w.t.Fatal(err)
	}
	_, rows, err := w.store.Open(ctx, f.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	var all strings.Builder
	for _, m := range rows {
		data, err := w.store.Data(ctx, f.ID, m.UID)
		if err != nil {
			w.t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

// TestFailuresForGood come back as a report with the right status, at once.
func TestFailuresForGood(t *testing.T) {
	for name, c := range map[string]struct {
		zone  map[string][]string
		host  func(net.Conn)
		wants []string
	}{
		"no such domain":   {nil, nil, []string{"Status: 5.1.2", "NXDOMAIN"}},
		"null MX":          {map[string][]string{"fuji.test MX": {"0 ."}}, nil, []string{"Status: 5.1.10"}},
		"exchanger gone":   {map[string][]string{"fuji.test MX": {"10 mx1.fuji.test."}}, nil, []string{"Status: 5.1.2", "mx1.fuji.test"}},
		"comes back to us": {map[string][]string{"fuji.test MX": {"10 mail.sakura.test."}}, nil, []string{"Status: 5.4.6"}},
		"refused": {map[string][]string{"fuji.test MX": {"10 mx1.fuji.test."}, "mx1.fuji.test A": {"192.0.2.20"}},
			says("220 mx1", "250 mx1", "250 ok", "550-5.1.1 User\n550 5.1.1 unknown", "221 bye"),
			[]string{"Status: 5.1.1", "Remote-MTA: dns; mx1.fuji.test", "Diagnostic-Code: smtp; 550 5.1.1 User unknown", "Action: failed"}},
		"implicit MX refuses the content": {map[string][]string{"fuji.test MX": {}, "fuji.test A": {"192.0.2.20"}},
			says("220 mx1", "250 mx1", "250 ok", "250 ok", "354 go", "554 spam", "221 bye"),
			[]string{"Status: 5.0.0", "Diagnostic-Code: smtp; 554 5.0.0 spam"}},
		"every exchanger refuses everybody": {map[string][]string{"fuji.test MX": {"10 mx1.fuji.test."}, "mx1.fuji.test A": {"192.0.2.20"}},
			says("554 5.3.2 no"), []string{"Status: 5.", "Remote-MTA: dns; mx1.fuji.test", "554"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			if c.zone != nil {
				w.zone = c.zone
			}
			w.hosts["192.0.2.20"] = c.host
			if c.host == nil {
				delete(w.hosts, "192.0.2.20")
			}
			w.send("bob@fuji.test")
			w.until("a report", func(q []Entry, reports string) bool { return len(q) == 0 && reports != "" })
			for _, want := range append(c.wants, "Return-Path: <>", "Final-Recipient: rfc822; bob@fuji.test") {
				if !strings.Contains(w.reports(), want) {
					t.Errorf("no %q in\n%s", want, w.reports())
				}
			}
		})
	}
}

// TestFailuresForNow stay in the queue with the other side's words, and come back when the time is over.
func TestFailuresForNow(t *testing.T) {
	mx := map[string][]string{"fuji.test MX": {"10 mx1.fuji.test."}, "mx1.fuji.test A": {"192.0.2.20"}}
	for name, c := range map[string]struct {
		zone map[string][]string
		host func(net.Conn)
		last string
	}{
		"no name server": {map[string][]string{"fuji.test MX": {"timeout"}}, nil, "451 4.4.3 fuji.test: name server: no answer"},
		"server failure": {map[string][]string{"fuji.test MX": {"SERVFAIL"}}, nil, "SERVFAIL"},
		"refused":        {mx, nil, "connection refused"},
		"greylisted":     {mx, says("220 mx1", "250 mx1", "250 ok", "451 4.7.1 Greylisted", "221 bye"), "451 4.7.1 Greylisted"},
		"554 and nobody there": {map[string][]string{"fuji.test MX": {"10 mx1.fuji.test.", "20 mx2.fuji.test."}, "mx1.fuji.test A": {"192.0.2.20"},
			"mx2.fuji.test A": {"192.0.2.99"}}, says("554 no"), "connection refused"},
		"closes":           {mx, says("220 mx1", "250 mx1", "250 ok"), "451 4.4.2"},
		"421 at RCPT":      {mx, says("220 mx1", "250 mx1", "250 ok", "421 4.3.2 later"), "421 4.3.2 later"},
		"STARTTLS refused": {mx, says("220 mx1", "250-mx1\n250 STARTTLS", "454 4.7.0 no TLS"), "STARTTLS was refused"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			w.zone = c.zone
			if c.host != nil {
				w.hosts["192.0.2.20"] = c.host
			}
			w.send("bob@fuji.test")
			w.until("an attempt", func(q []Entry, _ string) bool {
				return len(q) == 1 && q[0].Attempts == 1 && strings.Contains(q[0].Last, c.last) && q[0].Next.Equal(w.clock().Add(time.Minute))
			})
			w.pass(2 * time.Hour)
			w.until("the report of giving up", func(q []Entry, reports string) bool {
				return len(q) == 0 && strings.Contains(reports, "Status: 4.4.7") && strings.Contains(reports, "given up after 1h0m0s")
			})
		})
	}
}

func TestExchangersAreTriedByPreference(t *testing.T) {
	w := newTown(t)
	w.zone = map[string][]string{"fuji.test MX": {"20 mx2.fuji.test.", "10 mx1.fuji.test.", "30 mail.sakura.test.", "40 mx4.fuji.test."},
		"mx1.fuji.test A": {"192.0.2.20"}, "mx1.fuji.test AAAA": {"2001:db8::20"}, "mx2.fuji.test A": {"192.0.2.21"}}
	w.hosts["192.0.2.21"] = says("220 mx2", "250 mx2", "250 ok", "250 ok", "354 go", "250 2.0.0 queued as X", "221 bye")
	w.send("bob@fuji.test")
	w.until("delivery", func(q []Entry, _ string) bool { return len(q) == 0 })
	if got := strings.Join(w.dialed, " "); got != "192.0.2.20:25 [2001:db8::20]:25 192.0.2.21:25" {
		t.Fatalf("dialled %s", got)
	}
	if r := w.reports(); r != "" {
		t.Fatalf("a report without a failure:\n%s", r)
	}
}

func TestOneSessionCarriesAllThatIsDue(t *testing.T) {
	w := newTown(t)
	w.zone = map[string][]string{"fuji.test MX": {"10 mx1.fuji.test."}, "mx1.fuji.test A": {"192.0.2.20"}}
	w.hosts["192.0.2.20"] = says("220 mx1", "250 mx1", "250 ok", "550 5.1.1 unknown", "250 reset", "250 ok", "250 ok", "354 go", "250 ok", "221 bye")
	w.send("nobody@fuji.test", "bob@fuji.test")
	w.until("both to be settled", func(q []Entry, reports string) bool {
		return len(q) == 0 && strings.Contains(reports, "nobody@fuji.test")
	})
	if len(w.dialed) != 1 || strings.Contains(w.reports(), "<bob@fuji.test>") {
		t.Fatalf("dialled %v\n%s", w.dialed, w.reports())
	}
}

func TestBouncesDoNotBounceAndNeverMeansNever(t *testing.T) {
	w := newTown(t)
	for i, m := range []Mail{
		{From: "", To: []Recipient{{Addr: "x@nowhere.test"}}},
		{From: "alice@sakura.test", To: []Recipient{{Addr: "x@nowhere.test", Notify: "NEVER"}}},
		{From: "gone@sakura.test", To: []Recipient{{Addr: "x@nowhere.test"}}},
	} {
		m.ID, m.Data = fmt.Sprint(i), []byte("\r\n")
		if err := w.office.Accept(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	w.office.Start()
	w.until("an empty queue", func(q []Entry, _ string) bool { return len(q) == 0 })
	if r := w.reports(); r != "" {
		t.Fatal(r)
	}
}

func TestEnvelopeParametersSurviveTheQueue(t *testing.T) {
	for _, addr := range []string{"bob@fuji.test", `"a b@c"@fuji.test`, "", "雪@fuji.test", `" x"@fuji.test`} {
		for _, value := range []string{"", "rfc822;a b+=&%@x"} {
			got, v := params(withParams(addr, "ORCPT", value, "NOTIFY", "NEVER"))
			if got != addr || v.Get("ORCPT") != value || v.Get("NOTIFY") != "NEVER" {
				t.Errorf("%q %q came back as %q %v", addr, value, got, v)
			}
			if got, v := params(withParams(addr)); got != addr || len(v) > 0 {
				t.Errorf("%q alone came back as %q %v", addr, got, v)
			}
		}
	}
}

// An attempt that ends while the queue is being read has delivered a message that the reader still sees.
func TestNothingIsRelayedTwice(t *testing.T) {
	w := newTown(t)
	w.zone["fuji.test MX"] = []string{"10 mail.fuji.test."}
	w.zone["mail.fuji.test A"] = []string{"192.0.2.21"}
	sending, again, settled := make(chan struct{}), make(chan struct{}), make(chan struct{})
	begun := sync.OnceFunc(func() { close(sending) })
	w.hosts["192.0.2.21"] = func(c net.Conn) {
		says("220 mail.fuji.test", "250 mail.fuji.test", "250 2.1.0 OK", "250 2.1.5 OK")(c)
		begun()
		<-again
		says("354 go on", "250 2.0.0 taken", "221 2.0.0 bye")(c)
	}
	var asked atomic.Int32
	w.office.cfg.Now = func() time.Time { // asked by Accept, then after each look into the queue
		if asked.Add(1) == 3 {
			close(again)
			<-settled
		}
		return w.clock()
	}
	w.send("bob@fuji.test")
	<-sending
	w.office.Wake()
	w.until("the message to be away", func(queue []Entry, _ string) bool {
		return len(queue) == 0 && len(w.office.beingTried()) == 0
	})
	close(settled)
	w.until("one more look", func([]Entry, string) bool { return asked.Load() > 3 })
	w.office.Close()
	if len(w.dialed) != 1 {
		t.Errorf("connected %d times", len(w.dialed))
	}
}
