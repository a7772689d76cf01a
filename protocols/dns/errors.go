package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// Kind says why a lookup gave no records. NotFound and NoData are knowledge: a server said so. All others mean
// that it could not be told.
type Kind string

const (
	NotFound    Kind = "notfound"    // NXDOMAIN: the name does not exist (RFC 2308 section 2.1)
	NoData      Kind = "nodata"      // the name exists without records of this type (RFC 2308 section 2.2)
	ServFail    Kind = "servfail"    // the server could not find out
	Refused     Kind = "refused"     // the server does not answer us
	Rejected    Kind = "rejected"    // another rcode: FORMERR, NOTIMP, ...
	Referral    Kind = "referral"    // the server knows only whom else to ask: it is no recursive resolver
	Timeout     Kind = "timeout"     // no reply in time
	Unreachable Kind = "unreachable" // the network or the server's host refused the query
	Garbled     Kind = "garbled"     // the reply cannot be read
	Loop        Kind = "loop"        // the CNAME records lead in a circle, or too far
	BadName     Kind = "badname"     // the name cannot be asked for; nothing was sent
	Cancelled   Kind = "cancelled"   // the caller gave up
	Lame        Kind = "lame"        // no server that the zone is delegated to holds it (RFC 1912 section 2.8)
	Diverted    Kind = "intercepted" // a resolver on the way answers in place of the root servers
	Cycle       Kind = "cycle"       // the addresses of a zone's servers can only be found by asking these servers
	Budget      Kind = "budget"      // the walk became longer than any honest one is
)

// Error is the outcome of a lookup that gave no records.
type Error struct {
	Name   string // as asked, without the final dot
	Type   string // "MX", "A", ...
	Rcode  string // "NXDOMAIN", "NOERROR", ...; empty when no reply came
	Server string // who said so, "192.0.2.53:53"; empty when nobody was asked
	Kind   Kind
	Err    error // the cause, for Timeout, Unreachable, Garbled, BadName and Cancelled
}

// Error says what was asked, of whom, and what came of it.
func (e *Error) Error() string {
	text := fmt.Sprintf("look up %s %s: %s", e.Name, e.Type, e.reason())
	if e.Server != "" {
		text += " (asked " + e.Server + ")"
	}
	return text
}

func (e *Error) reason() string {
	switch e.Kind {
	case NotFound:
		return "the name does not exist"
	case NoData:
		return "the name has no such record"
	case Timeout:
		return "no reply; check the network and the resolver setting"
	case Referral:
		return "the server only refers to others; set a recursive resolver"
	case Loop:
		return "its CNAME records lead in a circle or too far"
	case Lame:
		return "no server named for the zone holds it"
	case Diverted:
		return "a resolver on the way answers in place of the root servers"
	case Cycle:
		return "the zone's servers cannot be found without asking themselves"
	case Budget:
		return "the search is too long; its records lead to ever more servers"
	}
	if e.Err != nil {
		return e.Err.Error()
	}
	return "the server answered " + e.Rcode
}

// Unwrap gives the cause, so that errors.Is(err, context.Canceled) holds for a cancelled lookup.
func (e *Error) Unwrap() error { return e.Err }

// Absent reports that the data is known not to exist.
func (e *Error) Absent() bool { return e.Kind == NotFound || e.Kind == NoData }

// Code is the stable code of the failure, "dns.notfound" and so on.
func (e *Error) Code() string { return "dns." + string(e.Kind) }

// Timeout reports that no reply came in time, as net.Error asks it.
func (e *Error) Timeout() bool { return e.Kind == Timeout }

// Temporary reports that asking again later may help.
func (e *Error) Temporary() bool { return !e.Absent() && e.Kind != BadName && e.Kind != Loop }

// As lets callers that know only package net see the failure as a *net.DNSError.
func (e *Error) As(target any) bool {
	t, ok := target.(**net.DNSError)
	if !ok {
		return false
	}
	*t = &net.DNSError{Err: e.reason(), Name: e.Name, Server: e.Server, UnwrapErr: e.Err,
		IsTimeout: e.Timeout(), IsTemporary: e.Temporary(), IsNotFound: e.Absent()}
	return true
}

// Absent reports whether err says that the data is known not to exist, rather than that it could not be had.
func Absent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Absent()
}

func (q question) fail(server string, kind Kind, rcode string, cause error) *Error {
	return &Error{Name: shown(q.name), Type: q.typeName(), Rcode: rcode, Server: server, Kind: kind, Err: cause}
}

// ended is the failure of a lookup whose context is over: the caller gave up, or gave too little time.
func (q question) ended(server string, err error) *Error {
	if errors.Is(err, context.DeadlineExceeded) {
		return q.fail(server, Timeout, "", err)
	}
	return q.fail(server, Cancelled, "", err)
}

// transportKind names what went wrong with a query that got no reply.
func transportKind(err error) Kind {
	var ne net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &ne) && ne.Timeout() {
		return Timeout
	}
	return Unreachable
}

// worse chooses which of two failures to report: what a server said tells more than silence, and where a wait was given
// up nothing is known of what would have come.
func worse(a, b error) error {
	var ea *Error
	if errors.As(a, &ea) && ea.Kind == Cancelled {
		return a
	}
	if errors.As(b, &ea) && ea.Kind == Cancelled {
		return b
	}
	if errors.As(a, &ea) && ea.Rcode != "" {
		var eb *Error
		if !errors.As(b, &eb) || eb.Rcode == "" {
			return a
		}
	}
	return b
}
