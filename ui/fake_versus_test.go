package ui

import (
	"cmp"
	"context"
	"errors"
	"time"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
)

// contest is a comparison as the fake plays it: the real walk over lanes whose servers and devices stand in memory.
type contest struct {
	holds  int  // POP3 waits in this step, once IMAP is through with it
	breaks int  // POP3's server refuses connections from this step on
	down   bool // POP3's server of the account cannot be reached; the steps run in the small Internet
	hint   *compare.Hint
	asks   bool   // whether one message may be fetched
	err    error  // instead of all
	said   string // what servers say instead of their lines
}

// Compare plays the script. Times and octets are those of a table, so that pictures stay the same.
func (f *fake) Compare(ctx context.Context, span *trace.Span, o session.CompareOptions) (compare.Report, error) {
	f.note("compare %s %s %s %d", o.Account, o.Script, o.Mode, o.Answers.Devices)
	play := f.contest
	if play == nil {
		play = &contest{}
	}
	if play.err != nil {
		return compare.Report{}, play.err
	}
	script, _, err := compare.ScriptNamed(o.Script)
	if err != nil {
		return compare.Report{}, err
	}
	if play.asks {
		f.note("fetch: %v", o.Consent(compare.Question{Server: cmp.Or(play.said, "mail.sakura.test:995"), Subject: cmp.Or(play.said, "Printer again"), Octets: 1200}))
	}
	through := make(chan struct{}) // IMAP is through with the step that POP3 waits in
	lane := func(p compare.Protocol, port string) compare.Lane {
		box := &heldBox{proto: p, play: play, span: span.Child(string(p)), through: through, entered: f.entered}
		for _, m := range script.Mail {
			box.held = append(box.held, compare.Seen{Subject: m.Subject, Folder: "INBOX", Octets: int64(m.Octets + m.File), Stored: true})
		}
		l := compare.Lane{Protocol: p, Span: box.span, Meter: &trace.Meter{}, Mailbox: box, A: &heldDevice{box: box, name: "A"},
			Has: []string{"PIPELINING", "UIDL", "LIST-STATUS", "SPECIAL-USE", "CONDSTORE", "ESEARCH", "MOVE", "UIDPLUS"}, Offer: compare.Offer{Protocol: p,
				Server: cmp.Or(play.said, "mail.sakura.test:"+port), State: compare.OK, TLS: &trace.TLSFacts{Version: cmp.Or(play.said, "TLS 1.3")},
				Capabilities: []string{cmp.Or(play.said, "UIDPLUS"), "PIPELINING"}}}
		if play.down && p == compare.POP3 {
			f := explain.Find(refused())
			l.Offer = compare.Offer{Protocol: p, Server: l.Offer.Server, State: compare.Fail, Error: &f}
		}
		if script.Devices > 1 {
			l.B = &heldDevice{box: box, name: "B"}
		}
		return l
	}
	setting := func(proto string, port int) compare.Setting {
		return compare.Setting{Protocol: proto, Host: cmp.Or(play.said, "mail.sakura.test"), Port: port, TLS: "tls", User: "alice@sakura.test"}
	}
	report, err := compare.Run(ctx, span, compare.Options{Account: o.Account, Address: cmp.Or(play.said, "alice@sakura.test"), Script: script, Mode: o.Mode,
		Line: o.Line, Answers: o.Answers, Control: o.Control, Hint: play.hint,
		Settings: []compare.Setting{setting("imap", 993), setting("pop3", 995), setting("smtp", 587)},
		POP3:     lane(compare.POP3, "995"), IMAP: lane(compare.IMAP, "993"),
		Watch: func(res compare.Result) {
			o.Watch(measured(res))
			if res.Lane == compare.IMAP && res.Step == play.holds && res.State != compare.Live {
				close(through)
			}
		}})
	report.Elapsed = 1400 * time.Millisecond
	for i := range report.Rows {
		row := &report.Rows[i]
		row.POP3, row.IMAP = measured(row.POP3), measured(row.IMAP)
		report.POP3.Counters = report.POP3.Counters.Plus(row.POP3.Counters)
		report.IMAP.Counters = report.IMAP.Counters.Plus(row.IMAP.Counters)
	}
	report.POP3.OnLine, report.IMAP.OnLine = report.Line.Time(report.POP3.Counters), report.Line.Time(report.IMAP.Counters)
	return report, err
}

// measured gives a result the numbers of its step.
func measured(res compare.Result) compare.Result {
	if res.State == compare.Wait {
		return res
	}
	res.Began = fixedNow()
	if res.State == compare.Live {
		return res
	}
	n, trips := int64(res.Step), 4
	if res.Lane == compare.IMAP {
		n, trips = n+2, 2
	}
	res.Elapsed = time.Duration(n*6) * time.Millisecond
	res.Counters = trace.Counters{In: n * 1203, Out: n * 53, RoundTrips: trips, Handshakes: 2}
	return res
}

// said is what the servers of the fake's comparison say instead of their lines.
func (f *fake) said() string {
	if f.contest == nil {
		return ""
	}
	return f.contest.said
}

// heldBox is a mailbox at a server.
type heldBox struct {
	proto   compare.Protocol
	play    *contest
	span    *trace.Span
	held    []compare.Seen
	steps   int
	through chan struct{}
	entered chan string
}

func viewOf(list []compare.Seen) compare.View {
	v := compare.View{Known: true, Total: len(list), Messages: append([]compare.Seen(nil), list...)}
	for _, m := range list {
		if !m.Flags.Has(mail.Seen) {
			v.Unread++
		}
		if m.Stored {
			v.Stored++
			v.Octets += m.Octets
		}
	}
	return v
}

func (b *heldBox) Holds(context.Context) (compare.View, error) { return viewOf(b.held), nil }

func (b *heldBox) Arrive(_ context.Context, subject string) error {
	b.held = append(b.held, compare.Seen{Subject: subject, Folder: "INBOX", Octets: 900, Stored: true})
	return nil
}

func (b *heldBox) Fill(ctx context.Context, subject string) (compare.Done, error) {
	return compare.Done{Count: 1, Said: "552 5.2.2 Mailbox full"}, b.Arrive(ctx, subject)
}

// talk puts a dialogue among the events.
func (b *heldBox) talk(lines ...string) {
	for i, l := range lines {
		kind := []trace.Kind{trace.KindSend, trace.KindRecv}[i%2]
		b.span.Emit(trace.Event{Kind: kind, Side: trace.SideClient, Proto: string(b.proto), Conn: "a-b", Addr: "mail.sakura.test", Data: []byte(cmp.Or(b.play.said, l) + "\r\n")})
	}
}

// heldDevice is a device with a store.
type heldDevice struct {
	box   *heldBox
	name  string
	store []compare.Seen
	lost  bool
}

func (d *heldDevice) Sees(context.Context) (compare.View, error) {
	if d.lost {
		return compare.View{Known: true, Lost: true}, nil
	}
	return viewOf(d.store), nil
}

func (d *heldDevice) Do(ctx context.Context, s compare.Step) (compare.Done, error) {
	b := d.box
	b.steps++
	if b.proto == compare.POP3 {
		switch {
		case b.steps == b.play.holds:
			b.talk("DELE 2", "+OK marked; goes at QUIT")
			<-b.through
			b.entered <- "compare"
			<-ctx.Done()
			return compare.Done{}, ctx.Err()
		case b.play.breaks > 0 && b.steps >= b.play.breaks:
			return compare.Done{}, errors.Join(refused())
		}
	}
	done := compare.Done{Octets: 1841, Of: 4000, Count: 3, Total: 4, Where: "Trash", Said: cmp.Or(b.play.said, "+OK")}
	switch s.Do {
	case compare.Visit, compare.Look, compare.Search:
		if b.proto == compare.POP3 {
			b.talk("CAPA", "+OK", "USER alice", "+OK", "PASS (secret removed)", "+OK", "STAT", "+OK 4 6500", "UIDL", "+OK", "RETR 1", "+OK", "RETR 2", "+OK", "RETR 3", "+OK",
				"RETR 4", "+OK", "QUIT", "+OK")
			d.store = union(d.store, b.held)
		} else {
			b.talk("a1 EXAMINE INBOX", "* 4 EXISTS", "a2 UID FETCH 1:* (FLAGS ENVELOPE)", "a2 OK")
			d.store = append([]compare.Seen(nil), b.held...)
			for i := range d.store {
				d.store[i].Stored = false
			}
		}
	case compare.Read, compare.Mark:
		d.change(s, func(m *compare.Seen) { m.Flags |= mail.Seen })
		if b.proto == compare.IMAP {
			b.talk("a4 UID FETCH 412 (FLAGS BODY.PEEK[1])", "* 2 FETCH (UID 412 BODY[1] {1841}")
		}
	case compare.Delete, compare.Move:
		if b.proto == compare.POP3 {
			b.talk("DELE 2", "+OK marked; goes at QUIT")
			b.held, d.store = without(b.held, s.Message), without(d.store, s.Message)
		} else {
			b.talk("a6 UID MOVE 412 Trash", "a6 OK [COPYUID 9 412 17]")
			d.change(s, func(m *compare.Seen) { m.Folder = cmp.Or(s.Folder, "Trash") })
		}
	case compare.Lose:
		d.lost = true
	}
	return done, nil
}

// change changes a message in the store; over IMAP at the server, too.
func (d *heldDevice) change(s compare.Step, to func(*compare.Seen)) {
	lists := [][]compare.Seen{d.store}
	if d.box.proto == compare.IMAP {
		lists = append(lists, d.box.held)
	}
	for _, list := range lists {
		for i := range list {
			if list[i].Subject == s.Message {
				to(&list[i])
			}
		}
	}
}

func without(list []compare.Seen, subject string) []compare.Seen {
	var out []compare.Seen
	for _, m := range list {
		if m.Subject != subject {
			out = append(out, m)
		}
	}
	return out
}

func union(mine, theirs []compare.Seen) []compare.Seen {
	out := append([]compare.Seen(nil), mine...)
	for _, m := range theirs {
		if len(without(out, m.Subject)) == len(out) {
			out = append(out, m)
		}
	}
	return out
}

// comparing runs the first script until POP3 waits in step 4.
func comparing(b *bench) {
	b.press("=", "down")
	b.held = true
	b.press("enter")
	<-b.app.opts.Session.(*fake).entered
	b.settle()
	b.elapse(400 * time.Millisecond)
}

// askedToFetch runs a script until it asks.
func askedToFetch(b *bench) {
	b.press("=", "down")
	b.held = true
	b.press("enter")
	for b.app.line == nil {
		<-b.app.env.Jobs.Posted()
		b.settle()
	}
}

func versusScenes() []scene {
	with := func(c contest) func(*fake) {
		return func(f *fake) {
			if f.contest != nil {
				c.said = f.contest.said
			}
			f.contest, f.entered = &c, make(chan string, 9)
		}
	}
	return []scene{
		{name: "compare-scripts", act: keysOf("=", "down")},
		{name: "compare-live", prepare: with(contest{holds: 4}), act: comparing},
		{name: "compare-paused", prepare: with(contest{holds: 4}), act: func(b *bench) { comparing(b); b.press("space") }},
		{name: "compare-consent", prepare: with(contest{asks: true}), act: askedToFetch},
		{name: "compare-answer", act: keysOf("=", "down", "enter")},
		{name: "compare-step", act: keysOf("=", "down", "enter", "enter")},
		{name: "compare-dialogue", act: keysOf("=", "down", "enter", "tab", "g", "enter")},
		{name: "compare-broken", prepare: with(contest{breaks: 2}), act: keysOf("=", "down", "enter", "tab", "g", "j")},
		{name: "compare-down", prepare: with(contest{down: true}), act: keysOf("=", "down", "enter", "tab", "g", "j")},
		{name: "compare-failed", prepare: with(contest{err: refused()}), act: keysOf("=", "down", "enter")},
		{name: "compare-other", act: keysOf("=", "down", "enter", "tab", "c")},
		{name: "compare-changes", act: func(b *bench) {
			b.press("=", "down", "enter")
			b.app.opts.Session.(*fake).contest = &contest{breaks: 4, said: b.app.opts.Session.(*fake).said()}
			b.press("ctrl+r", "=", "enter")
		}},
		{name: "compare-answers", act: keysOf("=", "down", "enter", "c")},
		{name: "compare-save", act: keysOf("=", "down", "enter", "s")},
		{name: "compare-card", act: keysOf("=", "enter")},
	}
}
