package store

import (
	"context"
	"errors"
	"time"

	"todoku/internal/mail"
)

var errNotYet = errors.New("store: under construction")

type Store struct{}

func Open(path string, o Options) (*Store, error) { return nil, errNotYet }
func (s *Store) Close() error                     { return errNotYet }

// Subscribe tells about every commit, also of other processes.
func (s *Store) Subscribe() (<-chan Change, func()) { return nil, func() {} }

// LockSync: one sync of an account at a time, across processes; freed when the process dies; *BusyError otherwise.
func (s *Store) LockSync(ctx context.Context, account string) (unlock func(), err error) {
	return nil, errNotYet
}

func (s *Store) PutFolders(ctx context.Context, account string, folders []mail.Folder) error {
	return errNotYet
}
func (s *Store) Folders(ctx context.Context, account string) ([]Folder, error) { return nil, errNotYet }
func (s *Store) Folder(ctx context.Context, account, name string) (Folder, error) {
	return Folder{}, errNotYet
}
func (s *Store) PutFolderState(ctx context.Context, id int64, f mail.Folder) error { return errNotYet }

// MarkSynced says that the rows of the folder were compared with the whole server list: rows that wait for an id and
// have no pending change are removed.
func (s *Store) MarkSynced(ctx context.Context, id int64, t time.Time) error { return errNotYet }
func (s *Store) ResetFolder(ctx context.Context, id int64, uidValidity uint32) error {
	return errNotYet
}

func (s *Store) PutMessages(ctx context.Context, folderID int64, ms []mail.Message) (added int, err error) {
	return 0, errNotYet
}
func (s *Store) PutFlags(ctx context.Context, folderID int64, flags map[mail.ID]FlagState) (changed int, err error) {
	return 0, errNotYet
}
func (s *Store) RemoveIDs(ctx context.Context, folderID int64, ids []mail.ID) (removed int, err error) {
	return 0, errNotYet
}
func (s *Store) IDs(ctx context.Context, folderID int64) ([]mail.ID, error) { return nil, errNotYet }
func (s *Store) IDFlags(ctx context.Context, folderID int64) (map[mail.ID]mail.Flags, error) {
	return nil, errNotYet
}
func (s *Store) Page(ctx context.Context, folderID int64, offset, limit int) ([]Message, error) {
	return nil, errNotYet
}
func (s *Store) Keys(ctx context.Context, folderID int64) ([]int64, error) { return nil, errNotYet }
func (s *Store) Rows(ctx context.Context, keys []int64) ([]Message, error) { return nil, errNotYet }
func (s *Store) Message(ctx context.Context, key int64) (Message, error)   { return Message{}, errNotYet }
func (s *Store) MarkBounced(ctx context.Context, key int64) error          { return errNotYet }
func (s *Store) SetHasFile(ctx context.Context, key int64, has bool) error { return errNotYet }
func (s *Store) ByID(ctx context.Context, folderID int64, id mail.ID) (Message, error) {
	return Message{}, errNotYet
}
func (s *Store) Search(ctx context.Context, account string, folderID int64, words string, limit int) ([]int64, error) {
	return nil, errNotYet
}

func (s *Store) PutBody(ctx context.Context, key int64, raw []byte) error { return errNotYet }

// IndexText makes a message's readable text searchable.
func (s *Store) IndexText(ctx context.Context, key int64, text string) error { return errNotYet }
func (s *Store) Body(ctx context.Context, key int64) ([]byte, error)         { return nil, errNotYet }
func (s *Store) PutPart(ctx context.Context, key int64, path string, raw []byte) error {
	return errNotYet
}
func (s *Store) Part(ctx context.Context, key int64, path string) ([]byte, error) {
	return nil, errNotYet
}

// PutLocal stores a message in a Local folder.
func (s *Store) PutLocal(ctx context.Context, folderID int64, m mail.Message, raw []byte, text string) (key int64, err error) {
	return 0, errNotYet
}

func (s *Store) Ledger(ctx context.Context, account string) (map[string]Ledger, error) {
	return nil, errNotYet
}
func (s *Store) Missing(ctx context.Context, account string, uidls []string) ([]string, error) {
	return nil, errNotYet
}
func (s *Store) PutFetched(ctx context.Context, account string, folderID int64, batch []Fetched) error {
	return errNotYet
}
func (s *Store) MarkDeletedThere(ctx context.Context, account string, uidls []string, t time.Time) error {
	return errNotYet
}

func (s *Store) Apply(ctx context.Context, changes []Pending) (changeID int64, err error) {
	return 0, errNotYet
}

// PendingChanges: in the order to do them, without orphans and without LocalOnly ones.
func (s *Store) PendingChanges(ctx context.Context, account string) ([]Pending, error) {
	return nil, errNotYet
}

// Orphans are pending changes that lost their message when UIDVALIDITY changed.
func (s *Store) Orphans(ctx context.Context, account string) ([]Pending, error) {
	return nil, errNotYet
}

// Confirm: the server did them. newIDs maps a Pending.ID to the id in the target folder (COPYUID), where known.
func (s *Store) Confirm(ctx context.Context, ids []int64, newIDs map[int64]mail.ID) error {
	return errNotYet
}
func (s *Store) Refuse(ctx context.Context, ids []int64, reason string) error { return errNotYet }

// Undo takes back a change; 0 means the newest that can be undone. wasConfirmed: the server had done it, so that new
// pending changes were made that do the opposite.
func (s *Store) Undo(ctx context.Context, changeID int64) (undone []Pending, wasConfirmed bool, err error) {
	return nil, false, errNotYet
}

func (s *Store) Enqueue(ctx context.Context, e OutboxEntry, dropDraft int64) (OutboxEntry, error) {
	return OutboxEntry{}, errNotYet
}

// Claim takes an entry for lease; key 0 means the next due one of the account ("" all). Queued entries come as claimed;
// accepted ones, whose copy is still to be filed, stay accepted. false: nothing to do.
func (s *Store) Claim(ctx context.Context, key int64, account, owner string, lease time.Duration) (OutboxEntry, bool, error) {
	return OutboxEntry{}, false, errNotYet
}
func (s *Store) Advance(ctx context.Context, e OutboxEntry) error { return errNotYet }

// Requeue is the person's decision to send an entry in state unknown, refused or queued now.
func (s *Store) Requeue(ctx context.Context, key int64) error { return errNotYet }
func (s *Store) Outbox(ctx context.Context, account string) ([]OutboxEntry, error) {
	return nil, errNotYet
}
func (s *Store) OutboxEntry(ctx context.Context, key int64) (OutboxEntry, error) {
	return OutboxEntry{}, errNotYet
}

// DropOutbox removes an entry that nobody holds; back, if not nil, is stored as a draft in the same transaction.
func (s *Store) DropOutbox(ctx context.Context, key int64, back *Draft) (Draft, error) {
	return Draft{}, errNotYet
}

// FileLocal stores the Sent copy in a Local folder and marks the entry filed, in one transaction.
func (s *Store) FileLocal(ctx context.Context, outboxKey, folderID int64, m mail.Message, raw []byte, text string) (key int64, err error) {
	return 0, errNotYet
}

// PutDraft: contents holds the bytes of the d.Files whose ID is 0, by index in d.Files; stored files no longer named are dropped.
func (s *Store) PutDraft(ctx context.Context, d Draft, contents map[int][]byte) (Draft, error) {
	return Draft{}, errNotYet
}
func (s *Store) Drafts(ctx context.Context, account string) ([]Draft, error) { return nil, errNotYet }
func (s *Store) Draft(ctx context.Context, key int64) (Draft, error)         { return Draft{}, errNotYet }
func (s *Store) DropDraft(ctx context.Context, key int64) error              { return errNotYet }
func (s *Store) DraftFile(ctx context.Context, id int64) ([]byte, error)     { return nil, errNotYet }

func (s *Store) Complete(ctx context.Context, account, prefix string, limit int) ([]Contact, error) {
	return nil, errNotYet
}
