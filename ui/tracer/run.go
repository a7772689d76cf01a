package tracer

import (
	"slices"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
)

// run is what a trace has come to so far. It is fed by hops and does not know where they come from.
type run struct {
	target  string
	hops    []delivery.Hop // in the order of beginning
	place   map[int]int    // in hops, by ID
	steps   [5][]int       // places in hops, by step
	report  *delivery.Report
	running bool

	preference map[string]int             // of the exchangers, as the MX records have it
	spokeAt    map[string]map[string]bool // addresses that dialogues were held with, by host

	newest time.Time // the latest moment that a hop told of, by the clock of the run
	heard  time.Time // when that was, by the clock here
}

func newRun(target string, now time.Time) *run {
	return &run{target: target, place: map[int]int{}, preference: map[string]int{}, spokeAt: map[string]map[string]bool{}, running: true, heard: now}
}

// take adds a hop, or what it came to.
func (r *run) take(h delivery.Hop, now time.Time) {
	if at, ok := r.place[h.ID]; ok {
		r.hops[at] = h
	} else {
		r.place[h.ID] = len(r.hops)
		r.steps[stepOf(h)] = append(r.steps[stepOf(h)], len(r.hops))
		r.hops = append(r.hops, h)
	}
	r.preferences(h)
	if h.Kind == delivery.KindCommand && h.Addr != "" {
		if r.spokeAt[h.Where] == nil {
			r.spokeAt[h.Where] = map[string]bool{}
		}
		r.spokeAt[h.Where][h.Addr] = true
	}
	moment := h.Began
	if h.State != delivery.Live {
		moment = ended(h)
	}
	if moment.After(r.newest) {
		r.newest = moment
	}
	r.heard = now
}

// finish takes the report, whose hops may have been told before.
func (r *run) finish(report delivery.Report, now time.Time) {
	for _, h := range report.Hops {
		r.take(h, now)
	}
	report.Hops = nil
	r.report, r.running = &report, false
}

// clock is the time of the run: a run that is played again has another than ours.
func (r *run) clock(now time.Time) time.Time {
	if r.newest.IsZero() || !r.running {
		return r.newest
	}
	return r.newest.Add(max(now.Sub(r.heard), 0))
}

// began is when the first hop began.
func (r *run) began() time.Time {
	if len(r.hops) == 0 {
		return time.Time{}
	}
	return r.hops[0].Began
}

// elapsed is how long the run has taken.
func (r *run) elapsed(now time.Time) time.Duration {
	switch {
	case r.report != nil && r.report.Elapsed > 0:
		return r.report.Elapsed
	case len(r.hops) == 0:
		return max(now.Sub(r.heard), 0)
	}
	return r.clock(now).Sub(r.began())
}

// state is a hop's own. One that a run left open, because it was cut, could not be told.
func (r *run) state(h delivery.Hop) delivery.State {
	if h.State == delivery.Live && !r.running {
		return delivery.Unknown
	}
	return h.State
}

func ended(h delivery.Hop) time.Time { return h.Began.Add(h.Elapsed) }

// end is when a hop was over; of one that is under way, the time of the run.
func (r *run) end(h delivery.Hop, now time.Time) time.Time {
	if h.State == delivery.Live {
		return later(r.clock(now), h.Began)
	}
	return ended(h)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// extent is from the first beginning to the last end of some hops.
func (r *run) extent(places []int, now time.Time) (from, to time.Time) {
	for i, p := range places {
		h := r.hops[p]
		if i == 0 || h.Began.Before(from) {
			from = h.Began
		}
		to = later(r.end(h, now), to)
	}
	return from, to
}

// busy is how long some hops took together: those at once count once, what lies between them does not.
func (r *run) busy(places []int, now time.Time) time.Duration {
	byBegin := slices.SortedFunc(slices.Values(places), func(a, b int) int { return r.hops[a].Began.Compare(r.hops[b].Began) })
	var sum time.Duration
	var until time.Time
	for _, p := range byBegin {
		from, to := later(r.hops[p].Began, until), r.end(r.hops[p], now)
		if to.After(from) {
			sum, until = sum+to.Sub(from), to
		}
	}
	return sum
}

// badness orders states: what a row that stands for several hops is called after.
var badness = []delivery.State{delivery.NA, delivery.Wait, delivery.OK, delivery.Unknown, delivery.Warn, delivery.Fail, delivery.Live}

// worst is the state that stands for several hops.
func (r *run) worst(places []int) delivery.State {
	worst := delivery.NA
	for _, p := range places {
		if s := r.state(r.hops[p]); slices.Index(badness, s) > slices.Index(badness, worst) {
			worst = s
		}
	}
	return worst
}

// step is one of the four as the report has it; before that, as its hops are. A lame server fails, its step only warns.
func (r *run) step(number int, now time.Time) delivery.Step {
	places := r.steps[number]
	if r.report != nil && r.report.Steps[number-1].Number == number {
		return r.report.Steps[number-1]
	}
	if len(places) == 0 {
		return delivery.Step{Number: number, State: delivery.Wait}
	}
	from, to := r.extent(places, now)
	s := delivery.Step{Number: number, State: r.worst(places), Began: from, Elapsed: to.Sub(from)}
	if s.State == delivery.Fail {
		s.State = delivery.Warn
	}
	return s
}

// front is the hop that the run waits for: the one under way for longest, on the way of the message before those
// beside it.
func (r *run) front() (delivery.Hop, bool) {
	best := -1
	for i, h := range r.hops {
		if r.state(h) == delivery.Live && (best < 0 || onTheWay(h) && !onTheWay(r.hops[best])) {
			best = i
		}
	}
	if best < 0 {
		return delivery.Hop{}, false
	}
	return r.hops[best], true
}

func onTheWay(h delivery.Hop) bool { return h.Step == delivery.Lookup || h.Step == delivery.Transfer }

// spokeTo reports whether step 1 holds a dialogue with the submission server.
func (r *run) spokeTo(server string) bool {
	return slices.ContainsFunc(r.steps[delivery.Submission], func(p int) bool {
		return r.hops[p].Kind == delivery.KindCommand && r.hops[p].Where == server
	})
}

// deciding is the hop whose finding is the verdict's, or where that follows from several, the last that failed at its step;
// false if there is none.
func (r *run) deciding() (delivery.Hop, bool) {
	if r.report == nil {
		return delivery.Hop{}, false
	}
	v := r.report.Verdict.Finding
	for _, h := range r.hops {
		if f := h.Finding; f != nil && f.Code == v.Code && f.Args["host"] == v.Args["host"] && f.Args["addr"] == v.Args["addr"] {
			return h, true
		}
	}
	for _, h := range slices.Backward(r.hops) {
		if v.Level != trace.Pass && h.Step == r.report.Verdict.Step && h.State == delivery.Fail {
			return h, true
		}
	}
	return delivery.Hop{}, false
}

// asksNext is the query that followed h: the same question to another server of the zone.
func (r *run) asksNext(h delivery.Hop) (delivery.Hop, bool) {
	for _, n := range r.hops[r.place[h.ID]+1:] {
		if n.Query != nil && n.Query.For == h.Query.For && n.Where == h.Where && n.Addr != h.Addr {
			return n, true
		}
	}
	return delivery.Hop{}, false
}

// noted counts what failed or works worse, and gives the newest.
func (r *run) noted() (count int, newest delivery.Hop) {
	for _, h := range r.hops {
		if s := r.state(h); h.Finding != nil && (s == delivery.Fail || s == delivery.Warn) {
			count++
			newest = h
		}
	}
	return count, newest
}
