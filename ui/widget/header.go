package widget

import (
	"time"

	"todoku/diag/headers"
	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/text"
)

// slowStep is the delay of one step from which it is worth a warning.
const slowStep = 60 * time.Second

// Person writes an address with its name: "田中 花子 <hanako@tsuru.test>".
func Person(a mail.Address) text.Safe {
	switch {
	case a.Addr == "":
		return text.Clean(a.Name)
	case a.Name == "":
		return text.Clean(a.Addr)
	}
	return text.Clean(a.Name) + " <" + text.Clean(a.Addr) + ">"
}

// Addresses writes a list of addresses without names.
func Addresses(list []mail.Address) text.Safe {
	var s text.Safe
	for i, a := range list {
		if i > 0 {
			s += ", "
		}
		if i == 20 {
			return s + ".."
		}
		s += text.Clean(a.Addr)
	}
	return s
}

// Recipients writes "to alice@sakura.test  cc bob@fuji.test".
func Recipients(w *text.Catalogue, e mail.Envelope) text.Safe {
	var s text.Safe
	if len(e.To) > 0 {
		s = w.Reader.To + " " + Addresses(e.To)
	}
	if len(e.Cc) > 0 {
		if s != "" {
			s += "  "
		}
		s += w.Reader.Cc + " " + Addresses(e.Cc)
	}
	return s
}

// Auth is what is known of who vouches for a message. Nothing is checked here yet, so it is unknown, with what the
// receiving server says.
func Auth(w *text.Catalogue, r session.Reading) text.Safe {
	if r.ServerAuth == "" {
		return w.Reader.AuthNothing
	}
	return text.F(w.Reader.AuthUnknown, r.ServerAuth)
}

// PathBrief is the path in the mailbox's pane: "path 1 > 2 > 3 > 4 in 14 s   auth unknown   1 file".
func PathBrief(w *text.Catalogue, r session.Reading) text.Safe {
	s := w.Reader.Path + " " + w.Levels["unknown"]
	if len(r.Path.Hops) > 0 {
		s = text.F(w.Reader.PathPane, text.Safe("1 > 2 > 3 > 4"), text.Span(r.Path.Total))
	}
	s += "   " + text.F(w.Reader.AuthPane, w.Levels["unknown"])
	switch n := len(r.Files); {
	case n == 1:
		s += "   " + w.Reader.OneFile
	case n > 1:
		s += "   " + text.F(w.Reader.Files, n)
	}
	return s
}

// Step is one step of the path as the reader shows it.
type Step struct {
	Long  text.Safe // "1 phone > mail.tsuru.test 0.6 s"
	Short text.Safe // "1 0.6 s"
	Slow  bool
	Known bool
}

// PathSteps gives the four steps. Step 2 leaves no mark in a message, and says so.
func PathSteps(w *text.Catalogue, p headers.Path) [4]Step {
	var out [4]Step
	for i, st := range p.Steps {
		n := text.Num(i + 1)
		switch {
		case i == 1:
			out[i] = Step{Long: n + " " + w.Reader.NoMarkLong, Short: n + " " + w.Reader.NoMark}
		case !st.Known:
			out[i] = Step{Long: n + " " + w.Levels["unknown"], Short: n + " " + w.Levels["unknown"]}
		default:
			out[i] = knownStep(w, n, st)
		}
	}
	return out
}

func knownStep(w *text.Catalogue, n text.Safe, st headers.PathStep) Step {
	took := text.Span(st.Delay)
	if st.Clock {
		took = text.F(w.Reader.ClockBack, took)
	}
	long := n + " "
	if st.From != "" {
		long += text.Clean(st.From) + " "
	}
	switch {
	case st.By == "":
	case n == "4":
		long += text.Clean(st.By) + " "
	default:
		long += "> " + text.Clean(st.By) + " "
	}
	long += took
	short := n + " " + took
	if st.TLS != "" {
		long += " " + text.Clean(st.TLS)
		short += " TLS"
	}
	return Step{Long: long, Short: short, Known: true, Slow: st.Delay > slowStep || st.Clock}
}
