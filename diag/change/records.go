package change

import (
	"maps"
	"slices"
	"strings"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// recordTypes are those whose change means something for mail. Signatures, serials and keys change by themselves.
var recordTypes = []string{"MX", "A", "AAAA", "NS", "TXT", "TLSA", "DS", "CNAME", "PTR"}

// question is a name and a type.
type question struct{ name, kind string }

// answers is what a run learnt of a question.
type answers struct {
	records []string
	absence dns.Outcome // nodata or nxdomain
	failure dns.Outcome // of the last server that gave no answer
}

// text is the answer in one line: the records, or why there are none.
func (a answers) text() string {
	switch {
	case len(a.records) > 0:
		return set(a.records)
	case a.absence != "":
		return ""
	}
	return "(" + string(a.failure) + ")"
}

// asked gathers the answers to each question of a run, whichever server gave them.
func asked(r delivery.Report) map[question]answers {
	all := map[question]answers{}
	for _, h := range r.Hops {
		q := h.Query
		if q == nil {
			continue
		}
		name, kind, _ := strings.Cut(q.For, " ")
		about := question{lower(name), kind}
		a := all[about]
		switch q.Outcome {
		case dns.Answers, dns.Aliases:
			addRecords(all, q.Answer)
			continue
		case dns.Refers:
			addRecords(all, slices.DeleteFunc(slices.Clone(q.Authority), func(line string) bool {
				_, _, about := record(line)
				return about.kind != "NS" && about.kind != "DS"
			}))
			continue
		case dns.Empty, dns.Nonexistent:
			if q.Minimised || lower(q.Name) != about.name || q.Type != kind {
				continue
			}
			a.absence = q.Outcome
		case dns.Truncates, dns.NoEDNS, dns.DropsEDNS, dns.Asking:
			continue
		default:
			a.failure = q.Outcome
		}
		all[about] = a
	}
	return all
}

// addRecords adds what zone-file lines say.
func addRecords(all map[question]answers, lines []string) {
	for _, line := range lines {
		data, ok, about := record(line)
		if ok {
			a := all[about]
			a.records = append(a.records, data)
			all[about] = a
		}
	}
}

// record takes a zone-file line apart: its data without what does not count, and what it is about.
func record(line string) (data string, ok bool, about question) {
	fields := strings.Fields(line) // name, TTL, class, type, data
	if len(fields) < 5 || !slices.Contains(recordTypes, fields[3]) {
		return "", false, about
	}
	about = question{lower(fields[0]), fields[3]}
	if about.kind == "TXT" {
		at := strings.Index(line, "\"")
		return line[max(at, 0):], true, about
	}
	return lower(strings.Join(fields[4:], " ")), true, about
}

// lower is a name as it is compared: without case (RFC 4343) and final dot.
func lower(name string) string {
	if name = strings.ToLower(name); name == "." || strings.HasSuffix(name, " .") {
		return name // the root: a null MX (RFC 7505)
	}
	return strings.TrimSuffix(name, ".")
}

// recordChanges compares what both runs asked for: which questions come up depends on what servers send along.
func recordChanges(was, now delivery.Report) []Change {
	before, after := asked(was), asked(now)
	var all []Change
	for _, q := range slices.SortedFunc(maps.Keys(before), byQuestion) {
		b, both := after[q]
		a, c := before[q].text(), b.text()
		if !both || a == c || !slices.Contains(recordTypes, q.kind) {
			continue
		}
		change := Change{Code: "change.run.record.changed", Step: delivery.Lookup, Where: q.name, What: q.kind, Was: a, Now: c, Level: trace.Warn}
		switch {
		case a == "":
			change.Code = "change.run.record.added"
		case c == "":
			change.Code = "change.run.record.removed"
		case len(b.records) == 0:
			change.Code, change.Level = "change.run.record.unanswered", trace.Fail
		case len(before[q].records) == 0:
			change.Code, change.Level = "change.run.record.answered", trace.Pass
		}
		all = append(all, change)
	}
	if was.DNSSEC.Status != now.DNSSEC.Status {
		level := map[dns.Status]trace.Level{dns.Secure: trace.Pass, dns.Insecure: trace.Warn, dns.Bogus: trace.Fail}[now.DNSSEC.Status]
		all = append(all, Change{Code: "change.run.dnssec", Step: delivery.Lookup, Where: was.Domain, What: "DNSSEC", Was: string(was.DNSSEC.Status), Now: string(now.DNSSEC.Status), Level: level})
	}
	return all
}

func byQuestion(a, b question) int {
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	return strings.Compare(a.kind, b.kind)
}

// server is a name server of a zone.
type server struct{ name, zone string }

// silence is why a server answered nothing.
type silence struct {
	outcome string
	finding *trace.Finding
}

// silences gives for each server that was asked why it answered nothing, empty if it answered anything: one lost packet
// is chance, a server that answers no question is not.
func silences(r delivery.Report) map[server]silence {
	all, answered := map[server]silence{}, map[server]bool{}
	for _, h := range r.Hops {
		q := h.Query
		if q == nil || q.Outcome == dns.Asking || q.Outcome == dns.GivenUp {
			continue
		}
		s := server{lower(q.Server), lower(q.Zone)}
		if answered[s] = answered[s] || q.Level() == trace.Pass; !answered[s] {
			all[s] = silence{string(q.Outcome), h.Finding}
		} else {
			all[s] = silence{}
		}
	}
	return all
}

// serverChanges compares the name servers. One that was asked in one run alone counts if it failed there.
func serverChanges(was, now delivery.Report) []Change {
	before, after := silences(was), silences(now)
	servers := maps.Clone(before)
	maps.Copy(servers, after)
	var all []Change
	for s := range servers {
		a, b := before[s], after[s]
		if a.outcome == b.outcome {
			continue
		}
		c := Change{Code: "change.run.server.fails", Step: delivery.Lookup, Where: s.name, What: s.zone, Was: a.outcome, Now: b.outcome, WasFinding: a.finding, NowFinding: b.finding, Level: trace.Warn}
		if b.outcome == "" {
			if _, asked := after[s]; !asked {
				continue // it may have been asked by chance before
			}
			c.Code, c.Level = "change.run.server.answers", trace.Pass
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Change) int { return strings.Compare(a.Where+" "+a.What, b.Where+" "+b.What) })
	return all
}
