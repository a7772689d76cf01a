// Package runs is what the screens of traces and of comparisons both do with a run: save it, and say what changed since
// an earlier one.
package runs

import (
	tea "charm.land/bubbletea/v2"
	"context"

	"todoku/diag/change"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/page"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// Kind is what a run holds.
type Kind int

const (
	Trace Kind = iota
	Comparison
	Checkup // of a doctor; it has no page
)

// Keeper saves the runs of one screen and compares them.
type Keeper struct {
	env  *screen.Env
	kind Kind
	now  func() session.RunFile // the run as it is now

	saving, besides jobs.ID
	before          []trace.Event // of the run before
	changes         *[]change.Change
}

// New makes a keeper of the run that now gives.
func New(env *screen.Env, kind Kind, now func() session.RunFile) *Keeper {
	return &Keeper{env: env, kind: kind, now: now}
}

// Before keeps the run that another takes the place of.
func (k *Keeper) Before(events []trace.Event) { k.before = events }

// Changes gives what changed since an earlier run, once it was asked for; false until then, and after Forget.
func (k *Keeper) Changes() (all []change.Change, asked bool) {
	if k.changes == nil {
		return nil, false
	}
	return *k.changes, true
}

// Forget leaves what changed.
func (k *Keeper) Forget() { k.changes = nil }

// Update takes the answers to what the keeper asked, and the ends of its jobs; false for anything else.
func (k *Keeper) Update(msg tea.Msg) (act screen.Action, cmd tea.Cmd, mine bool) {
	mine = true
	switch m := msg.(type) {
	case screen.Chosen:
		switch m.To.(type) {
		case askForm:
			act = k.askPath(m.Index)
		case askBeside:
			act, cmd = k.besideChosen(m.Index)
		default:
			mine = false
		}
	case screen.Prompted:
		switch ask := m.To.(type) {
		case askPath:
			cmd = k.write(m, ask.row)
		case askEarlier:
			cmd = k.compareFile(m)
		default:
			mine = false
		}
	case jobs.Done[string]:
		if mine = m.Job == k.saving; mine {
			act = k.saved(m)
		}
	case jobs.Done[[]change.Change]:
		if mine = m.Job == k.besides; mine {
			act = k.compared(m)
		}
	default:
		mine = false
	}
	return act, cmd, mine
}

// command is the verb that made the run.
func (k *Keeper) command() string {
	switch k.kind {
	case Comparison:
		return "compare"
	case Checkup:
		return "doctor"
	}
	return "trace"
}

// pageWords name the page of a run and say what it is.
func (k *Keeper) pageWords() (name, note text.Safe) {
	w := k.env.Words
	if k.kind == Comparison {
		return w.Versus.PageFile, w.Versus.PageNote
	}
	return w.Tracer.PageFile, w.Tracer.PageNote
}

// beforeWords name the run before, and say which that is.
func (k *Keeper) beforeWords() (name, note text.Safe) {
	w := k.env.Words
	if k.kind == Comparison {
		return w.Versus.RunBefore, w.Versus.RunBeforeNote
	}
	return w.Tracer.RunBefore, w.Tracer.RunBeforeNote
}

// savePage writes the page of a run.
func (k *Keeper) savePage(ctx context.Context, path string, run session.RunFile) error {
	if k.kind == Comparison {
		return page.SaveComparison(ctx, path, run, k.env.Words)
	}
	return page.Save(ctx, path, run, k.env.Words)
}
