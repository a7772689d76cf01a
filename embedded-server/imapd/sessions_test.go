package imapd

import (
	"context"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"
)

// Two sessions on one folder: the numbers of each change only by what it was told.
func TestSequenceNumbersOfTwoSessions(t *testing.T) {
	p := start(t, Config{})
	p.deliver(message("one"), message("two"), message("three"))
	a, b := p.dial().login(), p.dial().login()
	a.say("s SELECT INBOX")
	b.say("s SELECT INBOX")
	a.until("s OK")
	b.until("s OK")
	a.say(`x STORE 1 +FLAGS (\Deleted)` + "\r\ny EXPUNGE")
	a.until("* 1 EXPUNGE")
	a.until("y OK")
	p.deliver(message("four"), message("five"))
	b.say("f FETCH 3 UID") // no EXPUNGE may come now, so 3 still is "three"
	got := b.until("f OK")
	want := []string{"* 3 FETCH (UID 3)", "* 5 EXISTS", "f OK FETCH completed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b.say("g FETCH 1 UID") // gone: nothing to say
	b.until("g OK")
	b.say("n NOOP\r\nf FETCH 1:* UID")
	got = b.until("f OK")
	want = []string{"* 1 EXPUNGE", "n OK NOOP completed", "* 1 FETCH (UID 2)", "* 2 FETCH (UID 3)", "* 3 FETCH (UID 4)", "* 4 FETCH (UID 5)", "f OK FETCH completed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	a.say("n NOOP")
	if got := a.until("n OK"); got[0] != "* 4 EXISTS" {
		t.Errorf("the other session: %q", got)
	}
}

func TestIdleWakes(t *testing.T) {
	p := start(t, Config{})
	r := p.dial().login()
	r.say("s SELECT INBOX\r\ni IDLE")
	r.until("+ ")
	p.deliver(message("one"))
	r.until("* 1 EXISTS")
	f, _ := p.store.Folder(context.Background(), "alice@sakura.test", "INBOX")
	if _, err := p.store.Expunge(context.Background(), f.ID, []uint32{1}); err != nil {
		t.Fatal(err)
	}
	r.until("* 1 EXPUNGE")
	r.say("DONE")
	r.until("i OK")
	r.say("j IDLE") // and left without a word: the server must notice
	r.until("+ ")
	r.Close()
}

func TestSearch(t *testing.T) {
	p := start(t, Config{})
	jis := "Subject: =?ISO-2022-JP?B?GyRCMnE1RBsoQg==?=\r\nContent-Type: text/plain; charset=Shift_JIS\r\n\r\n\x90\xbf\x8b\x81\x8f\x91\r\n" // 会議, 請求書
	p.deliver(message("one"), jis, message("Printer in room 2"))
	c := p.client(nil)
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Store(imap.SeqSetNum(3), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagFlagged}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]struct {
		criteria imap.SearchCriteria
		want     []uint32
	}{
		"subject":    {imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "会議"}}}, []uint32{2}},
		"body":       {imap.SearchCriteria{Body: []string{"請求"}}, []uint32{2}},
		"text":       {imap.SearchCriteria{Text: []string{"PRINTER"}}, []uint32{3}},
		"flag":       {imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagFlagged}}, []uint32{1, 2}},
		"or, not":    {imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{{Flag: []imap.Flag{imap.FlagFlagged}}, {Not: []imap.SearchCriteria{{Text: []string{"hello"}}}}}}}, []uint32{2, 3}},
		"since":      {imap.SearchCriteria{Since: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}, nil},
		"sent on":    {imap.SearchCriteria{SentSince: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}, []uint32{1, 3}},
		"uid *":      {imap.SearchCriteria{UID: []imap.UIDSet{{imap.UIDRange{Start: 900, Stop: 0}}}}, []uint32{3}},
		"has header": {imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Date"}}}, []uint32{1, 3}},
	} {
		data, err := c.Search(&k.criteria, nil).Wait()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := data.AllSeqNums(); !cmp.Equal(k.want, got) {
			t.Errorf("%s: %v, want %v", name, got, k.want)
		}
	}
	r := p.dial().login()
	r.say("s SELECT INBOX\r\na UID SEARCH RETURN (MIN MAX COUNT) ALL\r\nb SEARCH RETURN (SAVE) FLAGGED\r\nc FETCH $ UID")
	r.until("s OK")
	if got := r.until("a OK")[0]; got != `* ESEARCH (TAG "a") UID MIN 1 MAX 3 COUNT 3` {
		t.Errorf("esearch: %q", got)
	}
	r.until("b OK")
	if got := r.until("c OK")[0]; got != "* 3 FETCH (UID 3)" {
		t.Errorf("fetch $: %q", got)
	}
}

func TestBinary(t *testing.T) {
	p := start(t, Config{})
	p.deliver("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n--b\r\n" +
		"Content-Transfer-Encoding: x-uue\r\n\r\nM\r\n--b--\r\n")
	r := p.dial().login()
	r.say("s EXAMINE INBOX\r\na FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1]<1.2>)\r\nb FETCH 1 BINARY.PEEK[2]")
	r.until("s OK")
	if got := r.until("a OK")[0]; got != "* 1 FETCH (BINARY[1] ~{2}" {
		t.Errorf("binary: %q", got)
	}
	r.until("b NO [UNKNOWN-CTE]")
}
