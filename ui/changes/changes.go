// Package changes words what changed between two recorded runs, for the screens and for what is printed.
package changes

import (
	"todoku/diag/change"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/text"
)

// Told is a change in words.
type Told struct {
	Place    text.Safe // of a comparison: the script and the step in which it is seen
	Step     text.Safe // of a trace: the step of the delivery path; empty for none
	Level    text.Safe
	Said     text.Safe // what changed, then who must act
	Was, Now text.Safe // the facts; empty where there was none
}

// Tell words a change.
func Tell(w *text.Catalogue, c change.Change) Told {
	d := explain.Finding(c.Finding(), explain.Lang(w.Lang))
	t := Told{Level: w.Levels[string(c.Level)], Said: text.Clean(d.Title) + w.App.Between + text.Clean(d.Act),
		Was: fact(w, c.Code, c.Was, c.WasFinding), Now: fact(w, c.Code, c.Now, c.NowFinding)}
	if d.Step > 0 {
		t.Step = text.Num(d.Step)
	}
	if c.Shown != nil {
		t.Place = place(w, *c.Shown)
	}
	return t
}

// place names the script, and the step that is meant.
func place(w *text.Catalogue, s change.Shown) text.Safe {
	said := title(w, s.Script)
	if s.Number > 0 {
		said += w.Versus.Comma + text.F(w.Versus.Step, s.Number)
	}
	if s.Step != nil {
		said += w.Runs.Colon + title(w, *s.Step)
	}
	return said
}

func title(w *text.Catalogue, f trace.Finding) text.Safe {
	return text.Clean(explain.Finding(f, explain.Lang(w.Lang)).Title)
}

// fact is one side of a change. What a comparison shows is told by its title; what a trace found, with who must act.
func fact(w *text.Catalogue, code, said string, f *trace.Finding) text.Safe {
	shown := w.ChangedFact(code, said)
	if f == nil {
		return shown
	}
	if shown != "" {
		shown += "  "
	}
	d := explain.Finding(*f, explain.Lang(w.Lang))
	shown += text.Clean(d.Title)
	if d.Who != explain.Nobody {
		shown += w.App.Between + text.Clean(d.Act)
	}
	return shown
}
