package widget

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/text"
)

// maxEditor bounds what the built-in editor holds, in octets; longer texts are for $EDITOR.
const maxEditor = 1 << 20

// Editor is a text of several lines being typed: it wraps what it shows, and edits whole user-perceived characters.
// What a key costs depends on the rows on screen and on the line of the cursor, not on the length of the text.
type Editor struct {
	lines []string // cleaned, without line ends; never empty once used
	at    int      // line of the cursor
	col   int      // octets before the cursor in that line
	want  int      // cell to keep when moving up and down
	width int
	rows  int
	top   rowPlace // first row on screen

	octets int // of the text, line ends included
	edits  int
	undo   []change
	memo   brokenLine
}

// Value is the text; every line ends in \n. A text with nothing in it is empty.
func (e *Editor) Value() string {
	if e.Size() == 0 {
		return ""
	}
	return strings.Join(e.lines, "\n") + "\n"
}

// Size is the length of Value in octets.
func (e *Editor) Size() int {
	if len(e.lines) == 0 || len(e.lines) == 1 && e.lines[0] == "" {
		return 0
	}
	return e.octets
}

// Edits counts the changes of the text.
func (e *Editor) Edits() int { return e.edits }

// Set replaces the text and puts the cursor at its beginning. What was before cannot be brought back.
func (e *Editor) Set(s string) {
	s = strings.TrimSuffix(string(text.CleanText(s)), "\n")
	e.lines = strings.Split(s, "\n")
	e.at, e.col, e.want, e.top = 0, 0, 0, rowPlace{}
	e.octets, e.undo = len(s)+1, nil
	e.edits++
}

// SetSize gives the editor its cells. The cursor may stand one cell to the right of them, at the end of a full row.
func (e *Editor) SetSize(width, rows int) {
	if width = max(width, 2); width != e.width {
		e.top.row = 0
	}
	e.width, e.rows = width, max(rows, 1)
	e.show()
}

func (e *Editor) line() string {
	if len(e.lines) == 0 {
		e.lines, e.octets = []string{""}, 1
	}
	return e.lines[e.at]
}

// Insert types or pastes text at the cursor; it may have several lines. It reports false, and changes nothing, when
// the text would become longer than the editor holds.
func (e *Editor) Insert(s string) bool {
	line := e.line()
	if e.octets+len(s) > maxEditor {
		return false
	}
	head := dropLast(line[:e.col]) // what is typed may join the character before it
	parts := strings.Split(string(text.CleanText(line[len(head):e.col]+s)), "\n")
	parts[0] = head + parts[0]
	last := len(parts) - 1
	col := len(parts[last])
	parts[last] += line[e.col:]
	e.replace(e.at, e.at+1, parts, change{at: e.at, col: e.col, typed: last == 0 && len(s) > 0 && s != " "})
	e.at, e.col = e.at+last, col
	e.moved()
	return true
}

// Key edits by one key and reports whether it was an editing key that could be done.
func (e *Editor) Key(k tea.Key) bool {
	if k.Text != "" {
		return e.Insert(k.Text)
	}
	line := e.line()
	switch k.String() {
	case "enter":
		return e.Insert("\n")
	case "backspace", "ctrl+h":
		e.backspace()
	case "delete", "ctrl+d":
		e.deleteNext()
	case "ctrl+u":
		e.cut(0, e.col)
	case "ctrl+w":
		e.cut(len(dropWord(line[:e.col])), e.col)
	case "ctrl+_", "ctrl+/":
		e.bringBack()
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
	case "ctrl+home":
		e.at, e.col = 0, 0
	case "ctrl+end":
		e.at = len(e.lines) - 1
		e.col = len(e.lines[e.at])
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

// cut removes the octets from begin to end of the cursor's line and puts the cursor there.
func (e *Editor) cut(begin, end int) {
	line := e.line()
	if begin == end {
		return
	}
	e.replace(e.at, e.at+1, []string{line[:begin] + line[end:]}, change{at: e.at, col: e.col})
	e.col = begin
}

func (e *Editor) backspace() {
	line := e.line()
	if e.col > 0 {
		e.cut(len(dropLast(line[:e.col])), e.col)
		return
	}
	if e.at > 0 {
		above := e.lines[e.at-1]
		e.replace(e.at-1, e.at+1, []string{above + line}, change{at: e.at, col: e.col})
		e.at, e.col = e.at-1, len(above)
	}
}

func (e *Editor) deleteNext() {
	line := e.line()
	if e.col < len(line) {
		e.cut(e.col, e.col+len(first(line[e.col:])))
		return
	}
	if e.at < len(e.lines)-1 {
		e.replace(e.at, e.at+2, []string{line + e.lines[e.at+1]}, change{at: e.at, col: e.col})
	}
}

const (
	maxUndo      = 1000
	maxUndoBytes = 4 << 20
)

// change is one edit that can be brought back: count lines from line from on took the place of old.
type change struct {
	at, col int // the cursor before
	typed   bool
	from    int
	old     []string
	count   int
	edit    int // what Edits was after it
}

// replace puts lines in the place of those from first to before last. Every edit goes through it.
func (e *Editor) replace(first, last int, lines []string, c change) {
	c.from, c.old, c.count = first, slices.Clone(e.lines[first:last]), len(lines)
	for _, l := range c.old {
		e.octets -= len(l) + 1
	}
	for _, l := range lines {
		e.octets += len(l) + 1
	}
	e.lines = slices.Replace(e.lines, first, last, lines...)
	e.edits++
	c.edit = e.edits
	if n := len(e.undo) - 1; n >= 0 && c.typed && e.undo[n].typed && e.undo[n].from == first && e.undo[n].edit == c.edit-1 {
		e.undo[n].edit = c.edit // a word that is typed comes back as one
		return
	}
	e.undo = append(e.undo, c)
	e.forget()
}

// forget lets go of the oldest changes when there are too many.
func (e *Editor) forget() {
	held := 0
	for i := len(e.undo) - 1; i >= 0; i-- {
		for _, l := range e.undo[i].old {
			held += len(l)
		}
		if held > maxUndoBytes || len(e.undo)-i > maxUndo {
			e.undo = slices.Clone(e.undo[i+1:])
			return
		}
	}
}

// bringBack undoes the last change.
func (e *Editor) bringBack() {
	n := len(e.undo) - 1
	if n < 0 {
		return
	}
	c := e.undo[n]
	e.undo = e.undo[:n]
	e.replace(c.from, c.from+c.count, c.old, change{})
	e.undo = e.undo[:max(len(e.undo)-1, 0)] // undoing is no change to bring back
	e.at, e.col = c.at, c.col
}
