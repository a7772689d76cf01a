package mail

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

func b64(b string) string { return base64.StdEncoding.EncodeToString([]byte(b)) }

func sjis(t testing.TB, s string) string {
	t.Helper()
	out, err := japanese.ShiftJIS.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func eucjp(t testing.TB, s string) string {
	t.Helper()
	out, err := japanese.EUCJP.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func jis(t testing.TB, s string) string {
	t.Helper()
	out, err := japanese.ISO2022JP.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecodeHeader(t *testing.T) {
	whole := jis(t, "来週の打ち合わせ")
	utf := "来週の打ち合わせ"
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Hello, world", "Hello, world"},
		{"empty", "", ""},
		{"iso-2022-jp", "=?ISO-2022-JP?B?" + b64(whole) + "?=", utf},
		{"lower case b", "=?iso-2022-jp?b?" + b64(whole) + "?=", utf},
		{"with language", "=?utf-8*ja?B?" + b64(utf) + "?=", utf},
		{"neighbours", "=?utf-8?B?" + b64(utf[:9]) + "?=\r\n =?UTF-8?B?" + b64(utf[9:]) + "?=", utf},
		{"character split over two words", "=?utf-8?B?" + b64(utf[:10]) + "?= =?utf-8?B?" + b64(utf[10:]) + "?=", utf},
		{"escape split over two words", "=?iso-2022-jp?B?" + b64(whole[:8]) + "?=\r\n\t=?iso-2022-jp?B?" + b64(whole[8:]) + "?=", utf},
		{"inside the escape sequence", "=?iso-2022-jp?B?" + b64(whole[:2]) + "?= =?iso-2022-jp?B?" + b64(whole[2:]) + "?=", utf},
		{"base64 group split", "=?utf-8?B?" + b64(utf)[:6] + "?= =?utf-8?B?" + b64(utf)[6:] + "?=", utf},
		{"text around", "Re: =?utf-8?Q?caf=C3=A9?= au lait", "Re: café au lait"},
		{"no space before", "Re:=?utf-8?Q?caf=C3=A9?=bar", "Re:cafébar"},
		{"in quotes", `"=?utf-8?Q?caf=C3=A9?="`, `"café"`},
		{"underscore and spaces", "=?utf-8?Q?a_b c?=", "a b c"},
		{"unknown charset", "=?x-klingon?Q?abc?=", "abc"},
		{"unknown charset, japanese inside", "=?x-unknown?B?" + b64(sjis(t, "こんにちは")) + "?=", "こんにちは"},
		{"cp932 called iso-2022-jp", "=?iso-2022-jp?B?" + b64(sjis(t, "髙島屋①")) + "?=", "髙島屋①"},
		{"utf-8 called iso-8859-1", "=?iso-8859-1?B?" + b64("日本語") + "?=", "日本語"},
		{"jis called utf-8", "=?utf-8?B?" + b64(whole) + "?=", utf},
		{"raw shift_jis", sjis(t, "ご請求書の件"), "ご請求書の件"},
		{"raw euc-jp", eucjp(t, "ご請求書の件"), "ご請求書の件"},
		{"raw jis", whole, utf},
		{"raw utf-8", utf, utf},
		{"raw latin", "caf\xe9 cr\xe8me", "café crème"},
		{"cut off", "=?utf-8?B?" + b64(utf), utf},
		{"not a word", "a =? b ?= c", "a =? b ?= c"},
		{"bad encoding letter", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
		{"broken base64", "=?utf-8?B?4pyT*?=", "✓"},
		{"line end inside", "=?utf-8?B?" + b64("a\r\nBcc: x@y") + "?=", "a Bcc: x@y"},
		{"folded", "one\r\n two", "one two"},
		{"different charsets", "=?utf-8?Q?=E3=81=82?= =?iso-8859-1?Q?=E9?=", "あé"},
		{"utf-7", "=?utf-7?Q?+ZeVnLIqe-?=", "日本語"},
		{"kana by escape", "=?iso-2022-jp?B?" + b64("\x1b(I"+"\x43\x3d\x44"+"\x1b(B") + "?=", "ﾃｽﾄ"},
	} {
		if got := DecodeHeader(c.in); got != c.want {
			t.Errorf("%s: DecodeHeader(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestDecodeHeaderPlainAllocatesNothing(t *testing.T) {
	in := "Re: [project] the third draft of the minutes (18 Nov)"
	if n := testing.AllocsPerRun(100, func() { DecodeHeader(in) }); n != 0 {
		t.Errorf("%v allocations for an ASCII subject, want 0", n)
	}
}

func FuzzDecodeHeader(f *testing.F) {
	for _, s := range []string{
		"=?utf-8?B?4pyT?=", "=?iso-2022-jp?B?GyRCIUE=?= =?iso-2022-jp?Q?a?=", "\x1b$B\xff", "=?", "=?a?b?", "=?utf-7?q?+///?=",
		"=?utf-16?B?2AA=?=", "\x1b$(D!!", "\xf0\x40\xf9\xfc", "=?hz-gb-2312?q?~{<:Ky?=", "=?iso-2022-kr?q?=0E=1B$)C=0F?=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := DecodeHeader(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q gives invalid UTF-8 %q", s, got)
		}
		if strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q gives a line end in %q", s, got)
		}
	})
}

func BenchmarkDecodeHeader100k(b *testing.B) {
	subjects := make([]string, 0, 100000)
	for i := range cap(subjects) {
		switch i % 3 {
		case 0:
			subjects = append(subjects, fmt.Sprintf("Re: minutes of meeting %d", i))
		case 1:
			subjects = append(subjects, "=?ISO-2022-JP?B?"+b64(jis(b, fmt.Sprintf("来週の打ち合わせ %d", i)))+"?=")
		case 2:
			subjects = append(subjects, "=?UTF-8?B?"+b64(fmt.Sprintf("来週の打ち合わせ %d", i))+"?=")
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range subjects {
			DecodeHeader(s)
		}
	}
}
