package mail

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestHeaderOf(t *testing.T) {
	for in, want := range map[string]string{
		"A: b\r\n\r\nbody\r\n\r\n":     "A: b\r\n\r\n",
		"A: b\n\nbody\r\n\r\nmore":     "A: b\n\n",
		"A: b":                         "A: b",
		"A: b\nno field\nbody":         "A: b\n",
		"only words\n":                 "",
		"From x@y Mon\nA: b\n\nbody\n": "From x@y Mon\nA: b\n\n",
		"":                             "",
	} {
		if got := string(HeaderOf([]byte(in))); got != want {
			t.Errorf("HeaderOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRowOf(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 45, 0, 0, time.UTC)
	raw := "Received: from a by b; Mon, 23 Nov 2026 09:38:00 +0900\r\nSubject: x\r\nContent-Type: application/pdf\r\n\r\nbody"
	row, _ := RowOf([]byte(raw), now)
	if row.Envelope.Subject != "x" || !row.HasFile || row.Size != int64(len(raw)) || now.Sub(row.Received) != 7*time.Minute {
		t.Errorf("%+v", row)
	}
	future, _ := RowOf([]byte("Received: from a by b; Mon, 23 Nov 2099 09:38:00 +0900\r\n\r\nbody"), now)
	if !future.Received.Equal(now) {
		t.Errorf("a stamp of the future is believed: %v", future.Received)
	}
}

// TestRowOfReceived: without a stamp the date that the sender wrote counts, without either now.
func TestRowOfReceived(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 45, 0, 0, time.UTC)
	for header, want := range map[string]time.Time{
		"Date: Sun, 22 Nov 2026 00:45:00 +0000\r\n":                                            now.Add(-24 * time.Hour),
		"Date: Sun, 22 Nov 2026 00:45:00 +0000\r\nReceived: by b; 23 Nov 2026 00:40 +0000\r\n": now.Add(-5 * time.Minute),
		"Received: no stamp\r\nReceived: by a; 23 Nov 2026 00:39 +0000\r\n":                    now.Add(-6 * time.Minute),
		"Date: tomorrow\r\n": now,
	} {
		if row, _ := RowOf([]byte(header+"\r\ntext"), now); !row.Received.Equal(want) {
			t.Errorf("%q: %v, want %v", header, row.Received, want)
		}
	}
}

func TestRowOfMayReport(t *testing.T) {
	for header, want := range map[string]bool{
		"From: Bob <bob@fuji.test>\r\nContent-Type: text/plain\r\n":         false,
		"Subject: Mail Delivery Subsystem postmaster\r\n":                   false,
		"Content-Type: Multipart/Report; report-type=delivery-status\r\n":   true,
		"from: Mail Delivery System <MAILER-DAEMON@fuji.test>\r\n":          true,
		"From:\r\n PostMaster@fuji.test\r\n":                                true,
		"Return-Path: <>\r\n":                                               true,
		"Return-Path:<>\r\n":                                                true,
		"Return-Path: < >\r\n":                                              true,
		"Return-Path: <bob@fuji.test>\r\nX-Failed-Recipients: a@b.test\r\n": true,
		"Return-Path: <bob@fuji.test>\r\nX-Mailer: postmaster\r\n":          false,
		"Subject: x\r\n\r\nFrom: MAILER-DAEMON, quoted in the text\r\n":     false,
	} {
		if _, got := RowOf([]byte(header+"\r\ntext"), time.Now()); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

// BenchmarkRowOf is a first POP3 sync's share of this package: 10,000 messages of 5 KiB.
func BenchmarkRowOf(b *testing.B) {
	var raw [1000][]byte
	for i := range raw {
		var m strings.Builder
		for hop := range 3 + i%5 {
			fmt.Fprintf(&m, "Received: from mx%d.hop.example (mx%d.hop.example [192.0.2.%d])\r\n\tby relay%d.lab.example with ESMTPS id %010X\r\n"+
				"\tfor <user@lab.example>; Mon, 23 Nov 2026 09:38:%02d +0900\r\n", hop, hop, i%250, hop, i, 59-hop)
		}
		subject := []string{"budget agenda release lookup notes", "=?utf-8?b?" + b64("来週の打ち合わせの日程") + "?=", "=?iso-2022-jp?b?" + b64(jis(b, "議事録を添付いたします")) + "?="}
		from := []string{"Bob Ng", `"Carter, Alice"`, "=?utf-8?b?" + b64("田中 花子") + "?="}
		fmt.Fprintf(&m, "DKIM-Signature: v=1; a=rsa-sha256; d=lab.example; s=s1;\r\n\tb=%s\r\nMessage-ID: <%d.m@lab.example>\r\n"+
			"Date: Mon, 23 Nov 2026 09:38:00 +0900\r\nFrom: %s <user%d@lab.example>\r\nTo: <user@lab.example>\r\nSubject: %s\r\n"+
			"References: <%d.a@lab.example>\r\n\t<%d.b@lab.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"+
			"Content-Transfer-Encoding: 8bit\r\n\r\n", strings.Repeat("A", 128), i, from[i%len(from)], i%12, subject[i%len(subject)], i, i)
		raw[i] = append([]byte(m.String()), bytes.Repeat([]byte("figures delivery relay forward\r\n"), 120)...)
	}
	now := time.Date(2026, 11, 23, 9, 45, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		for range 10 {
			for _, m := range raw {
				RowOf(m, now)
			}
		}
	}
}
