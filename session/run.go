package session

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"todoku/diag/compare"
	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/internal/trace"
)

// RunFile is a run file that was read.
type RunFile struct {
	Path    string
	Header  trace.Header
	Events  []trace.Event
	Damages []trace.Finding // what could not be read, in the order of lines
}

// ReadRun reads a run file, as far as it can be read. It needs no session.
func ReadRun(ctx context.Context, path string) (run RunFile, err error) {
	facts := map[string]string{"path": path}
	f, err := openRun(path, facts)
	if err != nil {
		return run, err
	}
	defer f.Close()
	header, events, err := trace.ReadRun(f)
	if err != nil {
		return run, &reachError{err, facts}
	}
	run.Path, run.Header = path, header
	for e, err := range events {
		var wrong *trace.RunError
		switch {
		case ctx.Err() != nil:
			return run, ctx.Err()
		case err == nil:
			run.Events = append(run.Events, e)
		case errors.As(err, &wrong) && len(run.Damages) < maxDamages:
			run.Damages = append(run.Damages, explain.Find(&reachError{err, facts}))
		case wrong == nil:
			return run, &reachError{err, facts}
		}
	}
	run.tellExcess(delivery.Begun(run.Events), delivery.MaxTraces)
	run.tellExcess(compare.Begun(run.Events), compare.MaxComparisons)
	return run, nil
}

// tellExcess says that the run holds more traces or comparisons than are read of it.
func (r *RunFile) tellExcess(begun, read int) {
	if begun > read {
		args := map[string]string{"path": r.Path, "count": strconv.Itoa(begun), "read": strconv.Itoa(read)}
		r.Damages = append(r.Damages, trace.Finding{Code: "run.many", Level: trace.Warn, Args: args})
	}
}

// openRun opens what may hold a run. A pipe that nobody writes to would let the opening itself wait.
func openRun(path string, facts map[string]string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &Error{Code: "run.nofile", Args: facts}
	}
	return os.Open(path)
}

// maxDamages bounds how many lines that cannot be read are told of.
const maxDamages = 10

// Comparisons gives the comparisons of the run; there may be none. The error is ctx's.
func (r RunFile) Comparisons(ctx context.Context) ([]compare.Recorded, error) {
	all := compare.Comparisons(ctx, r.Events)
	return all, ctx.Err()
}

// OnLine gives the run with the totals of its comparisons as they would be on a line.
func (r RunFile) OnLine(l compare.Line) RunFile {
	r.Events = slices.Clone(r.Events)
	for i, e := range r.Events {
		r.Events[i] = compare.OnLine(e, l)
	}
	return r
}

// Traces gives the traces of the run, one at least.
func (r RunFile) Traces(ctx context.Context) ([]delivery.Recorded, error) {
	traces := delivery.Traces(ctx, r.Events)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(traces) == 0 {
		code := "run.notrace"
		if slices.ContainsFunc(r.Events, beginsComparison) {
			code = "run.nocompare"
		}
		return nil, &Error{Code: code, Args: map[string]string{"path": r.Path}}
	}
	return traces, nil
}

func beginsComparison(e trace.Event) bool {
	_, _, ok := compare.ReportOf(e)
	return ok
}

// Masked gives the run as it may be shown to others: local parts of addresses are masked, messages are left out. When ctx
// ends it holds what was masked until then.
func (r RunFile) Masked(ctx context.Context) RunFile {
	if r.Header.Masked {
		return r
	}
	var m trace.Masker
	for _, e := range r.Events {
		if ctx.Err() != nil {
			break
		}
		m.Learn(e)
	}
	masked := make([]trace.Event, 0, len(r.Events))
	for _, e := range r.Events {
		if ctx.Err() != nil {
			break
		}
		masked = append(masked, m.Event(e))
	}
	r.Events, r.Header.Masked = masked, true
	return r
}

// Save writes the run as a file, which must not exist.
func (r RunFile) Save(path string) error {
	return trace.WriteRun(path, r.Header, slices.Values(r.Events))
}

// FreePath says, before a run that may take long, that NewFile would find a file there; errors are fs.ErrExist.
func FreePath(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "open", Path: path, Err: fs.ErrExist}
	}
	return nil
}

// NewFile writes a file that only its owner may read, because what a run says may be private. A file that is there
// already is never overwritten; one that cannot be written to its end is removed.
func NewFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	if err := errors.Join(write(b), b.Flush(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
