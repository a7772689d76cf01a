package mail

import (
	"strings"
)

// canvas collects lines of text: white space is collapsed, blank lines never double, prefixes of quotes and lists
// stand before every line.
type canvas struct {
	lines    []string
	line     strings.Builder
	empty    bool // nothing but a prefix is on the line
	space    bool // white space is due before the next character
	fold     bool // and is a line end of the source, which means nothing between wide characters
	last     rune // on the line
	blank    bool // a blank line is due before the next line,
	blankAt  int  // with that many prefixes
	marker   string
	prefixes []prefix
	written  *int // octets, of all canvases together
}

// prefix stands before lines: first on the first line, rest on the others.
type prefix struct {
	first, rest string
	used        bool
	flat        bool // too deep to be drawn
}

func (c *canvas) push(first, rest string) bool {
	c.prefixes = append(c.prefixes, prefix{first: first, rest: rest, flat: len(c.prefixes) >= maxIndent})
	return true
}

func (c *canvas) popPrefix() {
	c.endLine()
	if n := len(c.prefixes); n > 0 {
		c.prefixes = c.prefixes[:n-1]
	}
}

// mark puts a sign before the next text.
func (c *canvas) mark(sign string) { c.marker = sign }

// begin starts a line if none is open.
func (c *canvas) begin() {
	if c.line.Len() > 0 {
		return
	}
	if c.blank && len(c.lines) > 0 {
		c.put(strings.TrimRight(c.indent(min(c.blankAt, len(c.prefixes)), false), " "))
	}
	c.blank, c.space = false, false
	c.line.WriteString(c.indent(len(c.prefixes), true))
	c.line.WriteString(c.marker)
	c.marker = ""
	c.empty = true
}

// indent joins the first n prefixes; use takes the list markers among them.
func (c *canvas) indent(n int, use bool) string {
	if n == 0 {
		return ""
	}
	var out strings.Builder
	for i := range n {
		p := &c.prefixes[i]
		switch {
		case p.flat:
		case p.used || !use && p.first != p.rest:
			out.WriteString(p.rest)
		default:
			out.WriteString(p.first)
			p.used = use
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(out.String(), "> > ", ">> "), "> > ", ">> ")
}

func (c *canvas) put(line string) {
	c.lines = append(c.lines, line)
	*c.written += len(line) + 1
}

// endLine ends the line if one is open.
func (c *canvas) endLine() {
	c.space = false
	if c.line.Len() == 0 {
		return
	}
	c.put(strings.TrimRight(c.line.String(), " "))
	c.line.Reset()
}

// lineBreak is <br>: an empty line if none is open.
func (c *canvas) lineBreak() {
	if c.line.Len() > 0 {
		c.endLine()
		return
	}
	c.askBlank()
}

// gap ends the line and asks for a blank one.
func (c *canvas) gap() {
	c.endLine()
	c.marker = ""
	c.askBlank()
}

// askBlank asks for a blank line with the prefixes that are common to both of its sides.
func (c *canvas) askBlank() {
	if !c.blank || c.blankAt > len(c.prefixes) {
		c.blankAt = len(c.prefixes)
	}
	c.blank = true
}

// flow writes text with white space collapsed. A line end of the source between two wide characters is no space:
// Japanese writes none. Between two elements it stays one.
func (c *canvas) flow(s string) {
	var before rune
	c.fold = false
	for _, r := range s {
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == 0xA0:
			c.fold = r != 0xA0 && (c.fold || !c.space && (r == '\n' || r == '\r'))
			c.space = true
			before = ' '
			continue
		case r == 0x200C || r == 0x200D:
			if before == ' ' || before == 0 {
				continue // filler of preview texts; joiners join two characters
			}
		case r == 0x034F || hiddenRune(r) || r < ' ' || r == 0:
			continue
		}
		c.begin()
		if c.space && !c.empty && !(c.fold && columnsOf(c.last) == 2 && columnsOf(r) == 2) {
			c.line.WriteByte(' ')
		}
		c.space, c.fold, c.empty = false, false, false
		c.line.WriteRune(r)
		before, c.last = r, r
	}
}

// linkMark puts the number of a link behind its words.
func (c *canvas) linkMark(mark string) {
	c.begin()
	if !c.empty {
		c.line.WriteByte(' ')
	}
	c.empty, c.space = false, false
	c.line.WriteString(mark)
	c.space, c.last = true, ']'
}

// preformatted keeps white space and line ends.
func (c *canvas) preformatted(s string) {
	for i, line := range strings.Split(plainLines(s), "\n") {
		if i > 0 {
			c.begin()
			c.endPreformatted()
		}
		if line != "" {
			c.begin()
			c.empty = false
			c.line.WriteString(strings.Map(dropControl, line))
		}
	}
}

func dropControl(r rune) rune {
	if r < ' ' && r != '\t' {
		return -1
	}
	return r
}

func (c *canvas) endPreformatted() {
	c.put(strings.TrimRight(c.line.String(), " "))
	c.line.Reset()
}

// block writes finished lines of a table.
func (c *canvas) block(lines []string) {
	c.endLine()
	for _, line := range lines {
		c.begin()
		c.line.WriteString(line)
		c.put(strings.TrimRight(c.line.String(), " "))
		c.line.Reset()
	}
}

// finish gives the lines without blank ones at either end.
func (c *canvas) finish() []string {
	c.endLine()
	lines := c.lines
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (c *canvas) String() string {
	lines := c.finish()
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}
