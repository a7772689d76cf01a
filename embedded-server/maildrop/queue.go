package maildrop

import (
	"context"
	"fmt"
	"time"
)

func (w *writer) queue(items []QueueItem, done []string) error {
	for _, q := range items {
		if q.Data == nil {
			q.Data = []byte{}
		}
		_, err := w.change(w.st.addQueue, q.ID, q.Host, q.From, q.To, q.Data, q.Accepted.UnixNano(), q.Next.UnixNano(), q.Attempts, q.Last)
		if err != nil {
			return err
		}
	}
	for _, id := range done {
		if _, err := w.change(w.st.delQueue, id); err != nil {
			return err
		}
	}
	return nil
}

// Queue lists what waits in a host's queue, the next one due first.
func (s *Store) Queue(ctx context.Context, host string) ([]QueueItem, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, host, sender, recipient, data, accepted, next, attempts, last FROM queue
		WHERE host = ? ORDER BY next, accepted, id`, host)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []QueueItem
	for rows.Next() {
		var q QueueItem
		var accepted, next int64
		if err := rows.Scan(&q.ID, &q.Host, &q.From, &q.To, &q.Data, &accepted, &next, &q.Attempts, &q.Last); err != nil {
			return nil, err
		}
		q.Accepted, q.Next = time.Unix(0, accepted).UTC(), time.Unix(0, next).UTC()
		list = append(list, q)
	}
	return list, rows.Err()
}

// Requeue notes an attempt: when to try next, how many there were, and the last reply.
func (s *Store) Requeue(ctx context.Context, id string, next time.Time, attempts int, last string) error {
	return s.do(ctx, func(w *writer) error {
		w.writes++
		res, err := w.conn.ExecContext(context.Background(), "UPDATE queue SET next = ?, attempts = ?, last = ? WHERE id = ?",
			next.UnixNano(), attempts, last, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		w.writes--
		return fmt.Errorf("maildrop: queue id %q: %w", id, ErrNoMessage)
	})
}
