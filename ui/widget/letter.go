package widget

import (
	"strings"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// maxColumn is how wide text is set: longer lines are hard to read.
const maxColumn = 84

// maxText bounds how much of a message is set into lines; the rest is in the raw source.
const maxText = 4 << 20

// Letter is the text of a message set into lines once, for one width.
type Letter struct {
	lines  []letterLine
	groups []quote
	width  int
}

type letterLine struct {
	text  text.Safe
	role  theme.Role
	group int // quote that the line belongs to, 1-based; 0 for none
}

// quote is a run of quoted lines that folds.
type quote struct {
	who  text.Safe
	size int
	open bool
}

// ColumnFor is how wide text is set where width cells are free.
func ColumnFor(width int) int { return min(width, maxColumn) }

// Width is the column that the letter is set for.
func (l *Letter) Width() int { return l.width }

// SetLetter sets a message's text for a column of at most width cells. Quotes of at least fold lines begin folded.
func SetLetter(r session.Reading, width, fold int) *Letter {
	l := &Letter{width: ColumnFor(width)}
	body := r.Text
	if len(body) > maxText {
		body = body[:maxText]
	}
	var run []text.Safe
	who := text.Safe("")
	last := text.Safe("")
	for _, line := range text.Lines(text.CleanText(body)) {
		if quoted(line) {
			if len(run) == 0 {
				who = last
			}
			run = append(run, line)
			continue
		}
		l.flush(run, who, fold)
		run = nil
		if line != "" {
			last = line
		}
		l.wrap(line, theme.Text, 0)
	}
	l.flush(run, who, fold)
	for len(l.lines) > 0 && l.lines[len(l.lines)-1].text == "" {
		l.lines = l.lines[:len(l.lines)-1]
	}
	return l
}

func quoted(s text.Safe) bool { return strings.HasPrefix(strings.TrimLeft(string(s), " "), ">") }

func (l *Letter) flush(run []text.Safe, attribution text.Safe, fold int) {
	if len(run) == 0 {
		return
	}
	group := 0
	if fold > 0 && len(run) >= fold {
		l.groups = append(l.groups, quote{size: len(run), who: attributed(attribution)})
		group = len(l.groups)
	}
	for _, line := range run {
		l.wrap(line, theme.Quote, group)
	}
}

// attributed finds whose words are quoted in the line above them: the address, or the name before the colon.
func attributed(line text.Safe) text.Safe {
	s := string(line)
	if i, j := strings.IndexByte(s, '<'), strings.IndexByte(s, '>'); i >= 0 && j > i+1 {
		return text.Clean(s[i+1 : j])
	}
	for _, word := range strings.Fields(s) {
		if w := strings.Trim(word, ",:;()<>"); strings.Contains(w, "@") {
			return text.Clean(w)
		}
	}
	return ""
}

func (l *Letter) wrap(line text.Safe, role theme.Role, group int) {
	for _, part := range text.Wrap(line, l.width) {
		l.lines = append(l.lines, letterLine{text: part, role: role, group: group})
	}
}

// Toggle folds or unfolds all quotes together and reports whether there are any.
func (l *Letter) Toggle() bool {
	open := true
	for _, g := range l.groups {
		open = open && g.open
	}
	for i := range l.groups {
		l.groups[i].open = !open
	}
	return len(l.groups) > 0
}

// Rows draws every line in width cells, folded quotes as one line each.
func (l *Letter) Rows(th *theme.Theme, w *text.Catalogue, width int) []string {
	var out []string
	done := 0
	for _, line := range l.lines {
		if line.group > 0 && !l.groups[line.group-1].open {
			if line.group != done {
				out = append(out, NewLine(th, width).Gap(1).Put(theme.Quote, l.fold(w, l.groups[line.group-1])).String())
			}
			done = line.group
			continue
		}
		out = append(out, NewLine(th, width).Gap(1).Put(line.role, line.text).String())
	}
	return out
}

func (l *Letter) fold(w *text.Catalogue, g quote) text.Safe {
	if g.who == "" {
		return text.F(w.Reader.FoldPlain, g.size)
	}
	return text.F(w.Reader.Fold, g.size, g.who)
}

// Things lists what a message has that a number opens: files first, then links.
func Things(w *text.Catalogue, r session.Reading) []Thing {
	var out []Thing
	for _, f := range r.Files {
		name := f.FileName
		if name == "" {
			name = f.Type
		}
		shown, ok := w.Reader.PartNames[f.Type]
		if !ok || !strings.HasPrefix(name, "part-") { // it has a name of its own
			shown = text.Clean(name)
		}
		out = append(out, Thing{Number: len(out) + 1, Name: shown, Part: f.Path, Size: fileSize(f), File: name})
	}
	for _, u := range r.Links {
		out = append(out, Thing{Number: len(out) + 1, Name: text.Clean(u), Link: u})
	}
	return out
}

// Base64 makes 57 octets a line of 76 characters and a line end (RFC 2045 section 6.8).
const (
	base64Line    = 78
	base64Decoded = 57
)

// fileSize is the size that a part will have as a file. That of base64 is only known to about a line before it is
// decoded, so less than 1 KB is said as 1 KB.
func fileSize(p mail.Part) text.Safe {
	if p.Size <= 0 {
		return ""
	}
	if p.Encoding == "base64" {
		return text.Size(max(p.Size*base64Decoded/base64Line, 1000))
	}
	return text.Size(p.Size)
}

// Thing is a file or a link with its number.
type Thing struct {
	Number int
	Name   text.Safe
	Part   string // of a file
	File   string
	Size   text.Safe
	Link   string
}

// Label is how a thing is written: "[1] agenda.pdf 212 KB".
func (t Thing) Label() text.Safe {
	s := text.F("[%d] %s", t.Number, t.Name)
	if t.Size != "" {
		s += " " + t.Size
	}
	return s
}
