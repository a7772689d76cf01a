package cli

import (
	"context"
	"fmt"
	"slices"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/session"
	"todoku/ui/text"
)

// card prints "POP3 or IMAP?": what holds for everybody, each claim with the step that shows it. It needs no account.
func (a *app) card() error {
	if a.flags.json {
		return a.printJSON("card", compare.Card())
	}
	w := a.words()
	fmt.Fprintf(a.env.Stdout, " %s\n", w.Versus.CardHead)
	for _, r := range compare.Card() {
		d := explain.Finding(r.Finding, a.lang())
		title := text.Clean(explain.Finding(compare.Script{Name: r.Script}.Title(), a.lang()).Title)
		fmt.Fprintf(a.env.Stdout, "\n %s\n   %s\n   (%s: todoku compare --script %s)\n", text.Clean(d.Title), text.Clean(d.Means),
			text.F(w.Compare.Shown, title, r.Step), text.Clean(r.Script))
	}
	fmt.Fprintf(a.env.Stdout, "\n %s\n", w.Versus.CardNote)
	return nil
}

// cardScripts runs each script that shows a claim of the card, for the page that holds them all.
func (a *app) cardScripts(ctx context.Context, o session.CompareOptions) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	var done []string
	for _, r := range compare.Card() {
		if slices.Contains(done, r.Script) {
			continue
		}
		done = append(done, r.Script)
		o.Script = r.Script
		if _, err := s.Compare(ctx, a.span.Child("compare"), o); err != nil {
			return err
		}
	}
	return nil
}
