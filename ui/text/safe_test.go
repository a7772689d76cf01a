package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Contract, signed", "Contract, signed"},
		{"escape", "a\x1b[31mred\x1b]0;title\x07b", "a[31mred]0;titleb"},
		{"C1", "a\u009b31mb\u0085c", "a31mb c"},
		{"raw C1 octet", "a\x9b31m", "a\ufffd31m"},
		{"DEL", "a\x7fb", "ab"},
		{"bidi", "invoice\u202efdp.exe\u2066x\u2069\u200f", "invoicefdp.exex"},
		{"tags", "hi\U000e0041\U000e007f", "hi"},
		{"surrogate", "a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"},
		{"line ends", "a\r\nb\nc\rd\u2028e", "a b c d e"},
		{"tab", "a\tb", "a b"},
		{"joined family", "👨\u200d👩\u200d👧!", "👨👩👧!"},
		{"emoji style", "☎\ufe0f ❤\ufe0f", "☎ ❤"},
		{"flag", "🇯🇵", "JP"},
		{"zalgo", "a" + strings.Repeat("\u0301", 50), "a" + strings.Repeat("\u0301", maxMarks)},
		{"lone mark", "\u0301a", "a"},
		{"half-width voice", "ﾌｼﾞ書店 ﾊﾟﾝ", "ﾌジ書店 パﾝ"},
		{"half-width voice alone", "aﾞ", "a\u309b"},
		{"combining voice", "か\u3099", "か\u3099"},
		{"variant", "葛\U000e0100", "葛\U000e0100"},
		{"no-break space", "a\u00a0b\u2003c\u3000d", "a b c\u3000d"},
		{"persian", "می\u200cخواهم", "می\u200cخواهم"},
		{"zero width", "a\u200bb\u2060c\ufeffd\u00ade", "abcde"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(Clean(tt.in)); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCleanTextKeepsLinesAndTabStops(t *testing.T) {
	got := CleanText("a\tb\r\n日本\tc\rd")
	if want := Safe("a       b\n日本    c\nd"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVisible(t *testing.T) {
	got := Visible([]byte("a\x1b[0m\x00\x7f\x9b\u202e日本\u0301é"))
	if want := Safe(`a^[[0m^@^?\x9b\xe2\x80\xae日本\xcc\x81é`); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// harmless fails if s holds anything that acts on a terminal.
func harmless(t interface{ Fatalf(string, ...any) }, s Safe, lines bool) {
	for _, r := range string(s) {
		switch {
		case r == '\n' && lines:
		case r < ' ', r >= 0x7f && r < 0xa0, unicode.Is(unicode.Bidi_Control, r), r >= 0xe0000 && r < 0xe0080:
			t.Fatalf("%U is left in %q", r, s)
		}
	}
	if !utf8.ValidString(string(s)) {
		t.Fatalf("%q is not UTF-8", s)
	}
}

var pieces = []string{"a", " ", "日", "本", "ｶ", "ﾞ", "ﾟ", "ﾊ", "\u0301", "\u3099", "\u200d", "👨", "👩", "🏽", "🇯", "❤", "\ufe0f", "1",
	"\u20e3", "\t", "\n", "\x1b[2J", "\u009b", "\u202e", "\xff", "\ufdd0", "…", "①", "é", "ا", "\u200c", "\U000e0101", "葛"}

func hostile() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
	})
}

func TestCleanIsHarmlessAndMeasurable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := hostile().Draw(t, "in") + rapid.String().Draw(t, "more")
		one, many := Clean(in), CleanText(in)
		harmless(t, one, false)
		harmless(t, many, true)
		harmless(t, Visible([]byte(in)), false)
		if again := Clean(string(one)); again != one {
			t.Fatalf("cleaning twice changes %q to %q", one, again)
		}
	})
}

// A terminal counts clusters or code points; what we draw takes the same cells either way.
func TestCleanTakesTheSameCellsEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(Clean(hostile().Draw(t, "in")))
		if a, b := ansi.StringWidth(s), ansi.StringWidthWc(s); a != b {
			t.Fatalf("%q takes %d cells by clusters and %d by code points", s, a, b)
		}
	})
}

func TestCutAndWrapNeverExceed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Clean(hostile().Draw(t, "in"))
		n := rapid.IntRange(2, 30).Draw(t, "n")
		if w := Width(Cut(s, n)); w > n {
			t.Fatalf("Cut(%q, %d) takes %d cells", s, n, w)
		}
		if w := Width(Fit(s, n)); w != n {
			t.Fatalf("Fit(%q, %d) takes %d cells", s, n, w)
		}
		var joined strings.Builder
		for _, l := range Wrap(s, n) {
			if w := Width(l); w > n {
				t.Fatalf("Wrap(%q, %d) has a line of %d cells: %q", s, n, w, l)
			}
			joined.WriteString(strings.ReplaceAll(string(l), " ", ""))
		}
		if want := strings.ReplaceAll(string(s), " ", ""); joined.String() != want {
			t.Fatalf("Wrap loses text: %q, want %q", joined.String(), want)
		}
	})
}

func TestWrapJapanese(t *testing.T) {
	got := Wrap("来週の打ち合わせは、水曜の10時でいかがでしょうか。", 20)
	want := []Safe{"来週の打ち合わせは、", "水曜の10時でいかがで", "しょうか。"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got = Wrap("今日は、「長い」話。", 8)
	for _, l := range got {
		if strings.HasPrefix(string(l), "、") || strings.HasPrefix(string(l), "」") || strings.HasSuffix(string(l), "「") {
			t.Errorf("a line begins or ends with a mark that may not: %q", got)
		}
	}
}

func TestCutShowsThatItCut(t *testing.T) {
	for _, tt := range []struct {
		in   Safe
		n    int
		want Safe
	}{{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abc.."}, {"日本語です", 7, "日本.."}, {"日本語", 3, "日"}, {"abc", 0, ""}} {
		if got := Cut(tt.in, tt.n); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}

// TestCataloguesAgree holds both languages to the same fields, none empty, with the same verbs in each.
func TestCataloguesAgree(t *testing.T) {
	en, ja := words(reflect.ValueOf(*New(EN)), ""), words(reflect.ValueOf(*New(JA)), "")
	for name, a := range en {
		b, ok := ja[name]
		switch {
		case !ok:
			t.Errorf("%s is missing in Japanese", name)
		case a == "" && b == "" && strings.HasPrefix(name, ".Help.Command."): // not every command has more to tell, or an example
		case name != ".App.Between" && (a == "" || b == ""): // sentences stand close in Japanese
			t.Errorf("%s is empty in one language", name)
		case !reflect.DeepEqual(formats(a), formats(b)):
			t.Errorf("%s takes %q in English, %q in Japanese", name, formats(a), formats(b))
		}
	}
	for name := range ja {
		if _, ok := en[name]; !ok {
			t.Errorf("%s is missing in English", name)
		}
	}
}

var format = regexp.MustCompile(`%(\[\d\])?[a-z%]`)

func formats(s string) []string { return format.FindAllString(s, -1) }

func words(v reflect.Value, at string) map[string]string {
	out := map[string]string{}
	add := func(name string, v reflect.Value) {
		for k, w := range words(v, name) {
			out[k] = w
		}
	}
	switch v.Kind() {
	case reflect.String:
		out[at] = v.String()
	case reflect.Struct:
		for i := range v.NumField() {
			add(at+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			add(at+"."+k.String(), v.MapIndex(k))
		}
	case reflect.Array:
		for i := range v.Len() {
			add(at+"."+string(rune('0'+i)), v.Index(i))
		}
	}
	return out
}

// TestOnlyThisPackageMakesSafe reads the source of the interface: a conversion to text.Safe anywhere else would let
// text from outside reach the terminal as it came.
func TestOnlyThisPackageMakesSafe(t *testing.T) {
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if dir := filepath.Base(filepath.Dir(path)); dir == "text" || dir == "cli" {
			return nil
		}
		files++
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && len(c.Args) == 1 && isSafe(c.Fun) {
				if _, constant := c.Args[0].(*ast.BasicLit); !constant {
					t.Errorf("%s: a conversion to text.Safe; use text.Clean", fset.Position(c.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil || files < 10 {
		t.Fatalf("read %d files: %v", files, err)
	}
}

func isSafe(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "text" && s.Sel.Name == "Safe"
}
