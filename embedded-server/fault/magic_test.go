package fault

import (
	"fmt"
	"testing"
)

func TestAnAddressNamesAFault(t *testing.T) {
	for _, c := range []struct {
		address string
		stage   Stage
		want    string
	}{
		{"fault+451-4.3.0@fuji.test", Rcpt, "451 4.3.0 As the address asks"},
		{"Fault+550@fuji.test", Rcpt, "550 As the address asks"},
		{"fault+eod-554-5.7.1@fuji.test", EndOfData, "554 5.7.1 As the address asks"},
		{"fault+eod-554-5.7.1@fuji.test", Rcpt, ""},
		{"fault+smtp.no-such-user@fuji.test", Rcpt, "550 5.1.1 User unknown"},
		{"fault+no-such-user@FUJI.test", Rcpt, "550 5.1.1 User unknown"},
		{"fault+250@fuji.test", Rcpt, "550 5.1.1 there is no fault \"250\": `todoku faults` lists them"},
		{"fault+\x1b@fuji.test", Rcpt, "550 5.1.1 there is no fault \"\\x1b\": `todoku faults` lists them"},
		{"fault+@fuji.test", Rcpt, "550 5.1.1 there is no fault \"\": `todoku faults` lists them"},
		{"bob@fuji.test", Rcpt, ""},
		{"fault+451@sakura.test", Rcpt, ""}, // another host's business
	} {
		s := &Set{Magic: true}
		got := ""
		if a := s.At("mx1.fuji.test", c.stage, Facts{To: c.address}); a != nil {
			got = a.Reply
		}
		if got != c.want {
			t.Errorf("%s at %s: %q, want %q", c.address, c.stage, got, c.want)
		}
		if a := new(Set).At("mx1.fuji.test", c.stage, Facts{To: c.address}); a != nil {
			t.Errorf("%s made a fault where no address does", c.address)
		}
	}
}

func TestMagicForgetsInTime(t *testing.T) {
	s := &Set{Magic: true}
	for i := range 3 * maxMagic {
		s.At("mx1.fuji.test", Rcpt, Facts{To: fmt.Sprintf("fault+451-4.%d.%d@fuji.test", i/1000, i%1000)})
	}
	if len(s.magic) == 0 || len(s.magic) > maxMagic {
		t.Errorf("%d addresses are kept", len(s.magic))
	}
}
