package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"todoku/internal/mail"
)

// PutFlags stores the server's flags of known messages; waiting changes stay visible. changed counts the rows whose
// server flags changed; ids that are not known are left out.
func (s *Store) PutFlags(ctx context.Context, folderID int64, flags map[mail.ID]FlagState) (changed int, err error) {
	ids := slices.Sorted(maps.Keys(flags))
	for chunk := range slices.Chunk(ids, chunkRows) {
		err := s.write(ctx, "put flags", func(t *tx) error {
			n, err := t.putFlags(folderID, chunk, flags)
			changed += n
			return err
		})
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

func (t *tx) putFlags(folderID int64, ids []mail.ID, flags map[mail.ID]FlagState) (changed int, err error) {
	rows, err := t.flagRows(folderID, ids)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		if err := t.stop(); err != nil {
			return changed, err
		}
		did, err := t.serverSays(r.key, r.serverFlags, r.modSeq, r.pending, flags[r.id])
		if err != nil {
			return changed, err
		}
		if did {
			changed++
		}
	}
	return changed, nil
}

type flagRow struct {
	knownRow
	id mail.ID
}

// flagRows finds the messages that the server has in a folder by id: rows of the folder, and rows that wait to leave it.
func (t *tx) flagRows(folderID int64, ids []mail.ID) ([]flagRow, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var rows []flagRow
	err = t.each(`SELECT j.value, m.key, m.server_flags, m.mod_seq, m.pending
		FROM json_each(?1) j CROSS JOIN messages m ON m.folder = ?2 AND m.server_id = j.value
		UNION ALL
		SELECT p.server_id, m.key, m.server_flags, m.mod_seq, m.pending
		FROM pending p CROSS JOIN messages m ON m.key = p.message
		WHERE p.state = 'waiting' AND p.folder = ?2 AND p.verb IN ('move', 'delete') AND p.server_id IN (SELECT value FROM json_each(?1))`,
		[]any{string(list), folderID}, func(row scanner) error {
			var r flagRow
			err := row.Scan(&r.id, &r.key, &r.serverFlags, &r.modSeq, &r.pending)
			rows = append(rows, r)
			return err
		})
	return rows, err
}

// RemoveIDs removes messages that the server no longer has in a folder. Changes that waited for them end as refused.
func (s *Store) RemoveIDs(ctx context.Context, folderID int64, ids []mail.ID) (removed int, err error) {
	for chunk := range slices.Chunk(ids, chunkRows) {
		err := s.write(ctx, "remove messages", func(t *tx) error {
			rows, err := t.flagRows(folderID, chunk)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := t.removeRow(r.key); err != nil {
					return err
				}
			}
			removed += len(rows)
			return nil
		})
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func (t *tx) removeRow(key int64) error {
	if err := t.exec("UPDATE pending SET state = 'refused', reason = 'the message is gone' WHERE message = ? AND state = 'waiting'", key); err != nil {
		return err
	}
	return t.exec("DELETE FROM messages WHERE key = ?", key)
}

// MarkBounced says that the message is a report of a mail system on what became of a message (RFC 3464).
func (s *Store) MarkBounced(ctx context.Context, key int64) error {
	return s.write(ctx, "mark bounced", func(t *tx) error {
		return t.exec("UPDATE messages SET bounced = 1 WHERE key = ? AND NOT bounced", key)
	})
}

// SetHasFile says whether the message has an attachment.
func (s *Store) SetHasFile(ctx context.Context, key int64, has bool) error {
	return s.write(ctx, "set attachment mark", func(t *tx) error {
		return t.exec("UPDATE messages SET has_file = ?1 WHERE key = ?2 AND has_file <> ?1", has, key)
	})
}
