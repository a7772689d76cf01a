package sandbox

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStart(t *testing.T) {
	s, err := Start(context.Background(), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.bound) != FixedPorts {
		t.Fatalf("%d ports", len(s.bound))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
