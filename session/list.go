package session

import (
	"context"
	"strings"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// defaultRows is how many rows List gives unless told: more than any screen shows.
const defaultRows = 200

// searchKeys bounds the hits of one search.
const searchKeys = 10000

// Folders lists an account's folders from the store.
func (s *Session) Folders(ctx context.Context, _ *trace.Span, o FoldersOptions) ([]mail.Folder, error) {
	stored, err := s.Store.Folders(ctx, o.Account)
	if err != nil {
		return nil, err
	}
	all := make([]mail.Folder, len(stored))
	for i, f := range stored {
		all[i] = f.Folder
	}
	return all, nil
}

// List gives a folder from the store; a folder that was never synced is empty, with a zero Synced.
func (s *Session) List(ctx context.Context, _ *trace.Span, o ListOptions) (ListResult, error) {
	if o.Folder == "" {
		o.Folder = inboxName
	}
	folder, err := s.Store.Folder(ctx, o.Account, o.Folder)
	if err != nil {
		never := ListResult{Folder: mail.Folder{Name: o.Folder, Total: -1, Unread: -1}}
		if store.IsCode(err, store.CodeNotFound) {
			err = nil
		}
		return never, err
	}
	r := ListResult{Folder: folder.Folder, Synced: folder.Synced}
	limit := o.Limit
	if limit <= 0 {
		limit = defaultRows
	}
	if strings.TrimSpace(o.Search) != "" {
		return s.search(ctx, r, folder, o, limit)
	}
	page, err := s.Store.Page(ctx, folder.ID, 0, limit)
	if err != nil {
		return r, err
	}
	if r.Rows, err = s.rows(ctx, page); err != nil {
		return r, err
	}
	if o.Keys {
		r.Keys, err = s.Store.Keys(ctx, folder.ID)
	}
	return r, err
}

func (s *Session) search(ctx context.Context, r ListResult, folder store.Folder, o ListOptions, limit int) (ListResult, error) {
	keys, err := s.Store.Search(ctx, o.Account, folder.ID, o.Search, searchKeys)
	if err != nil {
		return r, err
	}
	page, err := s.Store.Rows(ctx, keys[:min(limit, len(keys))])
	if err != nil {
		return r, err
	}
	if o.Keys {
		r.Keys = keys
	}
	r.Rows, err = s.rows(ctx, page)
	return r, err
}

// Rows loads rows by key, in that order, without those that are gone.
func (s *Session) Rows(ctx context.Context, _ *trace.Span, o RowsOptions) ([]Row, error) {
	page, err := s.Store.Rows(ctx, o.Keys)
	if err != nil {
		return nil, err
	}
	return s.rows(ctx, page)
}

func (s *Session) rows(ctx context.Context, page []store.Message) ([]Row, error) {
	all := make([]Row, len(page))
	for i, m := range page {
		all[i] = row(m)
	}
	return all, s.returned(ctx, all)
}

func row(m store.Message) Row {
	return Row{
		Key: m.Key, Account: m.Account, Folder: m.Folder, Message: m.Message,
		Pending: m.Pending, Stored: m.Stored, Bounced: m.Bounced,
	}
}

// Changes tells what changed in the store, also by another process, until stop is called.
func (s *Session) Changes() (changes <-chan StoreChange, stop func()) {
	return s.Store.Subscribe()
}

// StoreChange says what changed: the folder list (Folder empty) or a folder; Outbox and Drafts are their own.
type StoreChange = store.Change
