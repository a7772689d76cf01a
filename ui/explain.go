package ui

import (
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// explanation is an explanation of a finding, and what can be done from it.
type explanation struct {
	app  *App
	d    explain.Diagnosis
	e    screen.ExplainFinding
	same string // the fault of a sandbox with the same cause; "" where there is none
	own  bool   // the sandbox here can be given it
}

// newExplain shows an explanation. Where no test is named it leads to the one that would prove the finding, and where a sandbox has a
// fault with the same cause, there, or to the command that opens one.
func newExplain(a *App, d explain.Diagnosis, e screen.ExplainFinding) sheet {
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
		e.Prove = a.prove(e.Finding)
	}
	x := &explanation{app: a, d: d, e: e}
	x.same, _ = session.Reproduces(e.Finding)
	_, x.own = a.sameFault(e.Finding)
	w := a.env.Words.Explain
	return &textSheet{app: a, whole: true,
		name: func() text.Safe { return w.Title + "  " + text.Clean(d.Title) },
		right: func() text.Safe {
			if d.Step < 1 {
				return ""
			}
			return text.F(w.StepOf, d.Step)
		},
		lines:  x.lines,
		footer: x.foot,
		onKey:  x.press,
	}
}

func (x *explanation) press(p screen.Press) (done bool, act screen.Action) {
	switch p.Verb {
	case keys.Number:
		if p.N >= 1 && p.N <= len(x.e.Remedies) {
			return leaves(x.e.Remedies[p.N-1].Act), x.e.Remedies[p.N-1].Act
		}
	case keys.Prove:
		return x.e.Prove != nil, x.e.Prove
	case keys.Open:
		if x.d.Said != "" {
			return true, screen.ShowLine{Text: firstLine(x.d.Said)}
		}
	case keys.CopyText:
		return false, screen.CopyText{Text: x.plain()}
	case keys.Wire:
		return true, screen.ShowWire{}
	case keys.Sandbox:
		switch {
		case x.own:
			return true, screen.Open{Name: screen.Sandbox, With: screen.SandboxArgs{Fault: x.same}}
		case x.same != "":
			return false, screen.CopyText{Text: session.ReproducingCommand(x.same)}
		}
	}
	return false, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// leaves reports whether a remedy goes somewhere else: what only copies or says something leaves the sheet where it is.
func leaves(act screen.Action) bool {
	_, goes := act.(screen.Open)
	return goes
}

// foot names the keys of the sheet: those that do something about the failure first, in few words where there is little room.
func (x *explanation) foot() text.Safe {
	w := x.app.env.Words
	prove := w.Bounce.Prove
	if open, ok := x.e.Prove.(screen.Open); ok && open.Name == screen.Accounts {
		prove = w.Bounce.Examine
	}
	same, copied := w.Sandbox.SameFault, w.Explain.CopySame
	long := x.keys(prove, same, copied)
	for _, shorter := range []text.Safe{x.keys(w.Bounce.ProveIt, same, copied), x.keys(w.Bounce.ProveIt, w.Explain.Same, w.Explain.Same)} {
		if text.Width(long) < x.app.width {
			break
		}
		long = shorter
	}
	return long
}

func (x *explanation) keys(prove, same, copied text.Safe) text.Safe {
	w := x.app.env.Words.Explain
	var foot text.Safe
	add := func(on bool, v keys.Verb, words text.Safe) {
		if on {
			foot += text.Clean(x.app.env.Keys.Shown(v)) + " " + words + "  "
		}
	}
	if n := len(x.e.Remedies); n > 0 {
		foot += text.F(w.Remedies, n) + "  "
	}
	add(x.e.Prove != nil, keys.Prove, prove)
	add(x.own, keys.Sandbox, same)
	add(!x.own && x.same != "", keys.Sandbox, copied)
	add(x.d.Said != "", keys.Open, w.Dialogue)
	return foot + w.Foot
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
// what follows was not reached. The step that failed has the peer behind it. Step 4 stands alone, as a step does in which nothing failed: it says nothing of the others.
func (a *App) stepPath(step int, level trace.Level, peer text.Safe) text.Safe {
	w := a.env.Words
	var s text.Safe
	for i, name := range w.Steps {
		state := w.Explain.NotReached
		switch {
		case i+1 == step:
			state = w.Levels[string(level)]
			if peer != "" {
				state = text.F(w.Explain.AtPeer, state, peer)
			}
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

// lines are the rows of the sheet. Where it has no room for all, causes and certainty go first, the server's words and what to do never.
func (x *explanation) lines(width int) []styled {
	all := x.rows(width, x.d.Likely, x.d.Sure)
	if len(all) >= mostRows(x.app.height-frameRows) {
		all = x.rows(width, nil, "")
	}
	return all
}

const labelCells = 8

func (x *explanation) rows(width int, likely []string, sure string) []styled {
	w, d := x.app.env.Words.Explain, x.d
	var out []styled
	for _, l := range text.Wrap(text.Clean(d.Act), width-2) {
		if d.Act != "" {
			out = append(out, styled{{role: theme.Title, text: l, at: 1}})
		}
	}
	add := func(name text.Safe, bodies ...string) {
		for i, body := range bodies {
			said := text.Clean(body)
			if name == w.Do {
				said = text.F("%d %s", i+1, said)
			}
			for j, l := range text.Wrap(said, width-labelCells-2) {
				line := styled{{role: theme.Text, text: l, at: 1 + labelCells}}
				if i == 0 && j == 0 {
					line = append(styled{{role: theme.Muted, text: name, at: 1}}, line...)
				}
				out = append(out, line)
			}
		}
	}
	at := peer(x.e.Finding)
	switch {
	case d.Step > 0:
		add(w.Path, string(x.app.stepPath(d.Step, x.e.Finding.Level, at)))
	case at != "":
		add(w.At, string(at))
	}
	if d.Said != "" {
		add(w.Said, d.Said)
		out = x.answered(out, width)
	}
	add(w.Means, d.Meaning())
	add(w.Likely, likely...)
	add(w.Do, d.Do...)
	if sure != "" {
		add(w.Sure, sure)
	}
	if x.same != "" && !x.own {
		add(w.Again, session.ReproducingCommand(x.same))
	}
	return out
}

// answered sets behind what was said to which command it was said, and after how long; in a row of its own where there is no room.
func (x *explanation) answered(lines []styled, width int) []styled {
	told := x.told()
	if told == "" {
		return lines
	}
	last := lines[len(lines)-1]
	words := last[len(last)-1]
	at := width - text.Width(told) - 1
	if words.at+text.Width(words.text)+2 > at {
		return append(lines, styled{{role: theme.Muted, text: told, at: 1 + labelCells}})
	}
	lines[len(lines)-1] = append(last, piece{role: theme.Muted, text: told, at: at})
	return lines
}

// told is "to RCPT, after 31 ms", as far as that is known.
func (x *explanation) told() text.Safe {
	w, command := x.app.env.Words.Explain, text.Clean(x.e.Finding.Args["command"])
	switch {
	case command != "" && x.e.After > 0:
		return text.F(w.ToAfter, command, text.Span(x.e.After))
	case command != "":
		return text.F(w.To, command)
	case x.e.After > 0:
		return text.F(w.After, text.Span(x.e.After))
	}
	return ""
}

// plain is the sheet as it is copied.
func (x *explanation) plain() string {
	var s text.Safe
	for _, line := range x.rows(78, x.d.Likely, x.d.Sure) {
		var row text.Safe
		for _, p := range line {
			row += text.Spaces(p.at-text.Width(row)) + p.text
		}
		s += row + "\n"
	}
	return string(s)
}
