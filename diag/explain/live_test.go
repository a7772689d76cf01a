package explain

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// scenario is a line of testdata/live.txt: what makes an entry appear where nobody typed its code.
type scenario struct {
	code  string // an entry; in lines of kind "none" a pattern
	kind  string
	what  string
	gives string // the entry that explains it live, where a status stands for a reason
}

// table reads testdata/live.txt: "code | kind | what | gives".
func table(t *testing.T) []scenario {
	t.Helper()
	text, err := os.ReadFile("testdata/live.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		f := append(strings.Split(strings.TrimSpace(line), " | "), "")
		if len(f) < 4 || len(f) > 5 {
			t.Fatalf("%q has %d fields", line, len(f)-1)
		}
		s := scenario{f[0], f[1], f[2], f[3]}
		if s.gives == "" {
			s.gives = s.code
		}
		all = append(all, s)
	}
	return all
}

// TestCodesAppearLive holds the table to the catalogue: every entry has a line or falls under a named exemption, and
// no line is for nothing.
func TestCodesAppearLive(t *testing.T) {
	lines, used, count := table(t), map[int]bool{}, map[string]int{}
	for _, code := range Codes() {
		found := 0
		for i, s := range lines {
			if match, _ := path.Match(s.code, code); match {
				used[i] = true
				count[s.kind]++
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s has %d lines in testdata/live.txt, not one: add what makes it appear, as \"test FILE TEST WORD\"", code, found)
		}
	}
	for i, s := range lines {
		if !used[i] {
			t.Errorf("%s: there is no such entry", s.code)
		}
		if strings.ContainsAny(s.code, "*?[") && s.kind != "none" || s.kind == "none" && len(strings.Fields(s.what)) < 4 {
			t.Errorf("%s: only an exemption covers several, and says why", s.code)
		}
	}
	t.Logf("entries by what makes them: %v", count)
}

// TestTheTableOfLiveFailures plays every scenario that can be played here, and looks whether the others are where they are said to be.
func TestTheTableOfLiveFailures(t *testing.T) {
	play := map[string]func(*testing.T, []scenario){
		"smtp": playSMTP, "mx": playMX, "imap": playIMAP, "pop3": playPOP3, "rcode": playRcode, "ede": playExtended, "alert": playAlert,
		"errno": playErrno, "x509": playX509, "test": lookForTest, "script": lookForScript,
		"fault":   func(*testing.T, []scenario) {}, // session.TestTheScoreOfTheTracer
		"session": func(*testing.T, []scenario) {}, // session.TestWhatTheSessionReportsHasItsEntry
		"none":    func(*testing.T, []scenario) {}, "client": playClient,
	}
	byKind := map[string][]scenario{}
	for _, s := range table(t) {
		byKind[s.kind] = append(byKind[s.kind], s)
	}
	for kind, some := range byKind {
		if play[kind] == nil {
			t.Errorf("%q is no kind of scenario", kind)
			continue
		}
		t.Run(kind, func(t *testing.T) { play[kind](t, some) })
	}
}

// meets holds an error of a room below to the entry that the table says.
func (s scenario) meets(t *testing.T, err error) {
	t.Helper()
	f := Find(err)
	if at, _ := lookup(atStep(f)); err == nil || at != s.gives {
		t.Errorf("%s: %q is explained by %s (%v), want %s", s.code, s.what, at, err, s.gives)
	}
}

// lookForTest finds the test that makes the failure, and in it what names the entry: its code, or a constant that holds it.
func lookForTest(t *testing.T, all []scenario) {
	held := constants(t)
	for _, s := range all {
		f := strings.Fields(s.what)
		if len(f) != 3 {
			t.Fatalf("%s: %q is no file, test and word", s.code, s.what)
		}
		body, err := testBody(filepath.Join("..", "..", filepath.FromSlash(f[0])), f[1])
		switch {
		case err != nil:
			t.Errorf("%s: %v", s.code, err)
		case !strings.Contains(body, f[2]):
			t.Errorf("%s: %s in %s says nothing of %s", s.code, f[1], f[0], f[2])
		case f[2] != s.code && !held[f[2]][s.code]:
			t.Errorf("%s: %s does not hold it", s.code, f[2])
		}
	}
}

// testBody is the source of a test.
func testBody(file, name string) (string, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		return "", err
	}
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name && strings.HasPrefix(name, "Test") {
			var b strings.Builder
			err := printer.Fprint(&b, set, f)
			return b.String(), err
		}
	}
	return "", errors.New(file + " has no test " + name)
}

// constants tells of each name in the source the codes that it may hold: its value, with or without what the room sets before it.
func constants(t *testing.T) map[string]map[string]bool {
	t.Helper()
	held := map[string]map[string]bool{}
	for _, room := range []string{"protocols", "internal", "session", "diag"} {
		err := filepath.WalkDir(filepath.Join("..", "..", room), func(file string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				spec, ok := n.(*ast.ValueSpec)
				for i := 0; ok && i < min(len(spec.Names), len(spec.Values)); i++ {
					if lit, isText := spec.Values[i].(*ast.BasicLit); isText && lit.Kind == token.STRING {
						holds(held, spec.Names[i].Name, strings.Trim(lit.Value, "\"`"))
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return held
}

func holds(held map[string]map[string]bool, name, value string) {
	if held[name] == nil {
		held[name] = map[string]bool{}
	}
	for _, before := range []string{"", "dns.", "dns.walk.", "store.", "compose."} {
		held[name][before+value] = true
	}
}

// lookForScript finds the code in a dialogue or script that a test of its room plays.
func lookForScript(t *testing.T, all []scenario) {
	for _, s := range all {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(s.what)))
		if err != nil || !strings.Contains(string(text), s.code) {
			t.Errorf("%s is not in %s (%v)", s.code, s.what, err)
		}
	}
}
