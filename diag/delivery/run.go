package delivery

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/smtp"
)

// run is one trace in flight.
type run struct {
	o      Options
	span   *trace.Span
	walker *dns.Walker

	mu       sync.Mutex
	report   Report
	over     bool
	faulty   bool           // a piece of it broke off by a fault of ours
	queries  map[int]int    // hop of each query of the walker
	limits   smtp.Limits    // of every dialogue
	broken   *trace.Finding // why step 1 failed; nil if it did not
	unread   *trace.Finding // why step 4 failed
	ended    *trace.Finding // why nothing that failed counts
	offline  *trace.Finding // why this device has no way out
	clock    *trace.Finding // why this device's clock is in doubt
	outdated []ladder.Dated // servers of ours whose certificates do not fit it
	held     *trace.Finding // why those who honour the domain's policies would hand the message to no exchanger
	forged   *trace.Finding // why a validating resolver would give no way to go
	consent  func(context.Context, *endpoint) bool
	post     posting     // of Options.Send
	best     *exchanger  // gets the message where no submission server does
	madeUp   atomic.Bool // an address that nobody has was asked for
	speakers chan struct{}
	out      outbound
}

func newRun(span *trace.Span, o Options) *run {
	if o.Seed == 0 {
		o.Seed = uint64(rand.Uint32()) // short enough to type
	}
	o.Time = orDuration(o.Time, RunTime)
	r := &run{o: o, span: span, queries: map[int]int{}, limits: patient(o.Limits), post: posting{ready: newGate(), over: make(chan struct{})}, speakers: make(chan struct{}, maxSpeakers),
		out: outbound{tried: newGate(), called: newGate()}}
	r.report = Report{Address: o.Address, Domain: o.Domain, Sender: o.Sender, Seed: o.Seed, Limit: o.Time, Began: time.Now()}
	for i := range r.report.Steps {
		r.report.Steps[i] = Step{Number: i + 1, State: Wait}
	}
	r.walker = dns.NewWalker(dns.WalkOptions{Net: o.Net, Span: span, Family: o.Family, Seed: o.Seed, Queries: maxQueries, Once: true, Watch: r.queried, Wait: r.queryWait})
	r.consent = r.asker()
	r.span.Record(beginEvent, r.report)
	return r
}

// asker asks for consent once for the run.
func (r *run) asker() func(context.Context, *endpoint) bool {
	var once sync.Once
	var yes bool
	return func(ctx context.Context, e *endpoint) bool {
		if r.o.Address == "" {
			return false
		}
		if r.o.Net != nil && r.o.Net.Owns != nil && r.o.Net.Owns(bare(e.host.Host)) {
			return true
		}
		once.Do(func() {
			yes = r.o.Rcpt && (r.o.Consent == nil || r.o.Consent(ctx, Question{Host: e.host.Host, Addr: e.addr.String(), Address: r.o.Address, Sender: r.o.Sender,
				Send: r.o.Send != nil && r.o.Submit == nil}))
		})
		return yes
	}
}

// bare is an address literal without its brackets (RFC 5321 section 4.1.3), or the name.
func bare(host string) string {
	return strings.TrimPrefix(strings.Trim(host, "[]"), "IPv6:")
}

// travel walks the four steps. The first and the fourth are beside the way of the message as seen from here, so they
// run beside the others.
func (r *run) travel(ctx context.Context) {
	defer r.recovered(Hop{Step: Transfer, Where: r.o.Domain, What: "verdict"}, nil)
	var beside trace.Group
	beside.Go(func() { r.depart(ctx) })
	beside.Go(func() { r.arrive(ctx) })
	r.carry(ctx)
	if r.o.Submit == nil {
		r.posted(nil)
	}
	beside.Wait()
	r.doubtClock()
	r.endPorts()
}

// carry is the way of the message as seen from here, steps 2 and 3.
func (r *run) carry(ctx context.Context) {
	defer r.recovered(Hop{Step: Transfer, Where: r.o.Domain, What: "verdict"}, func(f trace.Finding) {
		r.report.Verdict = Verdict{Word: NotKnown, Finding: f}
	})
	end := r.enter(Lookup)
	found := r.route(ctx)
	r.distrust(found.hosts)
	state := lookupState(found, r.hopsOf(Lookup))
	if r.forged != nil {
		state = Fail
	}
	end(state)
	r.transfer(ctx, found)
}

// depart is step 1: what this device stands on and, beside it, the account's submission server.
func (r *run) depart(ctx context.Context) {
	end := r.enter(Submission)
	var local trace.Group
	local.Go(func() { r.local(ctx) })
	state := r.submit(ctx)
	if r.o.Submit != nil {
		r.posted(nil)
	}
	if local.Wait(); r.offline != nil {
		state = Fail
	}
	end(state)
}

// enter begins a step; the function returned ends it.
func (r *run) enter(step int) func(State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.report.Steps[step-1]
	s.State, s.Began = Live, time.Now()
	return func(state State) {
		r.mu.Lock()
		defer r.mu.Unlock()
		s.State, s.Elapsed = state, time.Since(s.Began)
	}
}

// begin adds a live hop and gives it with its number. The events of span from now until its end are its dialogue; nil
// for a hop that has none.
func (r *run) begin(span *trace.Span, h Hop) Hop {
	h.Span, h.First = span.ID(), span.Seq()
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.Began.IsZero() {
		h.Began = time.Now()
	}
	if r.over {
		return h
	}
	h.ID, h.State = len(r.report.Hops)+1, Live
	r.report.Hops = append(r.report.Hops, h)
	r.tell(h)
	return h
}

// end says what a hop came to.
func (r *run) end(h Hop, f trace.Finding) Hop {
	if h.Elapsed == 0 {
		h.Elapsed = time.Since(h.Began)
	}
	h.State, h.Finding = ladder.StateOf(f.Level), &f
	if h.Span != 0 && h.Last == 0 {
		h.Last = r.span.Seq()
	}
	if h.Query == nil {
		r.span.Find(f)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return h
	}
	r.report.Hops[h.ID-1] = h
	r.tell(h)
	return h
}

// say adds a hop that took no time.
func (r *run) say(h Hop, f trace.Finding) {
	h.Kind = KindFact
	r.end(r.begin(nil, h), f)
}

// tell gives a hop to who watches; r.mu is held, so that calls come one at a time.
func (r *run) tell(h Hop) {
	r.span.Record(hopEvent, h)
	if r.o.Watch != nil {
		r.told(h)
	}
}

// queried makes a hop of each query of the walker.
func (r *run) queried(q dns.Hop) {
	if q.Outcome == dns.Asking {
		h := r.begin(nil, Hop{Step: Lookup, Kind: KindQuery, Where: q.Zone, Addr: q.Addr, What: q.Server, Query: &q, Began: q.Began, Limit: q.Limit})
		r.mu.Lock()
		r.queries[q.ID] = h.ID
		r.mu.Unlock()
		return
	}
	r.mu.Lock()
	id := r.queries[q.ID]
	if id == 0 || r.over {
		r.mu.Unlock()
		return
	}
	h := r.report.Hops[id-1]
	r.mu.Unlock()
	h.Query, h.Elapsed = &q, q.Elapsed
	r.end(h, q.Finding())
}

// queryWait lets the person give up one try of the walker.
func (r *run) queryWait(ctx context.Context, query int) (context.Context, func()) {
	r.mu.Lock()
	hop := r.queries[query]
	r.mu.Unlock()
	return r.o.Waits.begin(ctx, hop)
}

func (r *run) hopsOf(step int) []Hop {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Hop
	for _, h := range r.report.Hops {
		if h.Step == step {
			all = append(all, h)
		}
	}
	return all
}

// finish completes the report. What is told afterwards, by an attempt to connect that nobody waits for any more, is not
// heard.
func (r *run) finish() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	why := "trace.stopped"
	if r.faulty {
		why = faultCode
	}
	for i, h := range r.report.Hops {
		if h.State == Live {
			h.State, h.Elapsed = Unknown, time.Since(h.Began)
			h.Finding = &trace.Finding{Code: why, Level: trace.Unknown, Args: map[string]string{"domain": r.o.Domain, "host": h.Where}}
			r.report.Hops[i] = h
			r.tell(h)
		}
	}
	for i, s := range r.report.Steps {
		if s.State == Live || s.State == Wait { // it broke off
			r.report.Steps[i].State = Unknown
		}
	}
	out := r.report
	out.Hops = slices.Clone(out.Hops)
	out.Elapsed = time.Since(out.Began)
	out.Verdict = r.first(out.Verdict)
	out.Critical = CriticalPath(out.Hops, time.Time{})
	seen := map[string]bool{key(out.Verdict.Finding): true}
	for _, h := range out.Hops {
		if r.ended != nil || h.Query != nil && r.cutOff(out.Verdict) {
			continue // what name servers seem to say through such a line is not theirs
		}
		if h.Finding == nil || h.State != Fail && h.State != Warn || seen[key(*h.Finding)] || passing(*h.Finding) || h.Query == nil && out.Verdict.explains(*h.Finding) {
			continue
		}
		seen[key(*h.Finding)] = true
		out.Verdict.Also = append(out.Verdict.Also, *h.Finding)
	}
	r.span.Find(out.Verdict.Finding)
	summary := out
	summary.Hops = nil
	r.span.Record(reportEvent, summary)
	return out
}

// cutOff reports a verdict after which nothing is known of anybody beyond this device's line.
func (r *run) cutOff(v Verdict) bool {
	return r.offline != nil || v.Finding.Code == "trace.dns.intercepted" || v.Finding.Code == "trace.dns.noroot"
}

// key tells findings apart: the same fault of the same server is said once, and so is what every server says of the
// recipient.
func key(f trace.Finding) string {
	if said := f.Args["said"]; said != "" && f.Args["command"] == "RCPT" {
		return said
	}
	return strings.Join([]string{f.Code, f.Args["server"], f.Args["host"], f.Args["zone"]}, "\x00")
}

// passing is a finding that is no fault: the server only chose another way of asking.
func passing(f trace.Finding) bool { return f.Code == "dns.walk.noedns" }

// patient fills in how long the tracer waits for each reply: long enough for the pauses that servers make, short enough
// for a person who watches.
func patient(t smtp.Limits) smtp.Limits {
	for _, d := range []struct {
		at *time.Duration
		d  time.Duration
	}{{&t.Greeting, 40 * time.Second}, {&t.Hello, 20 * time.Second}, {&t.Mail, 20 * time.Second}, {&t.Rcpt, 30 * time.Second}, {&t.Data, 20 * time.Second}, {&t.Final, 40 * time.Second}, {&t.Quit, 2 * time.Second}} {
		*d.at = orDuration(*d.at, d.d)
	}
	return t
}
