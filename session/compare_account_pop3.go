package session

import (
	"context"
	"errors"
	"io"

	"todoku/diag/compare"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/pop3"
)

// ownPOP3 measures over POP3: CAPA, STAT, LIST, UIDL, TOP n 0 and QUIT. What messages cost is computed from their sizes;
// one message is fetched if the person agreed to that.
type ownPOP3 struct {
	*ownMailbox
	consent func(compare.Question) bool
	known   map[string]map[string]bool // unique-ids, by device
	had     map[string]int             // messages that were listed, by device
	// unread counts the unread messages of the inbox over IMAP, to see whether RETR marks one; nil where IMAP told nothing.
	unread func(context.Context) (int, error)
}

// ask logs in and lists.
func (o *ownPOP3) ask(ctx context.Context) (compare.Asked, error) {
	var told compare.Asked
	err := o.inspect(ctx, func(i *pop3.Inspector) error {
		l, err := i.Listing(ctx)
		caps := i.Capabilities()
		told = compare.Asked{Server: hostPort(o.line.server), TLS: i.TLS(), Capabilities: caps.Names(), Messages: len(l.Entries),
			Expire: caps.Expire, LoginDelay: caps.LoginDelay, SameUIDL: len(l.Duplicates)}
		return err
	})
	return told, err
}

// inspect runs one session.
func (o *ownPOP3) inspect(ctx context.Context, do func(*pop3.Inspector) error) error {
	options, err := o.pop3Options(ctx)
	if err != nil {
		return o.reached(err)
	}
	i, err := pop3.DialInspector(ctx, options)
	if err != nil {
		return o.reached(err)
	}
	defer i.Abort()
	if err := do(i); err != nil {
		return o.reached(err)
	}
	return o.reached(i.Quit(ctx))
}

// Measure does the steps that change nothing.
func (o *ownPOP3) Measure(ctx context.Context, s compare.Step) (compare.Measured, bool, error) {
	switch s.Do {
	case compare.Visit, compare.Look:
		m, err := o.look(ctx, s)
		return m, true, err
	case compare.Read:
		m, err := o.read(ctx, s)
		return m, true, err
	case compare.Search:
		v := o.views[s.Device]
		note := compare.OwnNote("compare.own.pop3.search", compare.Done{Total: v.Total, Octets: v.Octets})
		return o.measured(compare.Computed, o.meter.Counters(), v, note), true, nil
	}
	return compare.Measured{}, false, nil
}

// look lists the maildrop, and adds up what fetching the messages that the device does not have would take.
func (o *ownPOP3) look(ctx context.Context, s compare.Step) (compare.Measured, error) {
	before := o.meter.Counters()
	var l pop3.Listing
	pipelining := false
	v := compare.View{Known: true}
	err := o.inspect(ctx, func(i *pop3.Inspector) (err error) {
		pipelining = i.Capabilities().Pipelining
		if v.Total, v.Octets, err = i.Stat(ctx); err == nil {
			l, err = i.Listing(ctx)
		}
		return err
	})
	if err != nil {
		return o.measured(compare.Account, before, compare.View{}), err
	}
	v.Unread = -1
	fresh := o.fresh(s.Device, l)
	o.views[s.Device] = v
	var octets int64
	for _, e := range fresh {
		octets += e.Octets
	}
	place := compare.Account
	if len(fresh) > 0 {
		place = compare.Computed
	}
	m := o.measured(place, before, v, compare.OwnNote("compare.own.pop3.look", compare.Done{Count: len(fresh), Total: v.Total, Octets: octets}))
	m.Counters = m.Counters.Plus(retrieving(fresh, pipelining))
	m.Saves = spared(l, fresh, min(o.had[s.Device], len(l.Entries)), pipelining)
	o.had[s.Device] = len(l.Entries)
	return m, nil
}

// spared is what PIPELINING and UIDL would spare a look where the server lacks them: a round trip for each command behind the
// first of those that go out together, and the messages that the device had and has to fetch again, which are those that were
// listed first.
func spared(l pop3.Listing, fresh []pop3.Entry, had int, pipelining bool) (all []compare.Saving) {
	if !pipelining && len(l.Entries) > 0 {
		trips := retrieving(fresh, false).RoundTrips - retrieving(fresh, true).RoundTrips
		if l.HasUIDL {
			trips++ // behind LIST
		}
		if trips > 0 {
			all = append(all, compare.Saving{Capability: "PIPELINING", RoundTrips: trips})
		}
	}
	if !l.HasUIDL && had > 0 {
		again := retrieving(l.Entries[:had], pipelining)
		all = append(all, compare.Saving{Capability: "UIDL", RoundTrips: again.RoundTrips, Octets: again.In + again.Out})
	}
	return all
}

// fresh gives what the device does not know yet, and makes it known.
func (o *ownPOP3) fresh(device string, l pop3.Listing) (fresh []pop3.Entry) {
	if o.known[device] == nil {
		o.known[device] = map[string]bool{}
	}
	for _, e := range l.Entries {
		if !o.known[device][e.UIDL] || !l.HasUIDL {
			fresh = append(fresh, e)
		}
		o.known[device][e.UIDL] = true
	}
	return fresh
}

// retrieving is what RETR of the messages takes by their sizes: a command, a status line and a final dot for each. The
// octets that byte-stuffing adds are not known.
func retrieving(entries []pop3.Entry, pipelining bool) trace.Counters {
	const status, dot = int64(len("+OK\r\n")), int64(len(".\r\n"))
	var c trace.Counters
	for _, e := range entries {
		c.In += status + e.Octets + dot
		c.Out += int64(len("RETR \r\n") + len(itoa(e.Number)))
		c.RoundTrips++
	}
	if pipelining {
		c.RoundTrips = min(c.RoundTrips, 1)
	}
	return c
}

// read names the newest message by TOP, and fetches it if the person says that it may. The server's EXPIRE 0 answers no.
func (o *ownPOP3) read(ctx context.Context, s compare.Step) (compare.Measured, error) {
	before := o.meter.Counters()
	var newest pop3.Entry
	var subject string
	expires := false
	err := o.inspect(ctx, func(i *pop3.Inspector) error {
		l, err := i.Listing(ctx)
		if err != nil || len(l.Entries) == 0 {
			return err
		}
		newest, expires = l.Entries[len(l.Entries)-1], i.Capabilities().Expire == 0
		err = i.Headers(ctx, []int{newest.Number}, func(_ int, header []byte, _ *pop3.Error) error {
			subject = mail.ParseEnvelope(header).Subject
			return nil
		})
		if errors.Is(err, pop3.ErrNoTOP) {
			err = nil
		}
		return err
	})
	server := o.views[s.Device]
	code := "compare.own.pop3.computed"
	switch {
	case err != nil:
		return o.measured(compare.Account, before, server), err
	case newest.Number == 0:
		return o.measured(compare.Account, before, server, compare.OwnNote("compare.own.empty", compare.Done{})), nil
	case expires:
		code = "compare.own.pop3.expires"
	case o.consent != nil && o.consent(compare.Question{Server: hostPort(o.line.server), Subject: subject, Octets: newest.Octets}):
		return o.fetch(ctx, newest, server)
	}
	m := o.measured(compare.Computed, before, server, compare.OwnNote(code, compare.Done{Octets: newest.Octets}))
	m.Counters = m.Counters.Plus(retrieving([]pop3.Entry{newest}, false))
	return m, nil
}

// fetch retrieves the message, and asks over IMAP whether that marked it.
func (o *ownPOP3) fetch(ctx context.Context, e pop3.Entry, server compare.View) (compare.Measured, error) {
	was, known := o.countUnread(ctx)
	before := o.meter.Counters()
	octets, err := o.retrieve(ctx, e)
	m := o.measured(compare.Account, before, server, compare.OwnNote("compare.own.pop3.read", compare.Done{Octets: octets}))
	now, still := o.countUnread(ctx)
	if err != nil || !known || !still {
		return m, err
	}
	marks := compare.OwnNote("compare.own.pop3.unmarked", compare.Done{Count: was, Total: now})
	if now < was {
		marks = compare.OwnNote("compare.own.pop3.marked", compare.Done{Count: was, Total: now})
		marks.Level = trace.Warn
	}
	m.Notes = append(m.Notes, marks)
	return m, nil
}

func (o *ownPOP3) countUnread(ctx context.Context) (n int, known bool) {
	if o.unread == nil {
		return 0, false
	}
	n, err := o.unread(ctx)
	return n, err == nil && n >= 0
}

// retrieve fetches the one message that the person agreed to, if it is still the same.
func (o *ownPOP3) retrieve(ctx context.Context, e pop3.Entry) (octets int64, err error) {
	options, err := o.pop3Options(ctx)
	if err != nil {
		return 0, o.reached(err)
	}
	c, err := pop3.Dial(ctx, options)
	if err != nil {
		return 0, o.reached(err)
	}
	defer c.Abort()
	l, err := c.Listing(ctx)
	if err != nil {
		return 0, o.reached(err)
	}
	numbers := []int{}
	for _, now := range l.Entries {
		if now == e && c.Capabilities().Expire != 0 {
			numbers = append(numbers, now.Number)
		}
	}
	err = c.Retrieve(ctx, numbers, func(_ int, _ int64, body io.Reader) (err error) {
		octets, err = io.Copy(io.Discard, body)
		return err
	})
	if err != nil {
		return octets, o.reached(err)
	}
	return octets, o.reached(c.Quit(ctx))
}

// close has nothing to end: each look is a session of its own.
func (o *ownPOP3) close() error { return nil }
