package tracer

import (
	"testing"

	"todoku/ui/text"
)

// A label never runs into what it is about.
func TestLabelsEndBeforeTheirText(t *testing.T) {
	for _, lang := range []text.Lang{text.EN, text.JA} {
		w := text.New(lang)
		labels := []text.Safe{"  " + w.Runs.Was, "  " + w.Runs.Now}
		for _, level := range w.Levels {
			labels = append(labels, level)
		}
		c := w.Tracer
		for _, label := range append(labels, c.Sent, c.Got, c.Means, c.Rule, c.So, c.Act, c.Sure, c.Glue, c.Note, c.Answer, c.Below, c.Additional, c.Satisfies) {
			if 1+text.Width(label) >= labelCells {
				t.Errorf("%s: %q takes the cells up to its text", lang, label)
			}
		}
	}
}
