package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// position is a place in the file: line and character, from 1.
type position struct{ line, column int }

// positions says where each value stands, by its path: "account[0].imap.port". The tables are in it too.
type positions map[string]position

// problem begins a Problem about a path; the account's number goes, for people read "account.imap.port".
func (at positions) problem(file, path, code string) Problem {
	p := at[path]
	return Problem{File: file, Line: p.line, Column: p.column, Code: code, Key: withoutIndexes(path)}
}

func withoutIndexes(path string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(path, "[") {
		if _, rest, ok := strings.Cut(part, "]"); ok {
			part = rest
		}
		b.WriteString(part)
	}
	return b.String()
}

// walker goes through the file's syntax and compares every key and kind of value with a struct such as Config. The decoder alone would
// stop at the first wrong type and name Go types.
type walker struct {
	parser   unstable.Parser
	data     []byte
	file     string
	at       positions
	problems []Problem
	parts    []part
	root     reflect.Type // of the whole file
	prefix   string       // path of the current table
	table    reflect.Type // and its type; nil inside an unknown table
	arrays   map[string]int
}

func walk(data []byte, file string, root reflect.Type) *walker {
	w := &walker{data: data, file: file, at: positions{}, arrays: map[string]int{}, root: root, table: root}
	w.parser.Reset(data)
	for w.parser.NextExpression() {
		e, before := w.parser.Expression(), len(w.problems)
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			w.header(e)
		case unstable.KeyValue:
			w.keyValue(e, w.prefix, w.table)
		}
		w.part(e, w.problems[before:])
	}
	if err := w.parser.Error(); err != nil {
		w.syntax(err)
	}
	return w
}

func (w *walker) syntax(err error) {
	p := Problem{File: w.file, Code: ProblemSyntax, Args: map[string]string{"detail": err.Error()}}
	var pe *unstable.ParserError
	if errors.As(err, &pe) {
		at := w.position(int(w.parser.Range(pe.Highlight).Offset))
		p.Line, p.Column, p.Args["detail"] = at.line, at.column, pe.Message
	}
	w.problems = []Problem{p} // what the rest of the file means is not known
}

// header handles [table] and [[table]].
func (w *walker) header(e *unstable.Node) {
	w.prefix, w.table = "", w.root
	it := e.Key()
	for it.Next() {
		key := it.Node()
		typ, ok := w.known(w.table, w.prefix, key)
		if !ok {
			w.table = nil
			return
		}
		path, declared := join(w.prefix, string(key.Data)), typ
		if kindOfType(typ) == kindTables {
			if it.IsLast() && e.Kind == unstable.ArrayTable {
				w.arrays[path]++
			}
			path, typ = fmt.Sprintf("%s[%d]", path, max(0, w.arrays[path]-1)), typ.Elem()
		}
		// [account.imap] before any [[account]] makes account itself a plain table.
		orphan := kindOfType(declared) == kindTables && !it.IsLast() && w.arrays[join(w.prefix, string(key.Data))] == 0
		if got := kindOfHeader(e); orphan || !isTable(typ) || it.IsLast() && got != kindOfType(declared) {
			w.wrongType(key, path, declared, got)
			w.table = nil
			return
		}
		if it.IsLast() {
			w.once(path, key)
		}
		w.prefix, w.table = path, typ
	}
}

func kindOfHeader(e *unstable.Node) string {
	if e.Kind == unstable.ArrayTable {
		return kindTables
	}
	return kindTable
}

// keyValue handles key = value, in a table of type typ at prefix; nil means that the table is unknown and reported.
func (w *walker) keyValue(e *unstable.Node, prefix string, typ reflect.Type) {
	if typ == nil {
		return
	}
	it := e.Key()
	path := prefix
	var key *unstable.Node
	for it.Next() {
		key = it.Node()
		var ok bool
		if typ, ok = w.known(typ, path, key); !ok {
			return
		}
		path = join(path, string(key.Data))
	}
	if !w.once(path, key) {
		return
	}
	w.value(e.Value(), key, path, typ)
}

// once notes where a path stands and reports a second time.
func (w *walker) once(path string, key *unstable.Node) bool {
	at := w.position(int(key.Raw.Offset))
	if first, ok := w.at[path]; ok {
		p := Problem{File: w.file, Line: at.line, Column: at.column, Code: ProblemTwice, Key: withoutIndexes(path),
			Args: map[string]string{"first": strconv.Itoa(first.line)}}
		w.problems = append(w.problems, p)
		return false
	}
	w.at[path] = at
	return true
}

// value checks the kind of a value and goes into inline tables.
func (w *walker) value(v, key *unstable.Node, path string, typ reflect.Type) {
	if v.Raw.Length > 0 {
		w.at[path] = w.position(int(v.Raw.Offset))
	}
	got, want := w.kindOf(v), kindOfType(typ)
	if got == kindList && want == kindTables {
		w.tables(v, key, path, typ)
		return
	}
	if got == kindList && want == kindTexts && onlyStrings(v) {
		return
	}
	if got != want {
		w.wrongType(key, path, typ, got)
		return
	}
	if got == kindTable {
		w.inline(v, path, typ)
	}
}

func (w *walker) tables(list, key *unstable.Node, path string, typ reflect.Type) {
	it := list.Children()
	for i := 0; it.Next(); i++ {
		if it.Node().Kind != unstable.InlineTable {
			w.wrongType(key, path, typ, kindList)
			return
		}
		w.inline(it.Node(), fmt.Sprintf("%s[%d]", path, i), typ.Elem())
	}
}

func (w *walker) inline(table *unstable.Node, path string, typ reflect.Type) {
	it := table.Children()
	for it.Next() {
		w.keyValue(it.Node(), path, typ)
	}
}

// known gives the type of a key in a table, or reports that there is none.
func (w *walker) known(table reflect.Type, prefix string, key *unstable.Node) (reflect.Type, bool) {
	name := string(key.Data)
	switch table.Kind() {
	case reflect.Map:
		return table.Elem(), true
	case reflect.Struct:
		if typ, ok := fields(table)[name]; ok {
			return typ, true
		}
	}
	at := w.position(int(key.Raw.Offset))
	w.problems = append(w.problems, Problem{File: w.file, Line: at.line, Column: at.column, Code: ProblemUnknown,
		Key: withoutIndexes(join(prefix, name)), Suggest: suggestKey(table, name)})
	return nil, false
}

func (w *walker) wrongType(key *unstable.Node, path string, typ reflect.Type, got string) {
	at, ok := w.at[path]
	if !ok {
		at = w.position(int(key.Raw.Offset))
	}
	w.problems = append(w.problems, Problem{File: w.file, Line: at.line, Column: at.column, Code: ProblemType,
		Key: withoutIndexes(path), Args: map[string]string{"want": kindOfType(typ), "got": got}})
}

// fields are a struct's keys and their types.
func fields(typ reflect.Type) map[string]reflect.Type {
	byKey := map[string]reflect.Type{}
	for i := range typ.NumField() {
		byKey[typ.Field(i).Tag.Get("toml")] = typ.Field(i).Type
	}
	return byKey
}

func isTable(typ reflect.Type) bool { return typ.Kind() == reflect.Struct || typ.Kind() == reflect.Map }

func kindOfType(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.String:
		return kindText
	case reflect.Int:
		return kindNumber
	case reflect.Bool:
		return kindSwitch
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.String {
			return kindTexts
		}
		return kindTables
	}
	return kindTable
}

func (w *walker) kindOf(v *unstable.Node) string {
	switch v.Kind {
	case unstable.String:
		return kindText
	case unstable.Integer:
		return kindNumber
	case unstable.Bool:
		return kindSwitch
	case unstable.Array:
		return kindList
	case unstable.InlineTable:
		return kindTable
	case unstable.Float:
		return kindFraction
	}
	return kindDate
}

func onlyStrings(list *unstable.Node) bool {
	it := list.Children()
	for it.Next() {
		if it.Node().Kind != unstable.String {
			return false
		}
	}
	return true
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}

// position counts lines and characters up to an offset in bytes.
func (w *walker) position(offset int) position {
	before := w.data[:min(offset, len(w.data))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return position{line: bytes.Count(before, []byte("\n")) + 1, column: utf8.RuneCount(before[start:]) + 1}
}

// runeColumn turns a column in bytes into one in characters.
func runeColumn(data []byte, line, column int) int {
	for range line - 1 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	return utf8.RuneCount(data[:min(max(column-1, 0), len(data))]) + 1
}
