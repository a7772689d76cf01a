package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/explain"
	"todoku/embedded-server/fault"
	"todoku/internal/config"
)

func TestTheSandboxTellsAndObeys(t *testing.T) {
	ctx := context.Background()
	s, err := Start(ctx, nil, StartOptions{Sandbox: &SandboxOptions{Faults: []string{"smtp.greylist"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	status := func() SandboxStatus {
		t.Helper()
		got, err := s.Sandbox(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := status()
	if len(first.Hosts) < 10 || first.Hosts[0].IMAPS == "" || first.Ahead != 0 || len(first.Queue) != 0 {
		t.Errorf("status %+v", first)
	}
	user := first.Users[0]
	if user.Address != alice || user.Messages == 0 || user.Octets == 0 || !user.LastSeen.IsZero() {
		t.Errorf("alice %+v", user)
	}
	if diff := cmp.Diff([]SandboxFault{{ID: "smtp.greylist", Title: first.Faults[0].Title, To: "bob@fuji.test", On: true, Hosts: []string{"mx1.fuji.test"}}}, first.Faults); diff != "" {
		t.Error(diff)
	}
	c := &client{Session: s, t: t, box: s.box}
	c.send(c.write("alice", bob, "grey"))
	until(t, "a try that was greylisted", func() bool {
		q := status().Queue
		return len(q) == 1 && q[0].Attempts == 1 && q[0].Doing == ""
	})
	if got := status(); got.Faults[0].Hits == 0 || got.Users[0].LastBy == "" || got.Users[0].LastSeen.IsZero() {
		t.Errorf("after a message: %+v, %+v", got.Faults, got.Users[0])
	}
	if err := s.SwitchFault("smtp.greylist", false); err != nil {
		t.Fatal(err)
	}
	if now := status(); now.Faults[0].On {
		t.Error("the fault is still on")
	}
	if err := s.RetryNow(ctx, status().Queue[0].ID); err != nil {
		t.Fatal(err)
	}
	until(t, "an empty queue", func() bool { return len(status().Queue) == 0 })
	if err := s.RetryNow(ctx, "NOTHING"); !errors.Is(err, ErrNotFound) {
		t.Errorf("retry of nothing: %v", err)
	}
	if at, err := s.Advance(time.Hour); err != nil || status().Ahead != time.Hour || time.Until(at) < 59*time.Minute {
		t.Errorf("advanced to %v, %v", at, err)
	}
}

// until waits for what another goroutine does.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for tick := time.NewTicker(2 * time.Millisecond); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestFaultsComeAndGo(t *testing.T) {
	s, err := Start(context.Background(), nil, StartOptions{Sandbox: &SandboxOptions{SeedMessages: -1}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	present := func() (ids []string) {
		for _, f := range presentFaults(s.box.Faults(), nil) {
			if f.On {
				ids = append(ids, f.ID)
			}
		}
		return ids
	}
	for _, do := range []func() error{
		func() error { return s.AddFault("smtp.drip") },
		func() error { return s.AddFault("smtp.drip") },
		func() error { return s.AddFault("pop3.in-use") },
		func() error { return s.SwitchFault("smtp.drip", false) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	if got := present(); !slices.Equal(got, []string{"pop3.in-use"}) {
		t.Errorf("on: %q", got)
	}
	if err := s.AddFault("smtp.drip"); err != nil || len(present()) != 2 {
		t.Errorf("%v, on: %q", err, present())
	}
	if err := s.RemoveFault("smtp.drip"); err != nil || len(s.box.Faults().Rules()) != 1 {
		t.Errorf("%v, rules %+v", err, s.box.Faults().Rules())
	}
	for _, err := range []error{s.AddFault("smtp.dripp"), s.RemoveFault("smtp.drip"), s.SwitchFault("x", true)} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("a fault that is not there: %v", err)
		}
	}
}

func TestAnotherProgramsSandboxIsLeftAlone(t *testing.T) {
	world, err := Serve(context.Background(), nil, SandboxOptions{SeedMessages: -1, Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	s, err := Start(context.Background(), nil, StartOptions{World: world.Ready().World})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	status, serr := s.Sandbox(context.Background())
	if diff := cmp.Diff(world.Ready().Hosts, status.Hosts); diff != "" || len(status.Users) != len(world.Ready().Users) || status.CAFile == "" {
		t.Errorf("what can be told of it: %+v, hosts %s", status, diff)
	}
	_, aerr := s.Advance(time.Hour)
	for _, err := range []error{serr, aerr, s.AddFault("smtp.drip")} {
		var e *Error
		if !errors.As(err, &e) || e.Code != "sandbox.joined" {
			t.Errorf("%v", err)
		}
	}
}

const goodFaults = `cases = ["smtp.greylist", "smtp.drip"]

[[rule]]
id = "slow"
host = "mx?.tsuru.test"
stage = "connect"
once = true
do = { delay = "8s", reply = "421-4.3.2 busy\n421 4.3.2 later", close = true }

[[rule]]
id = "half"
stage = "rcpt"
percent = 50
seed = 7
[rule.match]
to = "*@tsuru.test"
clear = true
[rule.do]
reply = "451 4.3.0 chance"
`

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFileOfFaultsIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults.toml")
	write(t, path, goodFaults)
	set := new(fault.Set)
	source, err := newFaultSource(set, path)
	if err != nil {
		t.Fatal(err)
	}
	ids := func() (all []string) {
		for _, r := range set.Rules() {
			all = append(all, r.ID)
		}
		return all
	}
	if got := ids(); !slices.Equal(got, []string{"smtp.greylist", "smtp.drip", "smtp.drip#2", "slow", "half"}) {
		t.Fatalf("rules %q", got)
	}
	want := fault.Rule{ID: "half", Stage: fault.Rcpt, Percent: 50, Seed: 7, Match: fault.Match{To: "*@tsuru.test", Clear: true},
		Do: fault.Action{Reply: "451 4.3.0 chance"}}
	if diff := cmp.Diff(want, set.Rules()[4].Rule); diff != "" {
		t.Error(diff)
	}
	set.At("mx1.fuji.test", fault.Connect, fault.Facts{}) // drips
	if changed, err := source.read(); changed || err != nil {
		t.Errorf("an unchanged file: %v, %v", changed, err)
	}
	write(t, path, `cases = ["smtp.drip", "smtp.dripp"]`)
	if changed, err := source.read(); !changed || err == nil || len(ids()) != 5 {
		t.Errorf("a broken file: %v, %v, rules %q", changed, err, ids())
	}
	write(t, path, `cases = ["smtp.drip"]`)
	if changed, err := source.read(); !changed || err != nil || !slices.Equal(ids(), []string{"smtp.drip", "smtp.drip#2"}) || set.Rules()[0].Hits != 1 {
		t.Errorf("%v, %v, rules %+v", changed, err, set.Rules())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if changed, err := source.read(); changed || err == nil || len(ids()) != 2 {
		t.Errorf("a file that is gone: %v, %v, rules %q", changed, err, ids())
	}
}

// TestAFileCanSayWhatARuleCan compares the keys of the file with the fields of a rule.
func TestAFileCanSayWhatARuleCan(t *testing.T) {
	sameKeys(t, reflect.TypeFor[fault.Rule](), reflect.TypeFor[ruleText]())
}

// TestTheManualNamesEveryKey holds docs/sandbox.md to the form of the file, and its example to work.
func TestTheManualNamesEveryKey(t *testing.T) {
	manual, err := os.ReadFile(filepath.Join("..", "docs", "sandbox.md"))
	if err != nil {
		t.Fatal(err)
	}
	namesKeys(t, string(manual), reflect.TypeFor[faultFile]())
	_, example, _ := strings.Cut(string(manual), "```toml\n")
	example, _, _ = strings.Cut(example, "```")
	path := filepath.Join(t.TempDir(), "faults.toml")
	write(t, path, example)
	if rules, err := readFaults(path); err != nil || len(rules) != 3 {
		t.Errorf("%v, rules %+v", err, rules)
	}
	for _, stage := range fault.Stages() {
		if !strings.Contains(string(manual), "`"+string(stage)+"`") {
			t.Errorf("the manual does not name stage %s", stage)
		}
	}
}

func namesKeys(t *testing.T, manual string, table reflect.Type) {
	t.Helper()
	for f := range table.Fields() {
		key := f.Tag.Get("toml")
		if !regexp.MustCompile(`\b` + key + `\b`).MatchString(manual) {
			t.Errorf("the manual does not name %s", key)
		}
		below := f.Type
		if below.Kind() == reflect.Slice {
			below = below.Elem()
		}
		if below.Kind() == reflect.Struct {
			namesKeys(t, manual, below)
		}
	}
}

func sameKeys(t *testing.T, rule, text reflect.Type) {
	t.Helper()
	keys := make(map[string]reflect.Type)
	for f := range text.Fields() {
		keys[f.Tag.Get("toml")] = f.Type
	}
	for f := range rule.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		key, ok := keys[strings.TrimSuffix(name, "_ns")]
		if !ok {
			t.Errorf("a file cannot say %s of %s", name, rule)
		}
		if ok && f.Type.Kind() == reflect.Struct {
			sameKeys(t, f.Type, key)
		}
		delete(keys, strings.TrimSuffix(name, "_ns"))
	}
	for key := range keys {
		t.Errorf("%s has no %s", rule, key)
	}
}

func TestAFileOfFaultsIsReadStrictly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults.toml")
	rule := "[[rule]]\nid = \"f\"\nstage = \"rcpt\"\n"
	for text, want := range map[string]string{
		"case = [\"smtp.drip\"]":                   ":1:1: there is no key case; did you mean cases?",
		"cases = \"smtp.drip\"":                    ":1:9: cases takes a list of texts in quotes, not text in quotes",
		"cases = [\"smtp.dirp\"]":                  "did you mean smtp.drip?",
		rule + "[rule.do]\ndrop = true":            ":5:1: there is no key rule.do.drop; did you mean drip?",
		rule + "[rule.do]\ndelay = 8":              ":5:9: rule.do.delay takes text in quotes, not a whole number",
		rule + "[rule.do]\ndelay = \"8 s\"":        `:5:9: rule.do.delay cannot be "8 s"; it takes a time such as`,
		"[[rule]]\nid = \"f\"\nstage = \"rctp\"\n": `:3:9: rule.stage cannot be "rctp"; it takes connect`,
		rule: `fault rule "f" does nothing`,
		rule + "[rule.do]\nsilent = true\n" + rule + "[rule.do]\nsilent = true\n": `"f" stands there a second time`,
		"[[rule]\n": "this is not TOML",
	} {
		write(t, path, text)
		_, err := readFaults(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
	write(t, path, "cases = [\"x\"]\n"+rule+"[rule.do]\ndelay = \"8 s\"\n")
	_, err := readFaults(path)
	for lang, want := range map[explain.Lang]string{
		explain.English:  ":1:1: cases cannot be x. Permitted: the ids that `todoku faults` lists",
		explain.Japanese: ":1:1: cases を x にはできません。 使えるもの: `todoku faults` が並べるid",
	} {
		if d := explain.Error(err, lang); d.Code != "fault.file" || !strings.Contains(d.Said, want) || !strings.Contains(d.Title, path) {
			t.Errorf("%s: %q, %q", lang, d.Title, d.Said)
		}
	}
	write(t, path, rule)
	var wrong *FaultFileError
	if _, err := readFaults(path); !errors.As(err, &wrong) || wrong.Problems[0].Code != "config.rule.nothing" {
		t.Errorf("a rule that does nothing: %v", err)
	}
	ja := explain.Error(wrong, explain.Japanese)
	if !strings.HasSuffix(ja.Said, "このルールは何もしません。 delay、reply、records、certificate、silent、closeなどが使えます。") {
		t.Errorf("in Japanese: %q", ja.Said)
	}
	silent := rule + "[rule.do]\nsilent = true\n"
	write(t, path, silent+silent)
	if _, err := readFaults(path); !errors.As(err, &wrong) || wrong.Problems[0].Code != config.ProblemRuleTwice || wrong.Problems[0].Value != "f" {
		t.Errorf("a second id: %v", err)
	}
}
