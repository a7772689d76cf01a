package mail

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	gomessagemail "github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func outgoing() Outgoing {
	return Outgoing{
		From:      Address{"Alice", "alice@sakura.test"},
		To:        []Address{{"田中 花子", "hanako@tsuru.test"}, {"", "a..b@docomo.ne.jp"}},
		Cc:        []Address{{"Fuji, Bob", "bob@fuji.test"}},
		Bcc:       []Address{{"", "secret@fuji.test"}},
		Subject:   "Re: 来週の打ち合わせ",
		Text:      "水曜の10時で大丈夫です。\n\nFrom here on it is English.\n.\n> quoted\n-- \nAlice\n",
		InReplyTo: []string{"1@tsuru.test"}, References: []string{"0@sakura.test", "1@tsuru.test"},
		Date:      time.Date(2026, 11, 23, 9, 42, 7, 0, time.FixedZone("", 9*3600)),
		MessageID: "2@sakura.test", UserAgent: "todoku",
	}
}

func build(t *testing.T, o Outgoing) []byte {
	t.Helper()
	raw, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestBuildReadsBack(t *testing.T) {
	o := outgoing()
	o.Files = []File{
		{Name: "agenda-議題.pdf", Type: "application/pdf", Data: []byte("%PDF\r\n\x00\xff")},
		{Name: "plain.txt", Type: "text/plain", Data: []byte("bare\nlines\r")},
		{Name: strings.Repeat("とても長い名前", 8) + ".zip", Data: bytes.Repeat([]byte("x"), 5000)},
		{Name: "fwd.eml", Type: "message/rfc822", Data: []byte("Subject: inner\r\n\r\nbody\r\n")},
	}
	raw := build(t, o)
	p := Parse(raw)
	if len(p.Damages) > 0 {
		t.Errorf("damages %v", p.Damages)
	}
	want := Envelope{Subject: o.Subject, From: []Address{o.From}, To: o.To, Cc: o.Cc, Date: o.Date, MessageID: o.MessageID,
		InReplyTo: o.InReplyTo, References: o.References}
	if diff := cmp.Diff(want, p.Envelope); diff != "" {
		t.Errorf("envelope: -want +got\n%s", diff)
	}
	if text := p.Text(TextOptions{}); text.Body != o.Text || text.Charset != "UTF-8" {
		t.Errorf("text %q in %s", text.Body, text.Charset)
	}
	files := p.Files()
	if len(files) != len(o.Files) {
		t.Fatalf("%d files, want %d", len(files), len(o.Files))
	}
	for i, f := range files {
		data, damage, err := p.Decode(f.Path)
		if err != nil || damage != "" || !bytes.Equal(data, o.Files[i].Data) || f.FileName != SafeFileName(o.Files[i].Name) {
			t.Errorf("file %d: %q, %q %v, octets equal %v", i, f.FileName, damage, err, bytes.Equal(data, o.Files[i].Data))
		}
	}
}

// TestBuildIsReadByOthers has go-message and package mime, which share no code with our reader, look at the output.
func TestBuildIsReadByOthers(t *testing.T) {
	o := outgoing()
	o.Files = []File{{Name: "agenda-議題.pdf", Type: "application/pdf", Data: []byte("data")}}
	raw := build(t, o)
	r, err := gomessagemail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err := r.Header.Subject(); err != nil || subject != o.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	to, err := r.Header.AddressList("To")
	if err != nil || len(to) != 2 || to[0].Name != "田中 花子" || to[1].Address != "a..b@docomo.ne.jp" {
		t.Errorf("to %v, %v", to, err)
	}
	part, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(part.Body); err != nil || !strings.Contains(string(b), "水曜の10時で大丈夫です。") {
		t.Errorf("text %q, %v", b, err)
	}
	part, err = r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	name, err := part.Header.(*gomessagemail.AttachmentHeader).Filename()
	if err != nil || name != "agenda-議題.pdf" {
		t.Errorf("RFC 2231 name %q, %v", name, err)
	}
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if old, err := new(mime.WordDecoder).DecodeHeader(params["name"]); err != nil || old != "agenda-議題.pdf" {
		t.Errorf("RFC 2047 name %q, %v", old, err)
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	o := outgoing()
	o.Files = []File{{Name: "a.txt", Data: []byte("a")}}
	first := build(t, o)
	for range 10 {
		if !bytes.Equal(first, build(t, o)) {
			t.Fatal("two builds differ")
		}
	}
	o.MessageID = "3@sakura.test"
	if bytes.Equal(first, build(t, o)) {
		t.Fatal("another Message-ID gives the same octets")
	}
}

// TestBccNeverLeaves looks for any trace of Bcc on every path by which a message is built.
func TestBccNeverLeaves(t *testing.T) {
	plain := outgoing()
	files := outgoing()
	files.Files = []File{{Name: "a", Data: []byte("x")}}
	only := outgoing()
	only.To, only.Cc = nil, nil
	eight := outgoing()
	eight.EightBit = true
	original := Parse([]byte("From: bob@fuji.test\r\nTo: alice@sakura.test\r\nBcc: secret@fuji.test\r\nMessage-ID: <x@y>\r\nSubject: s\r\n\r\nhello\r\n"))
	opts := ReplyOptions{From: Address{"", "alice@sakura.test"}, All: true}
	finish := func(o Outgoing) Outgoing {
		o.Date, o.MessageID, o.Bcc = plain.Date, plain.MessageID, plain.Bcc
		return o
	}
	for name, o := range map[string]Outgoing{
		"new": plain, "with a file": files, "only Bcc": only, "8bit": eight,
		"reply": finish(Reply(original, opts)), "forward": finish(Forward(original, opts)),
	} {
		raw := build(t, o)
		if bytes.Contains(bytes.ToLower(raw), []byte("bcc")) || bytes.Contains(raw, []byte("secret")) {
			t.Errorf("%s shows the blind copy:\n%s", name, raw)
		}
		found := false
		for _, a := range o.Recipients() {
			found = found || a.Addr == "secret@fuji.test"
		}
		if !found {
			t.Errorf("%s forgets the blind copy's recipient", name)
		}
	}
}

func TestBuildRefusesInjection(t *testing.T) {
	for field, change := range map[string]func(*Outgoing){
		"Subject":     func(o *Outgoing) { o.Subject = "x\r\nBcc: a@b.test" },
		"From":        func(o *Outgoing) { o.From.Name = "x\nBcc: a@b.test" },
		"To":          func(o *Outgoing) { o.To[0].Addr = "a@b.test>\r\nBcc: <c@d.test" },
		"Cc":          func(o *Outgoing) { o.Cc[0].Name = "a\r" },
		"Bcc":         func(o *Outgoing) { o.Bcc[0].Addr = "a@b.test\r\nDATA" },
		"Message-ID":  func(o *Outgoing) { o.MessageID = "a@b>\r\nX: y" },
		"In-Reply-To": func(o *Outgoing) { o.InReplyTo = []string{"a b"} },
		"References":  func(o *Outgoing) { o.References = []string{"a@b", "<c@d>"} },
		"User-Agent":  func(o *Outgoing) { o.UserAgent = "x\r\n\r\nbody" },
		"file 1":      func(o *Outgoing) { o.Files = []File{{Name: "a\r\nX: y.txt"}} },
		"file 2":      func(o *Outgoing) { o.Files = []File{{Name: "a"}, {Name: "b", Type: "text/plain\r\nX: y"}} },
		"Date":        func(o *Outgoing) { o.Date = time.Time{} },
	} {
		o := outgoing()
		change(&o)
		raw, err := Build(o)
		var e *FieldError
		if !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: error %v, output %q", field, err, raw)
		}
	}
}

func TestBuildChoosesTheEncoding(t *testing.T) {
	long := strings.Repeat("x", 2000) + "\n"
	for _, c := range []struct {
		name, text, want string
		eightBit         bool
	}{
		{"ASCII", "hello = there\n", "7bit", false},
		{"mostly ASCII", "The café is open on Mondays and on Tuesdays.\n", "quoted-printable", false},
		{"Japanese", "水曜の10時で大丈夫です。\n", "base64", false},
		{"Japanese, 8BITMIME", "水曜の10時で大丈夫です。\n", "8bit", true},
		{"a long word", long, "quoted-printable", false},
		{"a long word, 8BITMIME", long, "quoted-printable", true},
		{"a control character", "a\x1bb\n", "quoted-printable", true},
		{"nothing", "", "7bit", false},
	} {
		o := outgoing()
		o.Text, o.EightBit = c.text, c.eightBit
		p := Parse(build(t, o))
		if p.Root.Encoding != c.want {
			t.Errorf("%s is sent as %s, want %s", c.name, p.Root.Encoding, c.want)
		}
		if got := p.Text(TextOptions{}).Body; strings.TrimSpace(got) != strings.TrimSpace(c.text) {
			t.Errorf("%s reads back as %q", c.name, got)
		}
	}
}

func TestBuildAnyInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := outgoing()
		o.Subject = rapid.StringMatching(`[ -~あ-ん漢字é]{0,120}`).Draw(t, "subject")
		o.To[0].Name = rapid.StringMatching(`[ -~あ-ん]{0,60}`).Draw(t, "name")
		o.Text = rapid.String().Draw(t, "text")
		o.EightBit = rapid.Bool().Draw(t, "8bit")
		o.Files = []File{{Name: rapid.StringMatching(`[ -~あ-ん]{0,80}`).Draw(t, "file"), Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data")}}
		raw, err := Build(o)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("\r\n \r\n")) {
			t.Fatal("a header line of white space only")
		}
		p := Parse(raw)
		if len(p.Damages) > 0 || p.Envelope.Subject != strings.TrimRight(o.Subject, " ") && p.Envelope.Subject != o.Subject {
			t.Fatalf("subject %q became %q, %v", o.Subject, p.Envelope.Subject, p.Damages)
		}
		if name := strings.Join(strings.Fields(o.To[0].Name), " "); strings.Trim(name, "' ") != strings.Trim(p.Envelope.To[0].Name, "' ") && !strings.Contains(name, "=?") {
			t.Fatalf("name %q became %q", name, p.Envelope.To[0].Name)
		}
		data, _, err := p.Decode(p.Files()[0].Path)
		if err != nil || !bytes.Equal(data, o.Files[0].Data) {
			t.Fatalf("file became %q, %v", data, err)
		}
		if _, err := message.Read(bytes.NewReader(raw)); err != nil {
			t.Fatalf("go-message: %v", err)
		}
	})
}

func TestBuildAddressesOfOtherScripts(t *testing.T) {
	o := outgoing()
	o.To = []Address{{strings.Repeat("とても長い名前の方", 12), "hanako@日本語.jp"}, {"", "花子@日本語.jp"}, {"", "root@[192.0.2.1]"}, {`a "b" c`, "a b@x.test"}}
	if !o.NeedsUTF8() {
		t.Error("a local part in kanji needs SMTPUTF8")
	}
	raw := build(t, o)
	want := []Address{{o.To[0].Name, "hanako@xn--wgv71a119e.jp"}, {"", "花子@xn--wgv71a119e.jp"}, o.To[2], o.To[3]}
	if diff := cmp.Diff(want, Parse(raw).Envelope.To); diff != "" {
		t.Error(diff)
	}
	o.To = o.To[:1]
	if o.NeedsUTF8() {
		t.Error("a domain in kanji has an ASCII form")
	}
	if raw := build(t, o); !isASCII(raw[:bytes.Index(raw, []byte("\r\n\r\n"))]) {
		t.Error("the header is not ASCII")
	}
}

func BenchmarkBuild(b *testing.B) {
	o := outgoing()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(o); err != nil {
			b.Fatal(err)
		}
	}
}
