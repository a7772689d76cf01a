package session

import (
	"context"
	"errors"

	"todoku/diag/compare"
	"todoku/internal/config"
	"todoku/internal/trace"
)

// CompareOptions say what to compare: the mailbox of an account over POP3 and over IMAP.
type CompareOptions struct {
	Account string // "" is the first
	Script  string // by name; "" is the first of compare.Scripts
	Mode    compare.Mode
	Line    compare.Line // to compute for; zero fields mean 60 ms and 10 Mbit/s
	Answers compare.Answers
	Control *compare.Control     // pauses and steps; may be nil
	Watch   func(compare.Result) // told of each step in each lane when it begins and when it is over; one call at a time; may be nil
	// Consent is asked before one message is fetched by RETR from a server that is not ours: see compare.Question. nil
	// says no.
	Consent func(compare.Question) bool
}

// Compare runs a script over POP3 and over IMAP. What changes a mailbox is done in a small Internet of its own, never on
// an account.
func (s *Session) Compare(ctx context.Context, span *trace.Span, o CompareOptions) (report compare.Report, err error) {
	defer func() { span.End(err) }()
	script, found, err := compare.ScriptNamed(o.Script)
	if err != nil {
		return report, err
	}
	if !found {
		return report, &Error{"compare.no-script", map[string]string{"script": o.Script}, nil}
	}
	run := compare.Options{Script: script, Mode: modeOr(o.Mode), Line: lineOr(o.Line), Answers: o.Answers, Control: o.Control, Watch: o.Watch}
	if err := s.comparedAccount(&run, o.Account); err != nil {
		return report, err
	}
	stage, err := s.newStage(ctx, span)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, stage.box.Close()) }()
	if run.POP3, err = s.newLane(ctx, span, stage, compare.POP3, run); err != nil {
		return report, err
	}
	if run.IMAP, err = s.newLane(ctx, span, stage, compare.IMAP, run); err != nil {
		return report, errors.Join(err, run.POP3.Close())
	}
	for _, mine := range s.offers(ctx, &run, o) {
		defer func() { err = errors.Join(err, mine.close()) }()
	}
	return compare.Run(ctx, span, run)
}

func modeOr(m compare.Mode) compare.Mode {
	if m == "" {
		return compare.Good
	}
	return m
}

func lineOr(l compare.Line) compare.Line {
	if l.RTT <= 0 {
		l.RTT = compare.DefaultRTT
	}
	if l.Bandwidth <= 0 {
		l.Bandwidth = compare.DefaultBandwidth
	}
	return l
}

// comparedAccount says whose mailbox is meant, and what a client would be told to use.
func (s *Session) comparedAccount(run *compare.Options, name string) error {
	if name == "" && len(s.configured()) > 0 {
		name = s.configured()[0].Name
	}
	if name == "" {
		return ErrNoAccount
	}
	a, _, ok := s.find(name)
	if !ok {
		return NoSuchAccount(name)
	}
	run.Account, run.Address = a.Name, a.Address
	for _, server := range []struct {
		protocol string
		config.Server
	}{{protocolIMAP, a.IMAP}, {protocolPOP3, a.POP3}, {"smtp", a.SMTP}} {
		if server.Host != "" {
			run.Settings = append(run.Settings, compare.Setting{Protocol: server.protocol, Host: server.Host, Port: server.Port, TLS: server.TLS, User: server.User})
		}
	}
	return nil
}

// newLane makes a lane: a mailbox, one or two devices, and a span whose connections are counted.
func (s *Session) newLane(ctx context.Context, span *trace.Span, t *stage, p compare.Protocol, run compare.Options) (compare.Lane, error) {
	lane := compare.Lane{Protocol: p, Meter: &trace.Meter{}, Offer: compare.Offer{Protocol: p, State: compare.Unknown}}
	lane.Span = span.Child(string(p)).Lane(string(p)).Metered(lane.Meter)
	box, err := t.mailboxOf(ctx, p, run.Script)
	if err != nil {
		return lane, err
	}
	lane.Mailbox = box
	var accounts []config.Account
	for i := range run.Script.Devices {
		accounts = append(accounts, box.account(string(rune('A'+i)), p, run.Script))
	}
	return lane, s.equip(ctx, &lane, deviceOptions{Net: t.net, Naive: run.Mode == compare.Naive, Friend: stageFriend}, accounts)
}

// equip gives a lane a device for each account, and asks the server what it has.
func (s *Session) equip(ctx context.Context, lane *compare.Lane, o deviceOptions, accounts []config.Account) error {
	var devices []*device
	lane.Close = func() error {
		var errs []error
		for _, d := range devices {
			errs = append(errs, d.leave())
		}
		return errors.Join(errs...)
	}
	o.Span, o.Mailbox = lane.Span, lane.Mailbox
	for _, a := range accounts {
		o.Account = a
		d, err := s.newDevice(o)
		if err != nil {
			return errors.Join(err, lane.Close())
		}
		devices = append(devices, d)
	}
	var err error
	if lane.Has, err = devices[0].has(ctx, lane.Protocol); err != nil {
		return errors.Join(err, lane.Close())
	}
	lane.A = devices[0]
	if len(devices) > 1 {
		lane.B = devices[1]
	}
	return nil
}
