package widget

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/text"
	"todoku/ui/theme"
)

// maxEditor bounds what the built-in editor holds, in octets; longer texts are for $EDITOR.
const maxEditor = 1 << 20

// Editor is a text of several lines being typed: it wraps what it shows, and edits whole user-perceived characters.
type Editor struct {
	lines []string // without line ends
	at    int      // line of the cursor
	col   int      // octets before the cursor in that line
	want  int      // cell to keep when moving up and down
	width int
	rows  int
	top   int // first row on screen
}

// Value is the text; every line ends in \n.
func (e *Editor) Value() string {
	if len(e.lines) == 0 {
		return ""
	}
	return strings.Join(e.lines, "\n") + "\n"
}

// Set replaces the text and puts the cursor at its beginning.
func (e *Editor) Set(s string) {
	s = strings.TrimSuffix(string(text.CleanText(s)), "\n")
	e.lines = strings.Split(s, "\n")
	e.at, e.col, e.top, e.want = 0, 0, 0, 0
}

// SetSize gives the editor its cells.
func (e *Editor) SetSize(width, rows int) {
	e.width, e.rows = max(width, 2), max(rows, 1)
	e.show()
}

func (e *Editor) line() string {
	if len(e.lines) == 0 {
		e.lines = []string{""}
	}
	return e.lines[e.at]
}

func (e *Editor) size() int {
	n := 0
	for _, l := range e.lines {
		n += len(l) + 1
	}
	return n
}

// Insert types or pastes text at the cursor; it may have several lines.
func (e *Editor) Insert(s string) {
	line := e.line()
	if e.size()+len(s) > maxEditor {
		return
	}
	clean := string(text.CleanText(line[:e.col] + s))
	parts := strings.Split(clean, "\n")
	rest := line[e.col:]
	last := len(parts) - 1
	e.col = len(parts[last])
	parts[last] += rest
	e.lines = append(e.lines[:e.at], append(parts, e.lines[e.at+1:]...)...)
	e.at += last
	e.moved()
}

// Key edits by one key and reports whether it was an editing key.
func (e *Editor) Key(k tea.Key) bool {
	if k.Text != "" {
		e.Insert(k.Text)
		return true
	}
	line := e.line()
	switch k.String() {
	case "enter":
		e.Insert("\n")
	case "backspace", "ctrl+h":
		e.backspace()
	case "delete", "ctrl+d":
		e.deleteNext()
	case "ctrl+u":
		e.lines[e.at], e.col = line[e.col:], 0
	case "ctrl+w":
		short := dropWord(line[:e.col])
		e.lines[e.at], e.col = short+line[e.col:], len(short)
	default:
		return e.move(k.String())
	}
	e.moved()
	return true
}

// move does the keys that only move the cursor.
func (e *Editor) move(key string) bool {
	line := e.line()
	switch key {
	case "left", "ctrl+b":
		if e.col > 0 {
			e.col = len(dropLast(line[:e.col]))
		} else if e.at > 0 {
			e.at--
			e.col = len(e.lines[e.at])
		}
	case "right", "ctrl+f":
		if e.col < len(line) {
			e.col += len(first(line[e.col:]))
		} else if e.at < len(e.lines)-1 {
			e.at, e.col = e.at+1, 0
		}
	case "home", "ctrl+a":
		e.col = 0
	case "end", "ctrl+e":
		e.col = len(line)
	case "up":
		return e.rowBy(-1)
	case "down":
		return e.rowBy(1)
	case "pgup":
		return e.rowBy(-max(e.rows-1, 1)) || true
	case "pgdown":
		return e.rowBy(max(e.rows-1, 1)) || true
	default:
		return false
	}
	e.moved()
	return true
}

func (e *Editor) backspace() {
	line := e.line()
	if e.col > 0 {
		short := dropLast(line[:e.col])
		e.lines[e.at], e.col = short+line[e.col:], len(short)
		return
	}
	if e.at > 0 {
		above := e.lines[e.at-1]
		e.col = len(above)
		e.lines[e.at-1] = above + line
		e.lines = append(e.lines[:e.at], e.lines[e.at+1:]...)
		e.at--
	}
}

func (e *Editor) deleteNext() {
	line := e.line()
	if e.col < len(line) {
		e.lines[e.at] = line[:e.col] + line[e.col+len(first(line[e.col:])):]
		return
	}
	if e.at < len(e.lines)-1 {
		e.lines[e.at] = line + e.lines[e.at+1]
		e.lines = append(e.lines[:e.at+1], e.lines[e.at+2:]...)
	}
}

// moved notes the cell to keep and brings the cursor on screen.
func (e *Editor) moved() {
	_, e.want = e.place()
	e.show()
}

// breaks gives where the rows of a line begin, in octets. A row breaks after a blank or a wide character, else where
// it is full.
func (e *Editor) breaks(line string) []int {
	starts := []int{0}
	if len(line) < e.width {
		return starts
	}
	cells, chance := 0, -1
	for i := 0; i < len(line); {
		c := first(line[i:])
		w := text.Width(text.Clean(c))
		if cells+w > e.width {
			begin := i
			if chance > starts[len(starts)-1] {
				begin = chance
			}
			starts = append(starts, begin)
			cells = text.Width(text.Clean(line[begin:i]))
			chance = -1
		}
		cells += w
		i += len(c)
		if c == " " || w == 2 {
			chance = i
		}
	}
	return starts
}

// place gives the row on which the cursor stands, counted from the first line's first, and its cell.
func (e *Editor) place() (row, cell int) {
	for i := range e.at {
		row += len(e.breaks(e.lines[i]))
	}
	line := e.line()
	starts := e.breaks(line)
	r := len(starts) - 1
	for r > 0 && starts[r] > e.col {
		r--
	}
	return row + r, text.Width(text.Clean(line[starts[r]:e.col]))
}

// rowBy moves the cursor by n rows of the screen and reports whether there was a row to move to.
func (e *Editor) rowBy(n int) bool {
	row, _ := e.place()
	target := row + n
	if target < 0 {
		if row == 0 {
			return false
		}
		target = 0
	}
	at := 0
	for i, line := range e.lines {
		starts := e.breaks(line)
		if target < at+len(starts) {
			e.at = i
			e.col = e.offset(line, starts, target-at)
			e.show()
			return true
		}
		at += len(starts)
	}
	e.at = len(e.lines) - 1
	e.col = len(e.lines[e.at])
	e.show()
	return at-1 > row
}

// offset finds the octet under the cell to keep in one row of a line.
func (e *Editor) offset(line string, starts []int, row int) int {
	end := len(line)
	if row+1 < len(starts) {
		end = starts[row+1]
	}
	i, cells := starts[row], 0
	for i < end {
		c := first(line[i:])
		w := text.Width(text.Clean(c))
		if cells+w > e.want || i+len(c) == end && end < len(line) {
			break
		}
		cells += w
		i += len(c)
	}
	return i
}

func (e *Editor) show() {
	if e.width == 0 {
		return
	}
	row, _ := e.place()
	if row < e.top {
		e.top = row
	}
	if row >= e.top+e.rows {
		e.top = row - e.rows + 1
	}
}

// View draws the rows on screen, each exactly width cells, and gives the cell of the cursor in them.
func (e *Editor) View(th *theme.Theme) (rows []string, x, y int) {
	e.line()
	at := 0
	for _, line := range e.lines {
		starts := e.breaks(line)
		for i, begin := range starts {
			if at >= e.top && len(rows) < e.rows {
				end := len(line)
				if i+1 < len(starts) {
					end = starts[i+1]
				}
				role := theme.Text
				if strings.HasPrefix(line, ">") {
					role = theme.Quote
				}
				rows = append(rows, NewLine(th, e.width).Put(role, text.Clean(line[begin:end])).String())
			}
			at++
		}
		if len(rows) == e.rows {
			break
		}
	}
	for len(rows) < e.rows {
		rows = append(rows, Blank(e.width))
	}
	row, cell := e.place()
	return rows, min(cell, e.width-1), row - e.top
}
