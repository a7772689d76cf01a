// Package fault holds the sandbox's faults: rules that say when a server departs from good behaviour and how, and the
// catalogue of faults with what is true of each. A rule fires by counting, by the clock, or by chance from a seed that
// it names, so that a script of faults replays exactly.
package fault

import (
	"context"
	"time"
)

// Stage is a point of a dialogue at which every server asks whether a rule departs from it.
type Stage string

const (
	Connect   Stage = "connect"  // a connection was accepted, nothing is sent yet
	TLS       Stage = "tls"      // a TLS handshake is about to begin
	Offer     Stage = "offer"    // the server looks at what it offers: EHLO, CAPA, CAPABILITY, and commands of extensions
	Command   Stage = "command"  // any command line was read; Facts.Verb names it
	Helo      Stage = "helo"     // SMTP EHLO and HELO
	Auth      Stage = "auth"     // any login: SMTP AUTH, POP3 USER/PASS/APOP/AUTH, IMAP LOGIN/AUTHENTICATE
	Mail      Stage = "mail"     // SMTP MAIL
	Rcpt      Stage = "rcpt"     // SMTP RCPT, once for each recipient
	Data      Stage = "data"     // SMTP DATA or BDAT, before the message
	EndOfData Stage = "eod"      // SMTP: the message was read, nothing is stored yet
	Accepted  Stage = "accepted" // SMTP: the message is stored, the reply is not sent yet
	Select    Stage = "select"   // IMAP SELECT and EXAMINE
	Fetch     Stage = "fetch"    // IMAP FETCH
	Message   Stage = "message"  // IMAP FETCH, before each message of its answer
	Append    Stage = "append"   // IMAP APPEND
	Idle      Stage = "idle"     // IMAP IDLE
	Retr      Stage = "retr"     // POP3 RETR and TOP
	Quit      Stage = "quit"     // POP3 QUIT, before deletions are committed
	Query     Stage = "query"    // DNS: a question was read
	HTTP      Stage = "http"     // HTTPS: a request was read
)

// Stages lists the points of all protocols.
func Stages() []Stage {
	return []Stage{Connect, TLS, Offer, Command, Helo, Auth, Mail, Rcpt, Data, EndOfData, Accepted, Select, Fetch, Message,
		Append, Idle, Retr, Quit, Query, HTTP}
}

// Facts is what is known at a stage; fields that have no meaning there are empty.
type Facts struct {
	Proto  string // "smtp", "pop3", "imap", "http"; of a DNS question "udp" or "tcp"
	Verb   string // command, upper case: "MAIL", "UIDL", "FETCH"
	User   string // login name
	From   string // reverse-path without angle brackets
	To     string // forward-path without angle brackets; of an HTTP request the host that it is for
	Name   string // DNS owner name without the last dot, or an HTTP path
	Type   string // DNS type: "MX"
	Peer   string // address of the other side: "127.0.0.1:40312", or "192.0.2.10" of a host of the small Internet
	Secure bool   // inside TLS
	EDNS   bool   // a DNS question has an OPT record (RFC 6891)
}

// Action is what a server does instead of, or before, the right thing. The steps happen in this order: Delay, then
// one of Reply, Garbage, Endless and Silent, then Close. An Action that does none of the latter goes on as usual
// afterwards, and what else it says holds until the client's next command.
type Action struct {
	// Delay waits before anything else.
	Delay time.Duration `json:"delay_ns,omitempty"`
	// Reply is sent in place of the right answer, without line end: "451 4.3.0 Try again later" (SMTP),
	// "-ERR [SYS/TEMP] no" (POP3), "NO [UNAVAILABLE] no" (IMAP, tag added), "503" (HTTP). In mail dialogues \n parts the
	// lines of a longer one. For a DNS question it is a response code by name, "NOERROR" for an answer without records,
	// or "TC" for one that is cut off.
	Reply string `json:"reply,omitempty"`
	// Garbage sends so many octets of binary noise, always the same.
	Garbage int `json:"garbage,omitempty"`
	// Endless sends Reply and then no line end, but octets until the peer hangs up or 64 MiB are sent.
	Endless bool `json:"endless,omitempty"`
	// Silent sends no answer at all and stays connected.
	Silent bool `json:"silent,omitempty"`
	// Close ends the connection after the reply, if any.
	Close bool `json:"close,omitempty"`
	// Octets lets Close wait: at stage data until so many octets of the message have come, elsewhere until so many of
	// the right answer have gone.
	Octets int64 `json:"octets,omitempty"`
	// Drip is the pause before each octet of the answer, whosever it is.
	Drip time.Duration `json:"drip_ns,omitempty"`
	// Replace changes what is sent: "BODYSTRUCTURE (" to "BODYSTRUCTURE ((".
	Replace Replace `json:"replace,omitzero"`
	// Withhold lists what is not offered at stage offer: "STARTTLS", "SIZE", "UIDL". A command of that name is then not known.
	Withhold []string `json:"withhold,omitempty"`
	// Size is, at stage offer of SMTP, the largest message in octets: announced, and enforced at MAIL and at the end of data.
	Size int64 `json:"size,omitempty"`
	// Renumber gives the folder another UIDVALIDITY, and with it its messages other unique-ids, before it is opened:
	// at stages select (IMAP) and auth (POP3).
	Renumber bool `json:"renumber,omitempty"`
	// Records are, for a DNS question, the answer in zone-file form in place of what the zone holds:
	// "tsuru.test. 300 MX 0 .".
	Records []string `json:"records,omitempty"`
	Answer  Answer   `json:"answer,omitzero"` // more of a DNS answer
	Page    Page     `json:"page,omitzero"`   // of a web page
	// Certificate is, for a TLS handshake, the certificate to show; the dialogue then goes on.
	Certificate Certificate `json:"certificate,omitempty"`
	// Alert ends a TLS handshake of a mail server with this alert (RFC 8446 section 6).
	Alert uint8 `json:"alert,omitempty"`
	// Rule is the id of the rule that fired, for Event.Rule. At sets it.
	Rule string `json:"-"`
}

// Replace is one text and what stands in its place.
type Replace struct {
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// Certificate is a kind of certificate with a fault.
type Certificate string

const (
	Expired    Certificate = "expired"     // since yesterday
	OtherName  Certificate = "other-name"  // for other.test
	SelfSigned Certificate = "self-signed" // by nobody that anybody knows
)

// Certificates lists the kinds.
func Certificates() []Certificate { return []Certificate{Expired, OtherName, SelfSigned} }

// Wait passes the action's Delay, or returns the context's error if that ends first. A nil Action has no delay.
func (a *Action) Wait(ctx context.Context) error {
	if a == nil || a.Delay <= 0 {
		return nil
	}
	t := time.NewTimer(a.Delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// GoesOn reports whether the right thing still happens after the delay: the action neither answers, nor is silent,
// nor closes at once. A nil Action goes on.
func (a *Action) GoesOn() bool {
	return a == nil || (a.Reply == "" && !a.Silent && (!a.Close || a.Octets > 0) && a.Garbage == 0 && !a.Endless && a.Alert == 0 && len(a.Records) == 0)
}
