package ui

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/cli"
	"todoku/ui/text"
)

// TestAnyRunIsDrawn replays, prints, compares and writes pages of runs in which single facts are not what they should be:
// missing, of another type, negative, enormous, evil; events that come twice, in another order, in circles, or not at all.
func TestAnyRunIsDrawn(t *testing.T) {
	if testing.Short() {
		t.Skip("thirty runs are drawn, one after another; run without -short")
	}
	whole := runOfJourney(t)
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(100+seed, 0))
		lines := slices.Clone(whole)
		for range 12 {
			damage(r, lines)
		}
		drawn(t, []byte(strings.Join(lines, "\n")))
	}
}

// FuzzDrawnRun draws what follows the beginning of a trace, whatever it is.
func FuzzDrawnRun(f *testing.F) {
	whole := runOfJourney(f)
	f.Add([]byte(strings.Join(whole[2:], "\n")))
	f.Fuzz(func(t *testing.T, rest []byte) {
		drawn(t, append([]byte(strings.Join(whole[:2], "\n")+"\n"), rest...))
	})
}

// runOfJourney gives the lines of a run file of a trace; its header and the beginning of the trace come first.
func runOfJourney(t testing.TB) []string {
	t.Helper()
	rec := new(trace.Recorder)
	span := trace.New(rec, nil)
	journey := deferredJourney()
	span.Emit(trace.Event{Kind: trace.KindStep, Name: "begin", Data: []byte(`{"address":"hanako@tsuru.test","domain":"tsuru.test"}`)})
	for _, e := range journey.events {
		span.Emit(e)
	}
	for _, h := range journey.hops {
		data, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		span.Emit(trace.Event{Kind: trace.KindStep, Name: "hop", Data: data})
	}
	report, err := json.Marshal(journey.report)
	if err != nil {
		t.Fatal(err)
	}
	span.Emit(trace.Event{Kind: trace.KindStep, Name: "report", Data: report})
	lines := []string{`{"todoku_run":1}`}
	for _, e := range rec.Events() {
		line, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

// odd are values that no field expects.
var odd = []any{nil, -1, 0, 1 << 62, -1 << 62, 1e300, 0.5, "", evil, "-1", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", true, []any{}, []any{nil, evil}, map[string]any{}}

// damage changes one line after the first two.
func damage(r *rand.Rand, lines []string) {
	i, j := 2+r.IntN(len(lines)-2), 2+r.IntN(len(lines)-2)
	switch r.IntN(8) {
	case 0:
		lines[i] = lines[j]
	case 1:
		lines[i], lines[j] = lines[j], lines[i]
	case 2:
		lines[i] = lines[i][:r.IntN(len(lines[i]))]
	default:
		var e map[string]any
		if json.Unmarshal([]byte(lines[i]), &e) != nil {
			return
		}
		var inner any
		data, _ := e["data"].(string)
		if e["kind"] == "step" && json.Unmarshal(unbase64(data), &inner) == nil && r.IntN(4) > 0 {
			inner, _ := json.Marshal(twisted(r, inner))
			e["data"] = inner
		} else {
			e = twisted(r, e).(map[string]any)
		}
		line, _ := json.Marshal(e)
		lines[i] = string(line)
	}
}

func unbase64(s string) []byte {
	var b []byte
	_ = json.Unmarshal([]byte(`"`+s+`"`), &b)
	return b
}

// twisted replaces one value somewhere inside v.
func twisted(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		if len(names) == 0 {
			break
		}
		name := names[r.IntN(len(names))]
		v[name] = within(r, v[name])
		return v
	case []any:
		if len(v) == 0 {
			break
		}
		i := r.IntN(len(v))
		v[i] = within(r, v[i])
		return v
	}
	return odd[r.IntN(len(odd))]
}

// within goes on into what holds more, or replaces it.
func within(r *rand.Rand, v any) any {
	switch v.(type) {
	case map[string]any, []any:
		if r.IntN(5) > 0 {
			return twisted(r, v)
		}
	}
	return odd[r.IntN(len(odd))]
}

// drawn plays what can be read of a file everywhere that a run is shown.
func drawn(t *testing.T, file []byte) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "run")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, args := range [][]string{{"replay", path, "--print", "--wire"}, {"replay", path, "--json"}, {"replay", path, "--print", "--lang", "ja"},
		{"replay", path, "--html", filepath.Join(dir, "page")}, {"replay", path, "--bundle", filepath.Join(dir, "bundle")}, {"diff", path, path}} {
		var out, said bytes.Buffer
		code := cli.Main(t.Context(), cli.Env{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said, Getenv: func(string) string { return "" }})
		if code == cli.ExitFault {
			t.Errorf("%d: fault: %q", i, said.String())
		}
		harmless(t, out.String())
		harmless(t, said.String())
	}
	run, err := session.ReadRun(t.Context(), path)
	if err != nil {
		return
	}
	traces, err := run.Traces(t.Context())
	if err != nil {
		return
	}
	for _, size := range [][2]int{{80, 24}, {40, 12}} {
		b := newBench(t, size[0], size[1], Options{Replay: session.NewReplay(traces[0], session.ReplayOptions{}), Lang: text.JA})
		for _, key := range []string{"e", "esc", "enter", "j", "esc", "G", "enter", "esc", "g", "j", "j", "space", "w"} {
			b.press(key)
			harmless(t, b.app.View().Content)
			b.exact()
		}
	}
}
