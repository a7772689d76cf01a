// Package theme turns roles into terminal attributes. Nothing else in the interface knows a colour.
package theme

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"

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

// Theme holds what every role begins and ends with. The zero value draws plain text.
type Theme struct {
	Dark     bool
	Depth    Depth
	High     bool // high contrast: every colour role is Text, with the attributes of the last column
	plain    [roles]ends
	selected [roles]ends
	ascii    bool
}

// ends are the sequences around a piece of text. They are made once from the role's style: a list draws thousands of
// pieces a second, and rendering each through a style would cost more than all else together.
type ends struct{ start, stop string }

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
	for r := range roles {
		t.plain[r] = around(t.style(r))
		t.selected[r] = around(t.onSelected(t.style(r)))
	}
	return t
}

// around renders a style about a mark, and takes what stands before and after it.
func around(style lipgloss.Style) ends {
	const mark = "x"
	start, stop, _ := strings.Cut(style.Render(mark), mark)
	return ends{start, stop}
}

// Paint writes s in a role into b, on the selected row's ground if selected.
func (t *Theme) Paint(b *strings.Builder, r Role, selected bool, s text.Safe) {
	if s == "" {
		return
	}
	e := t.plain[r]
	if selected {
		e = t.selected[r]
	}
	b.WriteString(e.start)
	b.WriteString(string(s))
	b.WriteString(e.stop)
}

// Rules gives the three characters of rules: along, down, and where they meet.
func (t *Theme) Rules() (along, down, meet text.Safe) {
	if t.ascii {
		return "-", "|", "+"
	}
	return "─", "│", "┬"
}

// colours are a role's foreground: for dark and for light grounds, and of the 16 that every terminal has.
type colours struct {
	dark, light string
	sixteen     color.Color // nil is the terminal's own
	faint       bool        // with 16 colours, instead of one
}

func palette(r Role) colours {
	switch r {
	case Muted, Quote:
		return colours{dark: "#98a0af", light: "#5b6470", faint: true}
	case Accent, Live:
		return colours{dark: "#7aa2f7", light: "#1d4ed8", sixteen: lipgloss.Blue}
	case Sent:
		return colours{dark: "#6fc3df", light: "#0b5f7a", sixteen: lipgloss.Cyan}
	case Received:
		return colours{dark: "#c9a0ea", light: "#74349f", sixteen: lipgloss.Magenta}
	case Ok:
		return colours{dark: "#8fc97a", light: "#2a6a1e", sixteen: lipgloss.Green}
	case Warn:
		return colours{dark: "#e0af68", light: "#845400", sixteen: lipgloss.Yellow}
	case Fail:
		return colours{dark: "#ff8088", light: "#b3261e", sixteen: lipgloss.Red}
	case Pending:
		return colours{dark: "#b9a37a", light: "#6d5a33", faint: true}
	case Rule:
		return colours{dark: "#454c5a", light: "#c3c9d2", faint: true}
	}
	return colours{}
}

// style is how a role looks on the terminal's own ground. Text, Title and Unread keep the terminal's own foreground.
func (t *Theme) style(r Role) lipgloss.Style {
	style := lipgloss.NewStyle()
	if t.Depth == NoColour || t.High {
		return style.Bold(r == Title || r == Unread || r == Fail).Underline(r == Accent)
	}
	style = style.Bold(r == Title || r == Unread)
	c := palette(r)
	switch {
	case t.Depth == Sixteen && c.sixteen != nil:
		style = style.Foreground(c.sixteen)
	case t.Depth == Sixteen:
		style = style.Faint(c.faint)
	case c.dark != "" && t.Dark:
		style = style.Foreground(lipgloss.Color(c.dark))
	case c.dark != "":
		style = style.Foreground(lipgloss.Color(c.light))
	}
	return style
}

// onSelected puts a style on the ground of the selected row. What has no colour of its own gets one that can be read
// there, because the terminal's own is made for another ground.
func (t *Theme) onSelected(style lipgloss.Style) lipgloss.Style {
	if t.Depth != Full || t.High {
		return style.Reverse(true)
	}
	fore, ground := lipgloss.Color("#1f2328"), lipgloss.Color("#dbe4f7")
	if t.Dark {
		fore, ground = lipgloss.Color("#d8dee9"), lipgloss.Color("#263049")
	}
	if _, none := style.GetForeground().(lipgloss.NoColor); none {
		style = style.Foreground(fore)
	}
	return style.Background(ground)
}
