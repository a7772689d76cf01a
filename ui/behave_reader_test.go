package ui

import (
	"strings"
	"testing"

	"todoku/session"
	"todoku/ui/wire"
)

func TestReaderGoesOnAndReturnsToItsMessage(t *testing.T) {
	b, f := open80(t)
	b.press("j", "enter")
	b.mustHave("Inbox  2 of 1,284  Re: printer in room 2")
	b.press("J")
	b.mustHave("3 of 1,284")
	b.called(t, f, "read 9998 false ")
	b.press("E")
	b.called(t, f, "read 9998 false iso-2022-jp")
	b.press("d")
	b.called(t, f, "delete [9998] false")
	b.mustHave("3 of 1,283", "bounced: carol")
	b.press("esc")
	if !strings.Contains(b.cursorRow(), "bounced: carol") {
		t.Errorf("back on %q", b.cursorRow())
	}
}

func TestReaderSavesAndAsks(t *testing.T) {
	b, f := open80(t)
	b.press("enter", "1")
	b.mustHave("save to: agenda-議題.pdf")
	b.press("enter")
	b.called(t, f, "save 10000 2 agenda-議題.pdf")
	b.press("2", "2")
	if b.copied != "https://tsuru.test/map" {
		t.Errorf("copied %q", b.copied)
	}
	b.press("9")
	if b.notice() != "Nothing here has the number 9." {
		t.Errorf("notice %q", b.notice())
	}
}

func TestABounceIsExplained(t *testing.T) {
	b, f := open80(t)
	f.reading = func(r session.Row) session.Reading {
		return session.Reading{Row: r, Text: "Your message could not be delivered.\n\n<carol@tsuru.test>: host mx1.tsuru.test said:\n    550 5.1.1 <carol@tsuru.test>: User unknown\n"}
	}
	b.press("j", "j", "j", "e")
	b.mustHave("─── explain", "550 5.1.1 <carol@tsuru.test>: User unknown", "1 submission ok  >  2 DNS ok  >  3 transfer fail")
	b.press("esc", "j", "e")
	if b.notice() != "Nothing went wrong here that could be explained." {
		t.Errorf("notice %q", b.notice())
	}
}

func TestARefusalOnTheWireIsExplained(t *testing.T) {
	b, _ := open80(t)
	events := talk()
	events = append(events, events[len(events)-1])
	last := &events[len(events)-1]
	last.Seq++
	last.Data = []byte("550 5.1.1 <bob2@fuji.test>: User unknown\r\n")
	b.send(wire.Events(events))
	b.press("w", "tab", "e")
	b.mustHave("─── explain", "550 5.1.1 <bob2@fuji.test>: User unknown")
}
