package imap

import (
	"bytes"
	"fmt"
	"testing"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// BenchmarkEnvelopes10k lists a folder of 10,000 Japanese messages on Dovecot over loopback; its index is warm after
// the first pass. Wanted: under 1 s for all of them.
func BenchmarkEnvelopes10k(b *testing.B) {
	o, s := dovecot(b, wire.TLSNone)
	s.Deliver(b, "S", japanese(10_000)...)
	c := mustDial(b, o)
	mustOpen(b, c, "INBOX")
	count := func() int {
		n := 0
		if err := c.List(testContext(b), func(rows []mail.Message) error { n += len(rows); return nil }); err != nil {
			b.Fatal(err)
		}
		return n
	}
	if n := count(); n != 10_000 {
		b.Fatalf("%d rows", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		count()
	}
}

// BenchmarkFirstScreenful opens a folder of 10,000 messages and takes its first chunk.
func BenchmarkFirstScreenful(b *testing.B) {
	o, s := dovecot(b, wire.TLSNone)
	s.Deliver(b, "S", japanese(10_000)...)
	c := mustDial(b, o)
	enough := fmt.Errorf("enough")
	first := func() {
		mustOpen(b, c, "INBOX")
		n := 0
		err := c.List(testContext(b), func(rows []mail.Message) error { n += len(rows); return enough })
		if err != enough || n != firstChunk {
			b.Fatal(n, err)
		}
	}
	first()
	for b.Loop() {
		first()
	}
}

// japanese makes messages of about 5 KiB, a third of them with an attachment.
func japanese(n int) [][]byte {
	var l [][]byte
	body := bytes.Repeat([]byte("ご確認のほどよろしくお願いいたします。\r\n"), 80)
	for i := range n {
		var b bytes.Buffer
		for hop := range 5 {
			fmt.Fprintf(&b, "Received: from mx%d.example (mx%d.example [192.0.2.%d]) by relay%d.example with ESMTPS id %010X;\r\n\tMon, 23 Nov 2026 15:00:00 +0900\r\n", hop, hop, hop, hop, i)
		}
		fmt.Fprintf(&b, "From: =?ISO-2022-JP?B?GyRCOzNFRBsoQiAbJEJCQE86GyhC?= <yamada%d@sakura.test>\r\nTo: mika@fuji.test\r\n", i%50)
		fmt.Fprintf(&b, "Subject: =?UTF-8?B?6KuL5rGC5pu444KS44GK6YCB44KK44GX44G+44GZ?= %d\r\n", i)
		fmt.Fprintf(&b, "Date: Mon, 23 Nov 2026 15:%02d:%02d +0900\r\nMessage-ID: <%d.bench@sakura.test>\r\nMIME-Version: 1.0\r\n", i/60%60, i%60, i)
		if i > 0 {
			fmt.Fprintf(&b, "References: <%d.bench@sakura.test>\r\nIn-Reply-To: <%d.bench@sakura.test>\r\n", i/2, i/2)
		}
		if i%3 == 0 {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n--b--\r\n", body)
		} else {
			fmt.Fprintf(&b, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s", body)
		}
		l = append(l, b.Bytes())
	}
	return l
}
