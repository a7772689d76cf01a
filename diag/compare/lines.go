package compare

import "time"

// NamedLine is a kind of line that people have.
type NamedLine struct {
	Name string // "satellite"
	Line Line
}

// Lines are kinds of lines, the best first: what a round trip to a server in the same part of the world takes, and what
// the slower way, up or down, carries. A satellite is a geostationary one, 36,000 km away.
func Lines() []NamedLine {
	const mega = 1_000_000
	return []NamedLine{
		{"lan", Line{time.Millisecond, 1000 * mega}},
		{"fibre", Line{10 * time.Millisecond, 100 * mega}},
		{"4g", Line{DefaultRTT, DefaultBandwidth}},
		{"3g", Line{150 * time.Millisecond, mega}},
		{"satellite", Line{600 * time.Millisecond, 5 * mega}},
	}
}
