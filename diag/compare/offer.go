package compare

import (
	"slices"
	"strconv"
	"strings"

	"todoku/internal/trace"
)

// Asked is what an account's server told when it was asked.
type Asked struct {
	Server       string
	TLS          *trace.TLSFacts
	Capabilities []string // in capitals
	Messages     int      // that the inbox shows
	Folders      int      // IMAP: folders beside the inbox that hold messages
	Elsewhere    int      // IMAP: messages in them
	Expire       int      // POP3: as pop3.Capabilities
	LoginDelay   int      // POP3: seconds
	SameUIDL     int      // POP3: unique-ids that several messages bear
}

// Values of Asked.Expire that are no number of days (RFC 2449 section 6.7).
const (
	ExpireNever  = -1
	ExpireUnsaid = -2
)

// OfferOf is what the account's server offers for a protocol, with its limits and oddities, and with what would change if
// it had what it lacks. other is what the other protocol's server told; nil if it told nothing.
func OfferOf(p Protocol, a Asked, other *Asked) Offer {
	o := Offer{Protocol: p, Server: a.Server, State: OK, TLS: a.TLS, Capabilities: a.Capabilities}
	if p == POP3 {
		o.Notes = append(limits(a), hidden(a, other)...)
	}
	o.Notes = append(o.Notes, lacking(p, a)...)
	o.State = worst(o.Notes)
	return o
}

// OnPorts adds the ports that were asked: the configured one as the offer came out, and others.
func (o Offer) OnPorts(configured int, tls string, others []Port) Offer {
	own := Port{Port: configured, TLS: tls, State: o.State, Error: o.Error}
	if own.State == Warn {
		own.State = OK
	}
	o.Ports = append([]Port{own}, others...)
	for _, c := range []struct {
		code  string
		state State
	}{{"compare.offer.ports", OK}, {"compare.offer.closed", Fail}, {"compare.offer.silent", Unknown}} {
		var names []string
		for _, p := range o.Ports {
			if p.State == c.state {
				names = append(names, strconv.Itoa(p.Port)+" "+p.TLS)
			}
		}
		if len(names) > 0 {
			o.Notes = append(o.Notes, said(c.code, trace.Pass, map[string]string{"ports": strings.Join(names, ", ")}))
		}
	}
	return o
}

// limits are what a POP3 server says of itself.
func limits(a Asked) []trace.Finding {
	notes := []trace.Finding{said("compare.offer.recent", trace.Pass, nil)}
	switch {
	case a.Expire == 0:
		notes = append(notes, said("compare.offer.expire-zero", trace.Warn, nil))
	case a.Expire > 0:
		notes = append(notes, said("compare.offer.expire", trace.Warn, map[string]string{"days": strconv.Itoa(a.Expire)}))
	}
	if a.LoginDelay > 0 {
		notes = append(notes, said("compare.offer.login-delay", trace.Warn, map[string]string{"seconds": strconv.Itoa(a.LoginDelay)}))
	}
	if a.SameUIDL > 0 {
		notes = append(notes, said("compare.offer.same-uidl", trace.Warn, map[string]string{"count": grouped(int64(a.SameUIDL))}))
	}
	return notes
}

// hidden is what IMAP shows of the mailbox and POP3 does not.
func hidden(a Asked, imap *Asked) []trace.Finding {
	if imap == nil {
		return nil
	}
	var notes []trace.Finding
	if a.Messages != imap.Messages {
		notes = append(notes, said("compare.offer.inbox-differs", trace.Warn, map[string]string{
			"count": grouped(int64(a.Messages)), "total": grouped(int64(imap.Messages))}))
	}
	if imap.Elsewhere > 0 {
		notes = append(notes, said("compare.offer.folders", trace.Warn, map[string]string{
			"count": grouped(int64(imap.Elsewhere)), "folders": grouped(int64(imap.Folders))}))
	}
	return notes
}

// lack is a capability, and what its absence costs.
type lack struct {
	name string
	code string
	with string // another capability that has it too
}

// lacking says what would change if the server had what it lacks.
func lacking(p Protocol, a Asked) []trace.Finding {
	all := []lack{
		{"LIST-STATUS", "compare.lacks.list-status", "IMAP4REV2"}, {"CONDSTORE", "compare.lacks.condstore", "QRESYNC"},
		{"MOVE", "compare.lacks.move", "IMAP4REV2"}, {"UIDPLUS", "compare.lacks.uidplus", "IMAP4REV2"},
		{"SPECIAL-USE", "compare.lacks.special-use", "IMAP4REV2"}, {"IDLE", "compare.lacks.idle", "IMAP4REV2"},
	}
	if p == POP3 {
		all = []lack{{"PIPELINING", "compare.lacks.pipelining", ""}, {"UIDL", "compare.lacks.uidl", ""}, {"TOP", "compare.lacks.top", ""}}
	}
	var notes []trace.Finding
	for _, l := range all {
		if !slices.Contains(a.Capabilities, l.name) && (l.with == "" || !slices.Contains(a.Capabilities, l.with)) {
			notes = append(notes, said(l.code, trace.Warn, map[string]string{"count": grouped(int64(a.Messages)), "folders": grouped(int64(a.Folders))}))
		}
	}
	return notes
}

func said(code string, level trace.Level, args map[string]string) trace.Finding {
	return trace.Finding{Code: code, Level: level, Args: args}
}
