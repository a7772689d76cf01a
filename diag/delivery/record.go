package delivery

import (
	"todoku/internal/trace"
)

// Names of the events that a recorded run is drawn from again. Their Data is the JSON of a Hop or of a Report.
const (
	beginEvent  = "begin"  // a trace begins; of its report only what was asked for is known
	hopEvent    = "hop"    // a hop began or is over
	reportEvent = "report" // the run is over; its hops stand in the events before
)

// HopOf gives the hop that an event of a run tells of; false for any other event. Events may come from anybody's file.
func HopOf(e trace.Event) (h Hop, ok bool) {
	ok = e.Recorded(hopEvent, &h)
	return h, ok && h.ID > 0 && h.Step >= Submission && h.Step <= Pickup
}

// ReportOf gives the report that an event of a run tells of, without its hops; false for any other event.
func ReportOf(e trace.Event) (r Report, ok bool) {
	ok = e.Recorded(reportEvent, &r)
	for i := range r.Steps {
		r.Steps[i].Number = i + 1
	}
	return r, ok
}
