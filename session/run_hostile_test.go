package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"todoku/diag/delivery"
)

// A run file with more traces than anybody records is read as far as it makes sense, and says what was left out; who gives
// up waiting for it is not kept.
func TestARunOfTooManyTraces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.jsonl")
	var file strings.Builder
	file.WriteString(`{"todoku_run":1,"started":"2026-11-26T02:15:39Z"}` + "\n")
	const begins = 3 * delivery.MaxTraces
	for i := range begins {
		n := strconv.Itoa(i + 1)
		file.WriteString(`{"seq":` + n + `,"time":"2026-11-26T02:15:39Z","span":` + n + `,"kind":"step","name":"begin","data":"eyJkb21haW4iOiJ0c3VydS50ZXN0In0="}` + "\n")
	}
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := ReadRun(t.Context(), path)
	if err != nil || len(run.Damages) != 1 || run.Damages[0].Code != "run.many" || run.Damages[0].Args["count"] != strconv.Itoa(begins) {
		t.Fatalf("%v, %+v", err, run.Damages)
	}
	traces, err := run.Traces(t.Context())
	if err != nil || len(traces) != delivery.MaxTraces || traces[0].Report.Domain != "tsuru.test" {
		t.Errorf("%v, %d traces", err, len(traces))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadRun(ended, path); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if _, err := run.Traces(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("traces: %v", err)
	}
	if _, err := run.Diff(ended, run); !errors.Is(err, context.Canceled) {
		t.Errorf("diff: %v", err)
	}
	if n := len(run.Masked(ended).Events); n != 0 {
		t.Errorf("%d events were masked", n)
	}
}
