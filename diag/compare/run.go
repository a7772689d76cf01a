package compare

import (
	"context"
	"sync"
	"time"

	"todoku/diag/explain"
	"todoku/internal/trace"
)

// Defaults of Line.
const (
	DefaultRTT       = 60 * time.Millisecond
	DefaultBandwidth = 10_000_000 // bits a second
)

// Device is a simulated device: it has a store and connections of its own, and really synchronises.
type Device interface {
	// Do does what a step says and tells what it took. An error means that the step failed.
	Do(ctx context.Context, s Step) (Done, error)
	// Sees is what the device shows, read from its store.
	Sees(ctx context.Context) (View, error)
}

// Mailbox is the mailbox of a lane at its server, seen and filled by no device.
type Mailbox interface {
	Holds(ctx context.Context) (View, error)
	// Arrive has a message come in as from another server. An error is that server's: the message was refused.
	Arrive(ctx context.Context, subject string) error
	// Fill has messages come in until one is refused: Done.Count tells how many were taken.
	Fill(ctx context.Context, subject string) (Done, error)
}

// Own is the person's own mailbox, asked by commands that change nothing.
type Own interface {
	// Measure does a step if it can be done so; false if not.
	Measure(ctx context.Context, s Step) (Measured, bool, error)
}

// Measured is what a step came to on the person's own account. What nobody looked at stays unknown.
type Measured struct {
	Place    Place          // Account; Computed where a part of Counters was not measured
	Counters trace.Counters // with what fetching would add
	Notes    []trace.Finding
	Saves    []Saving // that capabilities would bring which the server lacks
	Server   View
	DeviceA  View
	DeviceB  View
}

// Done says what a step took. Fields that a verb does not use are zero.
type Done struct {
	Octets int64 // that were fetched of messages, or would be
	Of     int64 // octets of the messages
	Count  int   // messages that came, were found, can be read, were taken, or went with the device
	Total  int   // messages there are
	Where  string
	Said   string // a server's own words
}

// Lane is one protocol's half of a comparison.
type Lane struct {
	Protocol Protocol
	Span     *trace.Span  // of the devices' connections
	Meter    *trace.Meter // counts them; Own's have a meter of their own
	Mailbox  Mailbox
	Has      []string // what the mailbox's server offers, in capitals
	A, B     Device   // B is nil where the script has one device
	Own      Own      // nil where everything is done in the small Internet
	Offer    Offer
	Close    func() error // ends the devices' connections; counted
}

// Options say what to run. Lanes and Script belong together: see Script.Devices.
type Options struct {
	Account string
	Address string
	Script  Script
	Mode    Mode
	Line    Line
	POP3    Lane
	IMAP    Lane
	Answers Answers
	// Settings are what the account has for each protocol; the advice gives those of what it advises.
	Settings []Setting
	Hint     *Hint
	Control  *Control
	Watch    func(Result)
}

// run is a comparison in flight.
type run struct {
	o      Options
	span   *trace.Span
	mu     sync.Mutex
	report Report
}

// Run runs the script in both lanes, step by step: neither begins a step before the other has done the one before. The
// report is whole also when steps failed; the error is ctx's, and the report then tells what was done.
func Run(ctx context.Context, span *trace.Span, o Options) (Report, error) {
	r := &run{o: o, span: span, report: begun(o)}
	r.span.Record(beginEvent, r.report)
	lanes := []*lane{{run: r, Lane: o.POP3}, {run: r, Lane: o.IMAP}}
	err := r.walk(ctx, lanes)
	var both sync.WaitGroup
	for _, l := range lanes {
		both.Go(l.leave)
	}
	both.Wait()
	for i, l := range lanes {
		r.report.Offers[i] = r.report.Offers[i].With(l.saves)
	}
	r.finish(err == nil)
	return r.report, err
}

// begun is the report of a comparison that has not done anything.
func begun(o Options) Report {
	return Report{Account: o.Account, Address: o.Address, Script: o.Script, Mode: o.Mode, Line: o.Line, Answers: o.Answers,
		Offers: []Offer{o.POP3.Offer, o.IMAP.Offer}, Hint: o.Hint, Rows: emptyRows(o.Script), Began: time.Now()}
}

// walk does the steps, each in both lanes at once.
func (r *run) walk(ctx context.Context, lanes []*lane) error {
	for i := range r.o.Script.Steps {
		if err := r.o.Control.Wait(ctx); err != nil {
			return err
		}
		var both sync.WaitGroup
		for _, l := range lanes {
			both.Go(func() {
				defer r.span.Recovered("a step of a comparison")
				l.step(ctx, i)
			})
		}
		both.Wait()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// lane is a lane in flight.
type lane struct {
	*run
	Lane
	broken *trace.Finding // why its devices reach the server no more
	saves  []Saving
}

// step does step i and tells of it.
func (l *lane) step(ctx context.Context, i int) {
	s := l.o.Script.Steps[i]
	res := Result{Step: i + 1, Lane: l.Protocol, State: Live, Place: Sandbox, Began: time.Now(), Span: l.Span.ID(), First: l.Span.Seq()}
	l.tell(res)
	before := l.Meter.Counters()
	done, err := l.do(ctx, s)
	res.Elapsed, res.Counters, res.Last = time.Since(res.Began), l.Meter.Counters().Minus(before), l.Span.Seq()
	res.State = OK
	if err != nil {
		f := explain.Find(err)
		res.State, res.Error = Fail, &f
	} else {
		res.Notes = append(notesOf(l.Protocol, s, done), used(l.Protocol, l.o.Mode, s.Do, l.Has)...)
		res.State = worst(res.Notes)
	}
	l.look(ctx, &res)
	if l.Own != nil {
		l.measure(ctx, s, &res)
	}
	if ctx.Err() != nil {
		res.State = Unknown // it was not given the time to come to its end
	}
	res.About = about(s, res)
	l.tell(res)
}

// do has the device of the step act, or the mailbox where none does.
func (l *lane) do(ctx context.Context, s Step) (done Done, err error) {
	switch s.Do {
	case Arrive:
		return Done{}, l.Mailbox.Arrive(ctx, s.Message)
	case Fill:
		return l.Mailbox.Fill(ctx, s.Message)
	}
	if l.broken != nil {
		return Done{}, &stopped{*l.broken}
	}
	device := l.A
	if s.Device == "B" {
		device = l.B
	}
	if done, err = device.Do(ctx, s); err != nil {
		f := explain.Find(err)
		l.broken = &f
	}
	return done, err
}

// look fills in what the server holds and what the devices see.
func (l *lane) look(ctx context.Context, res *Result) {
	res.Server = known(l.Mailbox.Holds(ctx))
	res.DeviceA = known(l.A.Sees(ctx))
	if l.B != nil {
		res.DeviceB = known(l.B.Sees(ctx))
	}
}

func known(v View, err error) View {
	if err != nil {
		return View{}
	}
	return v
}

// measure puts what the person's own account told in the place of what the small Internet did.
func (l *lane) measure(ctx context.Context, s Step, res *Result) {
	began, first := time.Now(), l.Span.Seq()
	m, tried, err := l.Own.Measure(ctx, s)
	if !tried {
		if Changes(s.Do) {
			res.Notes = append(res.Notes, said("compare.own.never", trace.Pass, nil))
		}
		if res.State != Fail {
			l.spare(spared(l.Protocol, s.Do, l.Offer))
		}
		return
	}
	res.Place, res.Counters, res.Elapsed = m.Place, m.Counters, time.Since(began)
	res.First, res.Last = first, l.Span.Seq()
	res.Server, res.DeviceA, res.DeviceB = m.Server, m.DeviceA, m.DeviceB
	if err != nil {
		f := explain.Find(err)
		res.State, res.Error, res.Notes = Fail, &f, nil
		return
	}
	l.spare(m.Saves)
	res.State, res.Error = worst(m.Notes), nil
	res.Notes = append(m.Notes, used(l.Protocol, Good, s.Do, l.Offer.Capabilities)...)
}

// spare adds to what the capabilities that the account's server lacks would have spared.
func (l *lane) spare(savings []Saving) {
	for _, s := range savings {
		l.saves = plus(l.saves, s)
	}
}

// leave ends the lane's connections. What that takes counts in the total.
func (l *lane) leave() {
	defer l.span.Recovered("the end of a comparison")
	if l.Close == nil {
		return
	}
	before := l.Meter.Counters()
	if err := l.Close(); err != nil {
		l.span.Note("closing the devices of " + string(l.Protocol) + ": " + err.Error())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	total := l.total()
	total.Counters = total.Counters.Plus(l.Meter.Counters().Minus(before))
}

// total is the lane's in the report; r.mu is held.
func (l *lane) total() *Total {
	if l.Protocol == POP3 {
		return &l.report.POP3
	}
	return &l.report.IMAP
}

// tell keeps a result and gives it to who watches, one at a time.
func (l *lane) tell(res Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.take(res)
	l.run.span.Record(resultEvent, res)
	if l.o.Watch != nil {
		l.o.Watch(res)
	}
}

// finish completes the report.
func (r *run) finish(whole bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.sum()
	r.report.Elapsed = time.Since(r.report.Began)
	if whole {
		r.report.Advice = Advise(r.report, r.o.Settings)
	}
	r.span.Record(reportEvent, r.report)
}

func (t *Total) add(res Result) {
	t.Counters = t.Counters.Plus(res.Counters)
	t.Elapsed += res.Elapsed
}

// stopped is the error of a step whose lane broke before it.
type stopped struct{ why trace.Finding }

func (e *stopped) Error() string { return "not tried: " + e.why.Code }

// Explain gives code and facts of what broke the lane.
func (e *stopped) Explain() (code string, args map[string]string) { return e.why.Code, e.why.Args }

// worst is the state that notes amount to.
func worst(notes []trace.Finding) State {
	state := OK
	for _, n := range notes {
		if n.Level == trace.Warn {
			state = Warn
		}
	}
	return state
}
