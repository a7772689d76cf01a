package widget

import "todoku/ui/keys"

// List is the state of a virtual list: which rows exist, which is under the cursor, which are on screen. It never
// holds the rows themselves, so it costs eight octets a row.
type List struct {
	keys   []int64
	cursor int
	top    int
	height int
}

// Keys gives all rows in order.
func (l *List) Keys() []int64 { return l.keys }

// Len is the number of rows.
func (l *List) Len() int { return len(l.keys) }

// At is the index under the cursor; 0 for an empty list.
func (l *List) At() int { return l.cursor }

// Key is the row under the cursor.
func (l *List) Key() (int64, bool) {
	if len(l.keys) == 0 {
		return 0, false
	}
	return l.keys[l.cursor], true
}

// Top is the index of the first row on screen.
func (l *List) Top() int { return l.top }

// Height is the number of rows on screen.
func (l *List) Height() int { return l.height }

// Visible gives the keys on screen.
func (l *List) Visible() []int64 { return l.keys[l.top:min(l.top+l.height, len(l.keys))] }

// Window gives the keys on screen and margin more on both sides.
func (l *List) Window(margin int) []int64 {
	return l.keys[max(l.top-margin, 0):min(l.top+l.height+margin, len(l.keys))]
}

// SetHeight changes how many rows are on screen; the cursor stays on screen.
func (l *List) SetHeight(h int) {
	l.height = max(h, 1)
	l.show()
}

// SetKeys replaces the rows. The cursor stays on its row, at its place on screen, whatever came or went above; if
// the row vanished, the next below that still exists takes the cursor. above is how many rows more are now above it.
func (l *List) SetKeys(keys []int64) (above int, vanished bool) {
	old, was, place := l.keys, l.cursor, l.cursor-l.top
	l.keys = keys
	if len(keys) == 0 || len(old) == 0 {
		l.cursor, l.top = 0, 0
		return 0, len(old) > 0
	}
	now := index(keys, old[was])
	if now < 0 {
		vanished = true
		now = l.heir(old, was)
	}
	above = now - was
	l.cursor = now
	l.top = now - place
	l.show()
	return above, vanished
}

// heir finds the row that takes the cursor: the next below in the old order that is still there, else the one above.
func (l *List) heir(old []int64, was int) int {
	at := make(map[int64]int, len(l.keys))
	for i, k := range l.keys {
		at[k] = i
	}
	for i := was + 1; i < len(old); i++ {
		if n, ok := at[old[i]]; ok {
			return n
		}
	}
	for i := was - 1; i >= 0; i-- {
		if n, ok := at[old[i]]; ok {
			return n
		}
	}
	return 0
}

func index(keys []int64, key int64) int {
	for i, k := range keys {
		if k == key {
			return i
		}
	}
	return -1
}

// Index finds a row; -1 if it is not there.
func (l *List) Index(key int64) int { return index(l.keys, key) }

// Move moves the cursor by n rows.
func (l *List) Move(n int) { l.Go(l.cursor + n) }

// Go puts the cursor on a row.
func (l *List) Go(i int) {
	l.cursor = max(min(i, len(l.keys)-1), 0)
	l.show()
}

// Page moves the view and the cursor by n screens.
func (l *List) Page(n int) {
	step := max(l.height-1, 1) * n
	l.top += step
	l.Go(l.cursor + step)
}

// Press does a verb that moves in a list.
func (l *List) Press(v keys.Verb) {
	switch v {
	case keys.Down:
		l.Move(1)
	case keys.Up:
		l.Move(-1)
	case keys.First:
		l.Go(0)
	case keys.Last:
		l.Go(l.Len() - 1)
	case keys.PageDown:
		l.Page(1)
	case keys.PageUp:
		l.Page(-1)
	}
}

// Scroll moves the view by n rows; the cursor follows only when it would leave the screen.
func (l *List) Scroll(n int) {
	l.top = max(min(l.top+n, len(l.keys)-l.height), 0)
	l.cursor = max(min(l.cursor, l.top+l.height-1, len(l.keys)-1), l.top, 0)
}

// Reverse turns the order around; the cursor stays on its row.
func (l *List) Reverse() {
	n := len(l.keys)
	turned := make([]int64, n)
	for i, k := range l.keys {
		turned[n-1-i] = k
	}
	l.keys = turned
	if n > 0 {
		l.Go(n - 1 - l.cursor)
	}
}

// show moves the view as little as needed for the cursor to be on screen.
func (l *List) show() {
	if l.height < 1 {
		l.height = 1
	}
	if l.top > l.cursor {
		l.top = l.cursor
	}
	if l.top < l.cursor-l.height+1 {
		l.top = l.cursor - l.height + 1
	}
	l.top = max(min(l.top, len(l.keys)-l.height), 0)
}
