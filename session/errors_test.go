package session

import (
	"strings"
	"testing"

	"todoku/diag/explain"
)

// explained demands a diagnosis in both languages with the code, the step and the word in its title.
func explained(t *testing.T, err error, code string, step int, word string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %s", code)
		return
	}
	for _, lang := range []explain.Lang{explain.English, explain.Japanese} {
		d := explain.Error(err, lang)
		if d.Code != code || d.Step != step || !strings.Contains(d.Title, word) {
			t.Errorf("%s: %s at step %d, %q, want %s at %d with %q (from %v)", lang, d.Code, d.Step, d.Title, code, step, word, err)
		}
		if d.Sure == "" || d.Title == "" || d.Act == "" || d.Means == "" || strings.HasPrefix(d.Title, " ") {
			t.Errorf("%s: words are missing: %+v", lang, d)
		}
	}
}
