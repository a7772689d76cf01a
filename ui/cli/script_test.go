package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"todoku/embedded-server"
	"todoku/embedded-server/fault"
)

// TestMain makes this test program the command todoku for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"todoku": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			example, err := os.ReadFile(os.Getenv("TODOKU_TEST_EXAMPLE"))
			if err != nil {
				panic(err)
			}
			code := Main(ctx, Env{
				Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
				Version: "(test)", Example: example,
			})
			stop()
			os.Exit(code)
		},
	})
}

// worldKey finds the script's sandbox.
type worldKey struct{}

// TestScripts runs testdata/*.txtar, each in a small Internet of its own, which TODOKU_SANDBOX names.
func TestScripts(t *testing.T) {
	example, err := filepath.Abs(filepath.Join("..", "..", "config.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			box, err := sandbox.Start(context.Background(), nil, sandbox.Options{Dir: filepath.Join(e.WorkDir, ".world"), Durability: "none"})
			if err != nil {
				return err
			}
			e.Defer(func() { box.Close() })
			e.Values[worldKey{}] = box
			e.Setenv("TODOKU_SANDBOX", box.WorldFile())
			e.Setenv("TODOKU_TEST_EXAMPLE", example)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, ".config"))
			e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, ".data"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("LANG", "en_GB.UTF-8")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"key": keyCmd, "fault": faultCmd, "json": jsonCmd, "code": codeCmd, "until": untilCmd,
		},
	})
}

// keyCmd sets a variable to the first word of the line of the last output that matches: key NAME REGEXP.
func keyCmd(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if pattern.MatchString(line) {
			ts.Setenv(args[0], strings.Fields(line)[0])
			return
		}
	}
	ts.Fatalf("no line matches %s", args[1])
}

// faultCmd adds a fault rule: fault STAGE HOST TO REPLY; "-" leaves HOST or TO open; REPLY "close" hangs up; a lone
// "none" removes all rules.
func faultCmd(ts *testscript.TestScript, _ bool, args []string) {
	faults := ts.Value(worldKey{}).(*sandbox.Sandbox).Faults()
	if args[0] == "none" {
		for _, r := range faults.Rules() {
			faults.Remove(r.ID)
		}
		return
	}
	r := fault.Rule{ID: strings.Join(args, " "), Stage: fault.Stage(args[0]), Do: fault.Action{Reply: args[3]}}
	if args[1] != "-" {
		r.Host = args[1]
	}
	if args[2] != "-" {
		r.Match.To = args[2]
	}
	if args[3] == "close" {
		r.Do = fault.Action{Close: true}
	}
	ts.Check(faults.Add(r))
}

// jsonCmd wants the first line of the last output to be a document of the kind, with each following path in its data.
func jsonCmd(ts *testscript.TestScript, _ bool, args []string) {
	line, _, _ := strings.Cut(ts.ReadFile("stdout"), "\n")
	var doc struct {
		Version int             `json:"version"`
		Kind    string          `json:"kind"`
		Data    json.RawMessage `json:"data"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(line)))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(&doc))
	if doc.Version != jsonVersion || doc.Kind != args[0] || len(doc.Data) == 0 {
		ts.Fatalf("version %d, kind %s, %d octets of data", doc.Version, doc.Kind, len(doc.Data))
	}
	for _, path := range args[1:] {
		var at any
		ts.Check(json.Unmarshal(doc.Data, &at))
		for _, name := range strings.Split(path, ".") {
			if list, ok := at.([]any); ok && len(list) > 0 {
				at = list[0]
			}
			object, _ := at.(map[string]any)
			value, ok := object[name]
			if !ok {
				ts.Fatalf("data has no %s: %s", path, doc.Data)
			}
			at = value
		}
	}
}

// codeCmd runs todoku and wants an exit code: code 6 read 999.
func codeCmd(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("todoku", args[1:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// untilCmd runs todoku until its output matches: until REGEXP list -a bob.
func untilCmd(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[0])
	for range 100 {
		ts.Check(ts.Exec("todoku", args[1:]...))
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%s never came", args[0])
}
