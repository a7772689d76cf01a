package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/page"
	"todoku/ui/text"
)

// pageOptions are the flags of verbs that write a page.
type pageOptions struct {
	path     string
	unmasked bool
}

func (o *pageOptions) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.path, "html", "", "")
	c.Flags().BoolVar(&o.unmasked, "unmasked", false, "")
}

// page writes a page about a run: about its comparisons if it holds any, else about its traces.
func (a *app) page(ctx context.Context, run session.RunFile, o pageOptions) error {
	if !o.unmasked {
		run = run.Masked(ctx)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	words := text.New(text.Lang(a.lang()))
	compared, err := run.Comparisons(ctx)
	if err != nil {
		return err
	}
	if len(compared) > 0 {
		return page.SaveComparison(ctx, o.path, run, words)
	}
	return page.Save(ctx, o.path, run, words)
}

// savePage writes a page and nothing else.
func (a *app) savePage(ctx context.Context, run session.RunFile, o pageOptions) error {
	if err := a.page(ctx, run, o); err != nil {
		return err
	}
	return a.saved(o.path, len(run.Events))
}

// onPage runs a verb and then, if it is asked for, writes a page about it and names the file on standard error.
func (a *app) onPage(c *cobra.Command, o pageOptions, run func() error) error {
	if o.path == "" {
		return run()
	}
	if err := session.FreePath(o.path); err != nil {
		return err
	}
	rec := new(trace.Recorder)
	a.span = a.span.Also(rec)
	status := run()
	ctx := context.WithoutCancel(c.Context()) // a run that was ended has a page, too
	if err := a.page(ctx, session.RunFile{Header: a.runHeader(c), Events: rec.Events()}, o); err != nil {
		return errors.Join(status, err)
	}
	fmt.Fprintf(a.env.Stderr, "%s\n", text.Clean(o.path))
	return status
}
