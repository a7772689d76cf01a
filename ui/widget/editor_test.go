package widget

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"todoku/ui/text"
)

// editorKey is a key by its name; a name of one character types it.
func editorKey(name string) tea.Key {
	codes := map[string]rune{"enter": tea.KeyEnter, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "left": tea.KeyLeft,
		"right": tea.KeyRight, "up": tea.KeyUp, "down": tea.KeyDown, "home": tea.KeyHome, "end": tea.KeyEnd,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown}
	mod := tea.KeyMod(0)
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok && rest != "" {
		name, mod = rest, tea.ModCtrl
	}
	if c, ok := codes[name]; ok {
		return tea.Key{Code: c, Mod: mod}
	}
	if mod != 0 {
		return tea.Key{Code: []rune(name)[0], Mod: mod}
	}
	return tea.Key{Code: []rune(name)[0], Text: name}
}

func editing(width, rows int, content string) *Editor {
	e := &Editor{}
	e.SetSize(width, rows)
	e.Set(content)
	return e
}

func (e *Editor) press(names ...string) {
	for _, n := range names {
		e.Key(editorKey(n))
	}
}

// parts is the text before the cursor and behind it.
func (e *Editor) parts() (before, after string) {
	line := e.line()
	before = strings.Join(append(append([]string(nil), e.lines[:e.at]...), line[:e.col]), "\n")
	after = strings.Join(append([]string{line[e.col:]}, e.lines[e.at+1:]...), "\n")
	return before, after
}

func (e *Editor) shown() []string {
	rows, _, _ := e.View(plainTheme())
	for i := range rows {
		rows[i] = strings.TrimRight(ansi.Strip(rows[i]), " ")
	}
	return rows
}

func TestEditorEdits(t *testing.T) {
	long := strings.Repeat("あ", 4)
	for _, c := range []struct {
		name, text string
		keys       []string
		want       string
	}{
		{"typing", "", []string{"a", "漢", "enter", "b"}, "a漢\nb\n"},
		{"full-width keys stay text", "", []string{"ｊ", "？", "　", "か"}, "ｊ？　か\n"},
		{"nothing", "", nil, ""},
		{"only an empty line", "", []string{"enter"}, "\n\n"},
		{"backspace takes a whole character", "e\u0301漢", []string{"end", "backspace", "backspace"}, ""},
		{"a sound mark joins its kana", "", []string{"ｶ", "ﾞ"}, "ガ\n"},
		{"backspace joins lines", "a\nb", []string{"down", "home", "backspace"}, "ab\n"},
		{"delete joins lines", "a\nb", []string{"end", "delete"}, "ab\n"},
		{"delete at the end", "a", []string{"end", "delete"}, "a\n"},
		{"backspace at the beginning", "a", []string{"backspace"}, "a\n"},
		{"ctrl+u cuts to the left", "abc def", []string{"end", "left", "ctrl+u"}, "f\n"},
		{"ctrl+w cuts a word", "abc def", []string{"end", "ctrl+w"}, "abc \n"},
		{"lines of a paste", "ab", []string{"right", "x\ny\nz"}, "ax\ny\nzb\n"},
		{"escapes of a paste", "", []string{"\x1b[31mred\x1b]0;t\x07\r\nx\u202ey\tz"}, "[31mred]0;t\nxy      z\n"},
		{"undo takes back a word", "", []string{"a", "b", " ", "c", "d", "ctrl+_"}, "ab \n"},
		{"undo takes back several", "", []string{"a", "b", " ", "c", "ctrl+_", "ctrl+_", "ctrl+_", "ctrl+_"}, ""},
		{"undo brings back lines", "a\nb", []string{"down", "home", "backspace", "ctrl+_"}, "a\nb\n"},
		{"undo brings back what was cut", long, []string{"end", "ctrl+u", "ctrl+/"}, long + "\n"},
		{"ctrl+end and ctrl+home", "a\nb\nc", []string{"ctrl+end", "x", "ctrl+home", "y"}, "ya\nb\ncx\n"},
	} {
		e := editing(20, 5, c.text)
		e.press(c.keys...)
		if e.Value() != c.want || e.Size() != len(c.want) {
			t.Errorf("%s: %q of %d octets, want %q", c.name, e.Value(), e.Size(), c.want)
		}
	}
}

func TestEditorWraps(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"at blanks", "one two three", []string{"one two", "three"}},
		{"a word that fills its row", "abcdefghij klm", []string{"abcdefghij", "klm"}},
		{"a word longer than a row", "abcdefghijklm", []string{"abcdefghij", "klm"}},
		{"between wide characters", "日本語日本語日本", []string{"日本語日本", "語日本"}},
		{"no row begins with a full stop", "日本語日本。語日本", []string{"日本語日", "本。語日本"}},
		{"no row ends with a bracket", "日本語日「本語", []string{"日本語日", "「本語"}},
		{"nine cells and a wide one", "(日日日日日", []string{"(日日日日", "日"}},
	} {
		e := editing(10, 2, c.text)
		if got := e.shown(); strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEditorCursorCells(t *testing.T) {
	for _, c := range []struct {
		name, text string
		keys       []string
		x, y       int
	}{
		{"beginning", "日本", nil, 0, 0},
		{"after Japanese", "日本", []string{"end"}, 4, 0},
		{"after half-width kana", "ﾃｽﾄ", []string{"end"}, 3, 0},
		{"after an accent of its own", "e\u0301", []string{"end"}, 1, 0},
		{"behind a full row", "日本語日本", []string{"end"}, 10, 0},
		{"in the second row of a line", "日本語日本語日", []string{"end"}, 4, 1},
		{"where a row ends and the next begins", "日本語日本語日", []string{"end", "left", "left"}, 0, 1},
		{"in the second line", "a\n日本", []string{"down", "end"}, 4, 1},
		{"scrolled", "1\n2\n3\n4\n5", []string{"ctrl+end"}, 1, 2},
	} {
		e := editing(10, 3, c.text)
		e.press(c.keys...)
		if _, x, y := e.View(plainTheme()); x != c.x || y != c.y {
			t.Errorf("%s: the cursor is at %d,%d, want %d,%d", c.name, x, y, c.x, c.y)
		}
	}
}

func TestEditorKeepsItsColumn(t *testing.T) {
	e := editing(10, 5, "abcdefgh\nx\n日本語日本語日本語\nabcdefgh")
	e.press("right", "right", "right", "right", "right")
	for i, want := range []int{1, 4, 4, 5} { // "x" is short; between wide characters the cell before is taken
		e.press("down")
		if _, x, _ := e.View(plainTheme()); x != want {
			t.Errorf("row %d: cell %d, want %d", i+1, x, want)
		}
	}
	e.press("up", "up", "up", "up")
	if _, x, y := e.View(plainTheme()); x != 5 || y != 0 {
		t.Errorf("back at %d,%d, want 5,0", x, y)
	}
	if e.Key(editorKey("up")) {
		t.Error("up in the first row says that it moved")
	}
}

func TestEditorClick(t *testing.T) {
	e := editing(10, 3, "日本語日本語日\nabc")
	for _, c := range []struct {
		x, y int
		want string
	}{{2, 0, "日"}, {3, 0, "日"}, {2, 1, "日本語日本語"}, {99, 1, "日本語日本語日"}, {1, 2, "日本語日本語日\na"}, {0, 9, "日本語日本語日\n"}} {
		e.Click(c.x, c.y)
		if before, _ := e.parts(); before != c.want {
			t.Errorf("a click on %d,%d goes behind %q, want %q", c.x, c.y, before, c.want)
		}
	}
}

func TestEditorHoldsNoMoreThanItMay(t *testing.T) {
	e := editing(80, 10, "")
	if !e.Insert(strings.Repeat("日", maxEditor/3-1)) {
		t.Error("a megabyte was refused")
	}
	before := e.Value()
	if e.Insert("もう少し") || e.Value() != before {
		t.Error("more than the editor holds was taken")
	}
}

// TestEditorNeverLosesText does any keys: what is typed stands where the cursor was, what moves changes nothing, what
// deletes takes one piece next to the cursor, undo goes back through the same texts. The frame is exact all the while,
// and the real cursor stands where the text before it ends.
func TestEditorNeverLosesText(t *testing.T) {
	moves := []string{"left", "right", "up", "down", "home", "end", "pgup", "pgdown", "ctrl+home", "ctrl+end", "ctrl+a", "ctrl+e"}
	typed := []string{"a", " ", "漢", "。", "「", "ｱ", "ガ", "é", "\n", "日本語の長い行をここに置く", "two words", "🙂", "q\u0323", "각"}
	cuts := []string{"backspace", "delete", "ctrl+u", "ctrl+w"}
	rapid.Check(t, func(t *rapid.T) {
		e := editing(rapid.IntRange(2, 24).Draw(t, "width"), rapid.IntRange(1, 6).Draw(t, "rows"), "")
		var was []string
		for range rapid.IntRange(1, 60).Draw(t, "keys") {
			before, after := e.parts()
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				e.press(rapid.SampledFrom(moves).Draw(t, "move"))
				if b, a := e.parts(); b+a != before+after {
					t.Fatalf("moving made %q of %q", b+a, before+after)
				}
			case 1:
				was = append(was, before+after)
				e.press(rapid.SampledFrom(cuts).Draw(t, "cut"))
				b, a := e.parts()
				if !strings.HasPrefix(before, b) || !strings.HasSuffix(after, a) {
					t.Fatalf("cutting made %q, %q of %q, %q", b, a, before, after)
				}
			case 2:
				e.SetSize(rapid.IntRange(2, 24).Draw(t, "width"), rapid.IntRange(1, 6).Draw(t, "rows"))
			default:
				was = append(was, before+after)
				s := rapid.SampledFrom(typed).Draw(t, "typed")
				e.Insert(s)
				if b, a := e.parts(); b != string(text.CleanText(before+s)) || a != after {
					t.Fatalf("typing %q between %q and %q made %q, %q", s, before, after, b, a)
				}
			}
			checkFrame(t, e)
		}
		for len(e.undo) > 0 {
			e.press("ctrl+_")
			checkFrame(t, e)
		}
		if b, a := e.parts(); b+a != "" {
			t.Fatalf("undo ends at %q after %q", b+a, was)
		}
	})
}

// TestLongLineIsBrokenAlikeAfterEdits changes a long line at random: what is kept of its rows is what they would be.
func TestLongLineIsBrokenAlikeAfterEdits(t *testing.T) {
	pieces := []string{"日本語の文。", "word ", "  ", "averylongwordwithoutanyblank", "「引用」", "e\u0301", "각", "x"}
	rapid.Check(t, func(t *rapid.T) {
		e := editing(rapid.IntRange(2, 40).Draw(t, "width"), 5, "")
		some := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 9, 30).Draw(t, "line"), "")
		e.Insert(strings.Repeat(some, 1+2*longLine/len(some)))
		for range 8 {
			e.Click(rapid.IntRange(0, 40).Draw(t, "x"), rapid.IntRange(0, 4).Draw(t, "y"))
			for range rapid.IntRange(0, 9).Draw(t, "pages") {
				e.press(rapid.SampledFrom([]string{"pgup", "pgdown"}).Draw(t, "page"))
			}
			if rapid.Bool().Draw(t, "cut") {
				e.press("backspace")
			} else {
				e.Insert(rapid.SampledFrom(pieces).Draw(t, "piece"))
			}
			if got, want := e.breaks(e.line()), breakLine(e.line(), e.width, nil); !slices.Equal(got, want) {
				t.Fatalf("%d rows, want %d", len(got), len(want))
			}
		}
	})
}

func checkFrame(t *rapid.T, e *Editor) {
	rows, x, y := e.View(plainTheme())
	if len(rows) != e.rows || y < 0 || y >= e.rows || x < 0 || x > e.width {
		t.Fatalf("%d rows of %d, cursor %d,%d of %d", len(rows), e.rows, x, y, e.width)
	}
	for _, r := range rows {
		if w := ansi.StringWidth(r); w != e.width {
			t.Fatalf("a row of %d cells, want %d: %q", w, e.width, r)
		}
	}
	before, _ := e.parts()
	last := before[strings.LastIndexByte(before, '\n')+1:]
	row := strings.TrimRight(ansi.Strip(rows[y]), " ")
	shown, _ := text.Take(text.Clean(row), x)
	if want := strings.TrimRight(string(shown), " "); !strings.HasSuffix(strings.TrimRight(last, " "), want) {
		t.Fatalf("the cursor stands behind %q, the text before it ends in %q", want, last)
	}
}

// bigLetter is a text of n Japanese lines, each of two rows.
func bigLetter(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d 行目です。来週の打ち合わせは、水曜の10時でいかがでしょうか。場所は2階の会議室です。資料を添付します。よろしく。\n", i)
	}
	return b.String()
}

func benchmarkTyping(b *testing.B, content string, at ...string) {
	e := editing(78, 30, content)
	e.press(at...)
	th := plainTheme()
	worst := time.Duration(0)
	for b.Loop() {
		began := time.Now()
		e.press("あ", "backspace", "up", "down")
		e.View(th)
		worst = max(worst, time.Since(began))
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-us")
}

// Four keys and a frame: under 2 ms each.
func BenchmarkEditor2000Lines(b *testing.B) { benchmarkTyping(b, bigLetter(2000), "ctrl+end") }

func BenchmarkEditor2000LinesTop(b *testing.B) { benchmarkTyping(b, bigLetter(2000)) }

func BenchmarkEditorMegabyteLine(b *testing.B) {
	benchmarkTyping(b, strings.Repeat("日本語 text ", 60000), "ctrl+end")
}

func BenchmarkEditorPasteMegabyte(b *testing.B) {
	big := strings.Repeat(bigLetter(1), 6000)
	for b.Loop() {
		e := editing(78, 30, "")
		e.Insert(big)
		e.View(plainTheme())
	}
}
