// Package fault holds the sandbox's faults: rules that say when a server departs from good behaviour and how. A rule
// fires by counting, never by chance, so that a script of faults replays exactly.
package fault

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Stage is a point of a dialogue at which every server asks whether a rule departs from it.
type Stage string

const (
	Connect   Stage = "connect"  // a connection was accepted, nothing is sent yet
	TLS       Stage = "tls"      // a TLS handshake is about to begin
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
	Append    Stage = "append"   // IMAP APPEND
	Idle      Stage = "idle"     // IMAP IDLE
	Retr      Stage = "retr"     // POP3 RETR and TOP
	Quit      Stage = "quit"     // POP3 QUIT, before deletions are committed
	Query     Stage = "query"    // DNS: a question was read
	HTTP      Stage = "http"     // HTTPS: a request was read
)

// Facts is what is known at a stage; fields that have no meaning there are empty.
type Facts struct {
	Verb string // command, upper case: "MAIL", "UIDL", "FETCH"
	User string // login name
	From string // reverse-path without angle brackets
	To   string // forward-path without angle brackets
	Name string // DNS owner name without the last dot, or an HTTP path
	Type string // DNS type: "MX"
	Peer string // address of the other side, "127.0.0.1:40312"
}

// Match narrows a rule to facts. Each field is a glob of path.Match, compared without regard to case; an empty one
// matches everything.
type Match struct {
	Verb string `json:"verb,omitempty"`
	User string `json:"user,omitempty"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"`
}

// Action is what a server does instead of, or before, the right thing. The steps happen in this order: Delay, then
// Reply or Silent, then Close. An Action with only a Delay goes on as usual afterwards.
type Action struct {
	// Delay waits before anything else.
	Delay time.Duration `json:"delay_ns,omitempty"`
	// Reply is sent in place of the right answer, without line end: "451 4.3.0 Try again later" (SMTP),
	// "-ERR [SYS/TEMP] no" (POP3), "NO [UNAVAILABLE] no" (IMAP, tag added), "SERVFAIL" (DNS), "503" (HTTP).
	Reply string `json:"reply,omitempty"`
	// Silent sends no answer at all and stays connected.
	Silent bool `json:"silent,omitempty"`
	// Close ends the connection after the reply, if any.
	Close bool `json:"close,omitempty"`
	// Records are, for a DNS question, the answer in zone-file form in place of what the zone holds:
	// "tsuru.test. 300 MX 0 .".
	Records []string `json:"records,omitempty"`
	// Certificate is, for an SMTP handshake, the certificate to show; the dialogue then goes on.
	Certificate Certificate `json:"certificate,omitempty"`
	// Rule is the id of the rule that fired, for Event.Rule. At sets it.
	Rule string `json:"-"`
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

// Rule says when (Host, Stage, Match, and one of Nth, Every, Once) and what to do.
type Rule struct {
	ID    string `json:"id"`
	Host  string `json:"host,omitempty"` // glob over the server's host name; empty means every host
	Stage Stage  `json:"stage"`
	Match Match  `json:"match,omitzero"`
	Nth   int    `json:"nth,omitempty"`   // only the nth time that the rest matches, counted from 1
	Every int    `json:"every,omitempty"` // the nth, 2nth, 3nth time
	Once  bool   `json:"once,omitempty"`  // never again after it fired
	Off   bool   `json:"off,omitempty"`   // kept, but does not fire
	Do    Action `json:"do"`
}

// Status is a rule and how often it fired.
type Status struct {
	Rule
	Seen int `json:"seen"` // times that host, stage and facts matched
	Hits int `json:"hits"` // times that it fired
}

// Set holds the rules of one sandbox. A nil Set has none. Its methods are safe for concurrent use.
type Set struct {
	busy  atomic.Bool // whether any rule is on: the path without faults takes no lock
	mu    sync.Mutex
	rules []*Status
}

// At gives the action of the first rule that fires at this stage of the host, nil if none does.
func (s *Set) At(host string, stage Stage, f Facts) *Action {
	if s == nil || !s.busy.Load() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		if r.fires(host, stage, f) {
			do := r.Do
			do.Rule = r.ID
			return &do
		}
	}
	return nil
}

// fires counts a match and decides.
func (r *Status) fires(host string, stage Stage, f Facts) bool {
	if r.Off || r.Stage != stage || !glob(r.Host, host) || !r.Match.fits(f) {
		return false
	}
	r.Seen++
	switch {
	case r.Once && r.Hits > 0:
		return false
	case r.Nth > 0 && r.Seen != r.Nth:
		return false
	case r.Every > 0 && r.Seen%r.Every != 0:
		return false
	}
	r.Hits++
	return true
}

func (m Match) fits(f Facts) bool {
	return glob(m.Verb, f.Verb) && glob(m.User, f.User) && glob(m.From, f.From) &&
		glob(m.To, f.To) && glob(m.Name, f.Name) && glob(m.Type, f.Type)
}

func glob(pattern, value string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(value))
	return ok && err == nil
}

// Add appends a rule. It refuses one that could never fire or would do nothing.
func (s *Set) Add(r Rule) error {
	if err := r.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, have := range s.rules {
		if have.ID == r.ID {
			return fmt.Errorf("fault rule %q exists: remove it first or choose another id", r.ID)
		}
	}
	s.rules = append(s.rules, &Status{Rule: r})
	s.count()
	return nil
}

func (r Rule) check() error {
	if r.ID == "" {
		return fmt.Errorf("a fault rule needs an id")
	}
	if r.Stage == "" {
		return fmt.Errorf("fault rule %q needs a stage, such as %q", r.ID, Rcpt)
	}
	if r.Do.Delay == 0 && r.Do.Reply == "" && !r.Do.Silent && !r.Do.Close && len(r.Do.Records) == 0 && r.Do.Certificate == "" {
		return fmt.Errorf("fault rule %q does nothing: give a delay, a reply, records, a certificate, silent or close", r.ID)
	}
	if r.Do.Certificate != "" && (r.Stage != TLS || !slices.Contains(Certificates(), r.Do.Certificate)) {
		return fmt.Errorf("fault rule %q: certificate is one of %v, at stage %q", r.ID, Certificates(), TLS)
	}
	if len(r.Do.Records) > 0 && r.Stage != Query {
		return fmt.Errorf("fault rule %q: records belong to stage %q", r.ID, Query)
	}
	if r.Do.Reply != "" && r.Do.Silent {
		return fmt.Errorf("fault rule %q both replies and is silent: choose one", r.ID)
	}
	if r.Nth < 0 || r.Every < 0 || r.Do.Delay < 0 {
		return fmt.Errorf("fault rule %q has a negative number", r.ID)
	}
	if strings.ContainsAny(r.Do.Reply, "\r\n") {
		return fmt.Errorf("fault rule %q: the reply must be one line", r.ID)
	}
	for _, p := range []string{r.Host, r.Match.Verb, r.Match.User, r.Match.From, r.Match.To, r.Match.Name, r.Match.Type} {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("fault rule %q: pattern %q: %w", r.ID, p, err)
		}
	}
	return nil
}

// Remove forgets the rule; false means that there was none.
func (s *Set) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.rules {
		if r.ID == id {
			s.rules = append(s.rules[:i], s.rules[i+1:]...)
			s.count()
			return true
		}
	}
	return false
}

// Switch turns a rule on or off and keeps its counts; false means that there is none.
func (s *Set) Switch(id string, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		if r.ID == id {
			r.Off = !on
			s.count()
			return true
		}
	}
	return false
}

// count notes whether any rule is on; the caller holds the lock.
func (s *Set) count() {
	on := false
	for _, r := range s.rules {
		on = on || !r.Off
	}
	s.busy.Store(on)
}

// Rules gives a copy of all rules in their order, with counts.
func (s *Set) Rules() []Status {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Status, 0, len(s.rules))
	for _, r := range s.rules {
		out = append(out, *r)
	}
	return out
}

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
// nor closes. A nil Action goes on.
func (a *Action) GoesOn() bool {
	return a == nil || (a.Reply == "" && !a.Silent && !a.Close && len(a.Records) == 0)
}
