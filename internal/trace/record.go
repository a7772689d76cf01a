package trace

import "encoding/json"

// Record puts a value among the events as a step of that name, so that what is drawn of a run can be drawn of its file.
func (s *Span) Record(name string, what any) {
	if s == nil {
		return
	}
	data, err := json.Marshal(what)
	if err != nil {
		s.Note("cannot record a " + name + ": " + err.Error())
		return
	}
	s.Emit(Event{Kind: KindStep, Name: name, Data: data})
}

// Recorded reads the value of a step that Record made; false for any other event. Events may come from anybody's file.
func (e Event) Recorded(name string, into any) bool {
	return e.Kind == KindStep && e.Name == name && json.Unmarshal(e.Data, into) == nil
}
