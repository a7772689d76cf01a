package trace

import "testing"

func TestEscaped(t *testing.T) {
	for doc, want := range map[string]string{
		"件名 é 👨 \n":                        "件名 é 👨 \n",
		"\u009b \x7f \u202e \u2066 \u2028": `\u009b \u007f \u202e \u2066 \u2028`,
		"\U000e0041 \ufeff \u200b":         `\udb40\udc41 \ufeff \u200b`,
	} {
		if got := string(Escaped([]byte(doc))); got != want {
			t.Errorf("%q became %q, want %q", doc, got, want)
		}
	}
}
