package widget

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/theme"
)

func plainTheme() *theme.Theme { return theme.New(theme.Options{}) }

// TestListKeepsTheCursorOnItsRow changes the list at random: the row under the cursor keeps the cursor and its place
// on screen as long as there is room, and if it is gone the next below that is left takes the cursor.
func TestListKeepsTheCursorOnItsRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(rapid.Int64Range(1, 500), 1, 80, rapid.ID).Draw(t, "keys")
		var l List
		l.SetKeys(slices.Clone(keys))
		l.SetHeight(rapid.IntRange(1, 20).Draw(t, "height"))
		l.Go(rapid.IntRange(0, len(keys)-1).Draw(t, "at"))
		had, _ := l.Key()
		var next []int64
		for _, k := range keys {
			if rapid.Bool().Draw(t, "stays") {
				next = append(next, k)
			}
			if rapid.IntRange(0, 5).Draw(t, "new") == 0 {
				next = append(next, 1000+k)
			}
		}
		_, vanished := l.SetKeys(next)
		if len(next) == 0 {
			return
		}
		now, ok := l.Key()
		if !ok || vanished == slices.Contains(next, had) {
			t.Fatalf("vanished is %v for %d in %v", vanished, had, next)
		}
		if !vanished && now != had {
			t.Fatalf("the cursor went from %d to %d in %v", had, now, next)
		}
		if vanished {
			if want := heirOf(keys, next, had); now != want {
				t.Fatalf("the cursor of %d went to %d, want %d (%v to %v)", had, now, want, keys, next)
			}
		}
		if l.At() < l.Top() || l.At() >= l.Top()+l.Height() {
			t.Fatalf("the cursor %d is not on screen %d+%d", l.At(), l.Top(), l.Height())
		}
	})
}

func heirOf(old, next []int64, gone int64) int64 {
	i := slices.Index(old, gone)
	for _, k := range old[i+1:] {
		if slices.Contains(next, k) {
			return k
		}
	}
	for j := i - 1; j >= 0; j-- {
		if slices.Contains(next, old[j]) {
			return old[j]
		}
	}
	return next[0]
}

func TestListMovesInsideItsBounds(t *testing.T) {
	var l List
	l.Move(5)
	if _, ok := l.Key(); ok || l.At() != 0 {
		t.Error("an empty list has a row")
	}
	l.SetKeys([]int64{1, 2, 3, 4, 5, 6})
	l.SetHeight(3)
	l.Page(1)
	l.Page(5)
	if k, _ := l.Key(); k != 6 || l.Top() != 3 {
		t.Errorf("paged to %d, top %d", k, l.Top())
	}
	l.Scroll(-2)
	if k, _ := l.Key(); k != 4 || l.Top() != 1 {
		t.Errorf("scrolled to %d, top %d", k, l.Top())
	}
	l.Reverse()
	if k, _ := l.Key(); k != 4 {
		t.Errorf("reversed onto %d", k)
	}
}

func key(name string) tea.Key {
	switch name {
	case "left":
		return tea.Key{Code: tea.KeyLeft}
	case "right":
		return tea.Key{Code: tea.KeyRight}
	case "back":
		return tea.Key{Code: tea.KeyBackspace}
	case "del":
		return tea.Key{Code: tea.KeyDelete}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.Key{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	return tea.Key{Code: []rune(name)[0], Text: name}
}

func TestInputEditsWholeCharacters(t *testing.T) {
	tests := []struct {
		name   string
		keys   []string
		want   string
		cursor int
	}{
		{"wide", []string{"日", "本", "語"}, "日本語", 6},
		{"left", []string{"日", "本", "語", "left"}, "日本語", 4},
		{"insert", []string{"日", "語", "left", "本"}, "日本語", 4},
		{"backspace takes mark and base", []string{"か", "\u3099", "back"}, "", 0},
		{"delete", []string{"a", "日", "ctrl+a", "del"}, "日", 0},
		{"begin and end", []string{"a", "b", "ctrl+a", "x", "ctrl+e", "y"}, "xaby", 4},
		{"kill line", []string{"a", "b", "left", "ctrl+u"}, "b", 0},
		{"kill word", []string{"alice@sakura.test bob", "ctrl+w"}, "alice@sakura.test ", 18},
		{"half-width", []string{"ﾃｽﾄ"}, "ﾃｽﾄ", 3},
		{"escapes do not enter", []string{"a\x1b[31mb"}, "a[31mb", 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var in Input
			for _, k := range tt.keys {
				if !in.Key(key(k)) {
					t.Errorf("%q is no editing key", k)
				}
			}
			_, x := in.View(plainTheme(), 40)
			if in.Value() != tt.want || x != tt.cursor {
				t.Errorf("%q with the cursor in cell %d, want %q and %d", in.Value(), x, tt.want, tt.cursor)
			}
		})
	}
}

// TestInputScrolls types more than the field holds: the cursor stays inside and the row keeps its width.
func TestInputScrolls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in Input
		for _, s := range rapid.SliceOfN(rapid.SampledFrom([]string{"日", "a", "ﾃ", "é", " ", "👩", "left", "back"}), 0, 60).Draw(t, "keys") {
			in.Key(key(s))
		}
		width := rapid.IntRange(2, 30).Draw(t, "width")
		row, x := in.View(plainTheme(), width)
		if w := ansi.StringWidth(row); w != width || x < 0 || x >= width {
			t.Fatalf("%q in %d cells takes %d, cursor %d", in.Value(), width, w, x)
		}
	})
}

func TestInputBoundsWhatIsPasted(t *testing.T) {
	var in Input
	in.Insert(strings.Repeat("x", 10*maxInput))
	if len(in.Value()) > maxInput {
		t.Errorf("%d octets", len(in.Value()))
	}
}

func TestLineFillsItsWidth(t *testing.T) {
	th := theme.New(theme.Options{Depth: theme.Full, Dark: true})
	for width := range 40 {
		l := NewLine(th, width).Put(theme.Title, "日本語").Cell(theme.Text, "abc", 7).CellRight(theme.Ok, "正常", 5).
			Selected(true).Put(theme.Muted, "more than fits").RightEnd(theme.Muted, "09:38", 1)
		if w := ansi.StringWidth(l.String()); w != width {
			t.Errorf("a row of %d cells takes %d", width, w)
		}
		if w := ansi.StringWidth(RuleRow(th, width, "通信  sending", "47 lines  following")); width > 3 && w != width {
			t.Errorf("a rule of %d cells takes %d", width, w)
		}
	}
}

func TestLetterFoldsLongQuotes(t *testing.T) {
	body := "Hello\n\nOn Monday Bob <bob@fuji.test> wrote:\n> one\n> two\n> three\n> four\n\n> short\nBye\n"
	l := SetLetter(session.Reading{Text: body}, 60, 4)
	folded := strings.Join(l.Rows(plainTheme(), text.New(text.EN), 62), "\n")
	if !strings.Contains(folded, "> 4 lines of bob@fuji.test; z unfolds") || strings.Contains(folded, "> two") || !strings.Contains(folded, "> short") {
		t.Errorf("folded:\n%s", folded)
	}
	if !l.Toggle() {
		t.Error("there is nothing to fold")
	}
	if open := strings.Join(l.Rows(plainTheme(), text.New(text.EN), 62), "\n"); !strings.Contains(open, "> two") {
		t.Errorf("unfolded:\n%s", open)
	}
}

func BenchmarkSetLetter(b *testing.B) {
	r := session.Reading{Text: strings.Repeat("お世話になっております。来週の打ち合わせは、水曜の10時でいかがでしょうか。場所は2階です。\n", 20_000)}
	for b.Loop() {
		SetLetter(r, 84, 4)
	}
}
