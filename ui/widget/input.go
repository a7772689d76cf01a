package widget

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/text"
	"todoku/ui/theme"
)

// maxInput bounds one line of typed or pasted text.
const maxInput = 4096

// Input is one line of text being typed. It edits whole user-perceived characters.
type Input struct {
	before, after string // around the cursor; cleaned
}

// Value is the text.
func (in *Input) Value() string { return in.before + in.after }

// Set replaces the text and puts the cursor at its end.
func (in *Input) Set(s string) { in.before, in.after = limit(string(text.Clean(s))), "" }

// Insert types or pastes text at the cursor, as one line.
func (in *Input) Insert(s string) {
	room := maxInput - len(in.after) - len(in.before)
	whole := text.Clean(in.before + s)
	if len(whole) <= len(in.before)+room {
		in.before = string(whole)
	}
}

func limit(s string) string {
	if len(s) > maxInput {
		head, _ := text.Take(text.Clean(s), maxInput/4)
		return string(head)
	}
	return s
}

// Key edits by one key and reports whether it was an editing key.
func (in *Input) Key(k tea.Key) bool {
	if k.Text != "" {
		in.Insert(k.Text)
		return true
	}
	switch k.String() {
	case "backspace", "ctrl+h":
		in.before = dropLast(in.before)
	case "delete", "ctrl+d":
		in.after = in.after[len(first(in.after)):]
	case "left", "ctrl+b":
		in.left()
	case "right", "ctrl+f":
		c := first(in.after)
		in.before, in.after = in.before+c, in.after[len(c):]
	case "home", "ctrl+a":
		in.before, in.after = "", in.before+in.after
	case "end", "ctrl+e":
		in.before, in.after = in.before+in.after, ""
	case "ctrl+u":
		in.before = ""
	case "ctrl+w":
		in.before = dropWord(in.before)
	default:
		return false
	}
	return true
}

// Go puts the cursor before the rune at a place, counted from 0.
func (in *Input) Go(place int) {
	all := []rune(in.Value())
	place = max(min(place, len(all)), 0)
	in.before, in.after = string(all[:place]), string(all[place:])
}

func (in *Input) left() {
	short := dropLast(in.before)
	in.after = in.before[len(short):] + in.after
	in.before = short
}

func first(s string) string {
	if s == "" {
		return ""
	}
	c, _ := character(s)
	return c
}

// lastWithin is how far from the end of a cleaned text its last character is looked for, in octets: a base and its few
// marks are shorter, and whatever is cut at the beginning is complete again long before the end.
const lastWithin = 256

// dropLast is s without its last character.
func dropLast(s string) string {
	from := max(len(s)-lastWithin, 0)
	for from > 0 && !utf8.RuneStart(s[from]) {
		from++
	}
	last := ""
	for rest := s[from:]; rest != ""; {
		last = first(rest)
		rest = rest[len(last):]
	}
	return strings.TrimSuffix(s, last)
}

func dropWord(s string) string {
	s = strings.TrimRight(s, " ")
	i := strings.LastIndexAny(s, " ,@.")
	if i == len(s)-1 && i >= 0 {
		i = strings.LastIndexAny(s[:i], " ,@.")
	}
	return s[:i+1]
}

// View draws the text in exactly width cells, scrolled so that the cursor is inside, and says in which cell of them
// the real cursor stands: an input method opens its window there.
func (in *Input) View(th *theme.Theme, width int) (row string, cursor int) {
	if width < 1 {
		return "", 0
	}
	before := text.Clean(in.before)
	if w := text.Width(before); w > width-1 {
		before = dropCells(before, w-width+1)
	}
	cursor = text.Width(before)
	all := before + text.Clean(in.after)
	head, _ := text.Take(all, width)
	return NewLine(th, width).Put(theme.Text, head).String(), cursor
}

// dropCells removes whole characters from the beginning of s until at least n cells are gone.
func dropCells(s text.Safe, n int) text.Safe {
	head, rest := text.Take(s, n)
	if text.Width(head) < n {
		_, rest = text.Take(s, n+1)
	}
	return rest
}

// Masked is the same line with a star for each character, as secrets are drawn.
func (in *Input) Masked() *Input { return &Input{before: stars(in.before), after: stars(in.after)} }

func stars(s string) string {
	n := 0
	for ; s != ""; n++ {
		s = s[len(first(s)):]
	}
	return strings.Repeat("*", n)
}

// Cursor is how many cells the text before the cursor takes.
func (in *Input) Cursor() int { return text.Width(text.Clean(in.before)) }
