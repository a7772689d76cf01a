package mail

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func original(t *testing.T, header, body string) *Parsed {
	t.Helper()
	return Parse([]byte(strings.ReplaceAll(header+"\n\n"+body, "\n", "\r\n")))
}

func addrs(list []Address) string {
	var out []string
	for _, a := range list {
		out = append(out, a.Addr)
	}
	return strings.Join(out, " ")
}

func TestReplyRecipients(t *testing.T) {
	alice := Address{"Alice", "alice@sakura.test"}
	own := []string{"alice@fuji.test"}
	for _, c := range []struct {
		name, header string
		opts         ReplyOptions
		to, cc       string
	}{
		{"sender", "From: h@t.test\nTo: alice@sakura.test, bob@fuji.test", ReplyOptions{}, "h@t.test", ""},
		{"all", "From: h@t.test\nTo: ALICE@sakura.test, bob@fuji.test\nCc: carol@x.test, Alice@Fuji.test, h@t.test", ReplyOptions{All: true}, "h@t.test", "bob@fuji.test carol@x.test"},
		{"reply-to", "From: h@t.test\nReply-To: r@t.test, s@t.test\nTo: alice@sakura.test", ReplyOptions{All: true}, "r@t.test s@t.test", ""},
		{"own message", "From: alice@sakura.test\nTo: bob@fuji.test\nCc: carol@x.test", ReplyOptions{}, "bob@fuji.test", ""},
		{"own message, all", "From: alice@fuji.test\nTo: bob@fuji.test\nCc: carol@x.test", ReplyOptions{All: true}, "bob@fuji.test", "carol@x.test"},
		{"to oneself", "From: alice@sakura.test\nTo: alice@sakura.test", ReplyOptions{}, "alice@sakura.test", ""},
		{"list", "From: h@t.test\nTo: dev@list.test\nList-Post: <https://list.test/post>, <mailto:dev@list.test?subject=x>", ReplyOptions{List: true}, "dev@list.test", ""},
		{"list asked, none there", "From: h@t.test\nTo: dev@list.test", ReplyOptions{List: true}, "h@t.test", ""},
		{"no posts allowed", "From: h@t.test\nList-Post: NO", ReplyOptions{List: true}, "h@t.test", ""},
		{"junk addresses", "From: h@t.test\nTo: nobody in particular, bob@fuji.test, a@b..c", ReplyOptions{All: true}, "h@t.test", "bob@fuji.test"},
		{"twice in to and cc", "From: h@t.test\nTo: bob@fuji.test\nCc: Bob <bob@fuji.test>, h@T.TEST", ReplyOptions{All: true}, "h@t.test", "bob@fuji.test"},
	} {
		c.opts.From, c.opts.Own = alice, own
		o := Reply(original(t, c.header+"\nSubject: x\nMessage-ID: <1@t.test>", "hi\n"), c.opts)
		if addrs(o.To) != c.to || addrs(o.Cc) != c.cc {
			t.Errorf("%s: to %q cc %q, want %q and %q", c.name, addrs(o.To), addrs(o.Cc), c.to, c.cc)
		}
	}
}

func TestReplySubject(t *testing.T) {
	for in, want := range map[string]string{
		"Hello": "Re: Hello", "Re: Hello": "Re: Hello", "RE: re: Re[3]: Hello": "Re: Hello", "Re^2: Hello": "Re: Hello", "返信: 件": "Re: 件",
		"返信：RE: 件": "Re: 件", "Ｒｅ：件": "Re: 件", "AW: SV: x": "Re: x", "": "Re: ", "Regarding x": "Re: Regarding x", "Re : x": "Re: x",
		"Re: [list 12] x": "Re: [list 12] x", "Fwd: x": "Re: Fwd: x",
	} {
		if got := replySubject(in); got != want {
			t.Errorf("ReplySubject(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"x": "Fwd: x", "Fw: FWD: 転送: x": "Fwd: x", "Re: x": "Fwd: Re: x"} {
		if got := forwardSubject(in); got != want {
			t.Errorf("ForwardSubject(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestReplyThreadsAndQuotes(t *testing.T) {
	header := "From: =?utf-8?B?" + b64("田中 花子") + "?= <h@t.test>\nTo: alice@sakura.test\nSubject: x\nMessage-ID: <2@t.test>\nReferences: <0@t.test> <1@t.test>\n" +
		"Date: Mon, 23 Nov 2026 09:38:00 +0900"
	in := original(t, header, "line one\n> older\n\nlast\x1b[31m\n-- \nHanako\n")
	o := Reply(in, ReplyOptions{From: Address{"", "alice@sakura.test"}, Lang: "ja"})
	want := "2026年11月23日 09:38に田中 花子さんは書きました:\n> line one\n>> older\n>\n> last[31m\n"
	if diff := cmp.Diff(want, o.Text); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"0@t.test", "1@t.test", "2@t.test"}, o.References); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2@t.test"}, o.InReplyTo); diff != "" {
		t.Error(diff)
	}
	if o := Reply(in, ReplyOptions{}); !strings.HasPrefix(o.Text, "On Mon, 23 Nov 2026 at 09:38, 田中 花子 wrote:\n") {
		t.Errorf("English attribution: %q", o.Text)
	}
	only := Reply(original(t, "From: h@t.test\nMessage-ID: <2@t.test>\nIn-Reply-To: <1@t.test>", "x\n"), ReplyOptions{})
	if diff := cmp.Diff([]string{"1@t.test", "2@t.test"}, only.References); diff != "" {
		t.Error(diff)
	}
}

func TestReferencesAreBounded(t *testing.T) {
	var refs strings.Builder
	for i := range 400 {
		fmt.Fprintf(&refs, " <%d@t.test>", i)
	}
	o := Reply(original(t, "From: h@t.test\nMessage-ID: <last@t.test>\nReferences:"+refs.String(), "x\n"), ReplyOptions{})
	if n := len(o.References); n != maxReferences || o.References[0] != "0@t.test" || o.References[n-1] != "last@t.test" || o.References[n-2] != "399@t.test" {
		t.Errorf("%d references: %v", n, o.References)
	}
}

func TestForward(t *testing.T) {
	raw, err := Build(func() Outgoing {
		o := outgoing()
		o.Files = []File{{Name: "議題.pdf", Type: "application/pdf", Data: []byte("data")}}
		return o
	}())
	if err != nil {
		t.Fatal(err)
	}
	o := Forward(Parse(raw), ReplyOptions{From: Address{"", "bob@fuji.test"}})
	if o.Subject != "Fwd: Re: 来週の打ち合わせ" || len(o.InReplyTo) != 0 || len(o.To) != 0 {
		t.Errorf("%+v", o)
	}
	for _, words := range []string{"-------- Forwarded message --------", "From: Alice <alice@sakura.test>", "Date: Mon, 23 Nov 2026 09:42 +0900", "水曜の10時で大丈夫です。"} {
		if !strings.Contains(o.Text, words) {
			t.Errorf("%q is missing in %q", words, o.Text)
		}
	}
	if len(o.Files) != 1 || o.Files[0].Name != "議題.pdf" || string(o.Files[0].Data) != "data" {
		t.Errorf("files %+v", o.Files)
	}
}
