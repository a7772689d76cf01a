//go:build unix

package session

import (
	"encoding/base64"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/diag/compare"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

// foreignMailbox is the mailbox of a lane at a foreign server. Holds reads it from that server's disk.
type foreignMailbox interface {
	compare.Mailbox
	Server() *interop.Server
	Deliver(letter []byte)
	// Answer is in the line that answers a login.
	Answer() string
	// Sessions are the octets of each session of a client that is over, as the server counts them.
	Sessions(compare.Protocol) []octets
	// Counts are the octets of a session that the server counts.
	Counts(compare.Protocol, counted) octets
}

// octets went down to a client and up from it.
type octets struct{ Down, Up int64 }

// foreignLanes are the lanes of a comparison at foreign servers, each with a mailbox that nobody else has.
type foreignLanes struct {
	run   compare.Options
	boxes map[compare.Protocol]foreignMailbox
	recs  map[compare.Protocol]*trace.Recorder
}

func lanesAt(t *testing.T, script compare.Script, start func(*testing.T) foreignMailbox) *foreignLanes {
	t.Helper()
	l := &foreignLanes{run: compare.Options{Script: script, Mode: compare.Good, Line: lineOr(compare.Line{})},
		boxes: map[compare.Protocol]foreignMailbox{}, recs: map[compare.Protocol]*trace.Recorder{}}
	for p, lane := range map[compare.Protocol]*compare.Lane{compare.POP3: &l.run.POP3, compare.IMAP: &l.run.IMAP} {
		box, rec := start(t), &trace.Recorder{}
		l.boxes[p], l.recs[p] = box, rec
		for i, letter := range script.Mail {
			box.Deliver(composed(t, letter, i))
		}
		at := box.Server()
		smtp := config.Server{}
		if does(script, compare.Send) {
			smtp = foreignServer(t, at, interop.Postfix(t, at).Submissions)
		}
		*lane = compare.Lane{Protocol: p, Meter: &trace.Meter{}, Mailbox: box}
		lane.Span = trace.New(rec, nil).Lane(string(p)).Metered(lane.Meter)
		var accounts []config.Account
		for i := range script.Devices {
			accounts = append(accounts, config.Account{Name: string(rune('A' + i)), Address: "mika@fuji.test", Receive: string(p),
				IMAP: foreignServer(t, at, at.IMAPS), POP3: foreignServer(t, at, at.POP3S), SMTP: smtp, Secret: config.Secret{Password: at.Password},
				LeaveOnServer: script.Leave, LeaveDays: script.LeaveDays})
		}
		o := deviceOptions{Net: &wire.Net{TLSRoots: at.Roots, Dial: (&net.Dialer{}).DialContext}, Friend: "bob@fuji.test"}
		if err := accountAt(t, at).equip(t.Context(), lane, o, accounts); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func composed(t *testing.T, l compare.Letter, number int) []byte {
	t.Helper()
	letter, err := (&stage{}).letter("mika@fuji.test", l, number, time.Now().Add(-time.Duration(l.Days)*24*time.Hour).Truncate(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return letter
}

// arriving is the letter of a step on which a message comes in.
func arriving(t *testing.T, subject string) []byte {
	return composed(t, compare.Letter{Subject: subject, From: stageSender, Text: "How is twelve?", Octets: 600}, 1000)
}

// hold adds a message to what a server holds.
func hold(v *compare.View, folder string, message []byte, read bool) {
	m := compare.Seen{Subject: mail.ParseEnvelope(message).Subject, Folder: folder, Octets: int64(len(message)), Stored: true}
	if read {
		m.Flags = mail.Seen
	} else {
		v.Unread++
	}
	v.Messages = append(v.Messages, m)
	v.Total++
	v.Stored++
	v.Octets += m.Octets
}

// scriptsFor are the scripts that fits and that need no full mailbox: messages are laid on the disks of these servers past
// their quotas.
func scriptsFor(t *testing.T, fits func(compare.Script) bool) []compare.Script {
	t.Helper()
	all, err := compare.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(s compare.Script) bool { return does(s, compare.Fill) || !fits(s) })
}

func does(s compare.Script, v compare.Verb) bool {
	return slices.ContainsFunc(s.Steps, func(step compare.Step) bool { return step.Do == v })
}

// TestLanesAtForeignServers: devices that really synchronise with a Dovecot and with a Cyrus. After each step
// the report says of the server what is on its disk and what curl sees, and of the devices what their stores hold.
func TestLanesAtForeignServers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many servers; run without -short")
	}
	interop.Need(t, "curl")
	for _, c := range []struct {
		name  string
		start func(*testing.T) foreignMailbox
		fits  func(compare.Script) bool
	}{
		{"Dovecot", atDovecotLane, func(compare.Script) bool { return true }},
		{"Cyrus", atCyrusLane, everyVerbAtCyrus},
	} {
		for _, script := range scriptsFor(t, c.fits) {
			t.Run(c.name+"/"+script.Name, func(t *testing.T) {
				l := lanesAt(t, script, c.start)
				r := witnessedRun(t, l.run, func(p compare.Protocol) witness {
					at := l.boxes[p].Server()
					return witness{t: t, imaps: at.IMAPS, pop3s: at.POP3S, ca: at.CAFile, user: at.User, password: at.Password}
				})
				failed(t, r)
			})
		}
	}
}

// everyVerbAtCyrus are the scripts that between them do all that a device does. This Cyrus submits nothing.
func everyVerbAtCyrus(s compare.Script) bool {
	return !does(s, compare.Send) && (s.Devices == 2 || does(s, compare.Offline) || does(s, compare.Search))
}

// failed reports the steps that failed.
func failed(t *testing.T, r compare.Report) {
	t.Helper()
	for _, row := range r.Rows {
		for _, res := range []compare.Result{row.POP3, row.IMAP} {
			if res.Error != nil || !res.Server.Known || !res.DeviceA.Known {
				t.Errorf("step %d by %s: %s, %+v", res.Step, res.Lane, res.State, res.Error)
			}
		}
	}
}

// TestTotalsAreThoseOfForeignServers: the octets of whole comparisons. What the report says is what passed in the lane's
// sessions, and of each of them the server counts the same from its login on.
func TestTotalsAreThoseOfForeignServers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many servers; run without -short")
	}
	for name, start := range map[string]func(*testing.T) foreignMailbox{"Dovecot": atDovecotLane, "Cyrus": atCyrusLane} {
		for _, script := range []string{"two-devices", "attachment", "move", "search"} {
			t.Run(name+"/"+script, func(t *testing.T) {
				s, _, err := compare.ScriptNamed(script)
				if err != nil {
					t.Fatal(err)
				}
				l := lanesAt(t, s, start)
				asked := map[compare.Protocol]int{}
				for p, rec := range l.recs {
					asked[p] = len(rec.Events())
				}
				r, err := compare.Run(t.Context(), nil, l.run)
				if err != nil {
					t.Fatal(err)
				}
				failed(t, r)
				for p, rec := range l.recs {
					totalsAgree(t, p, l.boxes[p], rec.Events(), asked[p], r.Total(p).Counters)
				}
			})
		}
	}
}

// totalsAgree compares the events of a lane, those before asked being a session before the comparison, with the report's
// total and the server's count.
func totalsAgree(t *testing.T, p compare.Protocol, box foreignMailbox, events []trace.Event, asked int, total trace.Counters) {
	t.Helper()
	var passed octets
	for _, e := range events[asked:] {
		add(&passed, e, box.Server())
	}
	if passed != (octets{total.In, total.Out}) || passed.Down < 500 {
		t.Errorf("%s: the report says %+v, and %+v passed", p, total, passed)
	}
	var ours []octets
	for _, session := range bySession(events) {
		ours = append(ours, box.Counts(p, since(session, box.Answer())))
	}
	inOrder := func(a, b octets) int { return int(a.Down - b.Down) }
	slices.SortFunc(ours, inOrder)
	theirs := func() []octets { return slices.SortedFunc(slices.Values(box.Sessions(p)), inOrder) }
	until(t, "the server's last session", func() bool { return len(theirs()) >= len(ours) })
	if !slices.Equal(theirs(), ours) {
		t.Errorf("%s: we count the sessions %v, the server %v", p, ours, theirs())
	}
}

// add adds what an event says that passed, with the login's secret in its place.
func add(o *octets, e trace.Event, at *interop.Server) {
	secret := base64.StdEncoding.EncodeToString([]byte("\x00" + at.User + "\x00" + at.Password))
	line := int64(len(strings.Replace(string(e.Data), trace.Removed, secret, 1)) + len("\r\n"))
	switch {
	case e.Kind == trace.KindSend:
		o.Up += line
	case e.Kind == trace.KindRecv:
		o.Down += line
	case e.Kind == trace.KindData && e.Sent:
		o.Up += e.Size
	case e.Kind == trace.KindData:
		o.Down += e.Size
	}
}

// bySession splits events by their connections, in the order of their beginnings.
func bySession(events []trace.Event) (all [][]trace.Event) {
	place := map[string]int{}
	for _, e := range events {
		if e.Conn == "" {
			continue
		}
		if _, known := place[e.Conn]; !known {
			place[e.Conn] = len(all)
			all = append(all, nil)
		}
		all[place[e.Conn]] = append(all[place[e.Conn]], e)
	}
	return all
}
