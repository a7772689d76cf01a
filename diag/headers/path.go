// Package headers reads what a message's header proves: the path it took and who vouched for it.
package headers

import "time"

// Path is the way of one message by its Received fields (RFC 5321 section 4.4), oldest hop first.
type Path struct {
	Hops  []Hop         `json:"hops"`
	Total time.Duration `json:"total_ns"` // first to last stamp; negative when clocks disagree
	Steps [4]PathStep   `json:"steps"`    // the four steps: 1 submission, 2 DNS, 3 transfer, 4 pick-up
}

// Hop is one Received field.
type Hop struct {
	From  string        `json:"from"`
	By    string        `json:"by"`
	With  string        `json:"with"` // ESMTPSA and the like (RFC 3848)
	ID    string        `json:"id,omitempty"`
	TLS   string        `json:"tls,omitempty"` // "TLS 1.3" when a comment or the with word proves it
	Time  time.Time     `json:"time"`
	Delay time.Duration `json:"delay_ns"` // since the hop before; negative when clocks disagree
	Step  int           `json:"step"`     // 1, 3 or 4
	Raw   string        `json:"raw"`
}

// PathStep is what the hops of one step add up to.
type PathStep struct {
	Known bool          `json:"known"`
	From  string        `json:"from,omitempty"`
	By    string        `json:"by,omitempty"`
	TLS   string        `json:"tls,omitempty"`
	Delay time.Duration `json:"delay_ns"`
	Clock bool          `json:"clock,omitempty"` // the delay is negative: two clocks disagree
}
