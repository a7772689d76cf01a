package ladder

import (
	"errors"
	"testing"
	"time"

	"todoku/protocols/wire"
)

// Whatever failed after the port had connected found it open.
func TestWhatAFailureSaysOfThePort(t *testing.T) {
	for code, want := range map[string]PortState{
		wire.CodeDNSFailed: PortUnknown, wire.CodeDNSNotFound: PortUnknown, wire.CodeCancelled: PortUnknown,
		wire.CodeDialRefused: PortRefused, wire.CodeDialTimeout: PortSilent,
		wire.CodeDialNoRoute: PortUnreached, wire.CodeDialUnreachable: PortUnreached, wire.CodeDialFailed: PortUnreached,
		wire.CodeTLSHandshake: PortOpen, wire.CodeTLSPlainPeer: PortOpen,
		wire.CodeSilent: PortOpen, wire.CodeSlow: PortOpen, wire.CodeStalled: PortOpen, wire.CodeClosed: PortOpen,
	} {
		k := KnockOf(Target{Host: "mail.sakura.test", Port: 465}, "", time.Second, &wire.Error{Code: code, Addr: "192.0.2.10:465"})
		if got := PortOf(k); got.State != want || got.Addr != "192.0.2.10:465" {
			t.Errorf("%s: %+v, want %s", code, got, want)
		}
	}
	if got := PortOf(KnockOf(Target{}, "", 0, errors.New("no code"))); got.State != PortUnknown {
		t.Errorf("without a code: %+v", got)
	}
}
