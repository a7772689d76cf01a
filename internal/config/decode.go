package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile bounds the size in bytes of a config file.
const maxFile = 1 << 20

// Default is the configuration of an empty file.
func Default() Config {
	return Config{UI: UI{Theme: "auto", Borders: "auto", Ambiguous: "narrow", Mouse: true, KeySet: "todoku"}}
}

// Load reads the file at path. A missing file gives the defaults. A password in a file that others can read is a problem.
func Load(path string) (Config, []Problem) {
	data, err := readFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return Default(), []Problem{{File: path, Code: ProblemUnusable, Args: map[string]string{"detail": err.Error()}}}
	}
	c, problems, at := decode(data, path)
	return c, sorted(append(problems, exposed(c, path, at)...))
}

// readFile bounds what it reads, not what the file says of its size: a device says 0 and has no end.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return data, err
}

// exposed looks at the file's mode, which means nothing on Windows.
func exposed(c Config, path string, at positions) []Problem {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	for i, a := range c.Accounts {
		if a.Secret.Password != "" {
			p := at.problem(path, fmt.Sprintf("account[%d].secret.password", i), ProblemExposed)
			p.Args = map[string]string{"mode": fmt.Sprintf("%04o", info.Mode().Perm())}
			return []Problem{p}
		}
	}
	return nil
}

// decode reads a config; file is its name in problems. All mistakes are found at once, in the order of the file. With
// problems the Config holds what could be read and is fit only to be shown.
func decode(data []byte, file string) (Config, []Problem, positions) {
	c := Default()
	w := walkFile(data, file, &c)
	if len(w.problems) > 0 && w.problems[0].Code == ProblemSyntax {
		return Default(), w.problems, w.at
	}
	d := toml.NewDecoder(bytes.NewReader(w.rest()))
	if len(w.problems) == 0 {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(&c); err != nil {
		if len(w.problems) == 0 {
			w.problems = []Problem{syntaxProblem(file, w.data, err)}
		}
		return Default(), sorted(w.problems), w.at
	}
	v := validator{file: file, at: w.at}
	v.config(&c)
	wrong := slices.DeleteFunc(v.problems, func(p Problem) bool { return unfounded(p, w.problems) })
	return c, sorted(append(w.problems, wrong...)), w.at
}

// byteOrderMark is what editors on Windows write before a text.
const byteOrderMark = "\xef\xbb\xbf"

// walkFile looks at every key of a file that is to be read into a pointer to a struct.
func walkFile(data []byte, file string, into any) *walker {
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	return walk(data, file, reflect.TypeOf(into).Elem())
}

// Document is a file that was read strictly: it knows where each of its values stands.
type Document struct {
	file string
	at   positions
}

// Problem begins a mistake about a value, named by its path: "rule[0].do.delay".
func (d Document) Problem(path, code string) Problem { return d.at.problem(d.file, path, code) }

// Strict reads another file of this form as strictly as the configuration, into a pointer to a struct whose fields all
// have toml tags. With problems nothing of the struct is of use.
func Strict(path string, into any) (Document, []Problem) {
	data, err := readFile(path)
	if err != nil {
		return Document{}, []Problem{{File: path, Code: ProblemUnusable, Args: map[string]string{"detail": err.Error()}}}
	}
	return strict(data, path, into)
}

func strict(data []byte, file string, into any) (Document, []Problem) {
	w := walkFile(data, file, into)
	d := Document{file, w.at}
	if len(w.problems) > 0 {
		return d, sorted(w.problems)
	}
	if err := toml.NewDecoder(bytes.NewReader(w.data)).DisallowUnknownFields().Decode(into); err != nil {
		return d, []Problem{syntaxProblem(file, w.data, err)}
	}
	return d, nil
}

// sorted puts problems in the order of the file.
func sorted(list []Problem) []Problem {
	slices.SortStableFunc(list, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return list
}

// syntaxProblem keeps the parser's own words, without its prefix.
func syntaxProblem(file string, data []byte, err error) Problem {
	p := Problem{File: file, Code: ProblemSyntax, Args: map[string]string{"detail": strings.TrimPrefix(err.Error(), "toml: ")}}
	var de *toml.DecodeError
	if errors.As(err, &de) {
		line, column := de.Position()
		p.Line, p.Column = line, runeColumn(data, line, column)
		p.Key = strings.Join(de.Key(), ".")
	}
	return p
}
