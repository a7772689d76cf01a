package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/compare"
	"todoku/embedded-server"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
)

// foreign is a session whose accounts are another's: nothing there may be changed. Its servers record what they hear.
func foreign(t *testing.T) (*Session, *trace.Recorder) {
	t.Helper()
	rec := &trace.Recorder{}
	s, err := Start(t.Context(), trace.New(rec, nil), StartOptions{Sandbox: &SandboxOptions{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.Net.Owns = nil
	return s, rec
}

func held(t *testing.T, s *Session, address string) []sandbox.Held {
	t.Helper()
	all, _, err := s.box.Held(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// allowed are the commands that may reach the server of a person's own account, the login among them.
var allowed = map[string]*regexp.Regexp{
	"imap": regexp.MustCompile(`^\S+ (CAPABILITY|STARTTLS$|ID |AUTHENTICATE |LOGIN |LIST |STATUS |EXAMINE |UID SEARCH |LOGOUT|` +
		`(UID )?FETCH [0-9:,*]+ \((FLAGS|UID|INTERNALDATE|RFC822\.SIZE|MODSEQ|BODYSTRUCTURE|BODY\.PEEK\[[^\]]*\](<[0-9.]+>)?| )+\)$)`),
	"pop3": regexp.MustCompile(`^(CAPA|STLS|AUTH .*|USER .*|PASS .*|STAT|LIST|UIDL|TOP \d+ 0|RSET|QUIT)$`),
}

// heard gives the commands that the recording servers heard and that are not allowed, and how many were.
func heard(rec *trace.Recorder, since int) (refused []string, commands map[string]int) {
	commands = map[string]int{}
	inLogin := map[string]bool{}
	for _, e := range rec.Events()[since:] {
		form := allowed[e.Proto]
		if form == nil || e.Side != trace.SideServer {
			continue
		}
		line := strings.TrimRight(string(e.Data), "\r\n")
		switch {
		case e.Kind == trace.KindSend:
			inLogin[e.Conn] = strings.HasPrefix(line, "+ ") || e.Proto == "imap" && strings.HasPrefix(line, "+")
		case e.Kind == trace.KindRecv && !inLogin[e.Conn]:
			commands[e.Proto]++
			if !form.MatchString(line) {
				refused = append(refused, e.Proto+": "+line)
			}
		case e.Kind == trace.KindData && !e.Sent:
			refused = append(refused, e.Proto+": sent a literal")
		}
	}
	return refused, commands
}

// TestCompareChangesNothingOnAnAccount runs every script on accounts that are not ours, before recording servers: only
// commands that change nothing reach them, and flags and messages are as before.
func TestCompareChangesNothingOnAnAccount(t *testing.T) {
	t.Parallel()
	s, rec := foreign(t)
	scripts, err := compare.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	const address = "alice@sakura.test"
	before := held(t, s, address)
	since := len(rec.Events())
	places, codes := map[compare.Place]int{}, saidCodes{}
	for _, script := range scripts {
		r, err := s.Compare(t.Context(), nil, CompareOptions{Account: "alice", Script: script.Name})
		if err != nil {
			t.Fatal(err)
		}
		codes.add(t, r)
		for _, row := range r.Rows {
			for _, res := range []compare.Result{row.POP3, row.IMAP} {
				places[res.Place]++
				if compare.Changes(row.Step.Do) && res.Place != compare.Sandbox {
					t.Errorf("%s: %s by %s was done at %s", script.Name, row.Step.Do, res.Lane, res.Place)
				}
				if res.Place != compare.Sandbox && (res.State != compare.OK || !res.Server.Known) {
					t.Errorf("%s, step %d by %s: %+v", script.Name, res.Step, res.Lane, res)
				}
			}
		}
	}
	if diff := cmp.Diff(before, held(t, s, address)); diff != "" {
		t.Errorf("the mailbox changed:\n%s", diff)
	}
	refused, commands := heard(rec, since)
	if len(refused) > 0 {
		t.Errorf("the servers heard %q", slices.Compact(slices.Sorted(slices.Values(refused))))
	}
	if commands["imap"] < 50 || commands["pop3"] < 50 || places[compare.Account] == 0 || places[compare.Computed] == 0 {
		t.Errorf("heard %v, measured at %v: the test has lost its way", commands, places)
	}
	codes.holds(t, "account.txt")
}

// TestCompareAsksBeforeRETR: without a yes nothing is fetched; with one, the message that was named, and no other.
func TestCompareAsksBeforeRETR(t *testing.T) {
	for _, yes := range []bool{false, true} {
		s, rec := foreign(t)
		since := len(rec.Events())
		var asked []compare.Question
		r, err := s.Compare(t.Context(), nil, CompareOptions{Account: "alice", Script: "read", Consent: func(q compare.Question) bool {
			asked = append(asked, q)
			return yes
		}})
		if err != nil || len(asked) != 1 || asked[0].Subject == "" || asked[0].Octets == 0 || asked[0].Server != "mail.sakura.test:995" {
			t.Fatalf("%v, asked %+v", err, asked)
		}
		refused, _ := heard(rec, since)
		read := r.Rows[1].POP3
		if !yes {
			if len(refused) > 0 || read.Place != compare.Computed || read.Counters.In < asked[0].Octets {
				t.Errorf("without a yes: %q, %+v", refused, read)
			}
			continue
		}
		if len(refused) != 1 || !strings.HasPrefix(refused[0], "pop3: RETR ") || read.Place != compare.Account || read.Counters.In < asked[0].Octets {
			t.Errorf("with a yes: %q, %+v", refused, read)
		}
	}
}

// cutter cuts connections: the nth write of its life is the last, and reaches the server or does not.
type cutter struct {
	mu      sync.Mutex
	left    int
	reaches bool
	dial    func(context.Context, string, string) (net.Conn, error)
}

var errCut = errors.New("the line was cut")

func (c *cutter) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil || network != "tcp" {
		return conn, err
	}
	return &cutConn{conn, c}, nil
}

type cutConn struct {
	net.Conn
	c *cutter
}

func (c *cutConn) Write(p []byte) (n int, err error) {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	if c.c.left--; c.c.left > 0 {
		return c.Conn.Write(p)
	}
	if c.c.reaches {
		c.Conn.Write(p)
	}
	c.Conn.Close()
	return 0, errCut
}

// ownWalk is a walk over an account by one protocol: the steps that a device does there one after the other, or, without
// any, asking what the server offers.
type ownWalk struct {
	protocol compare.Protocol
	steps    []compare.Verb
}

// ownWalks are between them every step that is done on an account. Each logs in anew: a line is cut at every write of each
// without the writes before it being done over and over. Over IMAP reading needs the rows that the first look brings.
func ownWalks() []ownWalk {
	return []ownWalk{
		{compare.POP3, nil}, {compare.POP3, []compare.Verb{compare.Visit}}, {compare.POP3, []compare.Verb{compare.Read}},
		{compare.POP3, []compare.Verb{compare.Search, compare.Look}},
		{compare.IMAP, nil}, {compare.IMAP, []compare.Verb{compare.Visit, compare.Read, compare.Search, compare.Look}},
	}
}

// do walks up to the first step that fails, and reports whether it came to its end.
func (w ownWalk) do(ctx context.Context, s *Session, account string) (whole bool) {
	a, _, _ := s.find(account)
	server := a.IMAP
	if w.protocol == compare.POP3 {
		server = a.POP3
	}
	o := newOwn(s, w.protocol, nil, line{a, server}, nil)
	var err error
	if len(w.steps) == 0 {
		_, err = o.ask(ctx)
	}
	for _, verb := range w.steps {
		if err == nil {
			_, _, err = o.Measure(ctx, compare.Step{Do: verb, Device: "A", Words: "printer"})
		}
	}
	return errors.Join(err, o.close()) == nil
}

// cutEverywhere does the walks again and again, each time with the line cut one write later.
func cutEverywhere(t *testing.T, s *Session, account string, reaches bool) {
	t.Helper()
	dial := s.Net.Dial
	defer func() { s.Net.Dial = dial }()
	for _, w := range ownWalks() {
		cuts := 0
		for whole := false; !whole && cuts < maxCuts; {
			cuts++
			s.Net.Dial = (&cutter{left: cuts, reaches: reaches, dial: dial}).Dial
			whole = w.do(t.Context(), s, account)
		}
		if cuts < leastCuts || cuts == maxCuts {
			t.Errorf("%s, %v: %d cuts", w.protocol, w.steps, cuts)
		}
	}
}

// Writes of a walk: TLS, a login, a command and the end at least, and fewer than maxCuts.
const (
	leastCuts = 5
	maxCuts   = 100
)

// TestCutConnectionsChangeNothing cuts the line at every write of every step, before or after the server has it.
func TestCutConnectionsChangeNothing(t *testing.T) {
	t.Parallel()
	s, rec := foreign(t)
	const address = "alice@sakura.test"
	before, since := held(t, s, address), len(rec.Events())
	for _, reaches := range []bool{false, true} {
		t.Run(fmt.Sprintf("reaches %v", reaches), func(t *testing.T) {
			cutEverywhere(t, s, "alice", reaches)
			if diff := cmp.Diff(before, held(t, s, address)); diff != "" {
				t.Errorf("the mailbox changed:\n%s", diff)
			}
		})
	}
	if refused, _ := heard(rec, since); len(refused) > 0 {
		t.Errorf("the servers heard %q", slices.Compact(slices.Sorted(slices.Values(refused))))
	}
}

// TestTypesOfAnAccountCanDoNoMore holds the types by which an account is looked at to the methods that they may have.
func TestTypesOfAnAccountCanDoNoMore(t *testing.T) {
	for _, c := range []struct {
		of   reflect.Type
		want string
	}{
		{reflect.TypeFor[*imap.Examiner](), "Capabilities Close Envelopes Examine Folders Peek Search Structure TLS"},
		{reflect.TypeFor[*pop3.Inspector](), "Abort Capabilities Headers Listing Quit Stat TLS"},
	} {
		var names []string
		for m := range c.of.Methods() {
			names = append(names, m.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%v can do %s", c.of, got)
		}
		for f := range c.of.Elem().Fields() {
			if f.IsExported() {
				t.Errorf("%v gives %s away", c.of, f.Name)
			}
		}
	}
}
