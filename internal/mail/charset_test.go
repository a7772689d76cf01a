package mail

import (
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestCharsetKnowsTheNamesThatMailUses(t *testing.T) {
	for label, want := range map[string]string{
		"CP932": "CP932", "MS932": "CP932", "windows-31j": "CP932", "Windows_31J": "CP932", "x-sjis": "Shift_JIS", "Shift-JIS": "Shift_JIS",
		`"shift_jis"`: "Shift_JIS", "cp50220": "ISO-2022-JP", "CP50221": "ISO-2022-JP", "ISO-2022-JP-MS": "ISO-2022-JP", "csISO2022JP": "ISO-2022-JP",
		"iso-2022-jp-3": "ISO-2022-JP", "eucJP-ms": "EUC-JP", "x-euc-jp": "EUC-JP", "cp51932": "EUC-JP", "ks_c_5601-1987": "EUC-KR", "ks_c_5601": "EUC-KR",
		"utf-7": "UTF-7", "UTF8": "UTF-8", "utf-8;": "UTF-8", "us-ascii": "US-ASCII", "iso-8859-1": "ISO-8859-1", "gb2312": "GB18030", "big5": "Big5",
		"koi8-r": "KOI8-R", "windows-1251": "windows-1251", "iso-8859-15": "ISO-8859-15", "iso-2022-kr": "ISO-2022-KR", "hz-gb-2312": "HZ-GB-2312",
		"tis-620": "WINDOWS-874", "utf-16le": "UTF-16LE", "cp850": "IBM850",
	} {
		e, ok := lookupCharset(label)
		if !ok || !strings.EqualFold(e.Name, want) {
			t.Errorf("Charset(%q) = %q, %v; want %q", label, e.Name, ok, want)
		}
	}
	for _, label := range []string{"", "x-klingon", "replacement", strings.Repeat("a", 65), "iso-2022-cn-ext"} {
		if e, ok := lookupCharset(label); ok {
			t.Errorf("Charset(%q) = %q, want none", label, e.Name)
		}
	}
}

func TestDecodeText(t *testing.T) {
	const ja = "お世話になっております。田中です。"
	euckr, _ := korean.EUCKR.NewEncoder().String("안녕하세요")
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("你好，世界")
	for _, c := range []struct{ name, label, in, text, used string }{
		{"honest utf-8", "utf-8", ja, ja, "UTF-8"},
		{"honest jis", "ISO-2022-JP", jis(t, ja), ja, "ISO-2022-JP"},
		{"honest sjis", "Shift_JIS", sjis(t, ja), ja, "Shift_JIS"},
		{"honest cp932", "cp932", sjis(t, "①髙ｱ"), "①髙ｱ", "CP932"},
		{"honest euc", "euc-jp", eucjp(t, ja), ja, "EUC-JP"},
		{"no label, sjis", "", sjis(t, ja), ja, "CP932"},
		{"no label, euc", "", eucjp(t, ja), ja, "EUC-JP"},
		{"no label, jis", "", jis(t, ja), ja, "ISO-2022-JP"},
		{"no label, utf-8", "", ja, ja, "UTF-8"},
		{"no label, latin", "", "d\xe9j\xe0 vu", "déjà vu", "windows-1252"},
		{"jis called ascii", "us-ascii", jis(t, ja), ja, "ISO-2022-JP"},
		{"jis called utf-8", "utf-8", jis(t, ja), ja, "ISO-2022-JP"},
		{"utf-8 called sjis", "shift_jis", ja, ja, "UTF-8"},
		{"utf-8 called jis", "iso-2022-jp", ja, ja, "UTF-8"},
		{"utf-8 called latin", "iso-8859-1", ja, ja, "UTF-8"},
		{"sjis called latin", "iso-8859-1", sjis(t, ja), ja, "CP932"},
		{"sjis called utf-8", "utf-8", sjis(t, ja), ja, "CP932"},
		{"sjis called jis", "iso-2022-jp", sjis(t, ja), ja, "CP932"},
		{"euc called sjis", "shift_jis", eucjp(t, ja), ja, "EUC-JP"},
		{"sjis called euc", "euc-jp", sjis(t, ja), ja, "CP932"},
		{"half-width kana called sjis", "shift_jis", sjis(t, "ﾌｼﾞ書店"), "ﾌｼﾞ書店", "Shift_JIS"},
		{"row 13 in jis", "iso-2022-jp", "\x1b$B-!-_\x1b(B", "①㍻", "ISO-2022-JP"},
		{"kana by SO", "iso-2022-jp", "\x0e\x43\x3d\x44\x0f", "ﾃｽﾄ", "ISO-2022-JP"},
		{"eight-bit kana beside jis", "iso-2022-jp", jis(t, "漢字") + "\xc3\xbd\xc4", "漢字ﾃｽﾄ", "ISO-2022-JP"},
		{"jis without return at line end", "iso-2022-jp", "\x1b$B$\"\r\nabc", "あ\r\nabc", "ISO-2022-JP"},
		{"jis cut inside a character", "iso-2022-jp", "\x1b$B$\"$", "あ\uFFFD", "ISO-2022-JP"},
		{"jis with a utf-8 footer", "iso-2022-jp", jis(t, "本文") + "\r\n配信停止", "本文\r\n配信停止", "ISO-2022-JP"},
		{"private use", "cp932", "\xf0\x40\xf9\xfc", "\ue000\ue757", "CP932"},
		{"korean", "ks_c_5601-1987", euckr, "안녕하세요", "EUC-KR"},
		{"chinese", "gb2312", gbk, "你好，世界", "GB18030"},
		{"iso-2022-kr", "iso-2022-kr", "\x1b$)C\x0e>H3g\x0f", "안녕", "ISO-2022-KR"},
		{"cyrillic", "koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет", "KOI8-R"},
		{"bom", "iso-8859-1", "\xef\xbb\xbfabc", "abc", "UTF-8"},
		{"utf-7 plus", "utf-7", "1 +- 1 +ZeVnLIqe-.", "1 + 1 日本語.", "UTF-7"},
		{"copyright sign", "iso-8859-1", "\xa9 2026 Fuji", "© 2026 Fuji", "ISO-8859-1"},
		{"copyright sign, no label", "", "\xa9 2026 Fuji, 20\xb0C", "© 2026 Fuji, 20°C", "windows-1252"},
		{"curly quotes", "windows-1252", "\x93It\x92s\x94 \x85", "“It’s” …", "windows-1252"},
		{"umlauts in a row", "iso-8859-1", "\xc4\xd6\xdc", "ÄÖÜ", "ISO-8859-1"},
		{"umlauts in a row, no label", "", "\xc4\xd6\xdc", "ÄÖÜ", "windows-1252"},
		{"dashes", "shift_jis", "\x81\x5c\x81\x5c\x81\x63", "――…", "Shift_JIS"},
		{"latin-2", "iso-8859-2", "\xbfona \xb3\xf3d\xbc", "żona łódź", "ISO-8859-2"},
		{"half-width kana alone, no label", "", "\xc3\xbd\xc4 \xb6\xc5 \xc3\xbd\xc4", "ﾃｽﾄ ｶﾅ ﾃｽﾄ", "CP932"},
		{"unknown label, ascii", "x-foo", "abc", "abc", "US-ASCII"},
		{"one broken octet", "utf-8", ja + "\xff" + ja, ja + "\uFFFD" + ja, "UTF-8"},
	} {
		text, used := DecodeText(c.label, []byte(c.in))
		if text != c.text || used != c.used {
			t.Errorf("%s: DecodeText(%q) = %q by %s, want %q by %s", c.name, c.label, text, used, c.text, c.used)
		}
	}
}

func TestCharsetsBeginWithTheUsedOne(t *testing.T) {
	in := []byte(sjis(t, "お世話になっております"))
	got := charsetsFor("iso-2022-jp", in)
	if got[0] != "CP932" || !slices.Contains(got, "EUC-JP") || !slices.Contains(got, "windows-1252") {
		t.Errorf("Charsets = %v", got)
	}
	seen := map[string]bool{}
	for _, name := range got {
		e, ok := lookupCharset(name)
		if !ok {
			t.Errorf("%q cannot be asked for", name)
		}
		if text := e.Decode(in); seen[text] {
			t.Errorf("%q gives the same text as one before", name)
		} else {
			seen[text] = true
		}
	}
	if got := charsetsFor("utf-8", []byte("plain")); len(got) != 1 || got[0] != "UTF-8" {
		t.Errorf("ASCII has the choices %v, want one", got)
	}
}

func TestCharsetReaderNeverFailsOnALabel(t *testing.T) {
	r, err := CharsetReader("x-no-such", strings.NewReader(sjis(t, "日本語のテスト")))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(r)
	if string(b) != "日本語のテスト" {
		t.Errorf("read %q", b)
	}
}

func TestLongTextIsCutBetweenCharacters(t *testing.T) {
	long := strings.Repeat("あ", maxSniff) // no line end to cut at
	if text, used := DecodeText("iso-8859-1", []byte(long)); used != "UTF-8" || text != long {
		t.Errorf("used %s", used)
	}
}

func FuzzDecodeText(f *testing.F) {
	f.Add("iso-2022-jp", []byte("\x1b$B$\"\x1b(B"))
	f.Add("", []byte("\x82\xa0\xff"))
	f.Add("utf-7", []byte("+2AA-"))
	f.Add("hz-gb-2312", []byte("~{~~"))
	f.Fuzz(func(t *testing.T, label string, b []byte) {
		text, used := DecodeText(label, b)
		if !utf8.ValidString(text) || used == "" {
			t.Fatalf("DecodeText(%q, %q) = %q by %q", label, b, text, used)
		}
		charsetsFor(label, b)
	})
}
