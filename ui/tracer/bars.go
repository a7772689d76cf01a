package tracer

import (
	"bytes"
	"slices"
	"time"

	"todoku/diag/delivery"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// scale lays the time of a run on cells.
type scale struct {
	began time.Time
	whole time.Duration
	cells int
}

func (r *run) scale(now time.Time, cells int) scale {
	began := r.began()
	return scale{began: began, whole: max(r.elapsed(now), r.newest.Sub(began), time.Millisecond), cells: cells}
}

// cell is the cell nearest to a moment.
func (s scale) cell(t time.Time) int {
	at := (int64(t.Sub(s.began))*int64(s.cells)*2 + int64(s.whole)) / (2 * int64(s.whole))
	return int(max(min(at, int64(s.cells)), 0))
}

// bar draws some hops, each from its beginning to its end, in exactly s.cells cells, never less than one of them a hop.
func (s scale) bar(r *run, w row, critical map[int]bool, now time.Time) (theme.Role, text.Safe) {
	places := w.hops
	if w.isStep() {
		places = r.steps[w.step]
	}
	if len(places) == 0 || s.cells < 1 {
		return theme.Muted, text.Spaces(s.cells)
	}
	mark, role := byte('='), theme.Muted
	if slices.ContainsFunc(places, func(p int) bool { return critical[r.hops[p].ID] }) {
		mark, role = '#', theme.Text
	}
	drawn, open := bytes.Repeat([]byte{' '}, s.cells), -1
	for _, p := range places {
		h := r.hops[p]
		begin := min(s.cell(h.Began), s.cells-1)
		end := max(s.cell(r.end(h, now)), begin+1)
		for i := begin; i < end; i++ {
			drawn[i] = mark
		}
		if r.state(h) == delivery.Live {
			open = max(open, end-1)
		}
	}
	if open >= 0 {
		drawn[open], role = '>', theme.Live
	}
	return role, text.Clean(string(drawn))
}

// tick is the distance between two marks of a scale: 1, 2 or 5 of a decimal unit, two to six times in the whole.
func (s scale) tick() time.Duration {
	for unit := time.Millisecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if s.whole/(n*unit) < 6 {
				return n * unit
			}
		}
	}
}

// marks writes the moments of the scale above the bars, the unit behind the last.
func (s scale) marks() text.Safe {
	step := s.tick()
	var row text.Safe
	for at := time.Duration(0); at <= s.whole; at += step {
		name, x := stamp(at, step), s.cell(s.began.Add(at))
		if gap := x - text.Width(row); (gap > 0 || at == 0) && x+text.Width(name+unitOf(step)) <= s.cells {
			row += text.Spaces(gap) + name
		}
	}
	return text.Fit(row+unitOf(step), s.cells)
}

func stamp(at, step time.Duration) text.Safe {
	switch {
	case step < 100*time.Millisecond:
		return text.F("%d", at.Milliseconds())
	case step < time.Second && at > 0:
		return text.F("%.1f", at.Seconds())
	}
	return text.F("%d", int(at.Seconds()))
}

func unitOf(step time.Duration) text.Safe {
	if step < 100*time.Millisecond {
		return " ms"
	}
	return " s"
}

const (
	barName = 28 // cells of a bar's name
	barTime = 9  // of its time, at the right end
)

// time draws the waterfall: a rule, the scale, a bar for each row of the tree that stands for hops, as many as fit.
func (s *Screen) time(height int) []string {
	w, th := s.env.Words.Tracer, s.env.Theme
	if height < 3 {
		return nil
	}
	right := w.Legend
	if !s.run.running && s.pathName != "" {
		right = s.pathName
	}
	out := []string{widget.RuleRow(th, s.width, w.Time, text.Cut(right, s.width/2+8))}
	sc := s.run.scale(s.now, s.width-barName-barTime-1)
	out = append(out, widget.NewLine(th, s.width).Gap(barName).Put(theme.Muted, sc.marks()).String())
	for _, i := range s.barRows(height - 2) {
		r := s.rows[i]
		here := i == s.list.At()
		l := widget.NewLine(th, s.width)
		name := text.Num(r.step) + " " + s.names().brief(r, barName-4)
		role, bar := sc.bar(s.run, r, s.critical, s.now)
		nameRole := theme.Text
		if here {
			nameRole = theme.Title
		}
		l.Gap(1).Cell(nameRole, name, barName-1).Put(role, bar).CellRight(theme.Muted, s.took(r), barTime)
		out = append(out, l.String())
	}
	return out
}

// barRows gives the rows of the tree whose bars are shown: those around the cursor, if not all fit.
func (s *Screen) barRows(n int) []int {
	top := s.list.At()
	for taken := 0; top > 0 && taken < n/2; top-- {
		if !s.rows[top-1].isStep() {
			taken++
		}
	}
	all := s.barsFrom(top, n)
	for top > 0 && len(all) < n {
		top--
		all = s.barsFrom(top, n)
	}
	return all
}

// barsFrom gives n rows with bars from one on.
func (s *Screen) barsFrom(top, n int) []int {
	var all []int
	for i := top; i < len(s.rows) && len(all) < n; i++ {
		if !s.rows[i].isStep() {
			all = append(all, i)
		}
	}
	return all
}
