package maildrop

import (
	"context"

	"todoku/internal/mail"
)

// Mailboxes is what the POP3 and IMAP servers need of a mailbox store; Store is one. Folders are named by the id
// that Folder gave, so that a rename does not disturb a session. Every list of uids may hold uids that are gone:
// they are passed over.
type Mailboxes interface {
	Accounts
	Folders
	Messages
	Watcher
}

// Accounts knows who may log in.
type Accounts interface {
	// User finds an account by its address, in any case.
	User(address string) (User, bool)
	Usage(ctx context.Context, address string) (Usage, error)
}

// Folders is the tree of one user, levels separated by "/".
type Folders interface {
	Folders(ctx context.Context, address string) ([]Folder, error) // sorted by name, INBOX first
	Folder(ctx context.Context, address, name string) (Folder, error)
	CreateFolder(ctx context.Context, address, name string, role mail.Role) error
	DeleteFolder(ctx context.Context, address, name string) error
	// RenameFolder renames the folder and those below it. INBOX keeps its name and gives its messages away
	// (RFC 9051 section 6.3.6).
	RenameFolder(ctx context.Context, address, name, newName string) error
	SubscribeFolder(ctx context.Context, address, name string, on bool) error
	// Renumber gives the folder a UIDVALIDITY that no folder ever had: what clients know of its UIDs is void
	// (RFC 9051 section 2.3.1.1).
	Renumber(ctx context.Context, folder int64) error
}

// Messages reads and changes one folder.
type Messages interface {
	// Open gives the folder as it is now and all its messages by ascending uid, from one moment.
	Open(ctx context.Context, folder int64) (Folder, []Message, error)
	// Rows gives the messages between two uids, both included.
	Rows(ctx context.Context, folder int64, first, last uint32) ([]Message, error)
	// Headers yields envelope and header block of the messages between two uids by ascending uid.
	Headers(ctx context.Context, folder int64, first, last uint32, yield func(uid uint32, h Header) error) error
	// Data gives the octets of one message.
	Data(ctx context.Context, folder int64, uid uint32) ([]byte, error)
	// Append stores a message and says where.
	Append(ctx context.Context, d Delivery) (uidValidity, uid uint32, err error)
	SetFlags(ctx context.Context, folder int64, uids []uint32, c FlagChange) error
	// Expunge removes the messages for good and says which were there.
	Expunge(ctx context.Context, folder int64, uids []uint32) ([]uint32, error)
	// Copy copies, or with move moves, the messages to the user's folder dest, in one transaction.
	Copy(ctx context.Context, folder int64, uids []uint32, dest string, move bool) (Copied, error)
}

// Watcher tells what changed.
type Watcher interface {
	// Changes says what happened in the folder after modseq since.
	Changes(ctx context.Context, folder int64, since uint64) (Changes, error)
	// Subscribe gives a channel on which a value waits after something changed in the user's mailbox; stop ends it.
	Subscribe(address string) (changed <-chan struct{}, stop func())
}

// FlagOp is what a FlagChange does.
type FlagOp int

const (
	SetFlags FlagOp = iota // the flags become exactly these
	AddFlags
	RemoveFlags
)

// FlagChange is one IMAP STORE.
type FlagChange struct {
	Op       FlagOp
	Flags    mail.Flags
	Keywords []string
}

// Copied says where the messages went: Source[i] became Dest[i].
type Copied struct {
	UIDValidity uint32 // of the destination
	Source      []uint32
	Dest        []uint32
}

// Changes is what happened in a folder.
type Changes struct {
	ModSeq  uint64    // now
	Gone    []uint32  // expunged, by ascending uid
	Changed []Message // new, or with other flags, by ascending uid
	// Full says that the store no longer knows what was expunged: Changed is the whole folder, and what is not in
	// it is gone.
	Full bool
}

var _ Mailboxes = (*Store)(nil)
