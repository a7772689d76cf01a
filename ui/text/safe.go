// Package text holds what may be drawn: text from outside made harmless, measured in cells, and the words of the
// interface in English and Japanese.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Safe is text that may be written to a terminal: no control, no bidi control, no tag, no stray joiner. Text from
// outside becomes Safe in Clean, CleanText and Visible only; a test keeps conversions out of every other package.
type Safe string

const (
	maxMarks = 4 // combining marks kept after one base: enough for Vietnamese and Indic clusters, not for Zalgo
	tabStop  = 8
)

// Clean makes s harmless and one line: line ends and tabs become a space.
func Clean(s string) Safe { return clean(s, false) }

// CleanText makes s harmless and keeps its lines, ended by \n; tabs become spaces up to the next multiple of 8.
func CleanText(s string) Safe { return clean(s, true) }

func clean(s string, lines bool) Safe {
	if plain(s) {
		return Safe(s)
	}
	c := cleaner{lines: lines, b: make([]byte, 0, len(s)+8)}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == '\r' && i+1 < len(s) && s[i+1] == '\n' {
			i++
			continue
		}
		c.add(r)
		i += size
	}
	return Safe(c.b)
}

// plain reports whether s is printable ASCII only, which most of what is drawn is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// cleaner is the state of one cleaning: where the line is and what the last base was.
type cleaner struct {
	b     []byte
	lines bool
	col   int  // cells written in this line, for tab stops
	base  rune // what a combining mark would attach to; 0 at the start of a line
	marks int
	extra int // octets of the marks after base
}

func (c *cleaner) add(r rune) {
	switch {
	case r >= ' ' && r <= '~':
		c.put(r)
	case r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
		c.newline()
	case r == '\t':
		c.tab()
	case r == utf8.RuneError:
		c.put(utf8.RuneError)
	case r == 0xff9e || r == 0xff9f:
		c.voice(r)
	case r >= 0x1f1e6 && r <= 0x1f1ff: // a flag's letters: alone they are 1 cell or 2, as the terminal likes
		c.put('A' + r - 0x1f1e6)
	case unicode.Is(unicode.Zs, r) && r != 0x3000:
		c.put(' ')
	case r == 0x200c || r == 0x200d || unicode.In(r, unicode.Mn, unicode.Me):
		c.mark(r)
	case !drawable(r):
	default:
		c.put(r)
	}
}

func (c *cleaner) put(r rune) {
	c.b = utf8.AppendRune(c.b, r)
	c.base, c.marks, c.extra = r, 0, 0
	c.col++
	if r >= 0x1100 {
		c.col += runeCells(r) - 1
	}
}

func (c *cleaner) newline() {
	if !c.lines {
		c.put(' ')
		return
	}
	c.b = append(c.b, '\n')
	c.base, c.marks, c.col = 0, 0, 0
}

func (c *cleaner) tab() {
	n := 1
	if c.lines {
		n = tabStop - c.col%tabStop
	}
	for range n {
		c.put(' ')
	}
}

// voice joins a half-width sound mark to the half-width kana before it, as the one full-width letter that takes the
// same two cells: as a pair they are one cluster of 1 cell to some terminals and 2 cells to others.
func (c *cleaner) voice(r rune) {
	whole := norm.NFKC.String(string(c.base) + string(r))
	joined, size := utf8.DecodeRuneInString(whole)
	if c.base < 0xff66 || c.base > 0xff9d || size != len(whole) {
		c.put(r - 0xff9e + 0x309b)
		return
	}
	c.b = c.b[:len(c.b)-utf8.RuneLen(c.base)-c.extra]
	c.col--
	c.put(joined)
}

// mark keeps a combining character that has a letter to attach to. Joiners are kept inside the scripts that need them
// and dropped between pictographs: terminals disagree about the cells of a joined one, and agree about its parts.
func (c *cleaner) mark(r rune) {
	joins := c.base >= 0x0600 && c.base < 0x2000
	if (r == 0x200c || r == 0x200d) && !joins {
		return
	}
	if r == 0xfe0e || r == 0xfe0f || r == 0x20e3 {
		return
	}
	if c.base == 0 || c.base == ' ' || c.marks >= maxMarks {
		return
	}
	c.b = utf8.AppendRune(c.b, r)
	c.marks++
	c.extra += utf8.RuneLen(r)
}

// drawable reports whether r has a shape of its own and a width that terminals agree on.
func drawable(r rune) bool {
	switch {
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return false
	case unicode.Is(unicode.Cf, r): // bidi controls, tags, zero-width spaces, soft hyphens, prepended signs
		return false
	case r >= 0xe0000 && r <= 0xe0fff:
		return false
	case r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef:
		return false
	case r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0: // fillers: cells that look empty
		return false
	case r >= 0x1f3fb && r <= 0x1f3ff: // skin tones: one cluster or two, as the terminal likes
		return false
	case unicode.Is(prepended, r):
		return false
	}
	return true
}

// prepended are letters of the class Prepend (UAX 29), which would join whatever is drawn after them.
var prepended = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x0d4e, Hi: 0x0d4e, Stride: 1}},
	R32: []unicode.Range32{
		{Lo: 0x111c2, Hi: 0x111c3, Stride: 1}, {Lo: 0x113d1, Hi: 0x113d1, Stride: 1},
		{Lo: 0x1193f, Hi: 0x1193f, Stride: 1}, {Lo: 0x11941, Hi: 0x11941, Stride: 1},
		{Lo: 0x11a3a, Hi: 0x11a3a, Stride: 1}, {Lo: 0x11a84, Hi: 0x11a89, Stride: 1},
		{Lo: 0x11d46, Hi: 0x11d46, Stride: 1}, {Lo: 0x11f02, Hi: 0x11f02, Stride: 1},
	},
}

// Visible shows octets of a protocol line: printable text as it is, every other octet or control as ^X or \xNN, so
// that what was on the wire can be read and nothing of it acts on the terminal.
func Visible(p []byte) Safe {
	s := string(p)
	if plain(s) {
		return Safe(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(hexByte(s[i]))
		case r < ' ' || r == 0x7f:
			b.WriteByte('^')
			b.WriteByte(byte(r) ^ 0x40)
		case r == utf8.RuneError || r == 0x3000 || unicode.IsPrint(r) && drawable(r) && !unicode.IsMark(r):
			b.WriteRune(r)
		default:
			for j := range size {
				b.WriteString(hexByte(s[i+j]))
			}
		}
		i += size
	}
	return Safe(b.String())
}

func hexByte(c byte) string {
	const digits = "0123456789abcdef"
	return `\x` + string(digits[c>>4]) + string(digits[c&15])
}
