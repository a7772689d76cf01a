package store

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"todoku/internal/mail"
)

func TestSearchFindsJapaneseWords(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox), serverFolder("Archive", mail.RoleArchive))
	subjects := []string{"月次会議の議事録", "11月分 請求書の件", "ｶﾅと漢字", "Printer トナー交換", "社会議員の会", "請求のみ、書なし", `"quoted" AND (x*`, "ＡＢＣ全角"}
	for i, subject := range subjects {
		m := message(i + 1)
		m.Envelope.Subject = subject
		folder := f["INBOX"]
		if i == 4 {
			folder = f["Archive"]
		}
		must(s.PutMessages(ctx, folder.ID, []mail.Message{m}))(t)
	}
	for _, test := range []struct {
		words string
		want  []string
	}{
		{"会議", []string{"5", "1"}},
		{"議事録", []string{"1"}},
		{"請求書", []string{"2"}},
		{"請求", []string{"6", "2"}},
		{"録", []string{"1"}}, // the last character of a run
		{"会", []string{"5", "1"}},
		{"カナ", []string{"3"}},
		{"ｶﾅ 漢字", []string{"3"}},
		{"トナー", []string{"4"}},
		{"print", []string{"4"}},
		{"PRINTER　交換", []string{"4"}},
		{"abc", []string{"8"}},
		{"11月", []string{"2"}},
		{"tsuru.test 議事録", []string{"1"}}, // sender and subject together
		{"alice@sakura.test 請求書", []string{"2"}},
		{`"quoted" AND (x*`, []string{"7"}},
		{`subject:会議 OR NOT ^{`, nil},
		{"議会", nil},
		{`" * ( )`, nil},
		{"\x00", nil},
		{"", nil},
	} {
		for _, limit := range []int{0, 50} {
			keys := must(s.Search(ctx, "sakura", 0, test.words, limit))(t)
			got := ids(must(s.Rows(ctx, keys))(t))
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("%q, limit %d (-want +got)\n%s", test.words, limit, d)
			}
		}
	}
	for _, limit := range []int{0, 50} {
		equal(t, len(must(s.Search(ctx, "sakura", f["INBOX"].ID, "会議", limit))(t)), 1)
		equal(t, len(must(s.Search(ctx, "fuji", 0, "会議", limit))(t)), 0)
	}
	equal(t, len(must(s.Search(ctx, "sakura", 0, "test", 3))(t)), 3)
}

// What is fetched over POP3 is found by its header at once, and the same once it is indexed.
func TestSearchBeforeIndexing(t *testing.T) {
	ctx := context.Background()
	s, _, f := openPOP3(t)
	subjects := []string{"月次会議の議事録", "11月分 請求書の件", "ｶﾅと漢字", "Printer トナー交換", "Café Ångström", "がき かき", `"quoted" AND (x*`}
	for i, subject := range subjects {
		batch := fetched(i+1, i+1)
		batch[0].Message.Envelope.Subject = subject
		ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, batch))
	}
	queries := []string{"会議", "録", "会", "ｶﾅ 漢字", "print", "PRINTER 交換", "cafe", "CAFÉ angstrom", "かき", "11月 tsuru.test", "花子 会議", "次会 議の",
		"議会", "次会議録", "rinter", "花子alice", `"quoted" AND (x*`, "会議 請求書"}
	answers := func(folder int64, limit int) (all [][]int64) {
		for _, q := range queries {
			all = append(all, must(s.Search(ctx, "fuji", folder, q, limit))(t))
		}
		return all
	}
	inbox := f["INBOX"].ID
	before := [][][]int64{answers(0, 0), answers(inbox, 0), answers(inbox, 1), answers(f["Trash"].ID, 0)}
	keys := must(s.Keys(ctx, inbox))(t)
	equal(t, [][]int64{before[0][0], before[0][2], before[0][8], before[0][12]}, [][]int64{{keys[6]}, {keys[6]}, {keys[1]}, nil})
	for _, some := range [][]int64{keys[:3], keys[3:]} { // half of them indexed, then all
		texts := map[int64]string{}
		for _, key := range some {
			texts[key] = ""
		}
		ok(t, s.IndexTexts(ctx, texts))
		after := [][][]int64{answers(0, 0), answers(inbox, 0), answers(inbox, 1), answers(f["Trash"].ID, 0)}
		if d := cmp.Diff(before, after, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("(-before +after)\n%s", d)
		}
	}
	equal(t, len(must(s.Wordless(ctx, "fuji", 10))(t)), 0)
}

func TestSearchFollowsTheText(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	must(s.PutMessages(ctx, f.ID, messages(1, 2)))(t)
	keys := must(s.Keys(ctx, f.ID))(t)
	count := func(words string) int { return len(must(s.Search(ctx, "sakura", 0, words, 0))(t)) }
	ok(t, s.PutBody(ctx, keys[0], []byte("raw")))
	equal(t, must(s.Wordless(ctx, "sakura", 10))(t), keys[:1])
	ok(t, s.IndexTexts(ctx, map[int64]string{keys[0]: "振込先はこちら", 99: "gone"}))
	equal(t, []int{len(must(s.Wordless(ctx, "sakura", 10))(t)), count("振込先"), count("振込先 議事録")}, []int{0, 1, 1})
	ok(t, s.IndexTexts(ctx, map[int64]string{keys[0]: "別の本文"}))
	equal(t, []int{count("振込先"), count("本文")}, []int{0, 1})
	changed := message(2)
	changed.Envelope.Subject = "取り消し"
	must(s.PutMessages(ctx, f.ID, []mail.Message{changed}))(t)
	equal(t, []int{count("議事録"), count("取り消し")}, []int{1, 1})
	must(s.RemoveIDs(ctx, f.ID, []mail.ID{"1", "2"}))(t)
	equal(t, []int{count("議事録"), count("取り消し")}, []int{0, 0})
}

func TestComplete(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	from := func(n int, name, addr string) mail.Message {
		m := message(n)
		m.Envelope.From, m.Envelope.To = []mail.Address{{Name: name, Addr: addr}}, nil
		return m
	}
	must(s.PutMessages(ctx, f.ID, []mail.Message{
		from(1, "田中 花子", "hanako@tsuru.test"), from(2, "Hanako T", "HANAKO@tsuru.test"), from(3, "田中 太郎", "taro@tsuru.test"),
		from(4, "Bob Fuji", "bob@fuji.test"), from(5, "", "harry@fuji.test"), from(6, "bad", "no-at"), from(7, "株式会社ﾌｼﾞ", "info@fuji.test"),
		from(-500000, "Old", "hal@old.test"), from(-500001, "Old", "hal@old.test"), from(8, "a\x1fb", "x\x1f@y"),
	}))(t)
	must(s.PutMessages(ctx, f.ID, []mail.Message{from(3, "田中 太郎", "taro@tsuru.test")}))(t) // known: not counted again
	must(s.Enqueue(ctx, OutboxEntry{Account: "sakura", To: []Recipient{{Addr: "bob@fuji.test"}}, Raw: []byte("x")}, 0))(t)
	complete := func(prefix string) (list []string) {
		for _, c := range must(s.Complete(ctx, "sakura", prefix, 0))(t) {
			list = append(list, c.Addr)
		}
		return list
	}
	for prefix, want := range map[string][]string{
		"ha":    {"hanako@tsuru.test", "harry@fuji.test", "hal@old.test"},
		"HANA":  {"hanako@tsuru.test"},
		"t":     {"hanako@tsuru.test", "taro@tsuru.test"}, // domain, a word of the name
		"田":     {"taro@tsuru.test"},
		"太郎":    {"taro@tsuru.test"},
		"田中太郎":  {"taro@tsuru.test"},
		"フジ":    {"info@fuji.test"},
		"bob f": {"bob@fuji.test"},
		"fuji":  {"bob@fuji.test", "harry@fuji.test", "info@fuji.test"},
		"anako": nil,
		" ":     nil,
		"%":     nil,
	} {
		if d := cmp.Diff(want, complete(prefix)); d != "" {
			t.Errorf("%q (-want +got)\n%s", prefix, d)
		}
	}
	bob := must(s.Complete(ctx, "sakura", "bob", 0))(t)[0]
	equal(t, []any{bob.Name, bob.Count}, []any{"Bob Fuji", 1 + sentWeight})
	equal(t, len(must(s.Complete(ctx, "fuji", "bob", 0))(t)), 0)
}

func TestEnvelopeSurvives(t *testing.T) {
	full := message(1).Envelope
	full.Cc, full.Bcc, full.Sender, full.ReplyTo = full.From, full.To, full.From, []mail.Address{{Name: "\x00\xff", Addr: ""}}
	full.InReplyTo, full.References = []string{"a@b"}, []string{"", "c@d"}
	for _, e := range []mail.Envelope{{}, full, message(2).Envelope} {
		b := encodeEnvelope(&e)
		got, err := decodeEnvelope(b)
		ok(t, err)
		equal(t, got, e)
		for i := range b {
			if got, err := decodeEnvelope(b[:i]); err == nil {
				t.Fatalf("%d of %d bytes gave %+v", i, len(b), got)
			}
		}
	}
}
