// Package delivery traces the way of a message from this device to a mailbox: the four steps, each hop with what it
// proved, and what a mail server would do now. It sends no message.
package delivery

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// Limits of one run.
const (
	RunTime     = 60 * time.Second        // of the whole run, unless Options.Time says otherwise
	maxHosts    = 10                      // mail exchangers that are asked
	maxPerHost  = 4                       // addresses of one of them
	maxQueries  = 600                     // to name servers; the names of addresses take the most
	maxSpeakers = 8                       // SMTP connections at once
	slowBanner  = 5 * time.Second         // later greetings are named: the pause is legal, and it tells that senders are tested
	lateReply   = 1500 * time.Millisecond // most replies of a dialogue as late as this are a tarpit's
)

// State is how a step or a hop stands.
type State = ladder.State

const (
	Wait    = ladder.Wait
	Live    = ladder.Live
	OK      = ladder.OK
	Warn    = ladder.Warn
	Fail    = ladder.Fail
	NA      = ladder.NA
	Unknown = ladder.Unknown
)

// The four steps of the delivery path.
const (
	Submission = 1 // this device to the submission server
	Lookup     = 2 // DNS of the recipient's domain
	Transfer   = 3 // to the recipient's server
	Pickup     = 4 // by POP3 or IMAP
)

// Step is one of the four.
type Step struct {
	Number  int           `json:"number"`
	State   State         `json:"state"`
	Began   time.Time     `json:"began,omitzero"`
	Elapsed time.Duration `json:"elapsed_ns"`
}

// Kind says what sort of thing a hop tried.
type Kind string

const (
	KindDevice   Kind = "device"   // something of this device or its line
	KindQuery    Kind = "query"    // one question to one name server: Query is set
	KindResolver Kind = "resolver" // the question to the resolver that programs on this device use
	KindFact     Kind = "fact"     // what follows from hops before it; it asked nobody
	KindCommand  Kind = "command"  // one command and its reply, or the connect or the handshake before it
	KindPolicy   Kind = "policy"   // what the domain publishes for those who send to it
	KindPickup   Kind = "pick-up"  // a login where the recipient reads
)

// Hop is one thing that was tried. The events from First to Last that belong to Span are its dialogue.
type Hop struct {
	ID      int             `json:"id"` // in the order of beginning, from 1
	Step    int             `json:"step"`
	Kind    Kind            `json:"kind"`
	Where   string          `json:"where"`          // the zone, the mail exchanger, the device
	Addr    string          `json:"addr,omitempty"` // "192.0.2.31:25"
	What    string          `json:"what"`           // the server asked, the command
	State   State           `json:"state"`
	Began   time.Time       `json:"began"`
	Elapsed time.Duration   `json:"elapsed_ns"`
	Limit   time.Duration   `json:"limit_ns,omitempty"` // of this wait; 0 where it has none but the run's
	Span    int64           `json:"span,omitempty"`
	First   int64           `json:"first,omitempty"`
	Last    int64           `json:"last,omitempty"`
	Finding *trace.Finding  `json:"finding,omitempty"` // nil while it is live
	Query   *dns.Hop        `json:"query,omitempty"`
	Reply   *smtp.Reply     `json:"reply,omitempty"`
	TLS     *trace.TLSFacts `json:"tls,omitempty"`
	Offers  []string        `json:"offers,omitempty"` // what EHLO announced, sorted
	Ports   []ladder.Port   `json:"ports,omitempty"`  // of mail, as seen from this device
}

// Word says what a mail server would do now.
type Word string

const (
	Delivered Word = "delivered" // hand the message over: the recipient was accepted
	Deferred  Word = "deferred"  // keep it and try again
	Refused   Word = "refused"   // give it back
	NotKnown  Word = "unknown"   // cannot be told from here, or was not asked
)

// Verdict is the end of a run: the first fact that decides, and who must act.
type Verdict struct {
	Word    Word            `json:"word"`
	Step    int             `json:"step,omitempty"`  // the first that failed; 0 if none did
	Retry   *Retry          `json:"retry,omitempty"` // of a message that a mail server keeps
	Who     string          `json:"who"`             // as diag/explain names them: "you", "dns", "recipient", "nobody"
	Finding trace.Finding   `json:"finding"`
	Also    []trace.Finding `json:"also,omitempty"` // what is wrong beside it, each once
}

// Report is one run.
type Report struct {
	Address string `json:"address,omitempty"` // empty when a domain was traced
	Domain  string `json:"domain"`
	Sender  string `json:"sender"` // of the envelope, if a recipient was asked for; "" is the null sender
	Seed    uint64 `json:"seed"`   // orders servers and equal MX records
	// Limit is the time that the whole run was given; 0 in run files that were written before it was told.
	Limit  time.Duration `json:"limit_ns,omitempty"`
	Routes []Route       `json:"routes,omitempty"` // in the order that a mail server tries them
	// Policies is nil where no host was found that takes mail.
	Policies *Policies    `json:"policies,omitempty"`
	DNSSEC   dns.Security `json:"dnssec"` // of the domain's MX records, or of their absence
	Steps    [4]Step      `json:"steps"`
	Hops     []Hop        `json:"hops"`
	Verdict  Verdict      `json:"verdict"`
	// Critical are the ids of the hops, first to last, that the length of the run came from.
	Critical []int         `json:"critical"`
	Began    time.Time     `json:"began"`
	Elapsed  time.Duration `json:"elapsed_ns"`
}

// CatchAll is what an address that nobody has was answered; nil where none was asked for.
func (r Report) CatchAll() *trace.Finding {
	for _, h := range r.Hops {
		if h.Finding != nil && strings.HasPrefix(h.Finding.Code, "trace.catchall") {
			return h.Finding
		}
	}
	return nil
}

// Route is one mail exchanger (RFC 5321 section 5.1).
type Route struct {
	Host       string   `json:"host"`
	Preference uint16   `json:"preference"`
	Implicit   bool     `json:"implicit,omitempty"` // the domain itself, for want of MX records
	Addrs      []string `json:"addrs,omitempty"`
}

// Question is what a person is asked before a host that is not theirs hears a recipient's name.
type Question struct {
	Host    string // one of the domain's mail exchangers
	Addr    string // the one of its addresses that would hear it
	Address string // the recipient
	Sender  string // of the envelope; "" is the null sender
	Send    bool   // the host would get the message, too
	// Recipients are all that the answer holds for, Address among them. Empty: Address alone.
	Recipients []string
}

// Message is one that is sent to see it travel.
type Message struct {
	ID     string // Message-ID without angle brackets
	Octets []byte // whose lines end in CRLF
}

// Login tries to log in where the recipient reads.
type Login struct {
	Server string        // "mail.sakura.test:993"
	Box    ladder.Server // the same, to wait there for a message that is sent
	Try    func(context.Context, *trace.Span) error
}

// Options say what to trace and how far. A domain alone is traced up to STARTTLS.
type Options struct {
	Net     *wire.Net
	Address string // "" to trace the domain alone
	Domain  string
	Sender  string // of the envelope
	Name    string // for EHLO; "" is the address literal of our end
	// Rcpt asks the domain's servers whether they take mail for Address. Hosts that Net.Owns are asked in any case.
	Rcpt bool
	Stop Stop // "" is the end: RCPT if it may be asked, else STARTTLS
	// Consent is asked once, before the first recipient is named to a host that is not ours; nil consents.
	// The context is the run's: a question without an answer at its end means no.
	Consent func(context.Context, Question) bool
	// Self are this device's own addresses: an exchanger that has one of them is this device (RFC 5321 section 5.1).
	Self     []netip.Addr
	CatchAll bool          // ask one exchanger, once, for an address that nobody has; only where Rcpt may be asked
	All      bool          // ask every name server of the domain, and compare their answers
	Family   dns.Family    // ask name servers by these addresses alone
	Seed     uint64        // 0 means at random
	Time     time.Duration // of the whole run; 0 means RunTime
	Limits   smtp.Limits   // of the dialogue; zero fields mean the tracer's own
	// Submit is the server of step 1 and Collect tries step 4, where an account makes that possible; nil leaves them out.
	Submit  *SubmissionServer
	Collect *Login
	Waits   *Waits // lets the person give up single waits; may be nil
	// Send hands this message over: through Submit, or without it to the best exchanger. nil sends nothing.
	Send *Message
	// Own are the servers of the sender's account. Their ports of mail are tried, to tell what this line lets out.
	Own []ladder.Server
	// Compare are tried on port 25 if all exchangers are silent: that tells a line that lets nothing out there from silent
	// hosts. The person agreed to them, and to Portal, a page.
	Compare []string
	Portal  ladder.PortalOptions
	// Ended is asked when the run is over whether all servers went away under it, and gives that finding: then what failed
	// says nothing of anybody. May be nil, and may give nil.
	Ended func(context.Context) *trace.Finding
	// Watch is told of each hop when it begins and when it is over; one call at a time. May be nil.
	Watch func(Hop)
}

// recipient is the address as commands have it: a local part such as one with a space stands in quotes (RFC 5321 section
// 4.1.2).
func (o Options) recipient() string {
	if o.Address == "" {
		return ""
	}
	return mail.Address{Addr: o.Address}.String()
}

// Run traces. The report is whole also when something failed; the error is ctx's, when the caller gave up.
func Run(ctx context.Context, span *trace.Span, o Options) (Report, error) {
	r := newRun(span, o)
	within, cancel := context.WithTimeout(ctx, r.o.Time)
	defer cancel()
	r.travel(within)
	if o.Ended != nil && ctx.Err() == nil {
		r.ended = o.Ended(ctx)
	}
	return r.finish(), ctx.Err()
}

func orDuration(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
