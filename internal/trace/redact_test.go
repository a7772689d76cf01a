package trace

import (
	"strings"
	"testing"
)

// A server may send a password back in base64, whatever its characters: U+3000 is none that prints.
func TestEncodedEchoesAreScrubbed(t *testing.T) {
	for _, secret := range []string{"banana42", "パス　ワード", "tab\tand\x02", "\xff\xfe\xfd\xfc"} {
		a := auth{}
		a.remember([]byte(secret))
		for _, plain := range []string{secret, "\x00alice\x00" + secret} {
			got := string(a.scrub([]byte("535 no: " + encoded(plain) + " refused")))
			if got != "535 no: "+Removed+" refused" || strings.Contains(got, encoded(plain)) {
				t.Errorf("%q: %s", plain, got)
			}
		}
	}
}
