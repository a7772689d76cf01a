package mail

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseEnvelope(t *testing.T) {
	raw := strings.ReplaceAll(`Received: from a by b; Mon, 23 Nov 2026 09:38:03 +0900
Date: Mon, 23 Nov 2026 09:38:00 +0900 (JST)
From: =?ISO-2022-JP?B?`+b64(jis(t, "田中 花子"))+`?= <hanako@tsuru.test>
To: "Alice, the first" <alice@sakura.test>, bob@fuji.test (Bob Fuji),
 undisclosed: carol@tsuru.test, dave@fuji.test;
Cc: "a..b"@docomo.ne.jp
Reply-To: <reply@tsuru.test>
Message-ID: <1@tsuru.test>
In-Reply-To: Your message of "Fri" <0@sakura.test>
References: <a@b> <c@
 d>
	<e@f>
Subject: =?utf-8?B?`+b64("来週の")+`?=
 =?utf-8?B?`+b64("打ち合わせ")+`?=
X-Other: no

body: not a field
`, "\n", "\r\n")
	want := Envelope{
		Subject: "来週の打ち合わせ",
		From:    []Address{{"田中 花子", "hanako@tsuru.test"}},
		ReplyTo: []Address{{"", "reply@tsuru.test"}},
		To: []Address{{"Alice, the first", "alice@sakura.test"}, {"Bob Fuji", "bob@fuji.test"},
			{"", "carol@tsuru.test"}, {"", "dave@fuji.test"}},
		Cc:         []Address{{"", "a..b@docomo.ne.jp"}},
		Date:       time.Date(2026, 11, 23, 9, 38, 0, 0, time.FixedZone("", 9*3600)),
		MessageID:  "1@tsuru.test",
		InReplyTo:  []string{"0@sakura.test"},
		References: []string{"a@b", "c@d", "e@f"},
	}
	for _, in := range []string{raw, strings.ReplaceAll(raw, "\r\n", "\n"), "From x@y Mon\r\n" + raw, "\r\n" + raw} {
		if diff := cmp.Diff(want, ParseEnvelope([]byte(in))); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	got, ok := ReceivedDate([]byte(raw))
	if !ok || got.Sub(want.Date) != 3*time.Second {
		t.Errorf("ReceivedDate = %v", got)
	}
}

func TestParseAddressesIsLenient(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []Address
	}{
		{"", nil},
		{"undisclosed-recipients:;", nil},
		{"<>", nil},
		{"Hanako <hanako@tsuru.test", []Address{{"Hanako", "hanako@tsuru.test"}}},
		{"Hanako hanako@tsuru.test", []Address{{"Hanako", "hanako@tsuru.test"}}},
		{"a@b.test; c@d.test", []Address{{"", "a@b.test"}, {"", "c@d.test"}}},
		{`'Bob' <bob@fuji.test>`, []Address{{"Bob", "bob@fuji.test"}}},
		{`"bob@fuji.test" <bob@fuji.test>`, []Address{{"", "bob@fuji.test"}}},
		{`=?utf-8?Q?Tanaka,_Hanako?= <h@t.test>`, []Address{{"Tanaka, Hanako", "h@t.test"}}},
		{`"=?utf-8?B?` + b64("田中, 花子") + `?=" <h@t.test>`, []Address{{"田中, 花子", "h@t.test"}}},
		{sjis(t, "田中 花子") + " <h@t.test>", []Address{{"田中 花子", "h@t.test"}}},
		{jis(t, "表 花子") + " <h@t.test>", []Address{{"表 花子", "h@t.test"}}},
		{"<@relay.test:h@t.test>", []Address{{"", "h@t.test"}}},
		{`"a b"@t.test`, []Address{{"", "a b@t.test"}}},
		{`X <"a b"@t.test>`, []Address{{"X", "a b@t.test"}}},
		{"h @ t.test", []Address{{"", "h@t.test"}}},
		{"Mail Delivery System", []Address{{"Mail Delivery System", ""}}},
		{"one <a@b>, , two <c@d>,", []Address{{"one", "a@b"}, {"two", "c@d"}}},
		{"h@t.test (comment (nested) end)", []Address{{"comment (nested) end", "h@t.test"}}},
	} {
		if diff := cmp.Diff(c.want, parseAddresses(c.in)); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.in, diff)
		}
	}
	if n := len(parseAddresses(strings.Repeat("a@b.test,", 100000))); n != maxAddresses {
		t.Errorf("%d addresses read, want the limit %d", n, maxAddresses)
	}
}

func TestParseDate(t *testing.T) {
	jst := time.FixedZone("", 9*3600)
	nine := time.Date(2026, 11, 23, 9, 38, 0, 0, jst)
	for in, want := range map[string]time.Time{
		"Mon, 23 Nov 2026 09:38:00 +0900":            nine,
		"Mon, 23 Nov 2026 09:38:00 +0900 (JST)":      nine,
		"23 Nov 2026 09:38 +0900":                    nine,
		"Mon,23 Nov 2026 09:38:00 JST":               nine,
		"Mon, 23 Nov 26 09:38:00 +0900":              nine,
		"Mon Nov 23 09:38:00 2026 +0900":             nine,
		"Mon Nov 23 09:38:00 JST 2026":               nine,
		"2026-11-23T09:38:00+09:00":                  nine,
		"2026-11-23 09:38:00 +0900":                  nine,
		"23-Nov-2026 09:38:00 +0900":                 nine,
		"Mon, 23 Nov 2026 9:38:00 AM +0900":          nine,
		"Mon, 23 Nov 2026 09:38:00 GMT+0900":         nine,
		"Mon, 23 Nov 2026 09:38:00 +0900 (=?a?b?=)":  nine,
		"Mon, 23 Nov 2026 00:38:00 GMT":              nine,
		"Mon, 23 Nov 2026 00:38:00 Z":                nine,
		"Sun, 22 Nov 2026 19:38:00 EST":              nine,
		"Mon, 23 Nov 2026 09:38:00 (JST)":            nine,
		"Mon, 23 Nov 2026 (a comment) 09:38:00+0900": nine,
		"2026/11/23 09:38:00 JST":                    nine,
		"Monday, 23 November 2026 00:38:00":          nine,
		"1 Jan 70 00:00:00 -0000":                    time.Unix(0, 0),
	} {
		got, ok := ParseDate(in)
		if !ok || !got.Equal(want) {
			t.Errorf("ParseDate(%q) = %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "yesterday", "99 Nov 2026 00:00:00 +0000", "23 Nov 2026 99:00:00", "Nov 2026", "0 Nov 2026", "23 Foo 2026", "((((((", "::::", "+", "-"} {
		if got, ok := ParseDate(in); ok {
			t.Errorf("ParseDate(%q) = %v, want none", in, got)
		}
	}
}

func TestHeaderScannerForgives(t *testing.T) {
	for _, c := range []struct{ name, in, subject, damage string }{
		{"space before colon", "Subject : x\n\nb", "x", ""},
		{"junk line", "From: a@b\nthis is junk\nSubject: x\n\nb", "x", DamageHeaderLine},
		{"no blank line", "Subject: x\nHello there\nthis is the body\n", "x", DamageHeaderLine},
		{"no header", "Hello there\nSubject: x\n", "", DamageHeaderMissing},
		{"only header", "Subject: x", "x", ""},
		{"blank continuation", "Subject: x\n \t \n y\n\nb", "x \t  y", ""},
		{"cr only at the end", "Subject: x\r", "x", ""},
		{"empty", "", "", ""},
	} {
		fields, _, damage := parseHeader([]byte(c.in))
		f, _ := field(fields, "subject")
		if f.Value != c.subject || damage != c.damage {
			t.Errorf("%s: subject %q, damage %q; want %q, %q", c.name, f.Value, damage, c.subject, c.damage)
		}
	}
	endless := []byte(strings.Repeat("X-Again: and again\n", 200000) + "\nbody")
	fields, body, damage := parseHeader(endless)
	if len(fields) > maxFields || damage != DamageHeaderTooLong || string(endless[body:]) != "body" {
		t.Errorf("%d fields, damage %q, body %q", len(fields), damage, endless[body:min(body+10, len(endless))])
	}
}

func BenchmarkParseEnvelope100k(b *testing.B) {
	headers := make([][]byte, 1000)
	for i := range headers {
		headers[i] = []byte(fmt.Sprintf("Received: from mx (mx [192.0.2.1]) by mail.sakura.test with ESMTPS id %d; Mon, 23 Nov 2026 09:38:03 +0900\r\n"+
			"DKIM-Signature: v=1; a=rsa-sha256; d=tsuru.test; s=s1; b=%s\r\nDate: Mon, 23 Nov 2026 09:38:00 +0900\r\n"+
			"From: =?UTF-8?B?%s?= <hanako@tsuru.test>\r\nTo: alice@sakura.test\r\nMessage-ID: <%d@tsuru.test>\r\n"+
			"Subject: =?ISO-2022-JP?B?%s?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
			i, strings.Repeat("A", 300), b64("田中 花子"), i, b64(jis(b, "来週の打ち合わせ"))))
	}
	b.ReportAllocs()
	for b.Loop() {
		for range 100 {
			for _, h := range headers {
				ParseEnvelope(h)
			}
		}
	}
}
