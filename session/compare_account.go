package session

import (
	"context"
	"sync"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/wire"
	"todoku/session/account"
)

// ownMailbox is the mailbox of a person's account by one protocol, looked at and never changed.
type ownMailbox struct {
	s     *Session
	line  line
	span  *trace.Span // of its connections, metered by meter
	meter *trace.Meter
	views map[string]compare.View // what each device would show
}

// newOwn looks at the mailbox of a line by the protocol.
func newOwn(s *Session, p compare.Protocol, span *trace.Span, l line, consent func(compare.Question) bool) own {
	if p == compare.POP3 {
		return newOwnPOP3(s, span, l, consent)
	}
	return newOwnIMAP(s, span, l)
}

func newOwnPOP3(s *Session, span *trace.Span, l line, consent func(compare.Question) bool) *ownPOP3 {
	return &ownPOP3{ownMailbox: newOwnMailbox(s, span, l), consent: consent, known: map[string]map[string]bool{}, had: map[string]int{}}
}

func newOwnIMAP(s *Session, span *trace.Span, l line) *ownIMAP {
	o := &ownIMAP{ownMailbox: newOwnMailbox(s, span, l), open: map[string]*imap.Examiner{}, rows: map[string][]mail.Message{}}
	o.span = o.span.Also(&o.statuses)
	return o
}

func newOwnMailbox(s *Session, span *trace.Span, l line) *ownMailbox {
	o := &ownMailbox{s: s, line: l, meter: &trace.Meter{}, views: map[string]compare.View{}}
	o.span = span.Child("the account").Metered(o.meter)
	return o
}

// measured is a step that began when the meter stood at before.
func (o *ownMailbox) measured(place compare.Place, before trace.Counters, server compare.View, notes ...trace.Finding) compare.Measured {
	return compare.Measured{Place: place, Counters: o.meter.Counters().Minus(before), Notes: notes, Server: server,
		DeviceA: o.views["A"], DeviceB: o.views["B"]}
}

// own is what a lane has of the person's account: what its server told, and who measures steps there.
type own interface {
	compare.Own
	ask(ctx context.Context) (compare.Asked, error)
	close() error
}

// offers asks the account's servers what they offer, and the standard ports beside theirs. A lane measures on an account
// that is not ours, as far as its server could be asked.
func (s *Session) offers(ctx context.Context, run *compare.Options, o CompareOptions) []own {
	a, _, _ := s.find(run.Account)
	byPOP3, byIMAP := newOwnPOP3(s, run.POP3.Span, line{a, a.POP3}, o.Consent), newOwnIMAP(s, run.IMAP.Span, line{a, a.IMAP})
	both := []own{byPOP3, byIMAP}
	servers := []config.Server{a.POP3, a.IMAP}
	lanes := []*compare.Lane{&run.POP3, &run.IMAP}
	asked := make([]*compare.Asked, len(both))
	ports := make([][]compare.Port, len(both))
	var work sync.WaitGroup
	for i, lane := range lanes {
		if servers[i].Host != "" {
			work.Go(func() {
				defer lane.Span.Recovered("asking ports")
				ports[i] = s.standardPorts(ctx, lane.Protocol, lane.Span, servers[i])
			})
		}
		work.Go(func() {
			defer lane.Span.Recovered("asking a server what it offers")
			lane.Offer = compare.Offer{Protocol: lane.Protocol, State: compare.Unknown}
			if servers[i].Host == "" {
				lane.Offer = s.unconfigured(ctx, lane, a, servers[1-i])
				return
			}
			told, err := both[i].ask(ctx)
			if err != nil {
				lane.Offer = refusedOffer(lane.Protocol, servers[i], err)
				lane.Offer.Rung = s.brokenRung(ctx, lane.Span, a, servers[i], string(lane.Protocol))
				return
			}
			asked[i] = &told
		})
	}
	work.Wait()
	if asked[1] != nil {
		byPOP3.unread = byIMAP.unread
	}
	for i, lane := range lanes {
		if asked[i] != nil {
			lane.Offer = compare.OfferOf(lane.Protocol, *asked[i], asked[1-i])
			if !s.owns(servers[i].Host) {
				lane.Own = both[i]
			}
		}
		if servers[i].Host != "" {
			lane.Offer = lane.Offer.OnPorts(servers[i].Port, servers[i].TLS, ports[i])
		}
	}
	run.Hint = compare.HintOf(run.Address, []compare.Offer{run.POP3.Offer, run.IMAP.Offer})
	return both
}

// refusedOffer is the offer of a server that could not be asked: one that may answer later is not known to lack anything.
func refusedOffer(p compare.Protocol, server config.Server, err error) compare.Offer {
	f := explain.Find(err)
	return compare.Offer{Protocol: p, Server: hostPort(server), State: refusedState(f), Error: &f}
}

func refusedState(why trace.Finding) compare.State {
	if explain.Finding(why, explain.English).Retry == explain.RetryHelps {
		return compare.Unknown
	}
	return compare.Fail
}

func (o *ownMailbox) pop3Options(ctx context.Context) (pop3.Options, error) {
	secret, err := account.Credentials(ctx, o.line.account, o.line.server)
	server := o.line.server
	return pop3.Options{Net: o.s.watched(o.span), Span: o.span, Host: server.Host, Port: server.Port, TLS: wire.TLSMode(server.TLS),
		Credentials: secret, Auth: server.Auth, Ignore: o.s.ignore, ReadOnly: true}, err
}

func (o *ownMailbox) imapOptions(ctx context.Context) (imap.Options, error) {
	secret, err := account.Credentials(ctx, o.line.account, o.line.server)
	server := o.line.server
	return imap.Options{Net: o.s.watched(o.span), Span: o.span, Host: server.Host, Port: server.Port, TLS: wire.TLSMode(server.TLS),
		Credentials: secret, Auth: server.Auth, Ignore: o.s.ignore}, err
}

// reached says at whose server an error happened.
func (o *ownMailbox) reached(err error) error {
	return reaching(err, o.line.account, o.line.server, stepPickUp)
}
