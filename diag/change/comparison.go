package change

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/internal/trace"
)

// Shown is where a change between two comparisons is seen. Script and Step are findings for explain's titles.
type Shown struct {
	Script trace.Finding  `json:"script"`
	Number int            `json:"number,omitempty"` // of the step, from 1; 0: it is about the script or a server as a whole
	Step   *trace.Finding `json:"step,omitempty"`
}

// contest is what makes two comparisons the same question.
type contest struct {
	script string
	mode   compare.Mode
}

// Comparisons compares each comparison with the one of the same script and the same kind of clients. The error names the
// scripts of both if nothing is common.
func Comparisons(was, now []compare.Report) ([]Change, error) {
	before, after := contests(was), contests(now)
	var all []Change
	common := 0
	for _, c := range inOrder(before) {
		r, both := after[c]
		if !both {
			all = append(all, shownIn(before[c], Change{Code: "change.compare.gone", Level: trace.NotApplicable}))
			continue
		}
		common++
		all = append(all, BetweenComparisons(before[c], r)...)
	}
	for _, c := range inOrder(after) {
		if _, both := before[c]; !both {
			all = append(all, shownIn(after[c], Change{Code: "change.compare.new", Level: trace.NotApplicable}))
		}
	}
	if common == 0 {
		return nil, explain.Found{Code: "run.other-script", Level: trace.Fail, Args: map[string]string{"was": scripts(before), "now": scripts(after)}}
	}
	return all, nil
}

// contests gives the reports by what they compare; of several the newest counts.
func contests(reports []compare.Report) map[contest]compare.Report {
	all := map[contest]compare.Report{}
	for _, r := range reports {
		all[contest{r.Script.Name, r.Mode}] = r
	}
	return all
}

func inOrder(all map[contest]compare.Report) []contest {
	return slices.SortedFunc(maps.Keys(all), func(a, b contest) int { return cmp.Or(cmp.Compare(a.script, b.script), cmp.Compare(a.mode, b.mode)) })
}

func scripts(all map[contest]compare.Report) string {
	var names []string
	for _, c := range inOrder(all) {
		names = append(names, c.script+" ("+string(c.mode)+")")
	}
	return strings.Join(names, ", ")
}

// BetweenComparisons compares two runs of a script: whose mailbox, what the servers offer, each step in each lane, and
// what follows from all of it last.
func BetweenComparisons(was, now compare.Report) []Change {
	var all []Change
	if was.Address != now.Address {
		all = append(all, Change{Code: "change.compare.mailbox", What: "mailbox", Was: was.Address, Now: now.Address, Level: trace.NotApplicable})
	}
	for _, lane := range []compare.Protocol{compare.POP3, compare.IMAP} {
		all = append(all, offerChanges(lane, offerOf(was, lane), offerOf(now, lane))...)
	}
	for i := range all {
		all[i] = shownIn(now, all[i])
	}
	all = append(all, scriptChanges(was, now)...)
	for _, c := range adviceChanges(was, now) {
		all = append(all, shownIn(now, c))
	}
	return all
}

// shownIn says in which script a change is seen.
func shownIn(r compare.Report, c Change) Change {
	c.Shown = &Shown{Script: r.Script.Title()}
	return c
}

// scriptChanges compares the steps that both runs have. Scripts change with the program that holds them: a step is known
// by what it does, and which time.
func scriptChanges(was, now compare.Report) []Change {
	type nth struct {
		step compare.Step
		n    int
	}
	places := func(r compare.Report) map[nth]int {
		seen, at := map[compare.Step]int{}, map[nth]int{}
		for i, row := range r.Rows {
			at[nth{row.Step, seen[row.Step]}] = i
			seen[row.Step]++
		}
		return at
	}
	before, after := places(was), places(now)
	var all []Change
	for _, key := range slices.SortedFunc(maps.Keys(after), func(a, b nth) int { return cmp.Compare(after[a], after[b]) }) {
		i, both := before[key]
		if !both {
			continue
		}
		title, number := key.step.Title(), after[key]+1
		for _, lane := range []compare.Protocol{compare.POP3, compare.IMAP} {
			for _, c := range resultChanges(was.Rows[i].Lane(lane), now.Rows[number-1].Lane(lane), now.Script.Devices) {
				c.Where = laneName(lane)
				c = shownIn(now, c)
				c.Shown.Number, c.Shown.Step = number, &title
				all = append(all, c)
			}
		}
	}
	return all
}

func laneName(lane compare.Protocol) string { return strings.ToUpper(string(lane)) }

// adviceChanges compares what the person said, and what they are advised.
func adviceChanges(was, now compare.Report) []Change {
	var all []Change
	if was.Answers != now.Answers {
		all = append(all, Change{Code: "change.compare.answers", What: "answers", Was: saidAnswers(was.Answers), Now: saidAnswers(now.Answers), Level: trace.NotApplicable})
	}
	if was.Advice.Use != now.Advice.Use && was.Advice.Use != "" && now.Advice.Use != "" {
		level := trace.Warn
		if now.Advice.Use == compare.UseNeither {
			level = trace.Fail
		}
		all = append(all, Change{Code: "change.compare.advice", What: "advice", Was: string(was.Advice.Use), Now: string(now.Advice.Use),
			WasFinding: &was.Advice.Finding, NowFinding: &now.Advice.Finding, Level: level})
	}
	return all
}

// saidAnswers writes what a person said as they would say it to `todoku compare`.
func saidAnswers(a compare.Answers) string {
	var all []string
	number := func(flag string, n int64) {
		if n > 0 {
			all = append(all, flag+" "+strconv.FormatInt(n, 10))
		}
	}
	number("--devices", int64(a.Devices))
	if a.Shared {
		all = append(all, "--shared")
	}
	number("--room-here", a.RoomHere)
	number("--room-there", a.RoomThere)
	if a.Offline {
		all = append(all, "--offline")
	}
	return cmp.Or(strings.Join(all, " "), "-")
}
