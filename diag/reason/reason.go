// Package reason reads the reply of a mail server: why it refused, whether for good, who must act and how sure that is.
// Everything in the program that meets a reply asks Read, so that the same words never mean two things. What is known
// of servers' wordings is data in rules/.
package reason

import (
	"cmp"
	"slices"
	"strings"
)

// Reason is a class of refusal, in the words of the trade.
type Reason string

const (
	None        Reason = "none"        // nothing fits
	Nobody      Reason = "nobody"      // no such mailbox
	NoHost      Reason = "nohost"      // no such host or domain
	NoMail      Reason = "nomail"      // the host or domain takes no mail (521, 556)
	Disabled    Reason = "disabled"    // the mailbox is suspended or switched off
	Full        Reason = "full"        // the mailbox is full
	Filtered    Reason = "filtered"    // the recipient's own filter
	Restricted  Reason = "restricted"  // the recipient takes mail of certain senders only
	NotLocal    Reason = "notlocal"    // 551: not here
	Syntax      Reason = "syntax"      // the address is malformed
	Sender      Reason = "sender"      // the sender's address is refused
	TooLarge    Reason = "toolarge"    // the message is larger than permitted
	Recipients  Reason = "recipients"  // too many in one transaction
	Relay       Reason = "relay"       // relaying denied
	Login       Reason = "login"       // authentication required
	BadLogin    Reason = "badlogin"    // authentication failed
	LoginDown   Reason = "logindown"   // logins cannot be checked now
	StartTLS    Reason = "starttls"    // TLS is demanded first
	TLS         Reason = "tls"         // TLS was to be had and failed
	Blocklisted Reason = "blocklisted" // the sending host is on a block list, or has a bad name
	NoPTR       Reason = "noptr"       // no reverse DNS, or an EHLO name that does not fit
	SPF         Reason = "spf"
	DKIM        Reason = "dkim"
	DMARC       Reason = "dmarc"
	Unproved    Reason = "unproved" // neither SPF nor DKIM vouches for the sender
	Content     Reason = "content"  // the content was refused
	Virus       Reason = "virus"
	Format      Reason = "format" // the message breaks a rule of its format
	Greylisted  Reason = "greylisted"
	RateLimited Reason = "ratelimited"
	Busy        Reason = "busy"    // too many connections, too much load
	Down        Reason = "down"    // the system has a fault or is going down
	Storage     Reason = "storage" // the system, not the mailbox, is full
	DNS         Reason = "dns"     // a lookup failed
	Network     Reason = "network" // the next host was not reached, or the line broke
	Expired     Reason = "expired" // given up after tries
	Loop        Reason = "loop"
	Protocol    Reason = "protocol" // a command out of order, unknown or malformed
	Policy      Reason = "policy"   // a rule of the server that fits nothing above
	Vacation    Reason = "vacation" // an automatic answer, no refusal
)

// All lists the reasons in no order that matters, None and Vacation included.
func All() []Reason {
	var all []Reason
	for r := range loaded().reasons {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// Place says who must act when this is said at a step of the delivery path; at step 0, which is not known, where it is
// most often said.
func (r Reason) Place(step int) (at int, who string) {
	p := loaded().reasons[r]
	step = cmp.Or(step, p.Step)
	return step, p.who(step)
}

// Sure is how well a reading is founded.
type Sure string

const (
	High Sure = "high"
	Fair Sure = "fair"
	No   Sure = "none"
)

// What a reading can rest on.
const (
	ByCode     = "code"
	ByEnhanced = "enhanced"
	ByWords    = "words"
	ByProvider = "provider"
)

// Who must act, and who tries again: the words of diag/explain.
const (
	retryNever  = "never"
	retryHelps  = "helps"
	retryServer = "server"
	nobody      = "nobody"
)

// Reply is what a server answered. Only Text is needed: code and enhanced code are found in it.
type Reply struct {
	Code     int
	Enhanced string // "5.1.1" (RFC 3463)
	Command  string // that it answers: greeting EHLO MAIL RCPT DATA . AUTH STARTTLS; "" when it is not known
	Text     string // lines are parted by "\n"
	Host     string // who said it
	Step     int    // of the delivery path, 1 to 4; 0 when it is not known
}

// Reading is what a reply means.
type Reading struct {
	Reason Reason `json:"reason"`
	// Hard: refused for good. The code decides (RFC 5321 section 4.2.1), but for 552 said of too many recipients, which
	// counts as 452 (section 4.5.3.1.10).
	Hard  bool     `json:"hard"`
	Who   string   `json:"who"`   // must act
	Retry string   `json:"retry"` // never, helps (who sent it tries again), server (the sender's server does)
	Sure  Sure     `json:"sure"`
	Rests []string `json:"rests,omitempty"` // what decided
	// Provider and Dated name the rule of a provider and when its wording was last known to be in use, "2025-02".
	Provider string `json:"provider,omitempty"`
	Dated    string `json:"dated,omitempty"`
}

// Read says what a reply means. A reply that only wraps another one is read as that one.
func Read(r Reply) Reading {
	for range maxWraps {
		inner, ok := Unwrap(r)
		if !ok {
			break
		}
		r = inner
	}
	r = r.whole()
	reading := judge(loaded(), r)
	reading.Hard = r.hard(reading.Reason)
	step, who := reading.Reason.Place(r.Step)
	reading.Who = who
	if r.Code == 421 {
		reading.Who = nobody // the server closes and will be back (RFC 5321 section 3.8)
	}
	switch {
	case reading.Hard:
		reading.Retry = retryNever
	case r.Code == 0 && r.Enhanced == "" && reading.Reason != Recipients:
		// words alone do not say whether it was for good
	case step == 2 || step == 3:
		reading.Retry = retryServer
	default:
		reading.Retry = retryHelps
	}
	return reading
}

func (r Reply) hard(why Reason) bool {
	switch {
	case why == Recipients:
		return false
	case why == Expired:
		return true
	case r.Code != 0:
		return r.Code/100 == 5
	}
	return strings.HasPrefix(r.Enhanced, "5")
}

// judge asks, in this order, what is known of the provider, then code, enhanced code and command, then the words, then
// the bare code. Words that name a cause of their own go before codes that servers use for many things.
func judge(known *rules, r Reply) Reading {
	if r.accepts() {
		return Reading{Reason: None, Sure: No}
	}
	text := Fold(r.Text)
	if p, rule := known.provider(r, text); rule != nil {
		return Reading{Reason: rule.Reason, Sure: High, Rests: rule.rests(), Provider: p.Name, Dated: rule.Dated}
	}
	byEnhanced, vague := known.enhanced(r)
	byWords, weak := known.words(r, text)
	byCode := known.code(r)
	switch {
	case byWords != None && byWords == byEnhanced:
		return Reading{Reason: byWords, Sure: agreed(r, High), Rests: r.rests(ByEnhanced, ByWords)}
	case byWords != None && (byEnhanced == None || vague || !weak):
		sure := Fair
		if byEnhanced == None || vague {
			sure = agreed(r, wordsAlone(weak, byCode == byWords))
		}
		return Reading{Reason: byWords, Sure: sure, Rests: []string{ByWords}}
	case byEnhanced != None && !vague:
		return Reading{Reason: byEnhanced, Sure: agreed(r, byCodes(byWords)), Rests: r.rests(ByEnhanced)}
	case byCode != None:
		return Reading{Reason: byCode, Sure: Fair, Rests: []string{ByCode}}
	case byEnhanced != None:
		return Reading{Reason: byEnhanced, Sure: Fair, Rests: []string{ByEnhanced}}
	}
	return Reading{Reason: None, Sure: No}
}

// accepts reports a reply that refuses nothing, whatever its words are.
func (r Reply) accepts() bool {
	return r.Code != 0 && r.Code/100 < 4 || r.Code == 0 && strings.HasPrefix(r.Enhanced, "2")
}

// wordsAlone: plain words are enough, unless they are of those that servers say of many things.
func wordsAlone(weak, codeAgrees bool) Sure {
	if weak && !codeAgrees {
		return Fair
	}
	return High
}

// byCodes: codes that the words contradict are not sure.
func byCodes(words Reason) Sure {
	if words != None {
		return Fair
	}
	return High
}

// agreed lowers what rests on codes whose classes contradict one another: 550 with 4.7.1 (RFC 3463 section 2).
func agreed(r Reply, sure Sure) Sure {
	if r.contradicts() {
		return Fair
	}
	return sure
}

func (r Reply) contradicts() bool {
	return r.Code != 0 && r.Enhanced != "" && r.Enhanced[0] != byte('0'+r.Code/100)
}

// rests adds the reply code where it agrees with the enhanced one.
func (r Reply) rests(on ...string) []string {
	if r.Code != 0 && !r.contradicts() {
		return append([]string{ByCode}, on...)
	}
	return on
}
