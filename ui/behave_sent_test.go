package ui

import (
	"testing"
	"time"

	"todoku/diag/bounce"
	"todoku/diag/reason"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/screen"
)

// came is a message to three: one has it, for all that is known, one is waited for, one is full.
func came() *session.Sent {
	at := time.Date(2026, 11, 22, 10, 12, 0, 0, jst)
	late := session.Returned{Recipient: "hanako@tsuru.test", Action: "delayed", Reason: reason.DNS, Said: "451 4.4.3 Name server timeout",
		Host: "mail.sakura.test", Step: 2, At: at, Until: time.Date(2026, 11, 27, 9, 42, 0, 0, jst), Key: 9996}
	full := session.Returned{Recipient: "carol@tsuru.test", Action: "failed", Reason: reason.Full, Hard: true, Said: "552 5.2.2 <carol@tsuru.test>: Mailbox is full; ask her to delete something, then come again",
		Host: "mx1.tsuru.test", Step: 3, At: at, Key: 9997}
	ok := func(addr string) session.SentRecipient {
		return session.SentRecipient{Addr: addr, State: "ok", Code: 250, Reply: "250 2.1.5 Ok", Verb: "DATA", Elapsed: 412 * time.Millisecond}
	}
	sent := &session.Sent{Key: 7, Account: "sakura", Subject: "40 photos from the lake", MessageID: "photos@sakura.test", State: "filed",
		Server: "mail.sakura.test", QueueID: "7F3A2", CopyState: trace.Pass, CopyFolder: "Sent", Message: 9995,
		Recipients: []session.SentRecipient{ok("bob@fuji.test"), ok("hanako@tsuru.test"), ok("carol@tsuru.test")}}
	sent.Recipients[1].Came, sent.Recipients[2].Came = &late, &full
	said := func(r session.Returned, level trace.Level) *trace.Finding {
		return &trace.Finding{Code: "reason." + string(r.Reason), Level: level, Args: map[string]string{"said": r.Said, "host": r.Host, "address": r.Recipient}}
	}
	sent.Recipients[1].Finding, sent.Recipients[2].Finding = said(late, trace.Warn), said(full, trace.Fail)
	return sent
}

// inSent opens the folder of what was sent, then what became of its first message.
func inSent(b *bench) { b.press("c", "down", "down", "enter", "enter", "enter") }

func returned(change func(*session.Sent)) func(*fake) {
	return func(f *fake) {
		f.keys["sakura/Sent"] = f.keys["sakura/INBOX"][5:9]
		f.became = came()
		change(f.became)
		f.reading = func(r session.Row) session.Reading {
			said := session.Reading{Row: r, Text: "x"}
			if r.Key == 9997 {
				said.Bounce = carolBounce(bounce.Reply{Code: 552, Enhanced: "5.2.2", Text: "Mailbox is full"})
			}
			return said
		}
	}
}

func allOfIt(*session.Sent) {}

func onlyLate(sent *session.Sent) { sent.Recipients = sent.Recipients[:2] }

func sentOn(sent *session.Sent) {
	sent.Recipients[2].Came.Again = &session.Again{To: "carol@sakura.test", MessageID: "again@sakura.test", At: fixedNow().Add(-time.Minute)}
}

// TestTheMatrixShowsWhatCameBackLater beside the recipient whom it is about, with what can be done there.
func TestTheMatrixShowsWhatCameBackLater(t *testing.T) {
	f := newFake()
	returned(allOfIt)(f)
	b := newBench(t, 120, 40, Options{Session: f})
	inSent(b)
	b.called(t, f, "fate 9995 ")
	b.mustHave("The mailbox of carol@tsuru.test is full. It came back from 1 of 3.", "> carol@tsuru.test", "bounced: mailbox is full",
		"mx1.tsuru.test said, 22 Nov 10:12", "Mailbox is full; ask her", "delayed: still trying", "1 send again  2 edit address")
	b.press("e")
	b.mustHave("─── explain  The mailbox of carol@tsuru.test is full.", "1 copy a question to ask carol@tsuru.test another way", "2 send it again")
	b.press("esc", "t")
	b.mustHave("trace  carol@tsuru.test")
	b.press("esc", "2")
	b.mustHave("write  once more", "To       carol@tsuru.test")
	b.press("esc", "1")
	b.mustHave(`Send it again, to carol@tsuru.test?  1 no  2 send  3 write first`)
	b.press("1")
	b.mustHave("It came back from 1 of 3.")
	b.press("1", "2")
	b.called(t, f, "send 40 photos from the lake to carol@tsuru.test")
}

// TestTheMatrixOfADelay says who is still trying; after the last try, that nothing came since.
func TestTheMatrixOfADelay(t *testing.T) {
	f := newFake()
	returned(onlyLate)(f)
	b := newBench(t, 80, 24, Options{Session: f})
	inSent(b)
	b.mustHave("Nobody must act: for 1 of 2 the sending server is still trying.", "> hanako@tsuru.test", "2 DNS warn", "delayed: still trying (mail.sakura.test)")
	b.press("1") // there is nothing to send yet
	b.mustHave("Nobody must act: for 1 of 2")
	f.became.Recipients[1].Came.Until = fixedNow().Add(-time.Hour)
	b.run(b.app.broadcast(screen.Changed{{Account: "sakura", Folder: "Sent"}}))
	b.settle()
	b.mustHave("You may ask another way: 1 of 2 had not got it, and nothing came since.", "delayed on Sun; nothing came since")
}

// TestTheMatrixLinksWhatWasSentAgain and leads to it.
func TestTheMatrixLinksWhatWasSentAgain(t *testing.T) {
	f := newFake()
	returned(sentOn)(f)
	b := newBench(t, 120, 40, Options{Session: f})
	inSent(b)
	b.press("G")
	b.mustHave("sent again to carol@sakura.test")
	b.press("3")
	b.called(t, f, "fate 0 again@sakura.test")
}
