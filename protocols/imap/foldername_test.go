package imap

import "testing"

func TestReadableName(t *testing.T) {
	for _, c := range []struct {
		line string
		want bool
	}{
		{`* LIST () "/" "R&D"`, false},
		{`* LIST () "/" R&D`, false},
		{`* LIST () "/" "R&-D"`, true},
		{`* LIST () "\\" "R&D"`, false},
		{`* LIST () "\\" "R&-D"`, true},
		{`* LIST (\HasNoChildren) "." &istsQmb4-`, true},
		{`* LIST (\HasNoChildren) NIL &istsQmb4`, false},
		{`* LIST () "/" "&AGE-"`, false},
		{`* LIST () "/" "&2D3eAA-"`, true},
		{`* LIST () "/" "&2D0-"`, false},
		{`* LIST () "/" "&istsQmb4-&istsQmb4-"`, false},
		{`* STATUS "R&D" (MESSAGES 1)`, false},
		{`* STATUS "請求書" (MESSAGES 1)`, true},
		{"* LIST () \"/\" \"\x90\xbf\"", false},
		{`* OK R&D is open`, true},
		{`* LIST (&`, true},
	} {
		if got := readableName([]byte(c.line)); got != c.want {
			t.Errorf("%s: %v", c.line, got)
		}
	}
}
