package session

import (
	"context"
	"errors"

	"todoku/internal/mail"
	"todoku/internal/trace"
)

var errNotBuilt = errors.New("not built")

// Session holds config, store, net and clock.
type Session struct{}

// Accounts lists the configured accounts in order.
func (s *Session) Accounts() []Account { panic(errNotBuilt) }

// Account finds an account or a twin by name.
func (s *Session) Account(name string) (Account, bool) { panic(errNotBuilt) }

// Close stops what the session started and closes the store.
func (s *Session) Close() error { panic(errNotBuilt) }

// Changes tells which account and folder changed in the store, also by another process; stop ends it.
func (s *Session) Changes() (changes <-chan StoreChange, stop func()) { panic(errNotBuilt) }

// StoreChange says what changed: the folder list (Folder empty) or a folder; Outbox and Drafts are their own.
type StoreChange struct {
	Account string
	Folder  string
	Outbox  bool
	Drafts  bool
}

// Folders lists an account's folders from the store.
func (s *Session) Folders(ctx context.Context, span *trace.Span, opts FoldersOptions) ([]mail.Folder, error) {
	panic(errNotBuilt)
}

// List gives a folder from the store.
func (s *Session) List(ctx context.Context, span *trace.Span, opts ListOptions) (ListResult, error) {
	panic(errNotBuilt)
}

// Rows loads rows by key.
func (s *Session) Rows(ctx context.Context, span *trace.Span, opts RowsOptions) ([]Row, error) {
	panic(errNotBuilt)
}

// Read gives a message, from the store or, if it is not there, from the server.
func (s *Session) Read(ctx context.Context, span *trace.Span, opts ReadOptions) (Reading, error) {
	panic(errNotBuilt)
}

// Sync brings the store up to date with the server and the server with pending changes.
func (s *Session) Sync(ctx context.Context, span *trace.Span, opts SyncOptions) (SyncResult, error) {
	panic(errNotBuilt)
}

// Watch returns nil when the server says that the folder changed (IDLE, or a poll where IDLE is missing).
func (s *Session) Watch(ctx context.Context, span *trace.Span, opts WatchOptions) (struct{}, error) {
	panic(errNotBuilt)
}

// Flag sets or clears flags.
func (s *Session) Flag(ctx context.Context, span *trace.Span, opts FlagOptions) (Change, error) {
	panic(errNotBuilt)
}

// Move moves or copies messages.
func (s *Session) Move(ctx context.Context, span *trace.Span, opts MoveOptions) (Change, error) {
	panic(errNotBuilt)
}

// Delete moves messages to the trash or removes them.
func (s *Session) Delete(ctx context.Context, span *trace.Span, opts DeleteOptions) (Change, error) {
	panic(errNotBuilt)
}

// Undo takes back a change.
func (s *Session) Undo(ctx context.Context, span *trace.Span, opts UndoOptions) (Change, error) {
	panic(errNotBuilt)
}

// Compose begins a draft.
func (s *Session) Compose(ctx context.Context, span *trace.Span, opts ComposeOptions) (Draft, error) {
	panic(errNotBuilt)
}

// SaveDraft stores a draft durably and gives it back with its key.
func (s *Session) SaveDraft(ctx context.Context, span *trace.Span, opts Draft) (Draft, error) {
	panic(errNotBuilt)
}

// DropDraft forgets a draft.
func (s *Session) DropDraft(ctx context.Context, span *trace.Span, opts Draft) (Draft, error) {
	panic(errNotBuilt)
}

// Drafts lists the account's local drafts, newest first.
func (s *Session) Drafts(ctx context.Context, span *trace.Span, opts FoldersOptions) ([]Draft, error) {
	panic(errNotBuilt)
}

// Check looks at a draft before it leaves.
func (s *Session) Check(ctx context.Context, span *trace.Span, opts Draft) ([]Check, error) {
	panic(errNotBuilt)
}

// Send puts the draft in the outbox durably, submits it and files the copy.
func (s *Session) Send(ctx context.Context, span *trace.Span, opts SendOptions) (Sent, error) {
	panic(errNotBuilt)
}

// Outbox lists entries that still wait or ask, newest first; Account empty means all.
func (s *Session) Outbox(ctx context.Context, span *trace.Span, opts FoldersOptions) ([]Sent, error) {
	panic(errNotBuilt)
}

// Retry submits an outbox entry now (also one in state unknown: the person decided).
func (s *Session) Retry(ctx context.Context, span *trace.Span, opts RetryOptions) (Sent, error) {
	panic(errNotBuilt)
}

// Complete suggests addresses.
func (s *Session) Complete(ctx context.Context, span *trace.Span, opts CompleteOptions) ([]Contact, error) {
	panic(errNotBuilt)
}

// SaveFile writes an attachment to disk and gives its path.
func (s *Session) SaveFile(ctx context.Context, span *trace.Span, opts SaveFileOptions) (string, error) {
	panic(errNotBuilt)
}

// RetryOptions names an outbox entry; Drop turns it back into a draft instead of sending it.
type RetryOptions struct {
	Key  int64
	Drop bool
}
