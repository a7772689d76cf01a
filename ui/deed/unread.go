package deed

import (
	"context"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
)

// Rower loads rows by key.
type Rower interface {
	Rows(context.Context, *trace.Span, session.RowsOptions) ([]session.Row, error)
}

// unreadChunk is how many rows are read at once in search of an unread one.
const unreadChunk = 500

// Unread finds the first unread message of a list from index i on, in steps of 1 or -1; ok is false if there is none.
func Unread(ctx context.Context, span *trace.Span, m Rower, keys []int64, i, step int) (key int64, ok bool, err error) {
	for i >= 0 && i < len(keys) {
		var chunk []int64
		for ; i >= 0 && i < len(keys) && len(chunk) < unreadChunk; i += step {
			chunk = append(chunk, keys[i])
		}
		rows, err := m.Rows(ctx, span, session.RowsOptions{Keys: chunk})
		if err != nil {
			return 0, false, err
		}
		for _, r := range rows {
			if !r.Flags.Has(mail.Seen) {
				return r.Key, true, nil
			}
		}
	}
	return 0, false, nil
}
