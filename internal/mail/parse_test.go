package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/google/go-cmp/cmp"
)

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

// outline draws a tree as "path type" lines.
func outline(part *Part) string {
	var out strings.Builder
	var draw func(*Part)
	draw = func(p *Part) {
		fmt.Fprintf(&out, "%s %s\n", p.Path, p.Type)
		for _, c := range p.Children {
			draw(c)
		}
	}
	draw(part)
	return out.String()
}

const nested = `From: hanako@tsuru.test
Subject: files
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

preamble
--outer
Content-Type: multipart/alternative; boundary="outer2"

--outer2
Content-Type: text/plain; charset=utf-8; format=flowed

plain 
text
--outer2
Content-Type: text/html; charset=utf-8

<p>html <a href="https://x.test/">link</a></p>
--outer2--
--outer
Content-Type: application/pdf; name="=?ISO-2022-JP?B?` + "GyRCNUREahsoQi5wZGY=" + `?="
Content-Disposition: attachment
Content-Transfer-Encoding: base64

JVBERg==
--outer
Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/mixed; boundary=in

--in

one
--in
Content-Disposition: attachment; filename*0*=iso-2022-jp''%1B$B; filename*1*=%35%44%1B(B; filename*2=.txt

two
--in--
--outer
Content-Type: message/rfc822

Subject: single

text
--outer--
epilogue
`

func TestParseTree(t *testing.T) {
	want := ` multipart/mixed
1 multipart/alternative
1.1 text/plain
1.2 text/html
2 application/pdf
3 message/rfc822
3.TEXT multipart/mixed
3.1 text/plain
3.2 text/plain
4 message/rfc822
4.1 text/plain
`
	for _, raw := range [][]byte{crlf(nested), []byte(nested)} {
		p := Parse(raw)
		if diff := cmp.Diff(want, outline(p.Root)); diff != "" {
			t.Error(diff)
		}
		if len(p.Damages) > 0 {
			t.Errorf("damages %v", p.Damages)
		}
		text := p.Text(TextOptions{})
		if text.Body != "plain text\n" || text.FromHTML || text.Charset != "UTF-8" {
			t.Errorf("text %+v", text)
		}
		if html := p.Text(TextOptions{HTML: true, Notes: true}); html.Body != "html link [4]\n\n[4] https://x.test/\n" || !html.FromHTML {
			t.Errorf("html %+v", html)
		}
		var names []string
		for _, f := range p.Files() {
			names = append(names, f.Path+" "+f.FileName)
		}
		if diff := cmp.Diff([]string{"2 議定.pdf", "3 inner.eml", "4 single.eml"}, names); diff != "" {
			t.Error(diff)
		}
		if b, damage, err := p.Decode("2"); string(b) != "%PDF" || damage != "" || err != nil {
			t.Errorf("decode %q %q %v", b, damage, err)
		}
		if part, ok := p.Part("3.2"); !ok || part.FileName != "議.txt" {
			t.Errorf("3.2 is %+v", part)
		}
		if b, _, _ := p.Decode("3.1"); string(b) != "one" {
			t.Errorf("3.1 is %q", b)
		}
		if _, _, err := p.Decode("9"); !errors.Is(err, ErrNoPart) {
			t.Errorf("part 9: %v", err)
		}
		if b, _, _ := p.Decode(""); !bytes.Equal(b, raw) {
			t.Error("the whole message is not what came")
		}
		if !p.HasFile() {
			t.Error("HasFile is false")
		}
	}
}

// TestParseAgreesWithGoMessage compares leaf for leaf with go-message's own walk on well-formed mail.
func TestParseAgreesWithGoMessage(t *testing.T) {
	raw := crlf(nested)
	p := Parse(raw)
	entity, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	err = entity.Walk(func(path []int, e *message.Entity, err error) error {
		kind, _, _ := e.Header.ContentType()
		var name []string
		for _, n := range path {
			name = append(name, fmt.Sprint(n+1))
		}
		part, ok := p.Part(strings.Join(name, "."))
		if !ok || part.Type != kind {
			t.Errorf("part %v is %s, ours %+v", path, kind, part)
			return nil
		}
		if !strings.HasPrefix(kind, "multipart/") {
			theirs, _ := io.ReadAll(e.Body)
			ours, _, _ := p.Decode(part.Path)
			if !bytes.Equal(theirs, ours) {
				t.Errorf("part %s: %q, ours %q", part.Path, theirs, ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestParseBroken(t *testing.T) {
	for _, c := range []struct{ name, in, outline, text, damage string }{
		{"empty", "", "1 text/plain\n", "", ""},
		{"no header", "hello\nworld\n", "1 text/plain\n", "hello\nworld\n", DamageHeaderMissing},
		{"undeclared boundary", "Content-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\nx\n--b--\n", " multipart/mixed\n1 text/plain\n", "x\n", DamageBoundaryNone},
		{"wrong boundary", "Content-Type: multipart/mixed; boundary=a\n\n--b\nContent-Type: text/plain\n\nx\n--b--\n", " multipart/mixed\n1 text/plain\n", "x\n", DamageBoundaryMissing},
		{"no boundary at all", "Content-Type: multipart/mixed; boundary=a\n\njust text\n", " multipart/mixed\n1 text/plain\n", "just text\n", DamageBoundaryMissing},
		{"no boundary, html", "Content-Type: multipart/alternative; boundary=a\n\n<html><p>x\n", " multipart/alternative\n1 text/html\n", "x\n", DamageBoundaryMissing},
		{"cut off", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n", " multipart/mixed\n1 text/plain\n", "x\n", DamageEndMissing},
		{"inner end missing", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\nx\n--a\n\ny\n--a--\n",
			" multipart/mixed\n1 multipart/mixed\n1.1 text/plain\n2 text/plain\n", "x\n\ny\n", DamageEndMissing},
		{"type without slash", "Content-Type: text\n\nx\n", "1 text/plain\n", "x\n", DamageType},
		{"type with junk", "Content-Type: text/plain charset=\"utf-8\"\n\nx\n", "1 text/plain\n", "x\n", DamageType},
		{"part without header", "Content-Type: multipart/mixed; boundary=a\n\n--a\nhello there\n--a--\n", " multipart/mixed\n1 text/plain\n", "hello there\n", DamageHeaderMissing},
		{"encoded multipart", "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n\n--a\n\nx\n--a--\n", " multipart/mixed\n1 text/plain\n", "x\n", DamageEncodingNested},
		{"broken base64", "Content-Transfer-Encoding: base64\n\naGVs*bG8g\nd29ybGQ\n", "1 text/plain\n", "hello world\n", DamageBase64},
		{"broken quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\na=3Db=ZZ=\nc\x01=E3=81=82\n", "1 text/plain\n", "a=b=ZZc\x01あ\n", ""},
		{"base64 with a foreign line", "Content-Transfer-Encoding: base64\n\nZmluZSA=\n***coffee***\nYWdhaW4=\n", "1 text/plain\n", "fine again\n", DamageBase64},
		{"base64 that lost a character", "Content-Transfer-Encoding: base64\n\nYWJjZGVm\nYWJjZG*m\nYWJjZGVm\n", "1 text/plain\n", "abcdefabcdiabcdef\n", DamageBase64},
		{"a message in a message in a message", "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\nSubject: x\n\ndeep\n--a--\n",
			"1 message/rfc822\n1.TEXT multipart/mixed\n1.1 message/rfc822\n1.1.1 text/plain\n", "deep\n", ""},
		{"unknown encoding", "Content-Transfer-Encoding: x-none\n\nhello\n", "1 text/plain\n", "hello\n", DamageEncodingUnknown},
		{"uuencode", "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n%:&5L;&\\\n`\nend\n", "1 text/plain\n", "hello\n", ""},
		{"wrong charset", "Content-Type: text/plain; charset=us-ascii\n\n日本語のテキスト\n", "1 text/plain\n", "日本語のテキスト\n", DamageCharsetWrong},
		{"unknown charset", "Content-Type: text/plain; charset=x-klingon\n\nabc\n", "1 text/plain\n", "abc\n", DamageCharsetUnknown},
		{"html meta", "Content-Type: text/html\n\n<meta http-equiv=Content-Type content='text/html; charset=shift_jis'><p>\x82\xa0\x82\xa2\n", "1 text/html\n", "あい\n", ""},
		{"stub", "Content-Type: multipart/alternative; boundary=a\n\n--a\n\nThis mail is HTML.\n--a\nContent-Type: text/html\n\n<p>real\n--a--\n", " multipart/alternative\n1 text/plain\n2 text/html\n", "real\n", ""},
		{"two inline texts", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a\nContent-Type: image/png\n\np\n--a\n\ny\n--a--\n", " multipart/mixed\n1 text/plain\n2 image/png\n3 text/plain\n", "x\n\ny\n", ""},
		{"only calendar", "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n", "1 text/calendar\n", "", ""},
		{"enriched", "Content-Type: text/enriched\n\n<bold>a</bold> <<b\n", "1 text/enriched\n", "a <b\n", ""},
		{"nul octets", "Subject: x\n\na\x00b\n", "1 text/plain\n", "ab\n", ""},
	} {
		p := Parse(crlf(c.in))
		if diff := cmp.Diff(c.outline, outline(p.Root)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		text := p.Text(TextOptions{})
		if text.Body != c.text {
			t.Errorf("%s: text %q, want %q", c.name, text.Body, c.text)
		}
		if got := strings.Join(append(p.Damages, text.Damages...), " "); c.damage != "" && !strings.Contains(got, c.damage) {
			t.Errorf("%s: damages %q, want %s", c.name, got, c.damage)
		}
	}
}

func TestTextCharsets(t *testing.T) {
	raw := crlf("Content-Type: text/plain; charset=\"iso-2022-jp\"\n\n" + sjis(t, "お世話になっております。①") + "\n")
	p := Parse(raw)
	text := p.Text(TextOptions{})
	if text.Charset != "CP932" || text.Labelled != "iso-2022-jp" || text.Body != "お世話になっております。①\n" || text.Charsets[0] != "CP932" || len(text.Charsets) < 3 {
		t.Errorf("%+v", text)
	}
	forced := p.Text(TextOptions{Charset: text.Charsets[1]})
	if forced.Charset != text.Charsets[1] || forced.Body == text.Body || forced.Charsets[0] != text.Charsets[1] {
		t.Errorf("forced to %s: %+v", text.Charsets[1], forced)
	}
	honest := Parse(crlf("Content-Type: text/plain; charset=windows-31j\n\n" + sjis(t, "ご連絡") + "\n")).Text(TextOptions{})
	if honest.Labelled != "" || len(honest.Damages) > 0 {
		t.Errorf("an honest label is doubted: %+v", honest)
	}
}

func TestTextLinksAreNumberedAfterFiles(t *testing.T) {
	p := Parse(crlf("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n\n<a href=https://x.test/>x</a>\n--a\nContent-Disposition: attachment; filename=a.pdf\n\nx\n--a--\n"))
	if text := p.Text(TextOptions{}); text.Body != "x [2]\n" || len(text.Links) != 1 {
		t.Errorf("%+v", text)
	}
	plain := Parse(crlf("\nsee https://x.test/a?b=c. (or http://y.test/), HTTPS://z.test/日本 and x://no\n")).Text(TextOptions{})
	if diff := cmp.Diff([]string{"https://x.test/a?b=c", "http://y.test/", "HTTPS://z.test/"}, plain.Links); diff != "" {
		t.Error(diff)
	}
}

func TestSafeFileName(t *testing.T) {
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `C:\windows\x.exe`: "x.exe", "..": "", ".bashrc": "bashrc", "a\x00\r\nb\x1b[31m.txt": "ab[31m.txt",
		"evil\u202Efdp.exe": "evilfdp.exe", "CON": "_CON", "con.txt": "_con.txt", "COM1.log": "_COM1.log", "COM10": "COM10", "a<b>:c|d?.txt": "a_b__c_d_.txt",
		"name. ": "name", "議題.pdf": "議題.pdf", "が.txt": "が.txt", strings.Repeat("あ", 100) + ".pdf": strings.Repeat("あ", 65) + ".pdf",
		"\xff.txt": "_.txt", "a\U000E0041b": "ab", "folder/": "folder", "nul ": "_nul", "\u0085x": "x",
	} {
		if got := SafeFileName(in); got != want {
			t.Errorf("SafeFileName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParamsForgive(t *testing.T) {
	for in, want := range map[string]string{
		`a; filename=my file.pdf`:                                     "my file.pdf",
		`a; filename="my; file.pdf"`:                                  "my; file.pdf",
		`a; filename="open`:                                           "open",
		`a; FileName = "x.pdf"`:                                       "x.pdf",
		`a; filename="plain.pdf"; filename*=UTF-8''%E8%AD%B0.pdf`:     "議.pdf",
		`a; filename*=UTF-8''%E8%AD%B0.pdf; filename="plain.pdf"`:     "議.pdf",
		`a; filename*1*=%AD%B0.pdf; filename*0*=utf-8'ja'%E8`:         "議.pdf",
		`a; filename*0="one "; filename*1="two"`:                      "one two",
		`a; filename*=%E8%AD%B0`:                                      "議",
		`a; filename="=?utf-8?B?6K2w?= =?utf-8?B?6aGM?="`:             "議題",
		`a; filename="=?iso-2022-jp?B?GyRCNUQbKEI=?=`:                 "議",
		`a; filename="` + "\x1b$B5D\x1b(B" + `.pdf"`:                  "議.pdf",
		`a; filename="a\"b"`:                                          `a"b`,
		`a;;; filename=x;`:                                            "x",
		`a; filename*x=1; filename*9999=2; filename*-1=3; filename=y`: "y",
	} {
		if _, params := parseParams(in); params["filename"] != want {
			t.Errorf("%s: filename %q, want %q", in, params["filename"], want)
		}
	}
}

// TestParseIsBounded feeds what is meant to exhaust a reader.
func TestParseIsBounded(t *testing.T) {
	var deep strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	deep.WriteString("\nx\n")
	for name, c := range map[string]struct{ in, damage string }{
		"1000 multiparts":       {deep.String(), DamageDepth},
		"1000 messages":         {strings.Repeat("Content-Type: message/rfc822\n\n", 1000) + "x", ""},
		"100,000 parts":         {"Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 100000), DamageParts},
		"an endless header":     {strings.Repeat("X-Header: and on\n", 500000) + "\nbody", DamageHeaderTooLong},
		"an endless field":      {"Subject: " + strings.Repeat("a", 5<<20) + "\n\nbody", DamageHeaderTooLong},
		"an endless line":       {"Subject: x\n\n" + strings.Repeat("a", 5<<20), ""},
		"boundary in each line": {"Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--bb\n", 500000), DamageBoundaryMissing},
		"many parameters":       {"Content-Type: text/plain" + strings.Repeat("; a*0*=b", 100000) + "\n\nx", ""},
		"many encoded words":    {"Subject: " + strings.Repeat("=?utf-8?q?a?= ", 15000) + "\n\nx", ""},
		"unclosed words":        {"Subject: " + strings.Repeat("=?a", 80000) + "\n\nx", ""},
		"words without end":     {"Subject: " + strings.Repeat("=?a?q? ", 37000) + "\nX-A: " + strings.Repeat("=?a?b?x ", 32000) + "\n\nx", ""},
		"angles without end":    {"From: " + strings.Repeat("<,", 130000) + "\nTo: " + strings.Repeat("<a", 130000) + "\n\nx", ""},
		"many comments":         {"From: " + strings.Repeat("(", 200000) + "\n\nx", ""},
		"many quotes":           {"To: " + strings.Repeat(`"\`, 100000) + "\n\nx", ""},
	} {
		began := time.Now()
		p := Parse([]byte(c.in))
		text := p.Text(TextOptions{})
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if len(p.sections) > maxParts || len(text.Body) > defaultText+1 {
			t.Errorf("%s: %d parts, %d octets of text", name, len(p.sections), len(text.Body))
		}
		if got := strings.Join(p.Damages, " "); c.damage != "" && !strings.Contains(got, c.damage) {
			t.Errorf("%s: damages %q, want %s", name, got, c.damage)
		}
	}
}

func TestGuessFile(t *testing.T) {
	for in, want := range map[string]bool{
		"Subject: x": false, "Content-Type: multipart/mixed; boundary=a": true, "Content-Type: multipart/alternative; boundary=a": false,
		"Content-Type: application/pdf": true, "Content-Type: text/plain; name=a.txt": true, "Content-Type: text/html": false,
		"Content-Disposition: attachment": true, "Content-Type: multipart/signed; boundary=a": false,
	} {
		if got := GuessFile([]byte(in + "\r\n\r\n")); got != want {
			t.Errorf("GuessFile(%q) = %v", in, got)
		}
	}
}

func checkParsed(t *testing.T, raw []byte) {
	t.Helper()
	p := Parse(raw)
	text := p.Text(TextOptions{Limit: 1 << 16, Notes: true})
	all := []string{text.Body, text.Charset, text.Labelled, p.Envelope.Subject, strings.Join(text.Links, "")}
	for _, f := range p.Header {
		all = append(all, f.Value)
	}
	for _, list := range [][]Address{p.Envelope.From, p.Envelope.To, p.Envelope.Cc} {
		for _, a := range list {
			all = append(all, a.String())
		}
	}
	for _, f := range p.Files() {
		all = append(all, f.FileName)
		if strings.ContainsAny(f.FileName, "/\\\r\n\x00") || strings.HasPrefix(f.FileName, ".") {
			t.Fatalf("file name %q", f.FileName)
		}
		if _, _, err := p.Decode(f.Path); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range all {
		if !utf8.ValidString(s) {
			t.Fatalf("invalid UTF-8 in %q", s)
		}
	}
	p.Report()
	p.ListPost()
	o := Reply(p, ReplyOptions{From: Address{"", "alice@sakura.test"}, All: true})
	o.Date, o.MessageID = time.Unix(1e9, 0), "1@sakura.test"
	if _, err := Build(o); err != nil {
		t.Fatalf("the answer cannot be built: %v", err)
	}
	f := Forward(p, ReplyOptions{From: Address{"", "alice@sakura.test"}})
	f.Date, f.MessageID, f.Files = time.Unix(1e9, 0), "1@sakura.test", f.Files[:min(len(f.Files), 5)]
	if _, err := Build(f); err != nil {
		t.Fatalf("it cannot be forwarded: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(crlf(nested))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\n--\n"))
	f.Add([]byte("Content-Type: message/rfc822\n\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\nAction: failed\n--x--"))
	f.Add([]byte("Content-Type: text/html; charset=utf-16\n\n\xff\xfe<\x00p\x00"))
	f.Add([]byte("From: =?utf-8?q?=22?= <a@b>\nReply-To: \xff\n\n\x1b$B"))
	f.Fuzz(checkParsed)
}

func BenchmarkParseAndText(b *testing.B) {
	raw := crlf(nested)
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw).Text(TextOptions{})
	}
}
