package ui

import (
	"errors"
	"slices"
	"time"

	"todoku/diag/bounce"
	"todoku/diag/reason"
	"todoku/internal/trace"
	"todoku/protocols/wire"
	"todoku/session"
	wirepane "todoku/ui/wire"
)

// scene is a state of the interface that is worth a picture.
type scene struct {
	name    string
	prepare func(*fake)  // before it opens; may be nil
	act     func(*bench) // after it opened; may be nil
	none    bool         // no account at all
	first   bool         // no account yet, and one can be added
}

func refused() error {
	return &wire.Error{Code: "dial.refused", Proto: "imap", Host: "mail.sakura.test", Port: 993, Addr: "192.0.2.10:993",
		Step: "connect", Err: errors.New("connection refused")}
}

func keysOf(names ...string) func(*bench) { return func(b *bench) { b.press(names...) } }

func scenes() []scene {
	return slices.Concat([]scene{
		{name: "mailbox-filled"},
		{name: "mailbox-empty", prepare: func(f *fake) {
			f.keys = map[string][]int64{}
			f.folders["sakura"][0].Total, f.folders["sakura"][0].Unread = 0, 0
		}},
		{name: "mailbox-loading", prepare: func(f *fake) { f.gate, f.entered = make(chan struct{}), make(chan string, 9) },
			act: func(b *bench) { b.elapse(time.Second); b.elapse(time.Second) }},
		{name: "mailbox-opening", prepare: func(f *fake) { f.listGate, f.entered = make(chan struct{}), make(chan string, 9) },
			act: func(b *bench) { b.elapse(time.Second) }},
		{name: "mailbox-error", prepare: func(f *fake) { f.listErr = errors.New("the store is locked by another process") }},
		{name: "mailbox-offline", prepare: func(f *fake) { f.syncErr = refused() }},
		{name: "mailbox-pending", act: keysOf("j", "j", "F")},
		{name: "mailbox-marked", act: keysOf("space", "j", "j", "V", "j", "j")},
		{name: "mailbox-limit", act: func(b *bench) { b.press("l"); b.typed("田中"); b.press("enter") }},
		{name: "mailbox-prompt", act: func(b *bench) { b.press("/"); b.typed("打ち合わせ abc") }},
		{name: "mailbox-folder", act: keysOf("c")},
		{name: "mailbox-delete", prepare: func(f *fake) { f.keys["sakura/Trash"] = f.keys["sakura/INBOX"][:12] },
			act: keysOf("c", "down", "down", "down", "down", "down", "enter", "space", "j", "space", "d")},
		{name: "reader-filled", act: keysOf("enter")},
		{name: "reader-unfolded", act: keysOf("enter", "z")},
		{name: "reader-error", prepare: func(f *fake) { f.readErr = errors.New("the message is damaged") }, act: keysOf("enter")},
		{name: "reader-headers", act: keysOf("enter", "h")},
		{name: "reader-raw", act: keysOf("enter", "h", "h")},
		{name: "reader-parts", act: keysOf("enter", "v")},
		{name: "reader-link", act: keysOf("enter", "2")},
		{name: "reader-save", act: keysOf("enter", "1")},
		{name: "reader-charset", prepare: func(f *fake) {
			f.reading = func(r session.Row) session.Reading {
				l := letter(r)
				l.Labelled, l.Charset = "iso-2022-jp", "CP932"
				return l
			}
		}, act: keysOf("enter")},
		{name: "wire-empty", act: keysOf("w")},
		{name: "wire-filled", act: func(b *bench) { b.send(wirepane.Events(talk())); b.press("w") }},
		{name: "wire-unfolded", act: func(b *bench) {
			b.send(wirepane.Events(talk()))
			b.press("w", "tab", "g", "j", "j", "enter")
		}},
		{name: "palette", act: func(b *bench) { b.press("ctrl+k"); b.typed("mov") }},
		{name: "help", act: keysOf("?")},
		{name: "notices", act: func(b *bench) { b.press("F", "o", "down", "enter", "ctrl+k"); b.typed("notic"); b.press("enter") }},
		{name: "explain", prepare: func(f *fake) { f.syncErr = refused() }, act: keysOf("e")},
		{name: "ime", act: keysOf("あ")},
		{name: "bounce-explain", prepare: func(f *fake) { carolIsFull(f) }, act: keysOf("j", "j", "j", "e")},
		{name: "bounce-delayed", prepare: func(f *fake) {
			carolIsFull(f)
			f.reading = func(r session.Row) session.Reading {
				return session.Reading{Row: r, Text: "x", Bounce: delayedBounce()}
			}
		}, act: keysOf("j", "j", "j", "e")},
		{name: "bounce-sent", prepare: func(f *fake) {
			f.keys["sakura/Sent"] = f.keys["sakura/INBOX"][5:9]
			row := f.rows[f.keys["sakura/Sent"][1]]
			row.Returned = []session.Returned{{Recipient: "carol@tsuru.test", Reason: reason.Full, Hard: true, Key: 9997}}
			f.rows[row.Key] = row
		}, act: keysOf("c", "down", "down", "enter", "j")},
		{name: "welcome", none: true},
	}, setupScenes(), composeScenes(), traceScenes(), accountScenes(), sandboxScenes(), versusScenes())
}

// open makes the bench of a scene.
func (s scene) open(t testingTB, width, height int, o Options, f *fake) *bench {
	if s.prepare != nil {
		s.prepare(f)
	}
	o.Session = f
	if s.none {
		o.Session = nil
		o.Welcome = WelcomeOptions{ConfigPath: "~/.config/todoku/config.toml", Sandbox: startNothing, Write: writeNothing}
	}
	if s.first {
		f.accounts = nil
		o.Welcome = firstRun()
	}
	b := newBench(t, width, height, o)
	if s.act != nil {
		s.act(b)
	}
	return b
}

// talk is what is said when a message is sent.
func talk() []trace.Event {
	at := time.Date(2026, 11, 23, 9, 42, 7, 103e6, jst)
	seq := int64(0)
	add := func(ms int, e trace.Event) trace.Event {
		seq++
		e.Seq, e.Time, e.Side = seq, at.Add(time.Duration(ms)*time.Millisecond), trace.SideClient
		return e
	}
	say := func(ms int, line string) trace.Event {
		return add(ms, trace.Event{Kind: trace.KindSend, Proto: "smtp", Conn: "a-b", Addr: "mail.sakura.test:587", Data: []byte(line)})
	}
	hear := func(ms, took int, line string) trace.Event {
		return add(ms, trace.Event{Kind: trace.KindRecv, Proto: "smtp", Conn: "a-b", Addr: "mail.sakura.test:587",
			Data: []byte(line), Elapsed: time.Duration(took) * time.Millisecond})
	}
	return []trace.Event{
		add(0, trace.Event{Kind: trace.KindOpen, Name: `sending "Re: 来週の打ち合わせ"`}),
		add(0, trace.Event{Kind: trace.KindDial, Proto: "tcp", Addr: "mail.sakura.test:587", Conn: "a-b", Elapsed: 2e6}),
		say(1, "EHLO alice-laptop.sakura.test\r\n"),
		hear(2, 1, "250-mail.sakura.test\r\n"), hear(2, 1, "250-SIZE 10485760\r\n"), hear(2, 1, "250-STARTTLS\r\n"),
		hear(2, 1, "250 SMTPUTF8\r\n"),
		add(6, trace.Event{Kind: trace.KindTLS, Proto: "tls", Conn: "a-b", Elapsed: 4e6, TLS: &trace.TLSFacts{Version: "TLS 1.3",
			Curve: "X25519", Verified: true, Chain: []trace.CertFacts{{Names: []string{"mail.sakura.test"}, Issuer: "todoku sandbox CA",
				NotAfter: time.Date(2027, 2, 21, 0, 0, 0, 0, time.UTC)}}}}),
		say(11, "AUTH PLAIN (secret removed)\r\n"), hear(15, 4, "235 2.7.0 Authentication successful\r\n"),
		say(16, "RCPT TO:<hanako@tsuru.test>\r\n"), hear(19, 3, "250 2.1.5 Ok\r\n"),
		add(25, trace.Event{Kind: trace.KindData, Proto: "smtp", Conn: "a-b", Sent: true, Size: 1893, Addr: "mail.sakura.test:587",
			Data: []byte("From: alice@sakura.test\r\n")}),
		add(27, trace.Event{Kind: trace.KindFinding, Finding: &trace.Finding{Code: "imap.alert", Level: trace.Warn,
			Args: map[string]string{"text": "The mailbox is almost full"}}}),
		hear(31, 12, "250 2.0.0 Ok: queued as 7F3A2\r\n"),
	}
}

// carolIsFull makes every bounce one about carol.
func carolIsFull(f *fake) {
	f.returned("carol@tsuru.test", reason.Full)
	f.reading = func(r session.Row) session.Reading {
		said := carolBounce(bounce.Reply{Code: 552, Enhanced: "5.2.2", Text: "Mailbox is full"})
		said.Original.Subject = "40 photos from the lake"
		said.Sent = &session.Row{Key: 9000, Account: "sakura", Folder: "Sent"}
		return session.Reading{Row: r, Text: "This is the mail server mail.sakura.test.\n", Bounce: said}
	}
}

// delayedBounce is a notice of a server that still tries.
func delayedBounce() *session.Bounce {
	text := "Name server timeout"
	return &session.Bounce{Report: bounce.Report{Delayed: true, RetryUntil: time.Date(2026, 11, 28, 9, 42, 0, 0, jst), Recipients: []bounce.Failure{{
		Recipient: "hanako@tsuru.test", Action: "delayed", Status: "4.4.3", Reply: bounce.Reply{Code: 451, Enhanced: "4.4.3", Text: text},
		Host: "mail.sakura.test", Next: bounce.Wait, Reading: reason.Read(reason.Reply{Code: 451, Enhanced: "4.4.3", Text: text})}}}}
}
