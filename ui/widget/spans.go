package widget

import (
	"bytes"

	"todoku/internal/trace"
)

// Spans knows which span is inside which: from each to the one around it.
type Spans map[int64]int64

// maxSpanDepth ends the walk up in a run file whose spans lead in a circle.
const maxSpanDepth = 16

// Learn takes what an event tells.
func (s Spans) Learn(e *trace.Event) {
	if e.Parent != 0 {
		s[e.Span] = e.Parent
	}
}

// Below reports whether a span is another or inside it.
func (s Spans) Below(span, of int64) bool {
	for range maxSpanDepth {
		if span == of {
			return true
		}
		up, ok := s[span]
		if !ok {
			return false
		}
		span = up
	}
	return false
}

// EventSaid reports whether an event is part of a dialogue: what was said on the line, or happened to it.
func EventSaid(e *trace.Event) bool {
	switch e.Kind {
	case trace.KindSend:
		return len(bytes.TrimSpace(e.Data)) > 0
	case trace.KindRecv, trace.KindData, trace.KindTLS, trace.KindDial:
		return true
	case trace.KindClose:
		return e.Conn != ""
	}
	return false
}
