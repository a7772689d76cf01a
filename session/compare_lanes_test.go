//go:build unix

package session

import (
	"encoding/base64"
	"net"
	"regexp"
	"slices"
	"strconv"
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
	// Submissions is the address where its devices send by; "" where they do not.
	Submissions() string
	// Answer is in the line that answers a login.
	Answer() string
	// Sessions are the octets of each session of a client that is over, as the server counts them.
	Sessions(compare.Protocol) []octets
	// Heard is what the server wrote down of each session, from the command behind the login on.
	Heard(compare.Protocol) []interop.Telemetry
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

func lanesAt(t *testing.T, script compare.Script, boxes map[compare.Protocol]foreignMailbox) *foreignLanes {
	t.Helper()
	l := &foreignLanes{run: compare.Options{Script: script, Mode: compare.Good, Line: lineOr(compare.Line{})},
		boxes: boxes, recs: map[compare.Protocol]*trace.Recorder{}}
	for p, lane := range map[compare.Protocol]*compare.Lane{compare.POP3: &l.run.POP3, compare.IMAP: &l.run.IMAP} {
		box, rec := boxes[p], &trace.Recorder{}
		l.recs[p] = rec
		for i, letter := range script.Mail {
			box.Deliver(composed(t, letter, i))
		}
		at := box.Server()
		smtp := config.Server{}
		if box.Submissions() != "" {
			smtp = foreignServer(t, at, box.Submissions())
		}
		*lane = compare.Lane{Protocol: p, Meter: &trace.Meter{}, Mailbox: box}
		lane.Span = trace.New(rec, nil).Lane(string(p)).Metered(lane.Meter)
		var accounts []config.Account
		for i := range script.Devices {
			accounts = append(accounts, config.Account{Name: string(rune('A' + i)), Address: at.User + "@fuji.test", Receive: string(p),
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

// arrivingNumber is that of the letter on which a step of a script tells.
const arrivingNumber = 1000

func arrivingLetter(subject string) compare.Letter {
	return compare.Letter{Subject: subject, From: stageSender, Text: "How is twelve?", Octets: 600}
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

// scriptsFor are the scripts that fits.
func scriptsFor(t *testing.T, fits func(compare.Script) bool) []compare.Script {
	t.Helper()
	all, err := compare.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(s compare.Script) bool { return !fits(s) })
}

func does(s compare.Script, v compare.Verb) bool {
	return slices.ContainsFunc(s.Steps, func(step compare.Step) bool { return step.Do == v })
}

// TestLanesAtForeignServers: devices that really synchronise with a Dovecot and with a Cyrus. After each step
// the report says of the server what is on its disk and what curl sees, and of the devices what their stores hold. At the
// end the server's own records have the sessions of the dialogue, with the same commands and the same octets.
func TestLanesAtForeignServers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many servers; run without -short")
	}
	interop.Need(t, "curl")
	for _, c := range []struct {
		name  string
		start func(*testing.T, compare.Script) map[compare.Protocol]foreignMailbox
		fits  func(compare.Script) bool
	}{
		{"Dovecot", atDovecotLanes, func(compare.Script) bool { return true }},
		{"Cyrus", atCyrusLanes, everyVerbAtCyrus},
	} {
		for _, script := range scriptsFor(t, c.fits) {
			t.Run(c.name+"/"+script.Name, func(t *testing.T) {
				t.Parallel()
				l := lanesAt(t, script, c.start(t, script))
				asked := map[compare.Protocol]int{}
				witnesses := map[compare.Protocol]*witness{}
				for p, box := range l.boxes {
					at := box.Server()
					witnesses[p] = &witness{t: t, imaps: at.IMAPS, pop3s: at.POP3S, ca: at.CAFile, user: at.User, password: at.Password}
					asked[p] = len(l.recs[p].Events())
				}
				r := witnessedRun(t, l.run, witnesses)
				failed(t, r)
				for p, rec := range l.recs {
					recordsAgree(t, p, l.boxes[p], rec.Events(), witnesses[p])
					totalsAgree(t, p, l.boxes[p].Server(), rec.Events()[asked[p]:], r.Total(p).Counters)
				}
			})
		}
	}
}

// everyVerbAtCyrus are the scripts that between them do all that a device does. This Cyrus submits nothing and is never full.
func everyVerbAtCyrus(s compare.Script) bool {
	return !does(s, compare.Send) && !does(s, compare.Fill) && (s.Devices == 2 || does(s, compare.Offline) || does(s, compare.Search))
}

// failed reports the steps that failed. One has to: over IMAP nothing makes room in a full mailbox.
func failed(t *testing.T, r compare.Report) {
	t.Helper()
	for _, row := range r.Rows {
		for _, res := range []compare.Result{row.POP3, row.IMAP} {
			full := does(r.Script, compare.Fill) && row.Step.Do == compare.Arrive && res.Lane == compare.IMAP
			if (res.State == compare.Fail) != full || !res.Server.Known || !res.DeviceA.Known {
				t.Errorf("step %d by %s: %s, %+v", res.Step, res.Lane, res.State, res.Error)
			}
		}
	}
}

// totalsAgree compares what a lane's events say that passed with the report's total.
func totalsAgree(t *testing.T, p compare.Protocol, at *interop.Server, events []trace.Event, total trace.Counters) {
	t.Helper()
	var passed octets
	for _, e := range events {
		add(&passed, e, at)
	}
	if passed != (octets{total.In, total.Out}) || passed.Down < 500 {
		t.Errorf("%s: the report says %+v, and %+v passed", p, total, passed)
	}
}

// recordsAgree: of the sessions in the server's own records those that are not the witness's are the lane's, command for
// command and octet for octet.
func recordsAgree(t *testing.T, p compare.Protocol, box foreignMailbox, events []trace.Event, w *witness) {
	t.Helper()
	var ours []octets
	var said []string
	for _, session := range bySession(events) {
		if s := since(session, box.Answer()); s.Answer > 0 { // not one by SMTP
			ours = append(ours, box.Counts(p, s))
			said = append(said, strings.Join(s.Commands, "\n"))
		}
	}
	sessions := len(ours) + w.looks
	if p == compare.IMAP {
		sessions++ // the witness asked for the folders
	}
	// Of the witness's sessions Dovecot's log now and then lacks one that its rawlog has.
	until(t, "the server's last session", func() bool {
		return len(without(ours, box.Sessions(p))) == 0 && len(box.Heard(p)) >= sessions
	})
	theirs := box.Sessions(p)
	var heard []string
	for _, s := range box.Heard(p) {
		heard = append(heard, strings.Join(commandsOf(string(s.In)), "\n"))
	}
	if len(heard) != sessions {
		t.Errorf("%s: the server wrote down %d sessions of %d", p, len(heard), sessions)
	}
	if missing := without(ours, theirs); len(missing) > 0 {
		t.Errorf("%s: we count the sessions %v, of which the server has not %v, but %v", p, ours, missing, theirs)
	}
	if missing := without(said, heard); len(missing) > 0 {
		t.Errorf("%s: the server did not hear\n%q\nbut\n%q", p, missing, heard)
	}
}

// without is ours less each of theirs once.
func without[T comparable](ours, theirs []T) []T {
	ours = slices.Clone(ours)
	for _, one := range theirs {
		if i := slices.Index(ours, one); i >= 0 {
			ours = slices.Delete(ours, i, i+1)
		}
	}
	return ours
}

func heardBy(all []interop.Telemetry, p compare.Protocol) []interop.Telemetry {
	return slices.DeleteFunc(all, func(s interop.Telemetry) bool { return s.Protocol != string(p) })
}

// literalEnd is the end of a line that announces octets (RFC 9051 section 4.3).
var literalEnd = regexp.MustCompile(`\{(\d+)\+?\}$`)

// commandsOf gives the lines that a server heard, without literals.
func commandsOf(heard string) (lines []string) {
	for heard != "" {
		line, rest, _ := strings.Cut(heard, "\r\n")
		lines, heard = append(lines, line), rest
		if literal := literalEnd.FindStringSubmatch(line); literal != nil {
			n, err := strconv.Atoi(literal[1])
			if err != nil || n > len(heard) {
				return lines
			}
			heard = heard[n:]
		}
	}
	return lines
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
