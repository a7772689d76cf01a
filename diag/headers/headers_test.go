package headers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/mail"
)

func TestParseReceivedShapes(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Hop
	}{
		{"postfix", "from mail.sakura.test (mail.sakura.test [192.0.2.10])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\t(No client certificate requested)\r\n\tby mx1.tsuru.test (Postfix) with ESMTPS id 7F3A2\r\n\tfor <hanako@tsuru.test>; Mon, 23 Nov 2026 09:38:00 +0900 (JST)",
			Hop{From: "mail.sakura.test", By: "mx1.tsuru.test", With: "ESMTPS", ID: "7F3A2", TLS: "TLS 1.3"}},
		{"postfix submission", "from [192.168.1.5] (p1.example.test [203.0.113.9]) (Authenticated sender: alice) by mail.sakura.test (Postfix) with ESMTPSA id 1; Mon, 23 Nov 2026 09:38:00 +0900",
			Hop{From: "p1.example.test", By: "mail.sakura.test", With: "ESMTPSA", ID: "1", TLS: "TLS"}},
		{"postfix pickup", "by mail.sakura.test (Postfix, from userid 1000) id 22; Mon, 23 Nov 2026 09:38:00 +0900",
			Hop{By: "mail.sakura.test", ID: "22"}},
		{"exim", "from [192.0.2.9] (helo=laptop) by mail.fuji.test with esmtpsa (TLS1.3) tls TLS_AES_128_GCM_SHA256 (Exim 4.96) (envelope-from <b@fuji.test>) id 1abc-0001; Mon, 23 Nov 2026 00:38:00 +0000",
			Hop{From: "192.0.2.9", By: "mail.fuji.test", With: "esmtpsa", ID: "1abc-0001", TLS: "TLS 1.3"}},
		{"exim, name and address", "from mx.fuji.test ([192.0.2.20] helo=x) by mail.sakura.test with esmtp (Exim 4.9) id 1; Mon, 23 Nov 2026 00:38:00 +0000",
			Hop{From: "mx.fuji.test", By: "mail.sakura.test", With: "esmtp", ID: "1"}},
		{"qmail", "from unknown (HELO mx.fuji.test) (192.0.2.20)\n  by mail.sakura.test with SMTP; 23 Nov 2026 00:38:00 -0000",
			Hop{From: "mx.fuji.test", By: "mail.sakura.test", With: "SMTP"}},
		{"qmail local", "(qmail 123 invoked by uid 89); 23 Nov 2026 00:38:00 -0000", Hop{By: "qmail"}},
		{"sendmail", "from mx.fuji.test (mx.fuji.test [192.0.2.20] (may be forged)) by mail.sakura.test (8.17.1/8.17.1) with ESMTPS id xANx (version=TLSv1.2 cipher=ECDHE bits=256 verify=NO) for <a@sakura.test>; Mon, 23 Nov 2026 09:38:00 +0900",
			Hop{From: "mx.fuji.test", By: "mail.sakura.test", With: "ESMTPS", ID: "xANx", TLS: "TLS 1.2"}},
		{"exchange", "from TY1.apcprd01.prod.outlook.com (2603:1096::1) by TY2.apcprd01.prod.outlook.com (2603:1096::2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1.2; Mon, 23 Nov 2026 00:38:00 +0000",
			Hop{From: "TY1.apcprd01.prod.outlook.com", By: "TY2.apcprd01.prod.outlook.com", With: "Microsoft SMTP Server", ID: "15.20.1.2", TLS: "TLS 1.2"}},
		{"exchange mapi", "from TY1.outlook.com ([fe80::1]) by TY1.outlook.com ([fe80::1%4]) with mapi id 15.20.1.2; Mon, 23 Nov 2026 00:38:00 +0000",
			Hop{From: "TY1.outlook.com", By: "TY1.outlook.com", With: "mapi", ID: "15.20.1.2"}},
		{"gmail internal", "by 2002:a05:6a10:f00d:0:0:0:0 with SMTP id x1csp1; Sun, 22 Nov 2026 16:38:00 -0800 (PST)",
			Hop{By: "2002:a05:6a10:f00d:0:0:0:0", With: "SMTP", ID: "x1csp1"}},
		{"gmail", "from mail-a.google.com (mail-a.google.com. [209.85.220.41]) by mx.google.com with SMTPS id y2 for <a@gmail.com> (Google Transport Security); Sun, 22 Nov 2026 16:38:00 -0800 (PST)",
			Hop{From: "mail-a.google.com", By: "mx.google.com", With: "SMTPS", ID: "y2", TLS: "TLS"}},
		{"yahoo japan", "from 192.0.2.20  (EHLO mx.fuji.test) (192.0.2.20)\n  by mta5.mail.djm.yahoo.co.jp with SMTP; Mon, 23 Nov 2026 09:38:00 +0900",
			Hop{From: "mx.fuji.test", By: "mta5.mail.djm.yahoo.co.jp", With: "SMTP"}},
		{"docomo", "from mfsmax.docomo.ne.jp ([172.17.1.1]) by mfsma1.docomo.ne.jp (DOCOMO Mail Server Ver2.0) with SMTP id aa; Mon, 23 Nov 2026 09:38:00 +0900 (JST)",
			Hop{From: "mfsmax.docomo.ne.jp", By: "mfsma1.docomo.ne.jp", With: "SMTP", ID: "aa"}},
		{"lmtp", "from mail.sakura.test by store.sakura.test with LMTP id abc (envelope-from <x@y>); Mon, 23 Nov 2026 09:38:00 +0900",
			Hop{From: "mail.sakura.test", By: "store.sakura.test", With: "LMTP", ID: "abc"}},
	} {
		got := ParseReceived(c.in)
		if want := time.Date(2026, 11, 23, 0, 38, 0, 0, time.UTC); !got.Time.Equal(want) {
			t.Errorf("%s: time %v", c.name, got.Time)
		}
		got.Time, got.Raw = time.Time{}, ""
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// header makes fields from "Name: value" lines, top first.
func header(lines ...string) []mail.Field {
	return mail.ParseHeader([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n"))
}

const (
	lmtp   = "Received: from mx1.tsuru.test by store.tsuru.test with LMTP id 4; Mon, 23 Nov 2026 09:38:05 +0900"
	mx     = "Received: from mail.sakura.test (mail.sakura.test [192.0.2.10]) (using TLSv1.3 with cipher X) by mx1.tsuru.test with ESMTPS id 3; Mon, 23 Nov 2026 09:38:04 +0900"
	relay  = "Received: from mail.sakura.test by out.sakura.test with ESMTP id 2; Mon, 23 Nov 2026 09:38:02 +0900"
	submit = "Received: from phone.sakura.test ([203.0.113.5]) by mail.sakura.test with ESMTPSA (TLS1.2) id 1; Mon, 23 Nov 2026 09:38:01 +0900"
	date   = "Date: Mon, 23 Nov 2026 09:38:00 +0900"
)

func TestParsePathFourSteps(t *testing.T) {
	picked := time.Date(2026, 11, 23, 0, 38, 14, 0, time.UTC)
	p := ParsePath(header(lmtp, mx, relay, submit, date), PathOptions{Picked: picked, Via: "IMAP"})
	want := [4]PathStep{
		{Known: true, From: "phone.sakura.test", By: "out.sakura.test", Delay: 2 * time.Second},
		{},
		{Known: true, From: "mail.sakura.test", By: "mx1.tsuru.test", TLS: "TLS 1.3", Delay: 2 * time.Second},
		{Known: true, From: "store.tsuru.test", By: "IMAP", Delay: 10 * time.Second},
	}
	if diff := cmp.Diff(want, p.Steps); diff != "" {
		t.Errorf("steps: -want +got\n%s", diff)
	}
	if p.Total != 14*time.Second {
		t.Errorf("total %v", p.Total)
	}
	var steps []int
	for _, h := range p.Hops {
		steps = append(steps, h.Step)
	}
	if diff := cmp.Diff([]int{1, 1, 3, 4}, steps); diff != "" {
		t.Error(diff)
	}
	if _, err := json.Marshal(p); err != nil {
		t.Error(err)
	}
}

func TestParsePathWithoutPickUp(t *testing.T) {
	p := ParsePath(header(mx, submit), PathOptions{})
	if p.Steps[3].Known || p.Steps[1].Known {
		t.Errorf("pick-up and DNS leave no mark, got %+v", p.Steps)
	}
	if p.Steps[0].TLS != "TLS 1.2" || p.Steps[0].Delay != 0 || p.Steps[2].Delay != 3*time.Second {
		t.Errorf("%+v", p.Steps)
	}
}

func TestParsePathKinds(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		steps []int
	}{
		{"no submission field", []string{mx}, []int{3}},
		{"private client without login", []string{mx, "Received: from pc (pc.lan [192.168.0.2]) by mail.sakura.test with ESMTP; Mon, 23 Nov 2026 09:38:01 +0900"}, []int{1, 3}},
		{"one organisation", []string{
			"Received: from mail.sakura.test by store.sakura.test with LMTP; Mon, 23 Nov 2026 09:38:03 +0900",
			"Received: from mail.sakura.test by mx1.sakura.test with ESMTP; Mon, 23 Nov 2026 09:38:02 +0900", submit}, []int{1, 3, 4}},
		{"mailing list", []string{
			"Received: from list.example.org by mx1.tsuru.test with ESMTPS; Mon, 23 Nov 2026 09:38:09 +0900",
			"Received: from localhost by list.example.org with ESMTP; Mon, 23 Nov 2026 09:38:05 +0900",
			"Received: from mail.sakura.test by list.example.org with ESMTPS; Mon, 23 Nov 2026 09:38:04 +0900", submit}, []int{1, 3, 3, 3}},
		{"webmail", []string{
			"Received: by 2002:a05:6a10::1 with SMTP id 3; Mon, 23 Nov 2026 09:38:04 +0900",
			"Received: from mail-a.google.com by mx.google.com with SMTPS id 2; Mon, 23 Nov 2026 09:38:03 +0900",
			"Received: from TY1.prod.outlook.com by mail-b.google.com with ESMTPS; Mon, 23 Nov 2026 09:38:02 +0900",
			"Received: from TY1.prod.outlook.com by TY1.prod.outlook.com with mapi id 15; Mon, 23 Nov 2026 09:38:01 +0900"}, []int{1, 3, 4, 4}},
		{"none", nil, nil},
	} {
		p := ParsePath(header(c.lines...), PathOptions{})
		var steps []int
		for _, h := range p.Hops {
			steps = append(steps, h.Step)
		}
		if diff := cmp.Diff(c.steps, steps); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestParsePathNotesWrongClocks(t *testing.T) {
	ahead := strings.Replace(relay, "09:38:02", "23:38:02", 1)
	p := ParsePath(header(mx, ahead, submit, date), PathOptions{})
	if s := p.Steps[0]; !s.Clock || s.Delay != time.Second {
		t.Errorf("a clock 14 h ahead gives step 1 %+v, want 1 s and Clock", s)
	}
	if p.Total != 4*time.Second {
		t.Errorf("total %v", p.Total)
	}
	back := ParsePath(header(strings.Replace(mx, "09:38:04", "09:37:59", 1), submit), PathOptions{})
	if s := back.Steps[2]; !s.Clock || s.Delay != -2*time.Second {
		t.Errorf("a clock that runs backwards gives step 3 %+v, want -2 s and Clock", s)
	}
	same := ParsePath(header(mx, submit), PathOptions{})
	if same.Steps[0].Clock || same.Steps[2].Clock {
		t.Errorf("good clocks are called wrong: %+v", same.Steps)
	}
}

func TestParsePathIsBounded(t *testing.T) {
	lines := make([]string, 0, 3000)
	for range 3000 {
		lines = append(lines, "Received: from a.test by b.test"+strings.Repeat(" (((", 50)+"; nonsense")
	}
	p := ParsePath(header(lines...), PathOptions{})
	if len(p.Hops) != maxHops {
		t.Errorf("%d hops", len(p.Hops))
	}
	long := ParseReceived("from " + strings.Repeat("x ", 100000))
	if len(long.Raw) > maxReceived {
		t.Errorf("raw of %d octets", len(long.Raw))
	}
}

func TestServerAuth(t *testing.T) {
	pass := "Authentication-Results: mx1.tsuru.test; dkim=pass (2048-bit key; unprotected) header.d=sakura.test header.i=@sakura.test;\r\n spf=pass smtp.mailfrom=alice@sakura.test; dmarc=pass (p=reject) header.from=sakura.test"
	forged := "Authentication-Results: mx1.tsuru.test; dkim=pass header.d=bank.test; dmarc=pass"
	for _, c := range []struct {
		name, receiver, want string
		lines                []string
	}{
		{"pass", "", "pass: DKIM sakura.test, SPF, DMARC", []string{pass, mx, submit}},
		{"below the field of the receiving server", "", "pass: DKIM sakura.test, SPF, DMARC", []string{lmtp, mx, pass, submit}},
		{"forged by the sender", "", "", []string{mx, submit, forged}},
		{"forged beside the true one", "", "pass: DKIM sakura.test, SPF, DMARC", []string{pass, mx, submit, forged}},
		{"mixed", "", "fail: DMARC; softfail: SPF; none: DKIM", []string{"Authentication-Results: mx1.tsuru.test 1; spf=softfail; dkim=none; dmarc=fail; iprev=pass; arc=none", mx, submit}},
		{"another server's", "mx1.tsuru.test", "", []string{"Authentication-Results: mail.sakura.test; spf=pass", mx, submit}},
		{"receiver's sibling", "mail.tsuru.test", "pass: SPF", []string{"Authentication-Results: mx1.tsuru.test; spf=pass", mx, submit}},
		{"nothing checked", "", "", []string{"Authentication-Results: mx1.tsuru.test; none", mx, submit}},
		{"absent", "", "", []string{mx, submit}},
		{"odd words", "", "fail: SPF; unknown: DKIM", []string{"Authentication-Results: mx1.tsuru.test; spf = hardfail; dkim=weird", mx}},
	} {
		if got := ServerAuth(header(c.lines...), c.receiver); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{mx, submit, lmtp, "Received: (((;;;", "Received: by\r\nReceived: from\r\nReceived: ; 99", "Authentication-Results: ;=;/=(", "Received: from [::1 by ] with TLS1 tls"} {
		f.Add(s + "\r\n" + date + "\r\n\r\n")
	}
	f.Fuzz(func(t *testing.T, s string) {
		fields := mail.ParseHeader([]byte(s))
		p := ParsePath(fields, PathOptions{Picked: time.Unix(1, 0)})
		for _, h := range p.Hops {
			if h.Step != 1 && h.Step != 3 && h.Step != 4 {
				t.Fatalf("step %d", h.Step)
			}
			if !utf8.ValidString(h.From + h.By + h.With + h.ID + h.TLS + h.Raw) {
				t.Fatalf("invalid UTF-8 in %+v", h)
			}
		}
		if got := ServerAuth(fields, ""); !utf8.ValidString(got) {
			t.Fatalf("invalid UTF-8 in %q", got)
		}
	})
}
