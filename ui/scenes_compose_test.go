package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/screen"
)

// rested lets the keys rest until the draft is saved and checked.
func (b *bench) rested() { b.elapse(time.Second) }

// filled writes an answer with three recipients, one of them mistyped.
func filled(b *bench) {
	b.press("r", "up", "up", "up", "up", "up", "ctrl+u")
	b.paste("hanako@tsuru.test, bob@fuji.test, carrol@sakura.test")
	b.press("tab", "tab", "tab", "tab", "tab")
	b.paste("水曜の10時で大丈夫です。Bob, I attach the list of names.\n")
	b.rested()
}

func (b *bench) paste(s string) {
	b.send(tea.PasteMsg{Content: s})
	b.settle()
}

// unready has one domain without mail, and one that could not be told.
func unready(f *fake) {
	f.ahead = []session.Check{
		{Code: "compose.domain.null-mx", Level: trace.Fail, Args: map[string]string{"domain": "fuji.test"}},
		{Code: "compose.domain.unknown", Level: trace.Unknown, Args: map[string]string{"domain": "tsuru.test", "said": "SERVFAIL"}},
	}
}

// refusedBefore has a recipient from whom mail came back, and a mistyped one.
func refusedBefore(f *fake) {
	unready(f)
	f.ahead = append(f.ahead, session.Check{Code: "compose.bounced", Level: trace.Warn, Args: map[string]string{"address": "carrol@sakura.test",
		"on": "2026-11-20", "reason": "nobody", "said": "550 5.1.1 User unknown", "host": "mx1.sakura.test"}})
}

func sending(fate func(*session.Sent)) func(*fake) { return func(f *fake) { f.fate = fate } }

func dispatch(b *bench) {
	filled(b)
	b.press("ctrl+x")
}

func greylisted() session.SentRecipient {
	return refusedWith("bob@fuji.test", "warn", "451 4.7.1 Greylisted, try again later")
}

func composeScenes() []scene {
	kept := func(f *fake) { f.keep() }
	accept := func(sent *session.Sent) { sent.Recipients = sent.Recipients[:2] }
	queue := func(sent *session.Sent) {
		sent.State, sent.QueueID, sent.CopyState = "queued", "", trace.Unknown
		sent.Next = fixedNow().Add(time.Minute)
		for i := range sent.Recipients {
			sent.Recipients[i] = session.SentRecipient{Addr: sent.Recipients[i].Addr, State: "wait"}
		}
		sent.Error = &trace.Finding{Code: "dial.refused", Level: trace.Fail, Args: map[string]string{"server": "mail.sakura.test", "host": "mail.sakura.test"}}
	}
	unknown := func(sent *session.Sent) {
		sent.State, sent.QueueID, sent.CopyState = "unknown", "", trace.Unknown
		for i := range sent.Recipients {
			sent.Recipients[i].State, sent.Recipients[i].Finding, sent.Recipients[i].Code = "unknown", nil, 0
		}
		sent.Error = &trace.Finding{Code: "send.unknown", Level: trace.Unknown, Args: map[string]string{"server": "mail.sakura.test"}}
	}
	return []scene{
		{name: "compose-empty", act: keysOf("m")},
		{name: "compose-filled", act: filled},
		{name: "compose-ahead", prepare: unready, act: filled},
		{name: "compose-completing", act: func(b *bench) { b.press("m"); b.typed("car"); b.press("down"); b.rested() }},
		{name: "compose-failing", act: func(b *bench) { b.press("m", "tab", "tab", "tab"); b.typed("件名"); b.rested(); b.press("ctrl+x") }},
		{name: "compose-sender", act: keysOf("m", "up", "enter")},
		{name: "compose-file", act: func(b *bench) { b.press("m", "tab", "tab", "tab", "tab", "enter"); b.typed("~/議題") }},
		{name: "sent-accepted", prepare: sending(accept), act: dispatch},
		{name: "sent-refused", act: dispatch},
		{name: "sent-deferred", prepare: sending(func(sent *session.Sent) {
			sent.Recipients = []session.SentRecipient{sent.Recipients[0], greylisted()}
			sent.Next = fixedNow().Add(time.Minute)
		}), act: dispatch},
		{name: "sent-queued", prepare: sending(queue), act: dispatch},
		{name: "sent-unknown", prepare: sending(unknown), act: dispatch},
		{name: "compose-bounced", prepare: refusedBefore, act: filled},
		{name: "reader-sent", prepare: returned(allOfIt), act: keysOf("c", "down", "down", "enter", "enter")},
		{name: "sent-bounced", prepare: returned(allOfIt), act: inSent},
		{name: "sent-delayed", prepare: returned(onlyLate), act: inSent},
		{name: "sent-again", prepare: returned(sentOn), act: func(b *bench) { inSent(b); b.press("G") }},
		{name: "sent-asking", prepare: returned(allOfIt), act: func(b *bench) { inSent(b); b.press("1") }},
		{name: "kept-empty", act: openKept},
		{name: "kept-filled", prepare: kept, act: openKept},
		{name: "mailbox-kept", prepare: kept},
	}
}

// openKept opens what has not left yet.
func openKept(b *bench) {
	b.run(b.app.do(screen.Open{Name: screen.Kept}))
	b.settle()
}
