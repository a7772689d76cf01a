package ui

import (
	"cmp"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
)

// prove leads to the test that would prove what a finding says, of the account or the recipient that it names, else of those that
// the screen in front is about; where that screen is such a test, it tests again. It is nil where no test proves it, and in what is
// only played.
func (a *App) prove(f trace.Finding) screen.Action {
	proof, ok := session.ProofOf(f)
	if !ok || a.opts.Replay != nil || a.opts.Comparison != nil {
		return nil
	}
	about := screen.About{}
	if s, has := a.top().(screen.Subject); has {
		about = s.Subject()
	}
	if proof.Verb == session.ByTrace {
		return a.proveByTrace(proof, about)
	}
	return a.proveByDoctor(proof, about)
}

func (a *App) proveByDoctor(proof session.Proof, about screen.About) screen.Action {
	account := cmp.Or(proof.Account, about.Account)
	switch s := a.session(); {
	case about.Tests == screen.Accounts && (account == about.Account || about.Account == ""):
		return screen.Run{Verb: keys.Again}
	case s == nil || len(s.Accounts()) == 0:
		return nil
	}
	return screen.Open{Name: screen.Accounts, With: screen.AccountsArgs{Account: account}}
}

func (a *App) proveByTrace(proof session.Proof, about screen.About) screen.Action {
	switch {
	case about.Tests == screen.Tracer:
		return screen.Run{Verb: keys.Again}
	case a.session() == nil:
		return nil
	}
	args := screen.TracerArgs{Account: cmp.Or(proof.Account, about.Account)}
	if target := cmp.Or(proof.Target, about.Target); target != "" {
		args.Targets = []string{target}
	}
	return screen.Open{Name: screen.Tracer, With: args}
}
