package compare

import (
	"encoding/json"

	"todoku/internal/trace"
)

// Names of the events that a recorded comparison is drawn from again. Their Data is the JSON of a Report or a Result.
const (
	beginEvent  = "comparison begins" // a comparison begins; of its report only what was asked for is known
	resultEvent = "comparison result" // a step began or is over in a lane
	reportEvent = "comparison report"
)

// ReportOf gives the report that an event of a run tells of: when it begins, with rows that wait, and when it is over, whole.
func ReportOf(e trace.Event) (r Report, over, ok bool) {
	if ok = e.Recorded(reportEvent, &r); ok {
		return r, true, true
	}
	return r, false, e.Recorded(beginEvent, &r)
}

// ResultOf gives the result that an event of a run tells of; false for any other event. Events may come from anybody's
// file.
func ResultOf(e trace.Event) (r Result, ok bool) {
	ok = e.Recorded(resultEvent, &r)
	return r, ok && r.Step > 0 && (r.Lane == POP3 || r.Lane == IMAP)
}

// told is an event of a run that tells of another report.
func told(e trace.Event, r Report) trace.Event {
	if data, err := json.Marshal(r); err == nil {
		e.Data = data
	}
	return e
}
