package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"todoku/internal/trace"
)

func TestJSONActsOnNoTerminal(t *testing.T) {
	hostile := "件名 \x1b]0;x\a \u009b31m \x7f \u202eevil \u2066 \u200b \ufeff \U000e0041 a\u2028b é"
	var out bytes.Buffer
	a := &app{env: Env{Stdout: &out}}
	if err := a.printJSON("list", map[string]string{hostile: hostile}); err != nil {
		t.Fatal(err)
	}
	for _, r := range bytes.TrimSuffix(out.Bytes(), []byte("\n")) {
		if r < ' ' || r == 0x7f {
			t.Errorf("octet %#x in %q", r, out.String())
		}
	}
	if !bytes.Equal(trace.Escaped(out.Bytes()), out.Bytes()) {
		t.Errorf("%q acts on a terminal", out.Bytes())
	}
	var back struct{ Data map[string]string }
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Data[hostile] != hostile {
		t.Errorf("read back %q, %v", back.Data, err)
	}
}
