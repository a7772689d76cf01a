package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells s takes. It is the one measure of the interface.
func Width(s Safe) int {
	if plain(string(s)) {
		return len(s)
	}
	return ansi.StringWidth(string(s))
}

func runeCells(r rune) int { return ansi.StringWidth(string(r)) }

// cluster splits off the first user-perceived character and says how many cells it takes.
func cluster(s string) (head string, cells int) {
	if s[0] >= ' ' && s[0] <= '~' && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		return s[:1], 1
	}
	return ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
}

// Take gives the longest beginning of s that fits in n cells and the rest. No character is ever cut in half.
func Take(s Safe, n int) (head, rest Safe) {
	str := string(s)
	used, i := 0, 0
	for i < len(str) {
		c, w := cluster(str[i:])
		if used+w > n {
			break
		}
		used += w
		i += len(c)
	}
	return s[:i], s[i:]
}

// Cut shortens s to at most n cells; what was cut is shown by ".." where there is room for it.
func Cut(s Safe, n int) Safe {
	if n <= 0 {
		return ""
	}
	if Width(s) <= n {
		return s
	}
	if n < 4 {
		head, _ := Take(s, n)
		return head
	}
	head, _ := Take(s, n-2)
	return head + ".."
}

// Fit makes s exactly n cells: cut if longer, filled with spaces on the right if shorter.
func Fit(s Safe, n int) Safe {
	s = Cut(s, n)
	return s + Spaces(n-Width(s))
}

// FitRight makes s exactly n cells with its text at the right end.
func FitRight(s Safe, n int) Safe {
	s = Cut(s, n)
	return Spaces(n-Width(s)) + s
}

const blank = "                                                                                                                                "

// Spaces is n blank cells; none for n below 1.
func Spaces(n int) Safe {
	if n <= 0 {
		return ""
	}
	if n <= len(blank) {
		return Safe(blank[:n])
	}
	return Safe(strings.Repeat(" ", n))
}

// Repeat is s n times.
func Repeat(s Safe, n int) Safe {
	if n <= 0 {
		return ""
	}
	return Safe(strings.Repeat(string(s), n))
}

// Lines splits s at its line ends.
func Lines(s Safe) []Safe {
	var out []Safe
	for line := range strings.SplitSeq(string(s), "\n") {
		out = append(out, Safe(line))
	}
	return out
}

// Wrap breaks one line into lines of at most n cells: at spaces, and anywhere between wide characters except where
// Japanese forbids it (no line begins with a closing mark, none ends with an opening one). A word longer than a line
// is broken where the line ends.
func Wrap(line Safe, n int) []Safe {
	if n < 2 {
		n = 2
	}
	if Width(line) <= n {
		return []Safe{line}
	}
	w := wrapper{s: string(line), limit: n}
	w.run()
	return w.out
}

// wrapper holds one wrapping: start is where the current line begins, brk the last place it may be broken.
type wrapper struct {
	s     string
	limit int
	out   []Safe
	start int
	brk   int // offset of the next line if broken here; start when there is no place yet
	used  int // cells from start to i
	atBrk int // cells from start to brk
}

func (w *wrapper) run() {
	prev := ""
	for i := 0; i < len(w.s); {
		c, cells := cluster(w.s[i:])
		if i > w.start && MayBreak(prev, c) {
			w.brk, w.atBrk = i, w.used
		}
		for w.used+cells > w.limit && c != " " && i > w.start {
			w.breakLine(i)
		}
		w.used += cells
		i += len(c)
		prev = c
	}
	w.out = append(w.out, trimRight(w.s[w.start:]))
}

func (w *wrapper) breakLine(i int) {
	if w.brk <= w.start {
		w.brk, w.atBrk = i, w.used
	}
	w.out = append(w.out, trimRight(w.s[w.start:w.brk]))
	w.start = w.brk
	w.used -= w.atBrk
	w.atBrk = 0
}

func trimRight(s string) Safe { return Safe(strings.TrimRight(s, " ")) }

const (
	noBegin = "、。，．・：；？！）］｝」』】〉》〕”’ーァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ々〜～…‥｡｣､ｰ!?,.)]}:;"
	noEnd   = "（［｛「『【〈《〔“‘｢([{"
)

// MayBreak reports whether a line may end after a and the next begin with b.
func MayBreak(a, b string) bool {
	if a == "" || b == " " {
		return false
	}
	if a == " " || a == "\u3000" {
		return true
	}
	if strings.Contains(noBegin, b) || strings.Contains(noEnd, a) {
		return false
	}
	return ideographic(a) || ideographic(b)
}

func ideographic(c string) bool {
	r, _ := utf8.DecodeRuneInString(c)
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r < 0x3100 || r >= 0xff00 && r < 0xffef
}
