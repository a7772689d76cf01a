package fault

import "math/rand/v2"

// Noise gives octets that look like chance and are always the same.
func Noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}
