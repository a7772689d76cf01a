package versus

import (
	"strings"

	"todoku/internal/trace"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// claim is one thing that is said, and the step that shows it.
type claim struct {
	label   text.Safe
	role    theme.Role
	said    text.Safe
	shown   goal           // nothing is to be seen of one that is nowhere
	offer   bool           // it begins what the servers offer
	finding *trace.Finding // what e explains; nil for none
}

// claimRow is one row of a page of claims.
type claimRow struct {
	claim int // its place in all
	first bool
	said  text.Safe
}

// claims are a page of what is said, with the cursor on one that a step shows.
type claims struct {
	all    []claim
	labels int // cells of the labels before what is claimed
	rows   []claimRow
	at     int // place in all

	top, height int
	scrolled    bool // the cursor may be out of sight
}

// pageOf wraps claims to a width; the cursor begins on the first that can be visited.
func pageOf(all []claim, labels, width int, shown func(goal) text.Safe) claims {
	c := claims{all: all, labels: labels}
	for i, one := range all {
		room, less := width-labels-2, 0
		if one.shown.there() {
			less = text.Width(shown(one.shown)) + 2
		}
		if one.label == "" && one.role == theme.Title {
			room = width - 2
		}
		for n, part := range wrapBeside(one.said, max(room, 8), less) {
			c.rows = append(c.rows, claimRow{claim: i, first: n == 0, said: part})
		}
	}
	c.first()
	return c
}

// wrapBeside wraps text to a width; its first row leaves room for what stands at its right end.
func wrapBeside(said text.Safe, width, less int) []text.Safe {
	first := text.Wrap(said, max(width-less, 8))[0]
	rest, ok := strings.CutPrefix(string(said), string(first))
	if rest = strings.TrimLeft(rest, " "); !ok || rest == "" {
		return text.Wrap(said, max(width-less, 8))
	}
	return append([]text.Safe{first}, text.Wrap(text.Clean(rest), width)...)
}

// keep takes over where the cursor was on the page before.
func (c claims) keep(before claims) claims {
	if before.at < len(c.all) && len(before.all) == len(c.all) {
		c.at, c.top, c.scrolled = before.at, before.top, before.scrolled
	}
	return c
}

// move goes to the next claim that a step shows, or the one before; where there is none, the page scrolls.
func (c *claims) move(way int) {
	for at := c.at + way; at >= 0 && at < len(c.all); at += way {
		if c.all[at].shown.there() {
			c.at, c.scrolled = at, false
			return
		}
	}
	c.scroll(way)
}

// scroll moves the page by n rows and leaves the cursor where it is.
func (c *claims) scroll(n int) {
	c.top = max(min(c.top+n, len(c.rows)-c.height), 0)
	c.scrolled = true
}

// first and last go to the ends.
func (c *claims) first() { c.at = -1; c.move(1) }
func (c *claims) last()  { c.at = len(c.all); c.move(-1) }

// current is the claim under the cursor; false if none can be visited.
func (c *claims) current() (claim, bool) {
	if c.at >= 0 && c.at < len(c.all) && c.all[c.at].shown.there() {
		return c.all[c.at], true
	}
	return claim{}, false
}

// toOffers scrolls to what the servers offer.
func (c *claims) toOffers() {
	for i, r := range c.rows {
		if c.all[r.claim].offer {
			c.scroll(i - c.top)
			return
		}
	}
}

// show gives the page n rows; unless it was scrolled, the claim under the cursor is among them.
func (c *claims) show(n int) {
	c.height = n
	begin, end := len(c.rows), 0
	for i, r := range c.rows {
		if r.claim == c.at {
			begin, end = min(begin, i), i+1
		}
	}
	if _, ok := c.current(); ok && !c.scrolled {
		c.top = min(max(c.top, end-n), begin)
	}
	c.top = max(min(c.top, len(c.rows)-n), 0)
}

// click gives the claim on a row of the screen.
func (c *claims) click(row int) (again, ok bool) {
	at := c.top + row
	if row < 0 || at >= len(c.rows) || !c.all[c.rows[at].claim].shown.there() {
		return false, false
	}
	again = c.at == c.rows[at].claim
	c.at, c.scrolled = c.rows[at].claim, false
	return again, true
}

// draw draws n rows of the page and says on which the cursor stands.
func (s *Screen) drawClaims(c *claims, n int) (rows []string, cursor int) {
	_, visits := c.current()
	cursor = -1
	for i := c.top; i < len(c.rows) && len(rows) < n; i++ {
		r := c.rows[i]
		one := c.all[r.claim]
		here := visits && r.claim == c.at
		l := widget.NewLine(s.env.Theme, s.width).Selected(here && !s.blurred)
		mark := text.Safe(" ")
		if here && r.first {
			cursor = len(rows)
			if mark = ">"; s.blurred {
				mark = "-"
			}
		}
		l.Put(theme.Text, mark)
		if one.label != "" || one.role != theme.Title {
			label := one.label
			if !r.first {
				label = ""
			}
			l.Cell(theme.Muted, label, c.labels)
		}
		l.Put(one.role, r.said)
		if r.first && one.shown.there() {
			l.RightEnd(theme.Accent, s.shownAt(one.shown), 1)
		}
		rows = append(rows, l.String())
	}
	return widget.Fill(rows, n, s.width), cursor
}

// shownAt names the step that shows a claim, with its script where that is not the one of the run.
func (s *Screen) shownAt(to goal) text.Safe {
	w := s.env.Words.Versus
	if to.offers {
		return w.OffersHead
	}
	if s.part == onAnswer && s.run != nil && s.run.script.Name == to.script {
		return text.F(w.Step, to.step)
	}
	for _, script := range s.scripts {
		if script.Name == to.script {
			return s.title(script.Title()) + w.Comma + text.F(w.Step, to.step)
		}
	}
	return text.F(w.Step, to.step)
}
