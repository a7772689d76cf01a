package delivery

import (
	"context"
	"errors"
	"maps"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// answered reports an error that holds the other side's own words, which count whenever they came.
func answered(err error) bool {
	var s *smtp.Error
	var i *imap.Error
	var p *pop3.Error
	return errors.As(err, &s) || errors.As(err, &i) || errors.As(err, &p)
}

// givenUp reports that the person ended this wait and not the run.
func givenUp(ctx context.Context, err error) bool {
	var w *wire.Error
	var d *dns.Error
	return !wire.TimeUp(ctx) && (errors.Is(err, errGivenUp) || errors.As(err, &w) && w.Code == wire.CodeCancelled || errors.As(err, &d) && d.Kind == dns.Cancelled)
}

// cutShort reports that the run was over before the other side's time was: that says nothing of it.
func cutShort(ctx context.Context, err error) bool {
	return err != nil && wire.TimeUp(ctx) && !answered(err)
}

// cutCode names why a wait ended before its time: the run's was over, or the person ended the run or this wait.
func cutCode(ctx context.Context) string {
	switch {
	case !wire.TimeUp(ctx):
		return "trace.givenup"
	case errors.Is(ctx.Err(), context.Canceled):
		return "trace.stopped"
	}
	return "trace.outoftime"
}

// cut takes back what a hop found wrong while its wait, in within, was cut short. ctx is the run's.
func cut(ctx, within context.Context, h Hop, f trace.Finding) trace.Finding {
	if !wire.TimeUp(within) || f.Level != trace.Fail && f.Level != trace.Warn {
		return f
	}
	args := maps.Clone(f.Args)
	if args == nil {
		args = map[string]string{}
	}
	if args["host"] == "" {
		args["host"] = h.Where
	}
	return trace.Finding{Code: cutCode(ctx), Level: trace.Unknown, Args: args}
}
