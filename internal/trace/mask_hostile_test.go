package trace

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// hostileLines are long lines of which each octet may begin something that does not end.
func hostileLines(size int) map[string]string {
	lines := map[string]string{}
	for _, part := range []string{`\" a@b `, `-a=`, `:@a`, `[@a`, `\"@.`} {
		lines[part] = strings.Repeat(part, size/len(part))
	}
	return lines
}

// Masking takes time in proportion to a line's length: half a megabyte took half a minute, of [@a[@a many minutes. A line
// eight times as long takes eight times as long, or sixty-four times where each octet has all others read again. A busy
// machine may make one measurement long, and not every one.
func TestMaskingTakesTimeInProportion(t *testing.T) {
	const short, times, most, tries = 12_000, 8, 20, 5
	small, large := hostileLines(short), hostileLines(short*times)
	for part := range small {
		var ratio float64
		for range tries {
			if ratio = float64(maskingTime(large[part])) / float64(maskingTime(small[part])); ratio < most {
				break
			}
		}
		if ratio >= most {
			t.Errorf("%q: %d times the length takes %.0f times the time", part, times, ratio)
		}
	}
}

// maskingTime is how long a line takes in every place where it may stand.
func maskingTime(line string) time.Duration {
	began := time.Now()
	for _, proto := range []string{"smtp", "imap"} {
		masked(Event{Kind: KindRecv, Proto: proto, Data: []byte(line)})
	}
	masked(Event{Kind: KindFinding, Finding: &Finding{Args: map[string]string{"said": line}}})
	return time.Since(began)
}

func TestALocalPartInOctets(t *testing.T) {
	var m Masker
	m.Learn(Event{Data: []byte("<hanako@tsuru.test>")})
	if m.inOctets(bytes.Repeat([]byte("a"), 500_000)) || !m.inOctets([]byte(strings.Repeat("a", 500_000)+"\x06hanako@tsuru.test")) {
		t.Error("a local part with its @ in octets is not told from other octets")
	}
}

func TestAddressesAreFound(t *testing.T) {
	for text, want := range map[string]string{
		`<hanako@tsuru.test>`: `<h***@tsuru.test>`, `"a b"@tsuru.test`: `***@tsuru.test`, `x "a\"b"@tsuru.test`: `x ***@tsuru.test`,
		`a@b@c.test`: `a***@c.test`, `@tsuru.test`: `@tsuru.test`, `a@ b`: `a@ b`, `a@.b`: `a@.b`, `a@[192.0.2.1]`: `a***@[192.0.2.1]`,
		`a@x.test,b@y.test`: `a***@x.test,b***@y.test`, `no begin"@x.test`: `n***@x.test`, "": "", "@": "@", `"@x`: `"@x`,
	} {
		if got := string(addresses([]byte(text))); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}

func BenchmarkMaskLongLine(b *testing.B) {
	line := []byte(hostileLines(500_000)[`\" a@b `])
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		masked(Event{Kind: KindRecv, Proto: "smtp", Data: line})
	}
}
