package session

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"todoku/diag/compare"
)

var saidCode = regexp.MustCompile(`"code":"(compare\.[a-z0-9.-]+)"`)

// saidCodes are the codes of all that comparisons said.
type saidCodes map[string]bool

func (s saidCodes) add(t *testing.T, r compare.Report) {
	t.Helper()
	whole, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range saidCode.FindAllSubmatch(whole, -1) {
		s[string(m[1])] = true
	}
	s[r.Script.Title().Code] = true
	for _, row := range r.Rows {
		s[row.Step.Title().Code] = true
	}
}

// holds wants each code that a file of testdata/said has: diag/explain takes from there what appears live.
func (s saidCodes) holds(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "said", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range strings.Fields(string(text)) {
		if !s[code] {
			t.Errorf("nothing said %s, which %s has", code, name)
		}
		delete(s, code)
	}
	rest := make([]string, 0, len(s))
	for code := range s {
		rest = append(rest, code)
	}
	slices.Sort(rest)
	t.Logf("said too: %q", rest)
}

// TestCompareAnEmptyMailbox: where nothing lies, nothing is read.
func TestCompareAnEmptyMailbox(t *testing.T) {
	s, _ := foreign(t)
	r, err := s.Compare(t.Context(), nil, CompareOptions{Account: "yuki", Script: "read"})
	if err != nil {
		t.Fatal(err)
	}
	codes := saidCodes{}
	codes.add(t, r)
	if !codes["compare.own.empty"] {
		t.Errorf("%+v", r.Rows)
	}
}

func TestCompareWithoutSuchAScript(t *testing.T) {
	_, err := comparing(t).Compare(t.Context(), nil, CompareOptions{Script: "no such script"})
	var e *Error
	if !errors.As(err, &e) || e.Code != "compare.no-script" {
		t.Errorf("%v", err)
	}
}
