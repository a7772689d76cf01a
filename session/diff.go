package session

import (
	"context"

	runchange "todoku/diag/change"
	"todoku/diag/compare"
	"todoku/diag/delivery"
)

// Diff says what changed in meaning from r to now: between their traces, and between their comparisons. If others may see
// one of the two, both are compared as others see them.
func (r RunFile) Diff(ctx context.Context, now RunFile) ([]runchange.Change, error) {
	if r.Header.Masked || now.Header.Masked {
		r, now = r.Masked(ctx), now.Masked(ctx)
	}
	was, err := r.content(ctx)
	if err != nil {
		return nil, err
	}
	is, err := now.content(ctx)
	if err != nil {
		return nil, err
	}
	traced := len(was.traces) > 0 && len(is.traces) > 0
	compared := len(was.comparisons) > 0 && len(is.comparisons) > 0
	if !traced && !compared {
		return nil, apart(was, is)
	}
	var all []runchange.Change
	if traced {
		changes, err := runchange.Runs(was.traces, is.traces)
		if err != nil {
			return nil, err
		}
		all = changes
	}
	if compared {
		changes, err := runchange.Comparisons(was.comparisons, is.comparisons)
		if err != nil {
			return nil, err
		}
		all = append(all, changes...)
	}
	return all, nil
}

// content is what of a run file can be compared.
type content struct {
	path        string
	traces      []delivery.Recorded
	comparisons []compare.Report
}

// content gives it; the error is ctx's.
func (r RunFile) content(ctx context.Context) (content, error) {
	c := content{path: r.Path, traces: delivery.Traces(ctx, r.Events)}
	all, err := r.Comparisons(ctx)
	for _, recorded := range all {
		c.comparisons = append(c.comparisons, recorded.Report)
	}
	return c, err
}

// apart says why two run files have nothing in common: one holds nothing, or one holds traces and the other comparisons.
func apart(was, now content) error {
	for _, c := range []content{was, now} {
		if len(c.traces) == 0 && len(c.comparisons) == 0 {
			return &Error{Code: "run.nothing", Args: map[string]string{"path": c.path}}
		}
	}
	if len(was.traces) == 0 {
		was, now = now, was
	}
	return &Error{Code: "run.mixed", Args: map[string]string{"trace": was.path, "comparison": now.path}}
}
