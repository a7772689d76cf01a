package config

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// ServerEdit is what to set of one server of an account; what is empty stays as it is.
type ServerEdit struct {
	Account string // its name
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

// PlanEdit works out what a change of a server makes of the file. Comments and all other lines stay as they are; the
// problems are those that the file would have.
func PlanEdit(path string, e ServerEdit) (*Edit, []Problem, error) {
	was, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	c, problems, _ := decode(was, path)
	n := slices.IndexFunc(c.Accounts, func(a Account) bool { return a.Name == e.Account })
	switch {
	case n < 0 && len(problems) > 0:
		return nil, problems, nil
	case n < 0:
		return nil, nil, ErrMeanwhile
	}
	text := bytes.TrimPrefix(was, []byte(byteOrderMark))
	mark := was[:len(was)-len(text)]
	d := draft{data: text}
	for _, v := range []struct{ key, value string }{{"host", quoted(e.Host)}, {"tls", quoted(e.TLS)}, {"port", number(e.Port)}} {
		if v.value == "" {
			continue
		}
		if err := d.set(path, fmt.Sprintf("account[%d].%s", n, e.Server), v.key, v.value); err != nil {
			return nil, nil, err
		}
	}
	if _, problems, _ := decode(d.data, path); len(problems) > 0 {
		return nil, problems, nil
	}
	return &Edit{Lines: d.lines, path: path, was: was, now: append(bytes.Clone(mark), d.data...)}, nil, nil
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

// draft is a file as it becomes, with the lines that differ, by their numbers in it.
type draft struct {
	data  []byte
	lines []EditedLine
}

// set changes a value of a server's table, or adds it behind the host, in the form that the host has there.
func (d *draft) set(file, table, key, value string) error {
	w := walkFile(d.data, file, &Config{})
	if at, ok := w.at[table+"."+key]; ok {
		from := w.offset(at)
		n := valueLength(d.data[from:])
		if n == 0 {
			return ErrNoPlace
		}
		d.change(at.line, from, n, value)
		return nil
	}
	at, ok := w.at[table+".host"]
	if !ok {
		return ErrNoPlace
	}
	from := w.offset(at)
	n := valueLength(d.data[from:])
	start := bytes.LastIndexByte(d.data[:from], '\n') + 1
	before := hostAlone.FindSubmatch(d.data[start:from])
	switch {
	case n == 0:
		return ErrNoPlace
	case before == nil: // in an inline table
		d.change(at.line, from+n, 0, ", "+key+" = "+value)
	default:
		d.insert(at.line+1, string(before[1])+key+" = "+value)
	}
	return nil
}

// change replaces octets of a line.
func (d *draft) change(line, at, without int, with string) {
	before := lineOf(d.data, line)
	d.data = splice(d.data, at, without, with)
	after := lineOf(d.data, line)
	if i := slices.IndexFunc(d.lines, func(l EditedLine) bool { return l.Number == line }); i >= 0 {
		d.lines[i].After = after
	} else if before != after {
		d.record(EditedLine{Number: line, Before: before, After: after})
	}
}

// insert adds a line, which has this number then.
func (d *draft) insert(line int, with string) {
	end := lineEnd(d.data)
	if at := lineStart(d.data, line); at >= 0 {
		d.data = splice(d.data, at, 0, with+end)
	} else {
		d.data = append(bytes.Clone(d.data), end+with...)
	}
	for i := range d.lines {
		if d.lines[i].Number >= line {
			d.lines[i].Number++
		}
	}
	d.record(EditedLine{Number: line, After: with})
}

func (d *draft) record(l EditedLine) {
	d.lines = append(d.lines, l)
	slices.SortFunc(d.lines, func(a, b EditedLine) int { return a.Number - b.Number })
}

// lineStart is where a line begins, in octets; -1 for one behind the last line end.
func lineStart(data []byte, line int) int {
	at := 0
	for range line - 1 {
		n := bytes.IndexByte(data[at:], '\n')
		if n < 0 {
			return -1
		}
		at += n + 1
	}
	return at
}

func lineOf(data []byte, line int) string {
	text, _, _ := bytes.Cut(data[lineStart(data, line):], []byte("\n"))
	return string(bytes.TrimSuffix(text, []byte("\r")))
}

// lineEnd is how the first line of a file ends: LF, or CRLF (TOML 1.0, "Spec").
func lineEnd(data []byte) string {
	if n := bytes.IndexByte(data, '\n'); n > 0 && data[n-1] == '\r' {
		return "\r\n"
	}
	return "\n"
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
	at := lineStart(w.data, p.line)
	for range p.column - 1 {
		_, size := utf8.DecodeRune(w.data[at:])
		at += size
	}
	return at
}
