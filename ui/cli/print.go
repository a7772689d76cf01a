package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// jsonVersion is the version of every --json document. A field may be added within a version, never changed.
const jsonVersion = 1

// document is what --json prints: docs/json.md.
type document struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"`
	Data    any    `json:"data"`
}

func (a *app) printJSON(kind string, data any) error {
	return a.printLine(document{jsonVersion, kind, data})
}

// printLine prints one JSON value on one line.
func (a *app) printLine(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.env.Stdout, "%s\n", trace.Escaped(b))
	return err
}

// sentence is a finding in one line.
func (a *app) sentence(f trace.Finding) string {
	d := explain.Finding(f, a.lang())
	said := []string{d.Title, d.Act}
	if d.Again != "" && d.Retry != explain.RetryNever {
		said = append(said, d.Again)
	}
	return string(text.Clean(strings.Join(said, string(a.words().App.Between))))
}

// report prints a failure as a diagnosis and gives the exit code.
func (a *app) report(err error) int {
	var usage *usageError
	if errors.As(err, &usage) {
		a.reportUsage(usage)
		return ExitUsage
	}
	if errors.Is(err, context.Canceled) {
		return ExitTemporary
	}
	d := explain.Error(err, a.lang())
	if a.flags.json {
		if perr := a.printJSON("error", d); perr != nil {
			fmt.Fprintln(a.env.Stderr, perr)
		}
		return exitCode(err, d)
	}
	fmt.Fprintf(a.env.Stderr, "todoku: %s\n", text.Clean(d.Title))
	w := text.New(text.Lang(a.lang())).Explain
	row := func(label text.Safe, value string) {
		if value != "" {
			fmt.Fprintf(a.env.Stderr, "  %s %s\n", text.Fit(label, 6), text.Clean(value))
		}
	}
	row(w.Act, d.Act)
	row(w.Said, d.Said)
	row(w.Means, d.Meaning())
	for i, do := range d.Do {
		row(w.Do, fmt.Sprintf("%d %s", i+1, do))
	}
	return exitCode(err, d)
}

// exitCode maps a diagnosis to the documented exit codes.
func exitCode(err error, d explain.Diagnosis) int {
	var problems *session.ConfigError
	var faults *session.FaultFileError
	switch {
	case errors.As(err, &problems) || errors.As(err, &faults) || errors.Is(err, session.ErrNoAccount):
		return ExitConfig
	case errors.Is(err, session.ErrNotFound):
		return ExitNotFound
	}
	return diagnosisCode(d)
}

// diagnosisCode is the exit code of what has no type of its own.
func diagnosisCode(d explain.Diagnosis) int {
	switch {
	case d.Retry == explain.RetryHelps, d.Retry == explain.RetryServer:
		return ExitTemporary
	case d.Refused:
		return ExitRefused
	case strings.HasPrefix(d.Code, "compose."), strings.HasPrefix(d.Code, "file."), strings.HasPrefix(d.Code, "run."), strings.HasPrefix(d.Code, "world."), d.Code == "compare.no-script":
		return ExitUsage
	}
	return ExitFault
}
