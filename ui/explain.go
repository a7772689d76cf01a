package ui

import (
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// Explainer says what an error means. diag/explain is one.
type Explainer interface {
	Diagnose(err error, lang string) Diagnosis
}

// Diagnosis is an explained error: who must act first, then what happened. Its words are hostile until drawn.
type Diagnosis struct {
	Title  string
	Act    string
	Step   int    // 1 to 4; 0 before the first
	Path   string // the four steps in one line
	Said   string // the server's own words
	Means  string
	Likely []string
	Do     []string
	Sure   string
}

// newExplain shows the explanation of an error.
func newExplain(a *App, err error) sheet {
	d := a.diagnose(err)
	w := a.env.Words.Explain
	return &textSheet{app: a,
		name: func() text.Safe { return w.Title + "  " + text.Clean(d.Title) },
		right: func() text.Safe {
			if d.Step < 1 {
				return w.NoSteps
			}
			return text.F(w.StepOf, d.Step)
		},
		lines:  func(width int) []styled { return explainLines(w, d, width) },
		footer: func() text.Safe { return a.env.Words.Explain.Foot },
		onKey: func(p screen.Press) (bool, screen.Action) {
			switch p.Verb {
			case keys.CopyText:
				return false, screen.CopyText{Text: plainDiagnosis(w, d)}
			case keys.Wire:
				return true, screen.ShowWire{}
			}
			return false, nil
		},
	}
}

// diagnose asks the explainer; without one, or without an answer, the error's own words are all there is.
func (a *App) diagnose(err error) Diagnosis {
	d := Diagnosis{Title: err.Error()}
	if a.opts.Explain != nil {
		d = a.opts.Explain.Diagnose(err, string(a.env.Words.Lang))
	}
	if d.Said == "" {
		d.Said = err.Error()
	}
	if d.Means == "" {
		d.Means = string(a.env.Words.Explain.NotKnown)
	}
	if d.Sure == "" {
		d.Sure = string(a.env.Words.Explain.SureNone)
	}
	return d
}

func explainLines(w text.ExplainWords, d Diagnosis, width int) []styled {
	var out []styled
	for _, l := range text.Wrap(text.Clean(d.Act), width-2) {
		if d.Act != "" {
			out = append(out, styled{{role: theme.Title, text: l, at: 1}})
		}
	}
	label := 8
	add := func(name text.Safe, bodies ...string) {
		for i, body := range bodies {
			said := text.Clean(body)
			if name == w.Do {
				said = text.F("%d %s", i+1, said)
			}
			for j, l := range text.Wrap(said, width-label-2) {
				line := styled{{role: theme.Text, text: l, at: 1 + label}}
				if i == 0 && j == 0 {
					line = append(styled{{role: theme.Muted, text: name, at: 1}}, line...)
				}
				out = append(out, line)
			}
		}
	}
	if d.Path != "" {
		add(w.Path, d.Path)
	}
	add(w.Said, d.Said)
	add(w.Means, d.Means)
	add(w.Likely, d.Likely...)
	add(w.Do, d.Do...)
	add(w.Sure, d.Sure)
	return out
}

func plainDiagnosis(w text.ExplainWords, d Diagnosis) string {
	var s text.Safe
	for _, line := range explainLines(w, d, 78) {
		var row text.Safe
		for _, p := range line {
			row += text.Spaces(p.at-text.Width(row)) + p.text
		}
		s += row + "\n"
	}
	return string(s)
}
