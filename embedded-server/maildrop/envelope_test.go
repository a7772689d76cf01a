package maildrop

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddresses(t *testing.T) {
	for _, c := range []struct {
		value string
		want  []Address
	}{
		{"", nil},
		{"bob@fuji.test", []Address{{"", "bob", "fuji.test"}}},
		{"Bob <bob@fuji.test>, <a@b>", []Address{{"Bob", "bob", "fuji.test"}, {"", "a", "b"}}},
		{`"Abe, K. \"Doc\"" <abe@d.test>`, []Address{{`Abe, K. "Doc"`, "abe", "d.test"}}},
		{"bob@fuji.test (Bob (the) Fuji)", []Address{{"Bob (the) Fuji", "bob", "fuji.test"}}},
		{"=?UTF-8?B?5bGx?= <ken@fuji.test>", []Address{{"=?UTF-8?B?5bGx?=", "ken", "fuji.test"}}},
		{"Team: a@x, b@y;, c@z", []Address{{"", "Team", ""}, {"", "a", "x"}, {"", "b", "y"}, {}, {"", "c", "z"}}},
		{"undisclosed-recipients:;", []Address{{"", "undisclosed-recipients", ""}, {}}},
		{"<@relay.test:bob@fuji.test>", []Address{{"", "bob", "fuji.test"}}},
		{`"a..b"@docomo.test`, []Address{{"", "a..b", "docomo.test"}}},
		{"root", []Address{{"", "root", missingHost}}},
		{"Nobody <>", nil},
		{"@fuji.test", []Address{{"", missingMailbox, "fuji.test"}}},
		{`"open <a@b`, []Address{{"", "open <a", "b"}}},
		{"Bob <bob@fuji.test", []Address{{"Bob", "bob", "fuji.test"}}},
		{"a@x;b@y", []Address{{"", "a", "x"}, {"", "b", "y"}}},
	} {
		if diff := cmp.Diff(c.want, parseAddresses(c.value)); diff != "" {
			t.Errorf("%s: %s", c.value, diff)
		}
	}
}

func TestParseEnvelope(t *testing.T) {
	e := ParseEnvelope([]byte("Subject: one\r\n two\r\nsubject: second\r\nFrom: a@b\r\nDATE: Mon, 23 Nov 2026 09:38:00 +0900\r\n" +
		"Message-Id: <x@y>\r\nno colon\r\nIn-Reply-To: <w@y>\r\nTo: \r\nTo: c@d\r\n\r\n"))
	want := Envelope{
		Subject: "one two", From: []Address{{"", "a", "b"}}, To: []Address{{"", "c", "d"}}, MessageID: "x@y", InReplyTo: "<w@y>",
		Date: time.Date(2026, 11, 23, 9, 38, 0, 0, time.FixedZone("", 9*3600)),
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add("Subject: a\r\n b\r\nFrom: =?x?= <a@b>, Group: c@d, \"e\" <f>;\r\nDate: 1 Jan 26 00:00 +0900\r\n\r\n")
	f.Add("To: ((((\\\r\nCc: \"\\\r\nBcc: <:@;,\r\n\t")
	f.Add(strings.Repeat("To: a@b,\r\n", 3))
	f.Fuzz(func(t *testing.T, block string) {
		e := ParseEnvelope([]byte(block))
		back, err := decodeEnvelope(e.encode())
		if err != nil {
			t.Fatal(err)
		}
		if !back.Date.Equal(e.Date) {
			t.Errorf("date %v became %v", e.Date, back.Date)
		}
		e.Date, back.Date = time.Time{}, time.Time{}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Error(diff)
		}
		for _, list := range [][]Address{e.From, e.To, e.Cc} {
			if len(list) > maxAddresses {
				t.Errorf("%d addresses", len(list))
			}
		}
	})
}

func FuzzStoredEnvelope(f *testing.F) {
	e := ParseEnvelope([]byte("Subject: a\r\nTo: b@c\r\n\r\n"))
	f.Add(e.encode())
	f.Fuzz(func(_ *testing.T, b []byte) { decodeEnvelope(b) }) // must not panic or take much memory
}
