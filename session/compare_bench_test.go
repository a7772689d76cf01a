package session

import (
	"testing"

	"todoku/diag/compare"
)

// BenchmarkCompare runs one whole comparison: the small Internet is started, both lanes run the script, and it is stopped.
func BenchmarkCompare(b *testing.B) {
	s, err := Start(b.Context(), nil, StartOptions{Sandbox: &SandboxOptions{SeedMessages: -1}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	scripts, err := compare.Scripts()
	if err != nil {
		b.Fatal(err)
	}
	for _, script := range scripts {
		b.Run(script.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Compare(b.Context(), nil, CompareOptions{Script: script.Name}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
