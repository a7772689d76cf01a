package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ServerEdit is what to set of one server of an account; what is empty stays as it is.
type ServerEdit struct {
	Account int    // its place in the file, from 0
	Server  string // "imap", "pop3" or "smtp"
	Host    string
	Port    int
	TLS     string
}

// EditedLine is a line of the file that an edit changes; Before is "" for a line that it adds.
type EditedLine struct {
	Number int    `json:"line"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Why an edit is left to the person.
var (
	ErrNoPlace   = errors.New("the value does not stand in the file in a form that can be changed from here")
	ErrMeanwhile = errors.New("the file was changed meanwhile")
)

// Edit is a change of a file of settings that is not written yet.
type Edit struct {
	Lines []EditedLine
	path  string
	was   []byte
	now   []byte
}

// PlanEdit works out what a change of a server makes of the file. Comments and all other lines stay as they are; the
// problems are those that the file would have.
func PlanEdit(path string, e ServerEdit) (*Edit, []Problem, error) {
	was, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	now := was
	for _, v := range []struct{ key, value string }{{"host", quoted(e.Host)}, {"tls", quoted(e.TLS)}, {"port", number(e.Port)}} {
		if v.value == "" {
			continue
		}
		if now, err = set(now, path, fmt.Sprintf("account[%d].%s", e.Account, e.Server), v.key, v.value); err != nil {
			return nil, nil, err
		}
	}
	if _, problems, _ := decode(now, path); len(problems) > 0 {
		return nil, problems, nil
	}
	return &Edit{Lines: changed(was, now), path: path, was: was, now: now}, nil, nil
}

// Write writes the change, unless the file is another one by now.
func (e *Edit) Write() error {
	path, err := filepath.EvalSymlinks(e.path)
	if err != nil {
		return err
	}
	if there, err := readFile(path); err != nil || !bytes.Equal(there, e.was) {
		return errors.Join(err, ErrMeanwhile)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".todoku-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where it was not renamed
	_, err = f.Write(e.now)
	if err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return quote(s)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// set changes a value of a server's table, or adds it behind the host, in the form that the host has there.
func set(data []byte, file, table, key, value string) ([]byte, error) {
	w := walkFile(data, file, &Config{})
	data = w.data // without a byte order mark
	if at, ok := w.at[table+"."+key]; ok {
		from := w.offset(at)
		n := valueLength(data[from:])
		if n == 0 {
			return nil, ErrNoPlace
		}
		return splice(data, from, n, value), nil
	}
	at, ok := w.at[table+".host"]
	if !ok {
		return nil, ErrNoPlace
	}
	from := w.offset(at)
	n := valueLength(data[from:])
	start := bytes.LastIndexByte(data[:from], '\n') + 1
	before := hostAlone.FindSubmatch(data[start:from])
	switch {
	case n == 0:
		return nil, ErrNoPlace
	case before == nil: // in an inline table
		return splice(data, from+n, 0, ", "+key+" = "+value), nil
	}
	end := bytes.IndexByte(data[from:], '\n')
	line := string(before[1]) + key + " = " + value
	if end < 0 {
		return append(bytes.Clone(data), "\n"+line...), nil
	}
	return splice(data, from+end+1, 0, line+"\n"), nil
}

// hostAlone is a line that holds nothing but the host, up to its value: with its indent and table, which another key has too.
var hostAlone = regexp.MustCompile(`^(\s*(?:[A-Za-z0-9_-]+\s*\.\s*)*)host\s*=\s*$`)

// valueText is a string on one line, or a number.
var valueText = regexp.MustCompile(`^(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[+-]?[0-9][0-9_]*)`)

// valueLength is how many octets a value takes; 0 for one of another form.
func valueLength(data []byte) int {
	if bytes.HasPrefix(data, []byte(`"""`)) || bytes.HasPrefix(data, []byte(`'''`)) {
		return 0
	}
	return len(valueText.Find(data))
}

func splice(data []byte, at, without int, with string) []byte {
	out := append(bytes.Clone(data[:at]), with...)
	return append(out, data[at+without:]...)
}

// offset is where a position is, in octets.
func (w *walker) offset(p position) int {
	at := 0
	for range p.line - 1 {
		at += bytes.IndexByte(w.data[at:], '\n') + 1
	}
	for range p.column - 1 {
		_, size := utf8.DecodeRune(w.data[at:])
		at += size
	}
	return at
}

// changed tells the lines that differ; an edit changes lines and adds some, and never takes one away.
func changed(was, now []byte) []EditedLine {
	before, after := strings.Split(string(was), "\n"), strings.Split(string(now), "\n")
	var all []EditedLine
	for i, j := 0, 0; j < len(after); j++ {
		added := len(after)-j > len(before)-i
		switch {
		case i < len(before) && before[i] == after[j]:
			i++
		case added:
			all = append(all, EditedLine{Number: j + 1, After: after[j]})
		default:
			all = append(all, EditedLine{Number: j + 1, Before: before[i], After: after[j]})
			i++
		}
	}
	return all
}
