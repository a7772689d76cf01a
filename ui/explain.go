package ui

import (
	"slices"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// newExplain shows an explanation of a finding, and which peer it is about, if one is known; where the sandbox has a fault with the
// same cause, it leads there.
func newExplain(a *App, d explain.Diagnosis, e screen.ExplainFinding) sheet {
	w, f := a.env.Words.Explain, e.Finding
	if len(e.Remedies) > 0 {
		d.Do = nil
	}
	for i, l := range e.Likely {
		d.Likely = slices.Insert(d.Likely, i, string(l))
	}
	for _, r := range e.Remedies {
		d.Do = append(d.Do, string(r.Name))
	}
	if e.Prove == nil {
		e.Prove = a.prove(f)
	}
	same, reproduces := a.sameFault(f)
	return &textSheet{app: a,
		name: func() text.Safe { return w.Title + "  " + text.Clean(d.Title) },
		right: func() text.Safe {
			if d.Step < 1 {
				return ""
			}
			return text.F(w.StepOf, d.Step)
		},
		lines:  func(width int) []styled { return a.explainLines(d, f, width) },
		footer: func() text.Safe { return a.explainFoot(e, reproduces) },
		onKey: func(p screen.Press) (bool, screen.Action) {
			switch p.Verb {
			case keys.Number:
				if p.N >= 1 && p.N <= len(e.Remedies) {
					return leaves(e.Remedies[p.N-1].Act), e.Remedies[p.N-1].Act
				}
			case keys.Prove:
				return e.Prove != nil, e.Prove
			case keys.CopyText:
				return false, screen.CopyText{Text: a.plainDiagnosis(d, f)}
			case keys.Wire:
				return true, screen.ShowWire{}
			case keys.Sandbox:
				if reproduces {
					return true, screen.Open{Name: screen.Sandbox, With: screen.SandboxArgs{Fault: same}}
				}
			}
			return false, nil
		},
	}
}

// leaves reports whether a remedy goes somewhere else: what only copies or says something leaves the sheet where it is.
func leaves(act screen.Action) bool {
	_, goes := act.(screen.Open)
	return goes
}

// explainFoot names the keys of the sheet: those that do something about the failure first.
func (a *App) explainFoot(e screen.ExplainFinding, reproduces bool) text.Safe {
	w := a.env.Words.Bounce
	prove := w.Prove
	if open, ok := e.Prove.(screen.Open); ok && open.Name == screen.Accounts {
		prove = w.Examine
	}
	if long := a.explainKeys(e, prove, reproduces); text.Width(long) < a.width {
		return long
	}
	return a.explainKeys(e, w.ProveIt, reproduces)
}

func (a *App) explainKeys(e screen.ExplainFinding, prove text.Safe, reproduces bool) text.Safe {
	w := a.env.Words
	var foot text.Safe
	if n := len(e.Remedies); n > 0 {
		foot += text.F(w.Explain.Remedies, n) + "  "
	}
	if e.Prove != nil {
		foot += text.Clean(a.env.Keys.Shown(keys.Prove)) + " " + prove + "  "
	}
	if reproduces {
		foot += text.Clean(a.env.Keys.Shown(keys.Sandbox)) + " " + w.Sandbox.SameFault + "  "
	}
	return foot + w.Explain.Foot
}

// sameFault is the fault of the sandbox with the cause of a finding; false where there is none.
func (a *App) sameFault(f trace.Finding) (id string, ok bool) {
	s := a.session()
	if s == nil {
		return "", false
	}
	return s.SameFault(f)
}

// peer names whom a finding is about: "mail.sakura.test:993 192.0.2.10:993".
func peer(f trace.Finding) text.Safe {
	s := text.Clean(f.Args["host"])
	if port := f.Args["port"]; port != "" && s != "" {
		s += ":" + text.Clean(port)
	}
	if addr := text.Clean(f.Args["addr"]); addr != "" && addr != s {
		s += " " + addr
	}
	return s
}

// diagnose asks for the meaning of an error. Said holds what a server said; only where nothing fits, the error's own
// words stand there.
func (a *App) diagnose(err error) explain.Diagnosis {
	return explain.Error(err, explain.Lang(a.env.Words.Lang))
}

// known reports whether the catalogue has an entry for what happened.
func known(d explain.Diagnosis) bool { return d.Code != "unknown" && d.Who != "" }

// stepPath writes the four steps as far as a diagnosis knows them: what came before the step that failed was done,
// what follows was not reached. Step 4 stands alone, as a step does in which nothing failed: it says nothing of the others.
func (a *App) stepPath(step int, level trace.Level) text.Safe {
	w := a.env.Words
	var s text.Safe
	for i, name := range w.Steps {
		state := w.Explain.NotReached
		switch {
		case i+1 == step:
			state = w.Levels[string(level)]
		case step == 4 && i+1 < step, level != trace.Fail && level != trace.Warn:
			continue
		case i+1 < step:
			state = w.Levels["ok"]
		}
		if s != "" {
			s += "  >  "
		}
		s += text.F("%d %s %s", i+1, name, state)
	}
	return s
}

func (a *App) explainLines(d explain.Diagnosis, f trace.Finding, width int) []styled {
	w := a.env.Words.Explain
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
	if d.Step > 0 {
		add(w.Path, string(a.stepPath(d.Step, f.Level)))
	}
	if at := peer(f); at != "" {
		add(w.At, string(at))
	}
	if d.Said != "" {
		add(w.Said, d.Said)
	}
	add(w.Means, d.Meaning())
	add(w.Likely, d.Likely...)
	add(w.Do, d.Do...)
	add(w.Sure, d.Sure)
	return out
}

func (a *App) plainDiagnosis(d explain.Diagnosis, f trace.Finding) string {
	var s text.Safe
	for _, line := range a.explainLines(d, f, 78) {
		var row text.Safe
		for _, p := range line {
			row += text.Spaces(p.at-text.Width(row)) + p.text
		}
		s += row + "\n"
	}
	return string(s)
}
