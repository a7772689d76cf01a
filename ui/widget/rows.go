package widget

import (
	"sort"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"todoku/ui/text"
	"todoku/ui/theme"
)

// rowPlace is a row of the editor: a line, and which of the rows that it is broken into.
type rowPlace struct{ line, row int }

// longLine is from how many octets on the breaks of a line are worth keeping.
const longLine = 2048

// brokenLine remembers where the rows of the long line begin that was broken last.
type brokenLine struct {
	line   string
	width  int
	starts []int
}

// breaks gives where the rows of a line begin, in octets. A row ends after a blank or between wide characters where
// Japanese permits it, else where it is full. One blank may stand in the cell behind the row.
func (e *Editor) breaks(line string) []int {
	if len(line) <= e.width {
		return []int{0}
	}
	if len(line) < longLine {
		return breakLine(line, e.width, nil)
	}
	if e.memo.width != e.width {
		e.memo = brokenLine{width: e.width}
	}
	if e.memo.line != line {
		e.memo = brokenLine{line, e.width, breakLine(line, e.width, e.memo.sureStarts(line))}
	}
	return e.memo.starts
}

// sureStarts gives the rows that begin alike in line: those that were decided by octets which both lines have. An edit
// of a long line then costs what comes after it.
func (b brokenLine) sureStarts(line string) []int {
	const margin = 64 // octets: a character that an edit behind it could still join is shorter
	same := commonLength(b.line, line) - margin
	n := sort.SearchInts(b.starts, same)
	return b.starts[:max(n-1, 0)]
}

func commonLength(a, b string) int {
	const step = 1024
	n := 0
	for n+step <= min(len(a), len(b)) && a[n:n+step] == b[n:n+step] {
		n += step
	}
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// breakLine gives where the rows of a line begin, as far as sure is not the answer already.
func breakLine(line string, width int, sure []int) []int {
	starts := append([]int{0}, sure[min(len(sure), 1):]...)
	begin, chance := starts[len(starts)-1], 0 // where the row begins, and the next one if it is broken at the last chance
	cells, atChance := 0, 0                   // from begin to i, and to chance
	for i, prev := begin, ""; i < len(line); {
		c, w := character(line[i:])
		if i > begin && (text.MayBreak(prev, c) || c == " " && cells > width) {
			chance, atChance = i, cells
		}
		for cells+w > width && i > begin && (c != " " || cells > width) {
			if chance <= begin {
				chance, atChance = i, cells
			}
			begin, cells = chance, cells-atChance
			starts = append(starts, begin)
		}
		cells += w
		i += len(c)
		prev = c
	}
	return starts
}

// character splits off the first user-perceived character of a cleaned line and says how many cells it takes.
func character(s string) (c string, cells int) {
	if n := simple(s); n > 0 && (n == len(s) || simple(s[n:]) > 0) {
		if n == 1 {
			return s[:1], 1
		}
		return s[:n], 2
	}
	return ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
}

// simple gives the length of the first character if it is ASCII, kana, a full-width sign of Japanese or a unified
// ideograph: these stand alone wherever one follows another, and most of what is typed is made of them.
func simple(s string) int {
	if s[0] >= ' ' && s[0] <= '~' {
		return 1
	}
	if len(s) < 3 || s[0] < 0xe3 || s[0] > 0xe9 {
		return 0
	}
	r := rune(s[0]&0x0f)<<12 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f)
	switch {
	case r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fc, r >= 0x4e00 && r <= 0x9fa5, r >= 0x3001 && r <= 0x3002:
		return 3
	}
	return 0
}

// cursorRow is the row on which the cursor stands, with the breaks of its line.
func (e *Editor) cursorRow() (p rowPlace, starts []int) {
	starts = e.breaks(e.line())
	r := len(starts) - 1
	for r > 0 && starts[r] > e.col {
		r--
	}
	return rowPlace{e.at, r}, starts
}

// cursorCell is the cell of the cursor in its row: e.width at most.
func (e *Editor) cursorCell() int {
	p, starts := e.cursorRow()
	return min(text.Width(text.Clean(e.lines[p.line][starts[p.row]:e.col])), e.width)
}

// moved notes the cell to keep and brings the cursor on screen.
func (e *Editor) moved() {
	if e.width == 0 {
		return
	}
	e.want = e.cursorCell()
	e.show()
}

// walk goes n rows from p, as far as there are rows.
func (e *Editor) walk(p rowPlace, n int) rowPlace {
	count := len(e.breaks(e.lines[p.line]))
	for ; n > 0; n-- {
		switch {
		case p.row+1 < count:
			p.row++
		case p.line+1 < len(e.lines):
			p = rowPlace{p.line + 1, 0}
			count = len(e.breaks(e.lines[p.line]))
		default:
			return p
		}
	}
	for ; n < 0; n++ {
		switch {
		case p.row > 0:
			p.row--
		case p.line > 0:
			p = rowPlace{p.line - 1, len(e.breaks(e.lines[p.line-1])) - 1}
		default:
			return p
		}
	}
	return p
}

// rowBy moves the cursor by n rows of the screen, keeping its column, and reports whether there was a row to move to.
func (e *Editor) rowBy(n int) bool {
	p, _ := e.cursorRow()
	to := e.walk(p, n)
	if to == p {
		return false
	}
	line := e.lines[to.line]
	e.at, e.col = to.line, e.offset(line, e.breaks(line), to.row)
	e.show()
	return true
}

// offset finds the octet under the cell to keep in one row of a line.
func (e *Editor) offset(line string, starts []int, row int) int {
	end := len(line)
	if row+1 < len(starts) {
		end = starts[row+1]
	}
	i, cells := starts[row], 0
	for i < end {
		c, w := character(line[i:])
		if cells+w > e.want || i+len(c) == end && end < len(line) {
			break
		}
		cells += w
		i += len(c)
	}
	return i
}

// show moves the view as little as needed for the cursor to be on screen.
func (e *Editor) show() {
	if e.width == 0 {
		return
	}
	e.line()
	e.top.line = min(e.top.line, len(e.lines)-1)
	e.top.row = min(e.top.row, len(e.breaks(e.lines[e.top.line]))-1)
	p, _ := e.cursorRow()
	switch {
	case p.line < e.top.line || p.line == e.top.line && p.row < e.top.row:
		e.top = p
	case e.rowsTo(p) >= e.rows:
		e.top = e.walk(p, 1-e.rows)
	}
}

// rowsTo counts the rows from the first on screen to p, which is not above it; it stops where the screen ends.
func (e *Editor) rowsTo(p rowPlace) int {
	n, at := 0, e.top
	for n < e.rows && at != p {
		at = e.walk(at, 1)
		n++
	}
	return n
}

// Click puts the cursor on the character in a cell of what is shown.
func (e *Editor) Click(x, y int) {
	e.line()
	p := e.walk(e.top, max(y, 0))
	line := e.lines[p.line]
	e.want = max(x, 0)
	e.at, e.col = p.line, e.offset(line, e.breaks(line), p.row)
	e.moved()
}

// View draws the rows on screen, each exactly width cells, and gives the cell of the cursor in them.
func (e *Editor) View(th *theme.Theme) (rows []string, x, y int) {
	e.line()
	at := e.top
	for len(rows) < e.rows && at.line < len(e.lines) {
		line := e.lines[at.line]
		starts := e.breaks(line)
		for ; at.row < len(starts) && len(rows) < e.rows; at.row++ {
			end := len(line)
			if at.row+1 < len(starts) {
				end = starts[at.row+1]
			}
			rows = append(rows, e.drawRow(th, line, line[starts[at.row]:end]))
		}
		at = rowPlace{at.line + 1, 0}
	}
	for len(rows) < e.rows {
		rows = append(rows, Blank(e.width))
	}
	p, _ := e.cursorRow()
	return rows, e.cursorCell(), min(e.rowsTo(p), e.rows-1)
}

func (e *Editor) drawRow(th *theme.Theme, line, part string) string {
	role := theme.Text
	if strings.HasPrefix(line, ">") {
		role = theme.Quote
	}
	shown, _ := text.Take(text.Clean(part), e.width) // without the blank that stands behind the row
	return NewLine(th, e.width).Put(role, shown).String()
}
