package fault

import (
	"slices"
	"strconv"

	"github.com/miekg/dns"
)

// Answer is what an Action says of a DNS answer beyond Reply and Records. An answer that a rule makes up is signed like
// the rest of its zone, and a denial is proved, unless Signatures and NoProof say otherwise.
type Answer struct {
	// Authority is the authority section in place of the right one, in zone-file form. Without Records the answer is
	// empty then. NS records of a zone below make it a referral: its DS records or the proof of their absence are added.
	Authority []string `json:"authority,omitempty"`
	// Additional is added to the additional section, to whatever answer is given.
	Additional []string `json:"additional,omitempty"`
	// NoAuthority clears AA, as from a server that does not hold the zone.
	NoAuthority bool `json:"no_authority,omitempty"`
	// Signatures is what becomes of the RRSIG records.
	Signatures Signatures `json:"signatures,omitempty"`
	// NoProof leaves out the NSEC and NSEC3 records of a denial or a referral.
	NoProof bool `json:"no_proof,omitempty"`
	// Extended are extended errors (RFC 8914) that go with whatever answer is given to a question with EDNS.
	Extended []int `json:"extended,omitempty"`
	// First is sent at once, before the Delay and the answer. With Silent nothing follows it.
	First Forgery `json:"first,omitempty"`
}

// Signatures is a fault of RRSIG records.
type Signatures string

const (
	Unsigned    Signatures = "none"
	WrongSigs   Signatures = "wrong"   // made with another message in mind: they do not verify
	ExpiredSigs Signatures = "expired" // verify, but ended a month ago
)

// Forgery is an answer that is not for the question, although it comes from the right address.
type Forgery string

const (
	WrongID       Forgery = "id"       // another message id
	WrongQuestion Forgery = "question" // another name in the question section
	WrongCase     Forgery = "case"     // the name's letters in the other case
)

// Page is what an Action says of a web page beyond Reply, which then is its status and 200 if there is none.
type Page struct {
	Body     string `json:"body,omitempty"`     // in place of the right page
	Pad      int    `json:"pad,omitempty"`      // octets of comment behind the page
	Location string `json:"location,omitempty"` // header field of a redirect
}

// maxPad bounds Page.Pad, in octets.
const maxPad = 16 << 20

func (a Answer) empty() bool {
	return len(a.Authority) == 0 && len(a.Additional) == 0 && len(a.Extended) == 0 && !a.NoAuthority && a.Signatures == "" && !a.NoProof && a.First == ""
}

// wrongAnswer finds mistakes in what is said of DNS and HTTP.
func (r Rule) wrongAnswer() *RuleError {
	a, h := r.Do.Answer, r.Do.Page
	switch {
	case r.Stage != Query && (!a.empty() || len(r.Do.Records) > 0 || r.Match.EDNS):
		return mistake("config.rule.dns", "has something of DNS, which belongs to stage %q", Query).with("stage", string(Query))
	case r.Stage != HTTP && h != (Page{}):
		return mistake("config.rule.page", "has a page, which belongs to stage %q", HTTP).with("stage", string(HTTP))
	case !slices.Contains([]Signatures{"", Unsigned, WrongSigs, ExpiredSigs}, a.Signatures):
		return mistake("config.rule.signatures", "has signatures %q: use %q, %q or %q", a.Signatures, Unsigned, WrongSigs, ExpiredSigs).
			with("value", string(a.Signatures)).with("allowed", words(Unsigned, WrongSigs, ExpiredSigs))
	case !slices.Contains([]Forgery{"", WrongID, WrongQuestion, WrongCase}, a.First):
		return mistake("config.rule.first", "has first %q: use %q, %q or %q", a.First, WrongID, WrongQuestion, WrongCase).
			with("value", string(a.First)).with("allowed", words(WrongID, WrongQuestion, WrongCase))
	case r.Stage == Query && !knownReply(r.Do.Reply):
		return mistake("config.rule.rcode", "has the reply %q, which is neither a response code of DNS nor TC", r.Do.Reply).with("value", r.Do.Reply)
	case r.Stage == HTTP && !knownStatus(r.Do.Reply):
		return mistake("config.rule.status", "has the reply %q, which is no status from 200 to 599", r.Do.Reply).with("value", r.Do.Reply)
	case slices.ContainsFunc(a.Extended, func(code int) bool { return code < 0 || code > 0xFFFF }):
		return mistake("config.rule.extended", "has an extended error that is no number from 0 to 65535")
	case h.Pad < 0 || h.Pad > maxPad:
		return mistake("config.rule.pad", "pads a page by %d octets: at most %d", h.Pad, maxPad).with("value", strconv.Itoa(h.Pad)).with("allowed", strconv.Itoa(maxPad))
	}
	for _, line := range slices.Concat(r.Do.Records, a.Authority, a.Additional) {
		if rr, err := dns.NewRR(line); err != nil || rr == nil {
			return mistake("config.rule.record", "has a record that cannot be read: %q", line).with("value", line)
		}
	}
	return nil
}

// Truncated is the Reply of a DNS answer that is cut off.
const Truncated = "TC"

func knownReply(reply string) bool {
	_, ok := dns.StringToRcode[reply]
	return ok || reply == "" || reply == Truncated
}

func knownStatus(reply string) bool {
	code, err := strconv.Atoi(reply)
	return reply == "" || err == nil && code >= 200 && code <= 599
}
