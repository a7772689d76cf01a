// Package change says what changed in meaning between two traces: records, certificates, capabilities, replies,
// policies, the verdict, and time beyond noise; and between two comparisons of POP3 with IMAP. What differs by chance is
// left out: TTLs, the order of records, the case of names, queue ids, which of several servers was asked.
package change

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/internal/trace"
)

// Change is one difference in meaning. Was and Now are the facts, in the words of the protocols; empty where there was
// none. Findings stand beside them where the facts are findings, whose words are diag/explain's.
type Change struct {
	Code       string         `json:"code"` // "change.run.record.added"; diag/explain has the words
	Step       int            `json:"step,omitempty"`
	Where      string         `json:"where"` // the zone, host, address or server
	What       string         `json:"what"`  // the record's type, the command, the capability
	Was        string         `json:"was,omitempty"`
	Now        string         `json:"now,omitempty"`
	WasFinding *trace.Finding `json:"was_finding,omitempty"`
	NowFinding *trace.Finding `json:"now_finding,omitempty"`
	Level      trace.Level    `json:"level"`           // pass: no harm or better; warn: look at it; fail: worse
	Shown      *Shown         `json:"shown,omitempty"` // of a comparison
}

// Finding is the change as a code and facts.
func (c Change) Finding() trace.Finding {
	args := map[string]string{"where": c.Where, "what": c.What, "was": c.Was, "now": c.Now}
	if c.Step > 0 {
		args["step"] = strconv.Itoa(c.Step)
	}
	return trace.Finding{Code: c.Code, Level: c.Level, Args: args}
}

// Runs compares the traces of two runs, each with the one of the same address or domain. The error names what both trace
// if nothing is common.
func Runs(was, now []delivery.Recorded) ([]Change, error) {
	before, after := targets(was), targets(now)
	var all []Change
	common := 0
	for _, name := range slices.Sorted(maps.Keys(before)) {
		other, both := after[name]
		if both {
			common++
			all = append(all, Between(before[name], other)...)
		} else {
			all = append(all, Change{Code: "change.run.trace.gone", Where: name, What: "trace", Level: trace.NotApplicable})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, both := before[name]; !both {
			all = append(all, Change{Code: "change.run.trace.new", Where: name, What: "trace", Level: trace.NotApplicable})
		}
	}
	if common == 0 {
		return nil, explain.Found{Code: "run.other", Level: trace.Fail, Args: map[string]string{"was": names(before), "now": names(after)}}
	}
	return all, nil
}

// targets gives the reports by what they trace; of several the newest counts.
func targets(traces []delivery.Recorded) map[string]delivery.Report {
	all := map[string]delivery.Report{}
	for _, t := range traces {
		all[cmp.Or(t.Report.Address, t.Report.Domain)] = t.Report
	}
	return all
}

func names(reports map[string]delivery.Report) string {
	return strings.Join(slices.Sorted(maps.Keys(reports)), ", ")
}

// Between compares two traces of the same address or domain, causes first, in the order of the path, what follows from them last.
func Between(was, now delivery.Report) []Change {
	all := slices.Concat(
		deviceChanges(was, now),
		recordChanges(was, now),
		serverChanges(was, now),
		policyChanges(was, now),
	)
	dialogue := dialogueChanges(was, now)
	all = slices.Concat(all, dialogue, missingChanges(was, now, dialogue), timeChanges(was, now))
	slices.SortStableFunc(all, func(a, b Change) int { return cmp.Compare(a.Step, b.Step) })
	return slices.Concat(all, stepChanges(was, now, all), verdictChange(was, now))
}

// stepChanges compares the states of the four steps. Where something else changed at a step or before it, that says why,
// and the step's line nothing new.
func stepChanges(was, now delivery.Report, known []Change) []Change {
	var all []Change
	for i := range was.Steps {
		a, b := was.Steps[i].State, now.Steps[i].State
		explained := slices.ContainsFunc(known, func(c Change) bool { return c.Step == i+1 || c.Step == delivery.Lookup && i+1 == delivery.Transfer })
		if a != b && !explained {
			all = append(all, Change{Code: "change.run.step", Step: i + 1, Where: was.Domain, What: strconv.Itoa(i + 1), Was: string(a), Now: string(b), Level: levelOf(b)})
		}
	}
	return all
}

func verdictChange(was, now delivery.Report) []Change {
	a, b := was.Verdict, now.Verdict
	if a.Word == b.Word && a.Finding.Code == b.Finding.Code && a.Who == b.Who {
		return nil
	}
	level := map[delivery.Word]trace.Level{delivery.Delivered: trace.Pass, delivery.Deferred: trace.Warn, delivery.Refused: trace.Fail, delivery.NotKnown: trace.Unknown}
	return []Change{{Code: "change.run.verdict", Where: cmp.Or(was.Address, was.Domain), What: "verdict", Was: string(a.Word), Now: string(b.Word),
		WasFinding: &a.Finding, NowFinding: &b.Finding, Level: level[b.Word]}}
}

// levelOf is what a state means.
func levelOf(s delivery.State) trace.Level {
	switch s {
	case delivery.OK:
		return trace.Pass
	case delivery.Warn, delivery.Fail:
		return trace.Level(s)
	case delivery.NA:
		return trace.NotApplicable
	}
	return trace.Unknown
}

// set writes texts as one, each once, in order.
func set(texts []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(texts))), ", ")
}
