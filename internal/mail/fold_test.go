package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"ABC": "abc", "ﾃｽﾄ ＡＢＣ①": "テスト abc1", "ｶﾞ": "ガ", "plain": "plain", "İ": "i", "a\u200bb": "ab",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBigrams(t *testing.T) {
	for in, want := range map[string]string{
		"会議":                 "会議 議",
		"請求書の件":              "請求 求書 書の の件 件",
		"Re: 来週 meeting 10時": "re 来週 週 meeting 10 時",
		"ﾌｼﾞ書店":              "フジ ジ書 書店 店",
		"":                   "",
		"...":                "",
	} {
		if got := Bigrams(in); got != want {
			t.Errorf("Bigrams(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestBigramQueryFinds checks that whatever stands in a text is found in its bigrams.
func TestBigramQueryFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []rune(rapid.StringMatching(`[a-zあ-お漢字会議ｱ-ｵ ]{1,30}`).Draw(t, "text"))
		from := rapid.IntRange(0, len(text)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(text)).Draw(t, "to")
		if from > 0 && kindOf(text[from]) == runWord && kindOf(text[from-1]) == runWord {
			return // the middle of a western word is not searched for
		}
		index := " " + Bigrams(string(text)) + " "
		for _, p := range BigramQuery(string(text[from:to])) {
			needle := " " + strings.Join(p.Words, " ")
			if !p.Prefix {
				needle += " "
			}
			if !strings.Contains(index, needle) {
				t.Fatalf("%q is not found in %q", p.Words, index)
			}
		}
	})
	want := []Phrase{{Words: []string{"請求", "求書"}}, {Words: []string{"abc"}, Prefix: true}, {Words: []string{"件"}, Prefix: true}}
	if diff := cmp.Diff(want, BigramQuery("請求書 ABC 件")); diff != "" {
		t.Error(diff)
	}
}
