package explain

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"todoku/diag/reason"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// TestEveryEntryIsFound: by its code, and by each of its words, alone and in a sentence.
func TestEveryEntryIsFound(t *testing.T) {
	for code, f := range facts() {
		if got, ok := Look(code); (!ok || got.Code != code) && code != codeUnknown {
			t.Errorf("%s: its code finds %s", code, got.Code)
		}
		for _, w := range f.Words {
			if w != reason.Fold(w) {
				t.Errorf("%s: %q is not as texts are folded", code, w)
			}
			got, ok := Look(w)
			if at, _ := lookup(got.Code); !ok || at != code && named()[w] != at {
				t.Errorf("%s: %q finds %s", code, w, got.Code)
			}
			if got, ok := Look("it said " + w); !ok && !strings.HasPrefix(code, "smtp.5") {
				t.Errorf("%s: %q in a sentence finds %s", code, w, got.Code)
			}
		}
	}
	for code := range en() {
		if rest, ok := strings.CutPrefix(code, "smtp.x."); ok {
			for _, class := range []string{"4.", "5."} {
				if got, ok := Look(class + rest); !ok || Finding(got, English).Title != en()[code].Title {
					t.Errorf("%s%s is not found", class, rest)
				}
			}
		}
	}
}

// TestEveryEntryIsFoundByItsWords, in both languages: the title that a screen showed, with facts and without, finds the entry, or one
// that says the same. Cells of the comparison's table are no sentences.
func TestEveryEntryIsFoundByItsWords(t *testing.T) {
	facts := map[string]string{"host": "mx1.fuji.test", "server": "mail.sakura.test", "domain": "fuji.test", "name": "fuji.test", "zone": "fuji.test",
		"address": "bob@fuji.test", "count": "3", "limit": "30", "elapsed": "12s", "after": "2m0s", "port": "993", "path": "~/letter.txt"}
	without := map[string]string{codeUnknown: "it is what nothing fits", "doctor.name": "its title is two facts", "smtp": "a family: of its title one word is its own",
		"imap": "a family: of its title one word is its own", "pop3": "a family: of its title one word is its own"}
	twins := map[string]string{"trace.mx.null": "reason.nomail"} // without a name both say that the domain takes no mail
	for _, code := range Codes() {
		if without[code] != "" {
			continue
		}
		for _, lang := range []Lang{English, Japanese} {
			for _, args := range []map[string]string{nil, facts} {
				title := Finding(trace.Finding{Code: code, Args: args}, lang).Title
				if strings.HasPrefix(code, "compare.") && cells(title) < 16 {
					continue
				}
				got, ok := Look(title)
				at, _ := lookup(got.Code)
				same := func(code string) string {
					return strings.ReplaceAll(factForm.ReplaceAllString(fullStop(catalogue(lang)[code].Title), "{}"), " ", "")
				}
				if !ok || at != code && at != twins[code] && same(at) != same(code) {
					t.Errorf("%s: %q finds %s", code, title, got.Code)
				}
			}
		}
	}
}

// TestTheCatalogueIsWhole holds it to the registries.
func TestTheCatalogueIsWhole(t *testing.T) {
	for room, codes := range map[string]string{
		"smtp.": "211 214 220 221 235 250 251 252 334 354 421 432 450 451 452 454 455 500 501 502 503 504 521 523 525 530 534 535 538 550 551 552 553 554 555 556",
		"pop3.": "in-use login-delay sys.temp sys.perm auth",
		"imap.": "unavailable authenticationfailed authorizationfailed expired privacyrequired contactadmin noperm inuse expungeissued corruption " +
			"serverbug clientbug cannot limit overquota alreadyexists nonexistent alert appenduid badcharset capability closed copyuid haschildren " +
			"notsaved parse permanentflags read-only read-write trycreate uidnext uidnotsticky uidvalidity unknown-cte",
		"dns.rejected.": "formerr notimp yxdomain yxrrset nxrrset notauth notzone dsotypeni badvers badsig badkey badtime badmode badname badalg badtrunc badcookie",
		"dns.ede.":      "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30",
		"tls.alert.":    "0 10 20 21 22 30 40 41 42 43 44 45 46 47 48 49 50 51 60 70 71 80 86 90 100 109 110 111 112 113 114 115 116 120 121",
		"oauth.": "invalid-grant invalid-token insufficient-scope invalid-client unauthorized-client invalid-request invalid-scope " +
			"unsupported-grant-type unsupported-response-type access-denied server-error temporarily-unavailable authorization-pending slow-down expired-token",
	} {
		for _, code := range strings.Fields(codes) {
			at, f := lookup(room + code)
			if at != room+code && at != "pop3.sys" || f.Who == "" || f.Why == "" && room != "pop3." {
				t.Errorf("%s%s is explained by %s (%+v)", room, code, at, f)
			}
		}
	}
}

func TestLikeLeadsSomewhere(t *testing.T) {
	for code, f := range facts() {
		if _, ok := facts()[f.Like]; f.Like != "" && !ok {
			t.Errorf("%s is like %s, which is not there", code, f.Like)
		}
		if f.Who == "" || f.Retry == "" {
			t.Errorf("%s: who %q, retry %q", code, f.Who, f.Retry)
		}
	}
}

// TestLiveFailuresReachTheirEntries: what the rooms below report leads to the same entries as what people type.
func TestLiveFailuresReachTheirEntries(t *testing.T) {
	handshake := func(err error) error { return &wire.Error{Code: wire.CodeTLSHandshake, Err: err} }
	certificate := func(err error) error { return &wire.Error{Code: wire.CodeTLSCertificate, Err: err} }
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"reply":       {&smtp.Error{Verb: "RCPT", Reply: smtp.Reply{Code: 550, Enhanced: "5.1.1", Lines: []string{"5.1.1 User unknown"}}}, "reason.nobody"},
		"bare reply":  {&smtp.Error{Verb: ".", Reply: smtp.Reply{Code: 554, Lines: []string{"Service unavailable"}}}, "smtp.554"},
		"POP3":        {&pop3.Error{Verb: "PASS", Code: "SYS/TEMP"}, "pop3.sys.temp"},
		"IMAP":        {&imap.Error{Verb: "APPEND", Status: "NO", Code: "OVERQUOTA"}, "imap.overquota"},
		"rcode":       {&dns.Error{Name: "a.test", Kind: dns.Rejected, Rcode: "NOTIMP"}, "dns.rejected.notimp"},
		"odd rcode":   {&dns.Error{Name: "a.test", Kind: dns.Rejected, Rcode: "RCODE77"}, "dns.rejected.rcode77"},
		"nxdomain":    {&dns.Error{Name: "a.test", Kind: dns.NotFound, Rcode: "NXDOMAIN"}, "dns.notfound"},
		"alert":       {handshake(tls.AlertError(40)), "tls.alert.40"},
		"odd alert":   {handshake(tls.AlertError(250)), "tls.alert.250"},
		"usage":       {certificate(x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}), "tls.certificate.usage"},
		"constraints": {certificate(x509.CertificateInvalidError{Reason: x509.CANotAuthorizedForThisName}), "tls.certificate.name-constraint"},
		"roots":       {certificate(x509.SystemRootsError{}), "tls.certificate.no-roots"},
		"other":       {certificate(errors.New("odd")), "tls.certificate"},
		"socket":      {&wire.Error{Code: wire.CodeDialFailed, Err: syscall.EADDRNOTAVAIL}, "socket.eaddrnotavail"},
		"system":      {syscall.ECONNRESET, "socket.econnreset"},
	} {
		f := Find(c.err)
		if f.Code != c.code {
			t.Errorf("%s: %s, want %s", name, f.Code, c.code)
		}
		if d := Finding(f, Japanese); d.Title == "" || d.Who == "" || strings.Contains(d.Title, "知らない失敗") {
			t.Errorf("%s: %+v", name, d)
		}
	}
	for _, s := range socketCodes {
		exact(t, "socketCodes", s.code)
	}
	for _, what := range slices.Sorted(maps.Values(invalid)) {
		exact(t, "certificateCode", "tls.certificate."+what)
	}
}

func TestWhatAReplySays(t *testing.T) {
	f := Reply(reason.Reply{Text: "550 : User unknown", Host: "lsean.ezweb.ne.jp", Command: "RCPT", Step: 3})
	for lang, want := range map[Lang][2]string{
		English:  {"high: provider's wording, code and words agree (au, 2025-02)", "Nobody tries again: the same gets the same answer."},
		Japanese: {"高い: 事業者固有の文言、コード、文言が一致 (au, 2025-02)", "誰も再送しません。同じものには同じ答えが返ります。"},
	} {
		if d := Finding(f, lang); d.Sure != want[0] || d.Again != want[1] || d.Who != Recipient || !d.Refused {
			t.Errorf("%+v", d)
		}
	}
	f = Reply(reason.Reply{Text: "451 4.7.1 Greylisted", Step: 1})
	if d := Finding(f, English); d.Again != "todoku tries again by itself." || d.Refused || d.Meaning() !=
		"Often greylisting: a sender that is new to the server must try twice (RFC 6647 section 2). todoku tries again by itself." {
		t.Errorf("%+v %q", d, d.Meaning())
	}
	f.Args["who"], f.Args["retry"], f.Args["sure"] = "evil", "always", "total"
	if d := Finding(f, English); d.Who != Nobody || d.Retry != "" || d.Sure != "none" {
		t.Errorf("facts of a file were believed: %+v", d)
	}
	if d := Finding(Reply(reason.Reply{Text: "550 5.7.1 Relaying denied", Step: 3}), English); d.Who != Recipient || !strings.Contains(d.Act, "MX record") {
		t.Errorf("relaying at step 3: %+v", d)
	}
}

func TestNamelessThings(t *testing.T) {
	for code, want := range map[string]string{"smtp.500": "500: サーバーがコマンドを知りません。", "reason.full": "このアドレスのメールボックスがいっぱいです。"} {
		if d := Finding(trace.Finding{Code: code}, Japanese); d.Title != want {
			t.Errorf("%q, want %q", d.Title, want)
		}
	}
	if d := Finding(trace.Finding{Code: "reason.nobody"}, English); d.Title != "The address does not exist." {
		t.Errorf("%q", d.Title)
	}
}

func TestExtendedErrorsAreExplained(t *testing.T) {
	f := dns.Hop{Outcome: "servfail", Server: "ns1.fuji.test", Name: "fuji.test.", Rcode: "SERVFAIL",
		Extended: []dns.ExtendedError{{Code: 7, Name: "Signature Expired"}, {Code: 4711, Name: "odd"}}}.Finding()
	d := Finding(f, English)
	if len(d.Likely) == 0 || d.Likely[len(d.Likely)-1] != "EDE 7: signature expired. The signatures were not renewed in time." {
		t.Errorf("%+v", d)
	}
	for _, c := range []struct{ proto, line, want string }{
		{"pop3", "-ERR [IN-USE] later", "pop3.in-use"}, {"pop3", "-ERR no", "pop3"}, {"imap", "A1 NO [OVERQUOTA] full", "imap.overquota"},
		{"imap", "A1 BAD [ODD] what", "imap"},
	} {
		if got := ResponseCode(c.proto, c.line); got != c.want {
			t.Errorf("%s is %s, want %s", c.line, got, c.want)
		}
	}
}

func FuzzLook(f *testing.F) {
	for _, s := range []string{"550 5.1.1 User unknown", "[IN-USE]", "-ERR", "x509: \x1b[2J", "{host}", "ede 22"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := Look(text)
		d := Finding(got, Japanese)
		if ok == (d.Code == codeUnknown) || d.Title == "" || strings.ContainsAny(d.Said, "\x1b\x07\u009b") {
			t.Errorf("%q: %v %+v", text, ok, d)
		}
	})
}

// Commands and records to copy name in capitals what nobody named.
func TestStepsWithoutNames(t *testing.T) {
	for code, want := range map[string]string{"trace.mx.alias": "`dig HOST CNAME`", "policy.sts.many": "`dig _mta-sts.DOMAIN TXT`", "policy.dane.mismatch": "RECORD"} {
		f, _ := Look(code)
		for _, lang := range []Lang{English, Japanese} {
			if d := Finding(f, lang); !strings.Contains(strings.Join(d.Do, "\n"), want) {
				t.Errorf("%s: %q has no %s", code, d.Do, want)
			}
		}
	}
}
