package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// check prints what is known of a draft before it leaves, the worst first.
func (a *app) check(ctx context.Context, s *session.Session, d session.Draft) error {
	ahead, err := s.CheckAhead(ctx, a.span.Child("check"), d)
	if err != nil {
		return err
	}
	checks, err := s.Check(ctx, a.span, d) // with what the server was found to take
	if err != nil {
		return err
	}
	all := slices.Concat(checks, ahead)
	levels := []trace.Level{trace.Fail, trace.Warn, trace.Unknown, trace.Pass}
	slices.SortStableFunc(all, func(x, y session.Check) int { return slices.Index(levels, x.Level) - slices.Index(levels, y.Level) })
	if a.flags.json {
		err = a.printJSON("checks", all)
	} else {
		a.printChecks(all)
	}
	return first(err, checkStatus(all))
}

func (a *app) printChecks(all []session.Check) {
	words := text.New(text.Lang(a.lang()))
	for _, c := range all {
		title := text.Clean(explain.Finding(c, a.lang()).Title)
		if c.Code == "compose.bounced" {
			title = text.F(words.Compose.Refused, c.Args["address"], c.Args["on"], words.Bounce.Reasons[c.Args["reason"]])
		}
		fmt.Fprintf(a.env.Stdout, "%s  %s\n", text.Fit(words.Levels[string(c.Level)], 7), title)
		if at, err := strconv.Atoi(c.Args["at"]); err == nil {
			a.mark(c.Args["text"], at)
		}
	}
}

// mark puts a ^ under the character at a place, counted from 1.
func (a *app) mark(typed string, at int) {
	before := []rune(typed)
	before = before[:min(max(at-1, 0), len(before))]
	fmt.Fprintf(a.env.Stdout, "         %s\n         %s^\n", text.Clean(typed), strings.Repeat(" ", text.Width(text.Clean(string(before)))))
}

// checkStatus: what fails would be refused; a recipient's domain that could not be asked about may be asked again, in a small
// Internet that has ended when another was started.
func checkStatus(all []session.Check) error {
	switch {
	case slices.ContainsFunc(all, func(c session.Check) bool { return c.Level == trace.Fail }):
		return &exitStatus{ExitRefused}
	case slices.ContainsFunc(all, func(c session.Check) bool { return c.Code == "compose.domain.unknown" || c.Code == "sandbox.ended" }):
		return &exitStatus{ExitTemporary}
	}
	return nil
}
