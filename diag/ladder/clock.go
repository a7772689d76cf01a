package ladder

import (
	"context"
	"regexp"
	"strings"
	"time"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// clockSkew is how far clocks may be apart: less says nothing of one, for greetings are composed in advance, and clocks
// drift.
const clockSkew = 10 * time.Minute

// CodeClock says that the clock of this device is wrong, CodeClockLikely that this explains best what was seen.
const (
	CodeClock       = "local.clock"
	CodeClockLikely = "local.clock.likely"
)

// Dated is what a host tells of the time: by its words, and by the certificate that it shows.
type Dated struct {
	Host        string
	Says        time.Time // zero if it does not say
	From, Until time.Time // of its certificate; zero if none was seen
}

func (d Dated) certified() bool            { return !d.Until.IsZero() }
func (d Dated) early(now time.Time) bool   { return d.certified() && now.Before(d.From) }
func (d Dated) late(now time.Time) bool    { return d.certified() && now.After(d.Until) }
func (d Dated) outside(now time.Time) bool { return d.early(now) || d.late(now) }

// Clock tells whether it is this device's clock that makes certificates look out of their time. It is wrong where a host
// says another time, at which the certificate of one holds. It is likely wrong where the certificates of unrelated hosts are
// all out of their time to the same side; for certificates that have ended this counts only where nothing else speaks for the
// clock. vouched says that the root's signatures in the DNS, which hold for some weeks, fit it.
func Clock(now time.Time, hosts []Dated, vouched bool) (trace.Finding, bool) {
	args := map[string]string{"now": stamp(now)}
	for _, d := range hosts {
		if d.Says.IsZero() || now.Sub(d.Says).Abs() <= clockSkew {
			continue
		}
		for _, c := range hosts {
			if c.outside(now) && !c.outside(d.Says) {
				args["host"], args["date"], args["from"], args["until"], args["hosts"] = d.Host, stamp(d.Says), stamp(c.From), stamp(c.Until), c.Host
				return finding(CodeClock, trace.Fail, args), true
			}
		}
	}
	for side, out := range map[string]func(Dated, time.Time) bool{"early": Dated.early, "late": Dated.late} {
		var all []string
		alone := side == "early" || !vouched
		for _, d := range hosts {
			if !d.certified() {
				continue
			}
			alone = alone && out(d, now)
			all = append(all, d.Host)
		}
		if alone && unrelatedNames(all) {
			args["hosts"] = strings.Join(all, ", ")
			return finding(CodeClockLikely, trace.Warn, args), true
		}
	}
	return trace.Finding{}, false
}

func unrelatedNames(hosts []string) bool {
	for _, h := range hosts {
		if domainOf(h) != domainOf(hosts[0]) {
			return true
		}
	}
	return false
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// greetingDate finds the date that many SMTP servers, and some others, greet with.
var greetingDate = regexp.MustCompile(`(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UTC)`)

// DateIn finds the date in a server's words; false if they hold none.
func DateIn(said string) (time.Time, bool) { return mail.ParseDate(greetingDate.FindString(said)) }

// rootMisfits reports that the root's own signatures, on the way to a name in the DNS, do not fit this device's clock, and
// gives the finding.
func rootMisfits(ctx context.Context, span *trace.Span, n *wire.Net, name string) (trace.Finding, bool) {
	got, _ := dns.NewWalker(dns.WalkOptions{Net: n, Span: span}).Walk(ctx, name, "A") // DNSSEC is told beside an error, too
	return got.DNSSEC.Finding(), got.DNSSEC.WrongClock()
}
