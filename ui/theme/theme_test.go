package theme

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"todoku/ui/text"
)

// TestContrast holds every coloured role to 4.5 on the grounds it is made for, on the selected row too.
func TestContrast(t *testing.T) {
	for r := range roles {
		if r == Rule {
			continue
		}
		c := palette(r)
		for _, g := range []struct{ name, fg, ground string }{
			{"dark", c.dark, "1a1b1f"}, {"dark selected", c.dark, "263049"},
			{"light", c.light, "ffffff"}, {"light selected", c.light, "dbe4f7"},
		} {
			if g.fg == "" {
				continue
			}
			if got := contrast(g.fg, g.ground); got < 4.5 {
				t.Errorf("role %d on %s: contrast %.2f", r, g.name, got)
			}
		}
	}
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(hex string) float64 {
	var v [3]int
	fmt.Sscanf(strings.TrimPrefix(hex, "#"), "%02x%02x%02x", &v[0], &v[1], &v[2])
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(v[i]) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestPaintEndsWhatItBegins(t *testing.T) {
	for _, o := range []Options{{}, {Depth: Sixteen}, {Depth: Full, Dark: true}, {Depth: Full}, {Depth: Full, High: true}} {
		th := New(o)
		for r := range roles {
			for _, sel := range []bool{false, true} {
				var b strings.Builder
				th.Paint(&b, r, sel, text.Safe("x"))
				s := b.String()
				if strings.Contains(s, "\x1b") != strings.HasSuffix(s, "\x1b[m") {
					t.Errorf("%+v role %d: %q", o, r, s)
				}
				if o.Depth == NoColour && strings.Contains(s, "3") {
					t.Errorf("role %d has a colour without colours: %q", r, s)
				}
			}
		}
	}
}
