package compare

import (
	"slices"
	"strconv"

	"todoku/internal/trace"
)

// Saving is what a capability that the account's server lacks would have spared a comparison: computed from the dialogue
// that was measured.
type Saving struct {
	Capability string `json:"capability"`
	RoundTrips int    `json:"round_trips"`
	Octets     int64  `json:"octets"` // both ways; 0 where only round trips go
}

// plus adds a saving to those of the same capability.
func plus(all []Saving, s Saving) []Saving {
	i := slices.IndexFunc(all, func(have Saving) bool { return have.Capability == s.Capability })
	if i < 0 {
		return append(all, s)
	}
	all[i].RoundTrips += s.RoundTrips
	all[i].Octets += s.Octets
	return all
}

// With is the offer with what the capabilities that it lacks would have spared.
func (o Offer) With(savings []Saving) Offer {
	o.Savings, o.Notes = savings, slices.Clone(o.Notes)
	for _, s := range savings {
		code := "compare.saves"
		if s.Octets == 0 {
			code = "compare.saves.trips"
		}
		o.Notes = append(o.Notes, said(code, trace.Pass, map[string]string{"what": s.Capability,
			"trips": strconv.Itoa(s.RoundTrips), "octets": grouped(s.Octets)}))
	}
	return o
}

// withoutMOVE is how many round trips more a message takes that is copied, marked and expunged (RFC 6851 section 1).
const withoutMOVE = 2

// spared is what a capability that the account's server lacks would spare a step that was done in the small Internet, whose
// server has them all.
func spared(p Protocol, v Verb, o Offer) []Saving {
	if p != IMAP || v != Delete && v != Move || !lacks(o, "compare.lacks.move") {
		return nil
	}
	return []Saving{{Capability: "MOVE", RoundTrips: withoutMOVE}}
}

func lacks(o Offer, code string) bool {
	return slices.ContainsFunc(o.Notes, func(n trace.Finding) bool { return n.Code == code })
}
