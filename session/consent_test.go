package session

import (
	"context"
	"slices"
	"testing"

	"todoku/diag/delivery"
)

// One answer holds for every recipient of a domain, however the domain is written, and the question names them all.
func TestConsentIsAskedOnceADomain(t *testing.T) {
	c := Consents{Targets: []string{"a@TSURU.test", "b@tsuru.test", "c@例え.test", "d@xn--r8jz45g.TEST", "fuji.test"}}
	var asked [][]string
	ask := func(_ context.Context, q delivery.Question) bool {
		asked = append(asked, q.Recipients)
		return q.Address != "c@例え.test"
	}
	for _, one := range []struct {
		address string
		want    bool
	}{{"a@TSURU.test", true}, {"b@tsuru.test", true}, {"c@例え.test", false}, {"d@xn--r8jz45g.TEST", false}} {
		if got := c.Ask(t.Context(), delivery.Question{Address: one.address}, ask); got != one.want {
			t.Errorf("%s: %t", one.address, got)
		}
	}
	want := [][]string{{"a@TSURU.test", "b@tsuru.test"}, {"c@例え.test", "d@xn--r8jz45g.TEST"}}
	if !slices.EqualFunc(asked, want, slices.Equal) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

// Who left one question without an answer is asked no other.
func TestNobodyIsAskedWhoLeft(t *testing.T) {
	c := Consents{Targets: []string{"a@tsuru.test", "b@fuji.test"}}
	ctx, leave := context.WithCancel(t.Context())
	questions := 0
	ask := func(context.Context, delivery.Question) bool {
		questions++
		leave()
		return false
	}
	for _, address := range c.Targets {
		if c.Ask(ctx, delivery.Question{Address: address}, ask) {
			t.Errorf("%s: agreed", address)
		}
	}
	if questions != 1 {
		t.Errorf("%d questions", questions)
	}
}

// What needs the recipient named asks for it; what ends before does not.
func TestWhatATraceNamesTheRecipientFor(t *testing.T) {
	for _, c := range []struct {
		o    TraceOptions
		want bool
	}{
		{TraceOptions{}, false}, {TraceOptions{Stop: delivery.AfterSTARTTLS}, false}, {TraceOptions{Rcpt: true}, true}, {TraceOptions{CatchAll: true}, true},
		{TraceOptions{Send: true}, true}, {TraceOptions{Stop: delivery.AfterMAIL}, true}, {TraceOptions{Stop: delivery.AfterRCPT}, true},
	} {
		if got := c.o.envelope(); got != c.want {
			t.Errorf("%+v: %t", c.o, got)
		}
	}
}
