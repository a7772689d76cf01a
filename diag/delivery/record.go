package delivery

import (
	"encoding/json"

	"todoku/internal/trace"
)

// Names of the events that a recorded run is drawn from again. Their Data is the JSON of a Hop or of a Report.
const (
	beginEvent  = "begin"  // a trace begins; of its report only what was asked for is known
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

// HopOf gives the hop that an event of a run tells of; false for any other event. Events may come from anybody's file.
func HopOf(e trace.Event) (h Hop, ok bool) {
	ok = decode(e, hopEvent, &h)
	return h, ok && h.ID > 0 && h.Step >= Submission && h.Step <= Pickup
}

// ReportOf gives the report that an event of a run tells of, without its hops; false for any other event.
func ReportOf(e trace.Event) (r Report, ok bool) {
	ok = decode(e, reportEvent, &r)
	for i := range r.Steps {
		r.Steps[i].Number = i + 1
	}
	return r, ok
}

func decode(e trace.Event, name string, into any) bool {
	return e.Kind == trace.KindStep && e.Name == name && json.Unmarshal(e.Data, into) == nil
}
