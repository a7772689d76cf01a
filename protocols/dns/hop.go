package dns

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
)

// Outcome says what one hop of a walk came to.
type Outcome string

const (
	Asking       Outcome = ""            // the query is under way
	Refers       Outcome = "referral"    // those servers know: one zone further down
	Answers      Outcome = "answer"      // the records asked for
	Aliases      Outcome = "alias"       // a CNAME record leads on
	Empty        Outcome = "nodata"      // the name exists without such records (RFC 2308 section 2.2)
	Nonexistent  Outcome = "nxdomain"    // the name does not exist
	IsLame       Outcome = "lame"        // the server does not hold the zone that it is named for (RFC 1912 section 2.8)
	Intercepted  Outcome = "intercepted" // somebody on the way answers in place of a root server
	FailsInside  Outcome = "servfail"    // the server has a fault of its own
	Rejects      Outcome = "rejected"    // another rcode
	Silent       Outcome = "silent"      // no answer in time
	Unreached    Outcome = "unreachable" // the network or the server's host refused the query
	NoRoute      Outcome = "noroute"     // this device has no way to addresses of that family
	Unreadable   Outcome = "garbled"     // the reply cannot be read
	Truncates    Outcome = "truncated"   // asked again over TCP (RFC 7766)
	NoEDNS       Outcome = "noedns"      // the server does not know EDNS; asked again without (RFC 6891 section 6.2.2)
	DropsEDNS    Outcome = "dropsedns"   // the server answers nothing that carries EDNS; asked again without
	NoGlue       Outcome = "noglue"      // the server's name is inside the zone it serves, and its address was not given
	NoAddress    Outcome = "noaddress"   // the server's name has no address
	GivenUp      Outcome = "cancelled"   // the caller gave up
	OutOfBudget  Outcome = "budget"      // the walk became longer than any honest one is
	ServersCycle Outcome = "cycle"       // the servers' addresses can only be found by asking these servers
)

// Outcomes lists all that a hop can come to.
func Outcomes() []Outcome {
	return []Outcome{Refers, Answers, Aliases, Empty, Nonexistent, IsLame, Intercepted, FailsInside, Rejects, Silent, Unreached, NoRoute, Unreadable,
		Truncates, NoEDNS, DropsEDNS, NoGlue, NoAddress, GivenUp, OutOfBudget, ServersCycle}
}

// Origin says how the address of a server is known.
type Origin string

const (
	FromHints  Origin = "hints"    // of the root
	FromGlue   Origin = "glue"     // given with the referral
	FromLookup Origin = "resolved" // found by a walk of its own
)

// ExtendedError is what a server adds to its rcode (RFC 8914).
type ExtendedError struct {
	Code uint16 `json:"code"`
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
}

// Hop is one query of a walk to one address, or a server that could not be asked.
type Hop struct {
	ID        int             `json:"id"`                  // in the order of beginning, from 1
	For       string          `json:"for"`                 // what is looked up: "tsuru.test MX"
	Zone      string          `json:"zone"`                // whose server is asked
	Server    string          `json:"server"`              // its name
	Addr      string          `json:"addr,omitempty"`      // "192.0.2.53:53"; empty if it has none
	Origin    Origin          `json:"origin,omitempty"`    // of the address
	Family    Family          `json:"family,omitempty"`    //
	Network   string          `json:"network,omitempty"`   // "udp" or "tcp"
	Name      string          `json:"name,omitempty"`      // as really sent, with its random case (draft dns0x20)
	Type      string          `json:"type,omitempty"`      // as really sent
	Minimised bool            `json:"minimised,omitempty"` // less than the whole name was asked (RFC 9156)
	EDNS      bool            `json:"edns,omitempty"`      // the query carried EDNS
	Try       int             `json:"try,omitempty"`       // which try at this address it is, from 1
	Tries     int             `json:"tries,omitempty"`     // how many there may be
	Limit     time.Duration   `json:"limit_ns,omitempty"`  // how long it may wait for the reply
	Sent      int             `json:"sent,omitempty"`      // octets
	Size      int             `json:"size,omitempty"`      // octets of the reply
	Rcode     string          `json:"rcode,omitempty"`     //
	AA        bool            `json:"aa,omitempty"`        //
	TC        bool            `json:"tc,omitempty"`        //
	RA        bool            `json:"ra,omitempty"`        //
	Takes     int             `json:"takes,omitempty"`     // octets that the server's EDNS says it takes over UDP; 0 without EDNS
	Extended  []ExtendedError `json:"extended,omitempty"`  //
	Wrong     []string        `json:"wrong,omitempty"`     // datagrams that came and were no answer: "id", "question", "case", ...
	Answer    []string        `json:"answer,omitempty"`    // in zone-file form, bounded
	Authority []string        `json:"authority,omitempty"` //
	Extra     []string        `json:"extra,omitempty"`     //
	Child     string          `json:"child,omitempty"`     // the zone that a referral leads to
	NSID      string          `json:"nsid,omitempty"`      // which of several servers answered, where it was asked (RFC 5001)
	Serial    uint32          `json:"serial,omitempty"`    // of the zone's SOA record, where it was asked
	Query     []byte          `json:"query,omitempty"`     // the message as sent
	Reply     []byte          `json:"reply,omitempty"`     // the message as received; at most 64 KiB, as RFC 1035 section 4.2.2 has it
	Outcome   Outcome         `json:"outcome,omitempty"`   // empty while the query is under way
	Began     time.Time       `json:"began"`
	Elapsed   time.Duration   `json:"elapsed_ns"`
}

// Level says what the outcome means for the walk.
func (h Hop) Level() trace.Level {
	switch h.Outcome {
	case Refers, Answers, Aliases, Empty, Nonexistent, Truncates:
		if len(h.Wrong) > 0 {
			return trace.Warn
		}
		return trace.Pass
	case NoRoute, GivenUp, Asking:
		return trace.Unknown
	case NoEDNS, DropsEDNS:
		return trace.Warn
	}
	return trace.Fail
}

// walkCodes begins what follows "dns." in the code of every hop.
const walkCodes = "walk."

// Finding is the hop as a code and facts; diag/explain has the words.
func (h Hop) Finding() trace.Finding {
	args := map[string]string{"for": h.For, "zone": h.Zone, "server": h.Server, "addr": h.Addr, "network": h.Network, "origin": string(h.Origin),
		"name": h.Name, "type": h.Type, "rcode": h.Rcode, "child": h.Child, "wrong": strings.Join(h.Wrong, " "), "host": shown(h.Name)}
	for key, on := range map[string]bool{"aa": h.AA, "tc": h.TC, "minimised": h.Minimised, "edns": h.EDNS} {
		args[key] = strconv.FormatBool(on)
	}
	for key, n := range map[string]int{"sent": h.Sent, "size": h.Size} {
		args[key] = strconv.Itoa(n)
	}
	for _, x := range h.Extended {
		args["extended"] += strings.TrimSpace(strconv.Itoa(int(x.Code))+" "+x.Name+" "+x.Text) + ";"
	}
	return trace.Finding{Code: "dns." + walkCodes + string(h.Outcome), Level: h.Level(), Args: args}
}

// event is the hop as everybody's event.
func (h Hop) event() trace.Event {
	f := h.Finding()
	e := trace.Event{Kind: trace.KindDNS, Side: trace.SideClient, Proto: "dns", Addr: strings.TrimSpace(h.Server + " " + h.Addr),
		Name: strings.TrimSpace(shown(h.Name) + " " + h.Type), Size: int64(h.Size), Elapsed: h.Elapsed, Finding: &f,
		Try: h.Try, Tries: h.Tries, Limit: h.Limit, Query: h.Query, Reply: h.Reply}
	shown := h.Answer
	if len(shown) == 0 {
		shown = h.Authority
	}
	e.Data = []byte(strings.Join(withoutProofs(shown), "\n"))
	if h.Level() != trace.Pass {
		e.Error = string(h.Outcome)
	}
	return e
}

// withoutProofs leaves out signatures and denials, which say nothing to a reader of a line; the reply's octets have them.
func withoutProofs(records []string) []string {
	return slices.DeleteFunc(slices.Clone(records), func(line string) bool {
		f := strings.Fields(line)
		return len(f) > 3 && (f[3] == "RRSIG" || f[3] == "NSEC" || f[3] == "NSEC3")
	})
}

// heard fills in what the server said.
func (h *Hop) heard(got reply) {
	h.Size, h.AA, h.TC, h.RA, h.Reply = got.size, got.aa, got.truncated, got.ra, got.raw
	if got.size > 0 {
		h.Rcode = got.rcodeText()
	}
	h.Answer, h.Authority, h.Extra = lines(got.answer), lines(got.authority), lines(got.extra)
	for _, rr := range got.extra {
		opt, ok := rr.(*mdns.OPT)
		if !ok {
			continue
		}
		h.Takes = int(opt.UDPSize())
		for _, o := range opt.Option {
			switch x := o.(type) {
			case *mdns.EDNS0_EDE:
				if len(h.Extended) < maxExtended {
					h.Extended = append(h.Extended, ExtendedError{x.InfoCode, mdns.ExtendedErrorCodeToString[x.InfoCode], x.ExtraText})
				}
			case *mdns.EDNS0_NSID:
				h.NSID = nsid(x.Nsid)
			}
		}
	}
}

const (
	maxExtended = 4   // extended errors of one reply that are kept
	maxNSID     = 128 // octets of a server's name for itself that are kept
)

// nsid reads a server's name for itself: text where it is text, else its octets in hex (RFC 5001 section 2.3).
func nsid(octets string) string {
	raw, err := hex.DecodeString(octets)
	if err != nil || len(raw) == 0 {
		return ""
	}
	raw = raw[:min(len(raw), maxNSID)]
	for _, c := range raw {
		if c < 0x20 || c > 0x7e {
			return hex.EncodeToString(raw)
		}
	}
	return string(raw)
}

// lines writes records as a zone file does, without EDNS, up to maxEventData octets.
func lines(records []mdns.RR) []string {
	plain := make([]mdns.RR, 0, len(records))
	for _, rr := range records {
		if rr.Header().Rrtype != mdns.TypeOPT {
			plain = append(plain, rr)
		}
	}
	if text := presentation(plain); len(text) > 0 {
		return strings.Split(string(text), "\n")
	}
	return nil
}

// Family is an address family.
type Family string

const (
	AnyFamily Family = ""
	IPv4      Family = "ipv4"
	IPv6      Family = "ipv6"
)

func familyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return IPv4
	}
	return IPv6
}
