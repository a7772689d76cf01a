package fault

import (
	"errors"
	"testing"
	"time"
)

// Every mistake of a rule has its own code.
func TestRulesThatMakeNoSense(t *testing.T) {
	silent, later := Action{Silent: true}, Action{Reply: "451 later"}
	for code, r := range map[string]Rule{
		"config.rule.id":          {Stage: Rcpt, Do: silent},
		"config.rule.stage":       {ID: "f", Stage: "rctp", Do: silent},
		"config.rule.range":       {ID: "f", Stage: Rcpt, Percent: 101, Do: silent},
		"config.rule.conditions":  {ID: "f", Stage: Rcpt, Nth: 1, Every: 2, Do: silent},
		"config.rule.chance":      {ID: "f", Stage: Rcpt, Percent: 50, Do: silent},
		"config.rule.rate":        {ID: "f", Stage: Rcpt, Rate: 3, Do: silent},
		"config.rule.greylist":    {ID: "f", Stage: Data, Greylist: time.Minute, Do: later},
		"config.rule.nothing":     {ID: "f", Stage: Rcpt},
		"config.rule.answers":     {ID: "f", Stage: Rcpt, Do: Action{Reply: "451 later", Silent: true}},
		"config.rule.negative":    {ID: "f", Stage: Rcpt, Do: Action{Delay: -1}},
		"config.rule.line-end":    {ID: "f", Stage: Rcpt, Do: Action{Reply: "451 later\r\n"}},
		"config.rule.octets":      {ID: "f", Stage: Data, Do: Action{Octets: 100}},
		"config.rule.withhold":    {ID: "f", Stage: Offer, Do: Action{Withhold: []string{""}}},
		"config.rule.certificate": {ID: "f", Stage: TLS, Do: Action{Certificate: "late"}},
		"config.rule.alert":       {ID: "f", Stage: Rcpt, Do: Action{Alert: 40}},
		"config.rule.offer":       {ID: "f", Stage: Rcpt, Do: Action{Size: 100}},
		"config.rule.renumber":    {ID: "f", Stage: Rcpt, Do: Action{Renumber: true}},
		"config.rule.lines":       {ID: "f", Stage: Query, Do: Action{Reply: "SERVFAIL\nNOERROR"}},
		"config.rule.dns":         {ID: "f", Stage: Rcpt, Do: Action{Records: []string{"tsuru.test. 60 MX 0 ."}}},
		"config.rule.page":        {ID: "f", Stage: Rcpt, Do: Action{Page: Page{Body: "x"}}},
		"config.rule.signatures":  {ID: "f", Stage: Query, Do: Action{Answer: Answer{Signatures: "late"}}},
		"config.rule.first":       {ID: "f", Stage: Query, Do: Action{Answer: Answer{First: "late"}}},
		"config.rule.rcode":       {ID: "f", Stage: Query, Do: Action{Reply: "SORRY"}},
		"config.rule.status":      {ID: "f", Stage: HTTP, Do: Action{Reply: "99"}},
		"config.rule.extended":    {ID: "f", Stage: Query, Do: Action{Reply: "SERVFAIL", Answer: Answer{Extended: []int{70000}}}},
		"config.rule.pad":         {ID: "f", Stage: HTTP, Do: Action{Page: Page{Pad: -1}}},
		"config.rule.record":      {ID: "f", Stage: Query, Do: Action{Records: []string{"tsuru.test. 60 MX ten ."}}},
		"config.rule.pattern":     {ID: "f", Host: "mx[", Stage: Rcpt, Do: silent},
	} {
		var wrong *RuleError
		if err := r.Check(); !errors.As(err, &wrong) || wrong.Code != code || wrong.Rule != r.ID {
			t.Errorf("%v, want %s", err, code)
		}
	}
}
