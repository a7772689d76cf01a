package compose

import (
	"slices"
	"strconv"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// between is how many cells part two checks in a row.
const between = 4

// narrow is the width below which only the number of further checks is told.
const narrow = 70

// maxCheckRows bounds the rows that the checks take from the text.
func (s *Screen) maxCheckRows() int {
	if s.height < tall {
		return 1
	}
	return s.height / 4
}

// ranked is what is known before the message leaves, the worst first.
func (s *Screen) ranked() []session.Check {
	order := []trace.Level{trace.Fail, trace.Warn, trace.Unknown, trace.Pass}
	all := s.known()
	slices.SortStableFunc(all, func(a, b session.Check) int { return slices.Index(order, a.Level) - slices.Index(order, b.Level) })
	return all
}

// checkRows draws the checks side by side, in as many rows as they need. Where there is no room for all, the last row ends with
// how many more there are.
func (s *Screen) checkRows() []string {
	all, most := s.ranked(), s.maxCheckRows()
	lines := []*widget.Line{widget.NewLine(s.env.Theme, s.width).Gap(1)}
	for i, c := range all {
		l := lines[len(lines)-1]
		state, sentence := s.env.Words.Levels[string(c.Level)], s.sentence(c)
		room := l.Left() - s.moreCells(len(lines), most, len(all)-i-1)
		if fits := text.Width(state)+text.Width(sentence)+3 <= room; !fits && l.Used() > 1 {
			if len(lines) == most {
				l.RightEnd(theme.Accent, s.more(len(all)-i), 1)
				break
			}
			l = widget.NewLine(s.env.Theme, s.width).Gap(1)
			lines = append(lines, l)
			room = l.Left() - s.moreCells(len(lines), most, len(all)-i-1)
		}
		l.Put(levelRole(c.Level), state).Put(theme.Text, text.Cut("  "+sentence, max(room-text.Width(state)-1, 0))).Gap(between)
	}
	rows := make([]string, len(lines))
	for i, l := range lines {
		rows[i] = l.String()
	}
	return rows
}

// moreCells is what the last row has to keep for telling of those that follow.
func (s *Screen) moreCells(row, most, follow int) int {
	if row < most || follow == 0 {
		return 0
	}
	return text.Width(s.more(follow)) + between + 1
}

// more tells of checks that have no room, and, if there is room for that, how to see them.
func (s *Screen) more(n int) text.Safe {
	if s.width < narrow {
		return text.F("+ %d", n)
	}
	return text.F(s.env.Words.Compose.MoreChecks, n)
}

func levelRole(level trace.Level) theme.Role {
	switch level {
	case trace.Fail:
		return theme.Fail
	case trace.Warn:
		return theme.Warn
	case trace.Unknown:
		return theme.Muted
	}
	return theme.Ok
}

// sentence says in short what a check found.
func (s *Screen) sentence(c session.Check) text.Safe {
	w := s.env.Words
	switch c.Code {
	case "compose.size", "compose.size.unknown", "compose.too-large":
		return sizeSentence(w.Compose, c)
	case "compose.bounced":
		return text.F(w.Compose.Refused, c.Args["address"], c.Args["on"], w.Bounce.Reasons[c.Args["reason"]])
	}
	return text.Clean(explain.Finding(c, explain.Lang(w.Lang)).Title)
}

// sizeSentence says how large the message is, and of how much if the server said how much it takes.
func sizeSentence(w text.ComposeWords, c session.Check) text.Safe {
	octets, _ := strconv.ParseInt(c.Args["octets"], 10, 64)
	limit, _ := strconv.ParseInt(c.Args["limit"], 10, 64)
	switch {
	case c.Code == "compose.too-large":
		return text.F(w.TooLarge, text.Size(octets), text.Size(limit))
	case c.Code == "compose.size.unknown":
		return text.F(w.SizeUnknown, text.Size(octets))
	case limit > 0:
		return text.F(w.SizeOf, text.Size(octets), text.Size(limit))
	}
	return text.F(w.Size, text.Size(octets))
}

// askCheck marks the sheet in which a check is chosen to be explained.
type askCheck struct{ checks []session.Check }

// explain explains what was found; of several things, the one that is chosen.
func (s *Screen) explain() screen.Action {
	all := s.ranked()
	switch len(all) {
	case 0:
		return screen.Say{Text: s.env.Words.Mailbox.NothingWrong}
	case 1:
		return s.explainCheck(all[0])
	}
	c := screen.Choose{To: askCheck{all}, Title: s.env.Words.Compose.Checks}
	for _, one := range all {
		c.Rows = append(c.Rows, screen.Choice{Name: s.sentence(one), Note: s.env.Words.Levels[string(one.Level)]})
	}
	return c
}

// explainCheck explains a check. Of a recipient from whom mail came back, the person can ask another way, or have that forgotten.
func (s *Screen) explainCheck(c session.Check) screen.Action {
	e := screen.ExplainFinding{Finding: c}
	if to := c.Args["address"]; c.Code == "compose.bounced" {
		words := s.env.Words
		d := s.current()
		a := session.Account{Name: d.Account}
		letter := text.F(words.Bounce.Letter, to, d.Subject, words.Bounce.Reasons[c.Args["reason"]])
		e.Remedies = []screen.Remedy{{Name: text.F(words.Bounce.Ask, to), Act: screen.CopyText{Text: string(letter)}},
			deed.Forget(words, deed.Place{Account: a, Book: s.mail}, to)}
	}
	return e
}
