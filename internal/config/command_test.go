package config

import (
	"slices"
	"testing"
)

func TestSplitCommand(t *testing.T) {
	for command, want := range map[string][]string{
		"":                             nil,
		"vim -u NONE":                  {"vim", "-u", "NONE"},
		`"/my editors/vi" '' -c 'a b'`: {"/my editors/vi", "", "-c", "a b"},
		"  code   --wait ":             {"code", "--wait"},
	} {
		if got := SplitCommand(command); !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", command, got, want)
		}
	}
}
