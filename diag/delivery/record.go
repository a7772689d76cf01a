package delivery

import (
	"encoding/json"

	"todoku/internal/trace"
)

// Names of the events that a recorded run is drawn from again. Their Data is the JSON of a Hop or of a Report.
const (
	hopEvent    = "hop"    // a hop began or is over
	reportEvent = "report" // the run is over; its hops stand in the events before
)

// record puts a hop among the events of the run, so that a run file can be drawn as the run was.
func (r *run) record(name string, what any) {
	if r.span == nil {
		return
	}
	data, err := json.Marshal(what)
	if err != nil {
		r.span.Note("cannot record a " + name + ": " + err.Error())
		return
	}
	r.span.Emit(trace.Event{Kind: trace.KindStep, Name: name, Data: data})
}

// HopOf gives the hop that an event of a run tells of; false for any other event.
func HopOf(e trace.Event) (h Hop, ok bool) { return h, decode(e, hopEvent, &h) }

// ReportOf gives the report that an event of a run tells of, without its hops; false for any other event.
func ReportOf(e trace.Event) (r Report, ok bool) { return r, decode(e, reportEvent, &r) }

func decode(e trace.Event, name string, into any) bool {
	return e.Kind == trace.KindStep && e.Name == name && json.Unmarshal(e.Data, into) == nil
}
