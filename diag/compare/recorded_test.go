package compare

import (
	"context"
	"strconv"
	"testing"

	"todoku/internal/trace"
)

// Comparisons share no event and each reads the events of its own span once, however many a file begins.
func TestComparisonsShareNoEvent(t *testing.T) {
	const begins = MaxComparisons + 500
	var events []trace.Event
	say := func(span int, name, data string) {
		events = append(events, trace.Event{Seq: int64(len(events) + 1), Span: int64(span), Kind: trace.KindStep, Name: name, Data: []byte(data)})
	}
	for span := range begins {
		events = append(events, trace.Event{Seq: int64(len(events) + 1), Span: int64(span), Kind: trace.KindOpen})
		say(span, beginEvent, `{"script":{"name":"x","steps":[{"do":"visit"}]}}`)
		say(span, beginEvent, `{"script":{"name":"again, in the same span","steps":[{"do":"visit"}]}}`)
	}
	for span := range begins { // none ends before all have begun
		say(span, resultEvent, `{"step":1,"lane":"pop3","state":"ok","up":`+strconv.Itoa(span)+`}`)
		say(span, reportEvent, `{"rows":[],"advice":{"use":"imap"}}`)
	}
	if n := Begun(events); n != begins {
		t.Errorf("%d have begun, want %d", n, begins)
	}
	given, giveUp := context.WithCancel(t.Context())
	giveUp()
	if all := Comparisons(given, events); len(all) != 0 {
		t.Errorf("%d comparisons were read for nobody", len(all))
	}
	all := Comparisons(t.Context(), events)
	if len(all) != MaxComparisons {
		t.Fatalf("%d comparisons are read, want %d", len(all), MaxComparisons)
	}
	held := 0
	for i, c := range all {
		held += len(c.Events)
		if c.Span != int64(i) || !c.Whole || c.Report.Rows[0].POP3.State != OK || c.Report.Script.Name != "x" {
			t.Fatalf("comparison %d: %+v", i, c)
		}
	}
	if held > len(events) {
		t.Errorf("they hold %d events of %d", held, len(events))
	}
}

// A comparison whose file ends in a step knows no more of that step, and advises nothing.
func TestAComparisonThatStopped(t *testing.T) {
	all := Comparisons(t.Context(), []trace.Event{
		{Seq: 1, Kind: trace.KindOpen},
		{Seq: 2, Kind: trace.KindStep, Name: beginEvent, Data: []byte(`{"script":{"name":"x","steps":[{"do":"visit"}]}}`)},
		{Seq: 3, Kind: trace.KindStep, Name: resultEvent, Data: []byte(`{"step":1,"lane":"pop3","state":"live"}`)},
	})
	if len(all) != 1 || all[0].Whole || all[0].Report.Advice.Finding.Code != "compare.stopped" || all[0].Report.Rows[0].POP3.State != Unknown {
		t.Errorf("%+v", all)
	}
}
