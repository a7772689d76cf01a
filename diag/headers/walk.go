package headers

import (
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"todoku/internal/mail"
)

// The indexes of Path.Steps.
const (
	stepSubmission = 0
	stepTransfer   = 2
	stepPickUp     = 3
)

// PathOptions is what the header cannot know.
type PathOptions struct {
	Picked time.Time // when this program fetched the message; zero if unknown
	Via    string    // "IMAP", "POP3"
}

// ParsePath reads the way of a message from its header. Step 1 is known if the oldest fields show a submission, step 2
// leaves no mark in a message, step 3 are the hops from one organisation to another, step 4 is known only if the time
// of pick-up is given. Everything in Received fields below the first server that is trusted can be forged.
func ParsePath(fields []mail.Field, opts PathOptions) Path {
	trails, date := collect(fields)
	w := walker{trails: trails, date: date, opts: opts}
	w.assign()
	return w.path()
}

// collect gives the Received fields, oldest first, and the time of writing.
func collect(fields []mail.Field) (trails []trail, date time.Time) {
	for _, f := range fields {
		switch {
		case strings.EqualFold(f.Name, "Received") && len(trails) < maxHops:
			trails = append(trails, readTrail(f.Raw))
		case strings.EqualFold(f.Name, "Date") && date.IsZero():
			date, _ = mail.ParseDate(f.Value)
		}
	}
	for i, j := 0, len(trails)-1; i < j; i, j = i+1, j-1 {
		trails[i], trails[j] = trails[j], trails[i]
	}
	return trails, date
}

type walker struct {
	trails    []trail
	date      time.Time
	opts      PathOptions
	orgs      []string // of the receiving side of each hop
	submitted int      // index of the last of the submission hops that the path begins with, or -1
}

// organisation is the registrable domain of a host (by the public suffix list), or "" for what has none.
func organisation(host string) string {
	host = strings.ToLower(trimHost(host))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return ""
	}
	org, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return org
}

// assign gives every hop its step.
func (w *walker) assign() {
	w.organisations()
	w.submitted = w.submissions()
	firstCross, lastCross := -1, -1
	for i := range w.trails {
		if w.crosses(i) {
			if firstCross < 0 {
				firstCross = i
			}
			lastCross = i
		}
	}
	if firstCross < 0 {
		w.assignInside()
		return
	}
	for i := range w.trails {
		switch {
		case i < firstCross:
			w.trails[i].hop.Step = 1
		case i <= lastCross:
			w.trails[i].hop.Step = 3
		default:
			w.trails[i].hop.Step = 4
		}
	}
}

// organisations fills gaps, such as Gmail's internal hops that name addresses only, from the neighbours.
func (w *walker) organisations() {
	w.orgs = make([]string, len(w.trails))
	before := ""
	for i, t := range w.trails {
		w.orgs[i] = organisation(t.hop.By)
		if w.orgs[i] == "" {
			w.orgs[i] = before
		}
		before = w.orgs[i]
	}
	after := ""
	for i := len(w.orgs) - 1; i >= 0; i-- {
		if w.orgs[i] == "" {
			w.orgs[i] = after
		}
		after = w.orgs[i]
	}
}

// crosses reports whether hop i goes from one organisation to another.
func (w *walker) crosses(i int) bool {
	if i <= w.submitted {
		return false
	}
	t := &w.trails[i]
	if i > 0 {
		return w.orgs[i] != w.orgs[i-1]
	}
	sender := organisation(t.hop.From)
	return !t.client() && sender != "" && sender != w.orgs[0]
}

// submissions gives the index of the last submission hop at the beginning, or -1.
func (w *walker) submissions() int {
	last := -1
	for i := range w.trails {
		if !w.trails[i].submission() {
			break
		}
		last = i
	}
	return last
}

// assignInside is for mail that stayed in one organisation: submission, then transfer between its hosts, then
// delivery.
func (w *walker) assignInside() {
	submitted := max(w.submitted, 0)
	for i := range w.trails {
		t := &w.trails[i]
		switch {
		case i <= submitted:
			t.hop.Step = 1
		case t.local() || strings.EqualFold(t.hop.From, t.hop.By):
			t.hop.Step = 4
		default:
			t.hop.Step = 3
		}
	}
}

func (w *walker) path() Path {
	p := Path{Hops: make([]Hop, len(w.trails))}
	wrong := w.wrongClocks()
	before := w.date
	for i, t := range w.trails {
		hop := t.hop
		if !hop.Time.IsZero() {
			if !before.IsZero() {
				hop.Delay = hop.Time.Sub(before)
			}
			before = hop.Time
		}
		p.Hops[i] = hop
		p.Steps[hop.Step-1].add(hop, wrong[i])
	}
	p.Total = w.total()
	w.pickUp(&p)
	for _, i := range []int{stepSubmission, stepTransfer} {
		if s := &p.Steps[i]; s.Known {
			s.TLS = weakest(p.Hops, i+1)
			s.Clock = s.Clock || s.Delay < 0
		}
	}
	return p
}

// add sums a hop up into its step. The time of a hop whose clock is ahead of a later one says nothing: it is left
// out, and the step says so.
func (s *PathStep) add(hop Hop, wrongClock bool) {
	if !s.Known {
		s.Known, s.From = true, hop.From
	}
	s.By = hop.By
	if wrongClock {
		s.Clock = true
		if hop.Delay > 0 {
			return
		}
	}
	s.Delay += hop.Delay
}

// wrongClocks marks the hops whose stamp is later than that of a hop after them.
func (w *walker) wrongClocks() []bool {
	wrong := make([]bool, len(w.trails))
	earliest := w.opts.Picked
	for i := len(w.trails) - 1; i >= 0; i-- {
		t := w.trails[i].hop.Time
		if t.IsZero() {
			continue
		}
		if !earliest.IsZero() && t.After(earliest.Add(time.Second)) { // stamps are cut to seconds
			wrong[i] = true
			continue
		}
		if earliest.IsZero() || t.Before(earliest) {
			earliest = t
		}
	}
	return wrong
}

// total is the time from writing, or the first stamp, to pick-up, or the last stamp.
func (w *walker) total() time.Duration {
	begin, end := w.date, w.opts.Picked
	for i := range w.trails {
		t := w.trails[i].hop.Time
		if t.IsZero() {
			continue
		}
		if begin.IsZero() {
			begin = t
		}
		if w.opts.Picked.IsZero() {
			end = t
		}
	}
	if begin.IsZero() || end.IsZero() {
		return 0
	}
	return end.Sub(begin)
}

// pickUp makes step 4 what it is: from the last transfer's stamp to the moment this program fetched the message.
func (w *walker) pickUp(p *Path) {
	s := PathStep{By: w.opts.Via}
	var since time.Time
	for _, hop := range p.Hops {
		if hop.Step == 4 && hop.By != "" || s.From == "" || hop.Step != 4 {
			s.From = hop.By
		}
		if hop.Step != 4 && !hop.Time.IsZero() {
			since = hop.Time
		}
	}
	if !w.opts.Picked.IsZero() && !since.IsZero() {
		s.Known = true
		s.Delay = w.opts.Picked.Sub(since)
		s.Clock = s.Delay < -time.Second
	}
	p.Steps[stepPickUp] = s
}

// weakest is the TLS fact that holds for all hops of a step; "" if one hop proves none.
func weakest(hops []Hop, step int) string {
	fact := ""
	for _, hop := range hops {
		switch {
		case hop.Step != step:
		case hop.TLS == "":
			return ""
		case fact == "" || hop.TLS < fact:
			fact = hop.TLS
		}
	}
	return fact
}
