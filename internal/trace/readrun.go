package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
)

// Limits of reading a run file, which may come from anybody.
const (
	maxRunLine   = 1 << 20   // octets of a line: an event with bodies holds 64 KiB, twice in base64
	maxRunOctets = 256 << 20 // octets of a file
)

// Codes of what is wrong with a run file.
const (
	CodeRunNot     = "run.not"     // the first line is no header
	CodeRunNewer   = "run.newer"   // of a schema that this version does not know
	CodeRunDamaged = "run.damaged" // a line cannot be read; those after it may be
	CodeRunCut     = "run.cut"     // the file ends inside its last line
	CodeRunLong    = "run.long"    // longer than maxRunOctets; what follows is not read
)

// RunError is what is wrong with a run file.
type RunError struct {
	Code string
	Line int // from 1; 0 when it is the file as a whole
	Err  error
}

func (e *RunError) Error() string {
	s := e.Code
	if e.Line > 0 {
		s += " in line " + strconv.Itoa(e.Line)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *RunError) Unwrap() error { return e.Err }

// Explain gives code and facts.
func (e *RunError) Explain() (code string, args map[string]string) {
	args = map[string]string{"line": strconv.Itoa(e.Line), "reads": strconv.Itoa(SchemaVersion)}
	if e.Err != nil {
		args["said"] = e.Err.Error()
	}
	return e.Code, args
}

// ReadRun reads a run file: its header, and its events one by one. A line that cannot be read gives a RunError, and the
// lines after it follow. Errors of r end the iteration.
func ReadRun(r io.Reader) (Header, iter.Seq2[Event, error], error) {
	lines := runLines{r: bufio.NewReaderSize(r, 64<<10)}
	var h Header
	line, err := lines.next()
	if err != nil && !errors.Is(err, io.EOF) && !damaged(err) {
		return h, nil, err
	}
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // editors of Windows put it before UTF-8
	if json.Unmarshal(line, &h) != nil || h.Schema < 1 {
		return h, nil, &RunError{Code: CodeRunNot, Line: 1}
	}
	if h.Schema > SchemaVersion {
		return h, nil, &RunError{Code: CodeRunNewer, Line: 1, Err: fmt.Errorf("schema %d", h.Schema)}
	}
	return h, lines.events, nil
}

// runLines gives the lines of a run file.
type runLines struct {
	r      *bufio.Reader
	line   []byte
	number int // of the newest line, from 1
	read   int // octets so far
}

// events yields until the file ends.
func (l *runLines) events(yield func(Event, error) bool) {
	for {
		line, err := l.next()
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			if !yield(Event{}, err) || !damaged(err) {
				return
			}
			continue
		}
		if len(bytes.TrimSpace(line)) > 0 && !yield(l.event(line, last)) || last {
			return
		}
	}
}

// damaged tells a line that is skipped from a reader that fails.
func damaged(err error) bool {
	var e *RunError
	return errors.As(err, &e) && e.Code == CodeRunDamaged
}

// event decodes a line. The last one is cut when no line end follows it.
func (l *runLines) event(line []byte, last bool) (e Event, err error) {
	if err := json.Unmarshal(line, &e); err != nil {
		code := CodeRunDamaged
		if last {
			code = CodeRunCut
		}
		return Event{}, &RunError{Code: code, Line: l.number, Err: err}
	}
	return e, nil
}

// next gives a line without its end. With io.EOF it is what stands after the last line end. A line that is too long is
// passed over and reported.
func (l *runLines) next() ([]byte, error) {
	l.number++
	l.line = l.line[:0]
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if l.read += len(part); l.read > maxRunOctets {
			return nil, &RunError{Code: CodeRunLong, Line: l.number}
		}
		if long = long || len(l.line)+len(part) > maxRunLine; !long {
			l.line = append(l.line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, &RunError{Code: CodeRunDamaged, Line: l.number, Err: fmt.Errorf("a line of more than %d octets", maxRunLine)}
		default:
			return l.line, err
		}
	}
}
