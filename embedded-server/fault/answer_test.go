package fault

import (
	"strings"
	"testing"
)

func TestRulesOfAnswersAndPages(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string // "" is taken
	}{
		{Rule{Stage: Query, Do: Action{Records: []string{"tsuru.test. 300 MX 0 ."}}}, ""},
		{Rule{Stage: Query, Do: Action{Answer: Answer{Signatures: ExpiredSigs}}}, ""},
		{Rule{Stage: Query, Match: Match{EDNS: true}, Do: Action{Reply: "FORMERR"}}, ""},
		{Rule{Stage: HTTP, Do: Action{Page: Page{Pad: 1000}}}, ""},
		{Rule{Stage: HTTP, Do: Action{Reply: "404"}}, ""},
		{Rule{Stage: Query, Do: Action{Records: []string{"tsuru.test. 300 MX ten ."}}}, "cannot be read"},
		{Rule{Stage: Query, Do: Action{Answer: Answer{Authority: []string{"; nothing"}}}}, "cannot be read"},
		{Rule{Stage: Query, Do: Action{Reply: "SORRY"}}, "neither a response code"},
		{Rule{Stage: Query, Do: Action{Answer: Answer{Signatures: "late"}}}, "signatures"},
		{Rule{Stage: Query, Do: Action{Answer: Answer{First: "something"}}}, "first"},
		{Rule{Stage: Rcpt, Do: Action{Answer: Answer{NoProof: true}}}, "of DNS"},
		{Rule{Stage: Rcpt, Match: Match{EDNS: true}, Do: Action{Silent: true}}, "of DNS"},
		{Rule{Stage: Query, Do: Action{Page: Page{Body: "x"}}}, "a page"},
		{Rule{Stage: HTTP, Do: Action{Reply: "no"}}, "no status"},
		{Rule{Stage: HTTP, Do: Action{Reply: "99"}}, "no status"},
		{Rule{Stage: HTTP, Do: Action{Page: Page{Pad: maxPad + 1}}}, "at most"},
		{Rule{Stage: HTTP}, "does nothing"},
	} {
		c.rule.ID = "f"
		err := new(Set).Add(c.rule)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.rule, err, c.want)
		}
	}
}
