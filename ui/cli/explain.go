package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// explainCells is the width of the labels.
const explainCells = 8

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "explain WORDS... | FILE | -",
		Args: a.args(1, anyNumber),
		RunE: func(c *cobra.Command, args []string) error { return a.explain(c.Context(), args) },
	}
}

func (a *app) explain(_ context.Context, args []string) error {
	from, err := a.asked(args)
	if err != nil {
		return err
	}
	defer from.Close()
	e, err := session.Explain(from)
	if err != nil {
		return err
	}
	d := explain.Finding(e.Finding, a.lang())
	if a.flags.json {
		err = a.printJSON("explanation", explained{d, e.Bounce, e.Cut, proving(e.Finding), reproducing(e.Finding)})
	} else {
		a.printDiagnosis(d, e.Known)
		a.printTests(e.Finding)
		a.printOthers(e.Bounce)
		a.printCut(e.Cut)
	}
	if err == nil && !e.Known {
		err = &exitStatus{ExitNotFound}
	}
	return err
}

// explained is a diagnosis with the bounce that it was made of, if the text is one.
type explained struct {
	explain.Diagnosis
	Bounce *session.Bounce `json:"bounce,omitempty"`
	Cut    bool            `json:"cut,omitempty"`
	// The commands that would prove it, and that open a sandbox with the same; "" where there are none.
	Prove     string `json:"prove,omitempty"`
	Reproduce string `json:"reproduce,omitempty"`
}

func proving(f trace.Finding) string {
	if p, ok := session.ProofOf(f); ok {
		return p.Command()
	}
	return ""
}

func reproducing(f trace.Finding) string {
	if id, ok := session.Reproduces(f); ok {
		return session.ReproducingCommand(id)
	}
	return ""
}

// printTests names the commands that would prove it and that make it happen again.
func (a *app) printTests(f trace.Finding) {
	w := a.words().Explain
	for _, row := range [][2]text.Safe{{w.ProveBy, text.Clean(proving(f))}, {w.Again, text.Clean(reproducing(f))}} {
		if row[1] != "" {
			fmt.Fprintf(a.env.Stdout, " %s%s\n", text.Fit(row[0], explainCells), row[1])
		}
	}
}

func (a *app) printCut(cut bool) {
	if words := text.New(text.Lang(a.lang())).Explain; cut {
		fmt.Fprintf(a.env.Stdout, " %s%s\n", text.Fit(words.Cut, explainCells), words.CutShort)
	}
}

// printOthers prints what a bounce says of its other recipients, a line each.
func (a *app) printOthers(b *session.Bounce) {
	if b == nil {
		return
	}
	words := text.New(text.Lang(a.lang()))
	first := b.First()
	label := words.Explain.Others
	for _, f := range b.Recipients {
		if f.Recipient == first.Recipient {
			continue
		}
		fmt.Fprintf(a.env.Stdout, " %s%s\n", text.Fit(label, explainCells), text.F("%s: %s (%s)", f.Recipient,
			words.Bounce.Reasons[string(f.Reading.Reason)], f.Reply.String()))
		label = ""
	}
}

// asked is what the words are read from: standard input, a file or pipe of that name, or the words themselves.
func (a *app) asked(args []string) (io.ReadCloser, error) {
	words := strings.Join(args, " ")
	if words == "-" {
		return io.NopCloser(a.env.Stdin), nil
	}
	if len(args) == 1 {
		info, err := os.Stat(words)
		if err == nil && !info.IsDir() || err != nil && namesFile(words) {
			return os.Open(words)
		}
	}
	return io.NopCloser(strings.NewReader(words)), nil
}

// namesFile reports words that can only be meant as the name of a file.
func namesFile(words string) bool {
	if strings.EqualFold(filepath.Ext(words), ".eml") {
		return !strings.ContainsAny(words, "\r\n:")
	}
	path := filepath.IsAbs(words) || strings.HasPrefix(words, "./") || strings.HasPrefix(words, "../")
	return path && !strings.ContainsAny(words, " \t\r\n")
}

// printDiagnosis prints what the explain sheet shows, in its order.
func (a *app) printDiagnosis(d explain.Diagnosis, known bool) {
	words := text.New(text.Lang(a.lang()))
	w := words.Explain
	row := func(label text.Safe, value string) {
		if value != "" {
			fmt.Fprintf(a.env.Stdout, " %s%s\n", text.Fit(label, explainCells), text.Clean(value))
		}
	}
	if !known {
		row(w.Said, d.Said)
		row(w.Means, string(w.NotKnown))
		row(w.Sure, d.Sure)
		return
	}
	fmt.Fprintf(a.env.Stdout, " %s\n", text.Clean(d.Title))
	fmt.Fprintf(a.env.Stdout, " %s\n", text.Clean(d.Act))
	if d.Step > 0 && d.Step <= len(words.Steps) {
		row(w.Path, fmt.Sprintf("%d %s", d.Step, words.Steps[d.Step-1]))
	}
	row(w.Said, d.Said)
	row(w.Means, d.Meaning())
	for i, l := range d.Likely {
		row(once(i, w.Likely), l)
	}
	for i, do := range d.Do {
		row(once(i, w.Do), fmt.Sprintf("%d %s", i+1, do))
	}
	row(w.Sure, d.Sure)
}

// once is the label of the first of several rows.
func once(i int, label text.Safe) text.Safe {
	if i > 0 {
		return ""
	}
	return label
}
