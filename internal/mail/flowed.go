package mail

import (
	"strings"

	"golang.org/x/text/width"
)

// flowedWidth is the width in columns at which flowText wraps: with quote marks and stuffing a line stays within the 78
// of RFC 3676 section 4.2.
const flowedWidth = 74

// unflow joins the lines of format=flowed text (RFC 3676 section 4) to paragraphs. delSp is the parameter of that
// name. Lines end in "\n"; quoted lines begin with their marks and one space.
func unflow(text string, delSp bool) string {
	var u unflower
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		u.add(line, delSp)
	}
	u.flush()
	return u.out.String()
}

type unflower struct {
	depth int
	open  bool // the paragraph goes on in the next line
	line  strings.Builder
	out   strings.Builder
}

func (u *unflower) add(line string, delSp bool) {
	content := strings.TrimLeft(line, ">")
	depth := len(line) - len(content)
	content = strings.TrimPrefix(content, " ") // space-stuffing, section 4.4
	if u.open && depth != u.depth {
		u.flush()
	}
	signature := content == "-- " // section 4.3
	if signature && u.open {
		u.flush()
	}
	u.depth = depth
	u.open = strings.HasSuffix(content, " ") && !signature
	if u.open && delSp {
		content = content[:len(content)-1]
	}
	u.line.WriteString(content)
	if !u.open {
		u.write()
	}
}

// flush ends a paragraph that promised to go on and did not.
func (u *unflower) flush() {
	if u.open {
		u.open = false
		u.write()
	}
}

func (u *unflower) write() {
	if u.depth > 0 {
		u.out.WriteString(strings.Repeat(">", u.depth))
		if u.line.Len() > 0 {
			u.out.WriteByte(' ')
		}
	}
	u.out.WriteString(u.line.String())
	u.out.WriteByte('\n')
	u.line.Reset()
}

// flowText makes format=flowed text with CRLF line ends of what a person wrote, one line a paragraph. Long lines are
// broken at spaces, Japanese between characters: delSp says whether that happened, so that DelSp=yes must be
// declared. Lines that begin with ">" are quotes; their marks are put in the form of section 4.5.
func flowText(text string) (flowed string, delSp bool) {
	lines := strings.Split(strings.TrimSuffix(plainLines(text), "\n"), "\n")
	for _, line := range lines {
		if needsDelSp(line) {
			delSp = true
			break
		}
	}
	var out strings.Builder
	out.Grow(len(text) + len(text)/16)
	for _, line := range lines {
		flowLine(&out, line, delSp)
	}
	return out.String(), delSp
}

// plainLines gives every line end as "\n".
func plainLines(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// quoteDepth takes the quote marks off a line, also those that stand apart ("> > text").
func quoteDepth(line string) (depth int, content string) {
	content = line
	for {
		rest, ok := strings.CutPrefix(content, ">")
		if !ok {
			spaced := strings.TrimPrefix(content, " ")
			if depth == 0 || !strings.HasPrefix(spaced, ">") {
				break
			}
			rest = spaced[1:]
		}
		depth++
		content = rest
	}
	if depth > 0 {
		content = strings.TrimPrefix(content, " ")
	}
	return depth, content
}

// needsDelSp reports whether a line is too long and holds wide characters, between which there are no spaces.
func needsDelSp(line string) bool {
	depth, content := quoteDepth(line)
	return columns(content) > flowedWidth-depth && strings.ContainsFunc(content, func(r rune) bool { return columnsOf(r) == 2 })
}

func flowLine(out *strings.Builder, line string, delSp bool) {
	depth, content := quoteDepth(line)
	marks := strings.Repeat(">", depth)
	if content == "-- " {
		writeFlowed(out, marks, content)
		return
	}
	content = strings.TrimRight(content, " ") // a space at the end would mean that the paragraph goes on
	for columns(content) > flowedWidth-depth {
		at := breakAt(content, max(flowedWidth-depth, 20), delSp)
		if at <= 0 || at >= len(content) {
			break
		}
		piece := content[:at]
		if delSp {
			piece += " "
		}
		writeFlowed(out, marks, piece)
		content = content[at:]
	}
	writeFlowed(out, marks, content)
}

// writeFlowed stuffs lines that would be read as something else (section 4.4).
func writeFlowed(out *strings.Builder, marks, content string) {
	out.WriteString(marks)
	if marks != "" && content != "" || strings.HasPrefix(content, " ") || strings.HasPrefix(content, ">") || strings.HasPrefix(content, "From ") {
		out.WriteByte(' ')
	}
	out.WriteString(content)
	out.WriteString("\r\n")
}

// breakAt gives the octet after which a line may be broken: after the last space that fits or, with DelSp, between
// two characters of which one is wide. A word that is too long is broken at the next space.
func breakAt(s string, limit int, delSp bool) int {
	used, best := 0, 0
	var before rune
	for i, r := range s {
		wide := columnsOf(r) == 2
		if delSp && i > 0 && (wide || columnsOf(before) == 2) && mayBreak(before, r) {
			best = i
		}
		used += columnsOf(r)
		if used > limit && best > 0 {
			return best
		}
		if r == ' ' && i+1 < len(s) && s[i+1] != ' ' {
			best = i + 1
		}
		before = r
	}
	return best
}

// mayBreak keeps punctuation that must not begin or end a line with its neighbour (the common part of kinsoku), and
// combining characters with their base.
func mayBreak(before, after rune) bool {
	return !strings.ContainsRune("、。，．・：；？！）」』】〉》〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ゛゜ﾞﾟ\u200d\ufe0f", after) && !strings.ContainsRune("（「『【〈《〔\u200d", before) &&
		(after < 0x0300 || after > 0x036F) && after != 0x3099 && after != 0x309A && (after < 0xFE00 || after > 0xFE0F) && (after < 0xE0100 || after > 0xE01EF)
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	if r < 0x1100 {
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
