// Package theme turns roles into terminal attributes. Nothing else in the interface knows a colour.
package theme

import (
	"fmt"
	"strings"

	"todoku/ui/text"
)

// Role is what a piece of text is, not how it looks.
type Role int

const (
	Text Role = iota
	Muted
	Accent
	Title
	Sent
	Received
	Ok
	Warn
	Fail
	Live
	Pending
	Unread
	Quote
	Rule
	roles
)

// Depth is how many colours the terminal has.
type Depth int

const (
	NoColour Depth = iota
	Sixteen
	Full
)

// Theme holds the sequences of every role. The zero value draws plain text.
type Theme struct {
	Dark     bool
	Depth    Depth
	High     bool // high contrast: every colour role is Text, with the attributes of the last column
	start    [roles]string
	selStart [roles]string
	ascii    bool
}

// Options choose a theme.
type Options struct {
	Dark  bool
	Depth Depth
	High  bool
	ASCII bool // draw rules with - | +
}

// New builds a theme.
func New(o Options) *Theme {
	t := &Theme{Dark: o.Dark, Depth: o.Depth, High: o.High, ascii: o.ASCII}
	sel := t.selected()
	for r := range roles {
		t.start[r] = sgr(t.attributes(r))
		t.selStart[r] = sgr(join(t.attributes(r), sel))
	}
	return t
}

// Paint writes s in a role into b, on the selected row's ground if selected.
func (t *Theme) Paint(b *strings.Builder, r Role, selected bool, s text.Safe) {
	if s == "" {
		return
	}
	seq := t.start[r]
	if selected {
		seq = t.selStart[r]
	}
	if seq == "" {
		b.WriteString(string(s))
		return
	}
	b.WriteString(seq)
	b.WriteString(string(s))
	b.WriteString("\x1b[m")
}

// Rules gives the three characters of rules: along, down, and where they meet.
func (t *Theme) Rules() (along, down, meet text.Safe) {
	if t.ascii {
		return "-", "|", "+"
	}
	return "─", "│", "┬"
}

func sgr(attrs string) string {
	if attrs == "" {
		return ""
	}
	return "\x1b[" + attrs + "m"
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ";" + b
}

// colours are a role's foregrounds: #rrggbb for dark and light grounds, an SGR code for 16 colours.
type colours struct{ dark, light, sixteen string }

func palette(r Role) colours {
	switch r {
	case Muted, Quote:
		return colours{"98a0af", "5b6470", "2"}
	case Accent, Live:
		return colours{"7aa2f7", "1d4ed8", "34"}
	case Sent:
		return colours{"6fc3df", "0b5f7a", "36"}
	case Received:
		return colours{"c9a0ea", "74349f", "35"}
	case Ok:
		return colours{"8fc97a", "2a6a1e", "32"}
	case Warn:
		return colours{"e0af68", "845400", "33"}
	case Fail:
		return colours{"ff8088", "b3261e", "31"}
	case Pending:
		return colours{"b9a37a", "6d5a33", "2"}
	case Rule:
		return colours{"454c5a", "c3c9d2", "2"}
	case Text:
		return colours{"d8dee9", "1f2328", ""}
	}
	return colours{}
}

// attributes gives a role's SGR parameters without a ground.
func (t *Theme) attributes(r Role) string {
	bold := ""
	if r == Title || r == Unread {
		bold = "1"
	}
	if t.Depth == NoColour || t.High {
		return t.plainAttributes(r)
	}
	c := palette(r)
	if t.Depth == Sixteen {
		return join(bold, c.sixteen)
	}
	hex := c.dark
	if !t.Dark {
		hex = c.light
	}
	if r == Text || hex == "" { // the terminal's own foreground stays
		return bold
	}
	return join(bold, rgb("38", hex))
}

func (t *Theme) plainAttributes(r Role) string {
	switch r {
	case Title, Unread, Fail:
		return "1"
	case Accent:
		return "4"
	}
	return ""
}

func (t *Theme) selected() string {
	switch {
	case t.Depth != Full || t.High:
		return "7"
	case t.Dark:
		return join(rgb("38", "d8dee9"), rgb("48", "263049"))
	}
	return join(rgb("38", "1f2328"), rgb("48", "dbe4f7"))
}

func rgb(kind, hex string) string {
	var r, g, b int
	fmt.Sscanf(hex, "%02x%02x%02x", &r, &g, &b)
	return fmt.Sprintf("%s;2;%d;%d;%d", kind, r, g, b)
}
