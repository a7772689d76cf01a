package trace

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const runHeader = `{"todoku_run":1}` + "\n"

// all reads a run and gives the sequence numbers of its events and the codes and lines of what could not be read.
func all(t testing.TB, r io.Reader) (seqs []int64, wrong []RunError) {
	t.Helper()
	_, events, err := ReadRun(r)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range events {
		var bad *RunError
		switch {
		case errors.As(err, &bad):
			wrong = append(wrong, RunError{Code: bad.Code, Line: bad.Line})
		case err != nil:
			t.Fatal(err)
		default:
			seqs = append(seqs, e.Seq)
		}
	}
	return seqs, wrong
}

func TestReadRunRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, code string }{
		"empty":     {"", CodeRunNot},
		"no header": {`{"seq":1}` + "\n", CodeRunNot},
		"no JSON":   {"From alice@sakura.test\n", CodeRunNot},
		"no lines":  {strings.Repeat("x", 3*maxRunLine), CodeRunNot},
		"newer":     {`{"todoku_run":2}` + "\n", CodeRunNewer},
	} {
		_, _, err := ReadRun(strings.NewReader(c.file))
		var got *RunError
		if !errors.As(err, &got) || got.Code != c.code || got.Line != 1 {
			t.Errorf("%s: %v, want %s in line 1", name, err, c.code)
		}
	}
	broken := errors.New("the disk is gone")
	if _, _, err := ReadRun(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestReadRunGoesOnAfterDamage(t *testing.T) {
	long := `{"seq":9,"name":"` + strings.Repeat("x", maxRunLine) + `"}`
	for name, c := range map[string]struct {
		file string
		seqs int
		code string
		line int
	}{
		"a line that is no JSON":  {"{\"seq\":1}\nnot json\n{\"seq\":2}\n", 2, CodeRunDamaged, 3},
		"a line that is too long": {"{\"seq\":1}\n" + long + "\n{\"seq\":2}\n", 2, CodeRunDamaged, 3},
		"a last line too long":    {"{\"seq\":1}\n" + long, 1, CodeRunDamaged, 3},
		"cut off":                 {"{\"seq\":1}\n{\"seq\":2}\n{\"se", 2, CodeRunCut, 4},
		"cut before the line end": {"{\"seq\":1}\n{\"seq\":2}", 2, "", 0},
		"empty lines":             {"\n{\"seq\":1}\n\n{\"seq\":2}\n\n", 2, "", 0},
		"nothing":                 {"", 0, "", 0},
	} {
		seqs, wrong := all(t, strings.NewReader(runHeader+c.file))
		if len(seqs) != c.seqs {
			t.Errorf("%s: events %v, want %d", name, seqs, c.seqs)
		}
		switch {
		case c.code == "" && len(wrong) > 0, c.code != "" && (len(wrong) != 1 || wrong[0] != RunError{Code: c.code, Line: c.line}):
			t.Errorf("%s: %v, want %s in line %d", name, wrong, c.code, c.line)
		}
	}
}

func TestReadRunIsBounded(t *testing.T) {
	line := append(bytes.Repeat([]byte(" "), maxRunLine-1), '\n')
	lines := make([]io.Reader, 0, 300)
	lines = append(lines, strings.NewReader(runHeader))
	for range maxRunOctets/maxRunLine + 10 {
		lines = append(lines, bytes.NewReader(line))
	}
	if _, wrong := all(t, io.MultiReader(lines...)); len(wrong) != 1 || wrong[0].Code != CodeRunLong {
		t.Errorf("%v, want %s", wrong, CodeRunLong)
	}
}

// FuzzReadRun reads any octets as a run file: it ends, and what it says of a line is where that line is.
func FuzzReadRun(f *testing.F) {
	f.Add([]byte(runHeader + `{"seq":1,"kind":"recv","data":"MjIwIG9rDQo="}` + "\n"))
	f.Add([]byte(runHeader + "{\"seq\":1}\n{\"seq"))
	f.Add([]byte("\x00\n\n{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, events, err := ReadRun(bytes.NewReader(file))
		if err != nil {
			return
		}
		lines := bytes.Count(file, []byte("\n")) + 1
		for _, err := range events {
			var wrong *RunError
			if err != nil && (!errors.As(err, &wrong) || wrong.Line < 2 || wrong.Line > lines) {
				t.Fatalf("%v in a file of %d lines", err, lines)
			}
		}
	})
}
