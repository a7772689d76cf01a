package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// noRowsIsNil is for questions to which "none" is an answer.
func noRowsIsNil(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// PutDraft stores a draft, new (Key 0) or in place of its older self, on the disk when it returns. contents holds the
// bytes of those d.Files whose ID is 0, by their index in d.Files; stored files that d.Files no longer names are dropped.
func (s *Store) PutDraft(ctx context.Context, d Draft, contents map[int][]byte) (Draft, error) {
	err := s.write(ctx, "save a draft", func(t *tx) (err error) {
		d, err = t.putDraft(d, contents)
		return err
	})
	return d, err
}

func (t *tx) putDraft(d Draft, contents map[int][]byte) (Draft, error) {
	d.Saved = t.s.now()
	d.Files = slices.Clone(d.Files)
	if err := t.putDraftRow(&d); err != nil {
		return d, err
	}
	keep := map[int64]bool{}
	for i := range d.Files {
		f := &d.Files[i]
		if err := t.putDraftFile(d.Key, i, f, contents); err != nil {
			return d, err
		}
		keep[f.ID] = true
	}
	return d, t.dropDraftFiles(d.Key, keep)
}

func (t *tx) putDraftRow(d *Draft) (err error) {
	if d.Key == 0 {
		d.Key, err = t.insert("INSERT INTO drafts (account, json, saved) VALUES (?, ?, ?)", d.Account, orEmpty(d.JSON), nanos(d.Saved))
		return err
	}
	// A draft that another process dropped meanwhile is made again: a saved text is never refused.
	return t.exec(`INSERT INTO drafts (key, account, json, saved) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (key) DO UPDATE SET account = ?2, json = ?3, saved = ?4`, d.Key, d.Account, orEmpty(d.JSON), nanos(d.Saved))
}

func (t *tx) putDraftFile(draft int64, i int, f *DraftFile, contents map[int][]byte) (err error) {
	if f.ID != 0 {
		n, err := t.affected("UPDATE draft_files SET place = ?, name = ?, type = ? WHERE id = ? AND draft = ?", i, f.Name, f.Type, f.ID, draft)
		if err == nil && n == 0 {
			return refuse(CodeNotFound, "file %s of the draft", f.Name)
		}
		return err
	}
	data, ok := contents[i]
	if !ok {
		return refuse(CodeInput, "the content of file %s is missing", f.Name)
	}
	f.Size = int64(len(data))
	f.ID, err = t.insert("INSERT INTO draft_files (draft, place, name, type, size, data) VALUES (?, ?, ?, ?, ?, ?)",
		draft, i, f.Name, f.Type, f.Size, orEmpty(data))
	return err
}

func (t *tx) dropDraftFiles(draft int64, keep map[int64]bool) error {
	var gone []int64
	err := t.each("SELECT id FROM draft_files WHERE draft = ?", []any{draft}, func(row scanner) error {
		var id int64
		err := row.Scan(&id)
		if !keep[id] {
			gone = append(gone, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range gone {
		if err := t.exec("DELETE FROM draft_files WHERE id = ?", id); err != nil {
			return err
		}
	}
	return nil
}

// Drafts lists an account's drafts ("" for all), last saved first, without the content of files.
func (s *Store) Drafts(ctx context.Context, account string) ([]Draft, error) {
	var list []Draft
	err := s.each(ctx, "SELECT key, account, json, saved FROM drafts WHERE account = ?1 OR ?1 = '' ORDER BY saved DESC, key DESC",
		[]any{account}, func(row scanner) error {
			d, err := scanDraft(row)
			list = append(list, d)
			return err
		})
	if err != nil {
		return nil, s.fail("list drafts", err)
	}
	for i := range list {
		if err := s.draftFiles(ctx, &list[i]); err != nil {
			return nil, s.fail("list drafts", err)
		}
	}
	return list, nil
}

func scanDraft(row scanner) (Draft, error) {
	var d Draft
	var saved int64
	err := row.Scan(&d.Key, &d.Account, &d.JSON, &saved)
	d.Saved = timeOf(saved)
	return d, err
}

// Draft gives one draft without the content of its files.
func (s *Store) Draft(ctx context.Context, key int64) (Draft, error) {
	d, err := scanDraft(s.row(ctx, "SELECT key, account, json, saved FROM drafts WHERE key = ?", key))
	if err == nil {
		err = s.draftFiles(ctx, &d)
	}
	return d, s.fail("read a draft", err)
}

func (s *Store) draftFiles(ctx context.Context, d *Draft) error {
	return s.each(ctx, "SELECT id, name, type, size FROM draft_files WHERE draft = ? ORDER BY place", []any{d.Key}, func(row scanner) error {
		var f DraftFile
		err := row.Scan(&f.ID, &f.Name, &f.Type, &f.Size)
		d.Files = append(d.Files, f)
		return err
	})
}

// DropDraft forgets a draft and its files; one that is gone is no error.
func (s *Store) DropDraft(ctx context.Context, key int64) error {
	return s.write(ctx, "drop a draft", func(t *tx) error { return t.exec("DELETE FROM drafts WHERE key = ?", key) })
}

// DraftFile gives the content of an attached file.
func (s *Store) DraftFile(ctx context.Context, id int64) ([]byte, error) {
	var data []byte
	err := s.row(ctx, "SELECT data FROM draft_files WHERE id = ?", id).Scan(&data)
	return data, s.fail("read a draft's file", err)
}
