// Package mail holds what mail is: values, MIME reading and building, charsets, text from HTML. It does no I/O.
package mail

import (
	"context"
	"io"
	"time"
)

// Address is a mailbox of RFC 5322 section 3.4: a display name (decoded) and local@domain.
type Address struct {
	Name string `json:"name,omitempty"`
	Addr string `json:"addr"`
}

// Envelope is what a message list shows: the decoded header fields of RFC 5322 section 3.6.
type Envelope struct {
	Subject    string    `json:"subject"`
	From       []Address `json:"from,omitempty"`
	Sender     []Address `json:"sender,omitempty"`
	ReplyTo    []Address `json:"reply_to,omitempty"`
	To         []Address `json:"to,omitempty"`
	Cc         []Address `json:"cc,omitempty"`
	Bcc        []Address `json:"bcc,omitempty"`
	Date       time.Time `json:"date"`
	MessageID  string    `json:"message_id,omitempty"` // without angle brackets
	InReplyTo  []string  `json:"in_reply_to,omitempty"`
	References []string  `json:"references,omitempty"`
}

// Flags is a set of IMAP flags (RFC 9051 section 2.3.2) and the registered keywords that todoku shows.
type Flags uint32

const (
	Seen      Flags = 1 << iota // \Seen
	Answered                    // \Answered
	Flagged                     // \Flagged
	Deleted                     // \Deleted
	Draft                       // \Draft
	Forwarded                   // $Forwarded
	Junk                        // $Junk
	NotJunk                     // $NotJunk
	MDNSent                     // $MDNSent
)

// Has reports whether every flag of f2 is in f.
func (f Flags) Has(f2 Flags) bool { return f&f2 == f2 }

// Role is the special use of a folder (RFC 6154), RoleNone for an ordinary one.
type Role string

const (
	RoleNone    Role = ""
	RoleInbox   Role = "inbox"
	RoleDrafts  Role = "drafts"
	RoleSent    Role = "sent"
	RoleArchive Role = "archive"
	RoleJunk    Role = "junk"
	RoleTrash   Role = "trash"
	RoleAll     Role = "all"
	RoleFlagged Role = "flagged"
)

// Folder is a mailbox name on a server (UTF-8, decoded) and what the server says of it.
type Folder struct {
	Name          string `json:"name"`
	Delimiter     string `json:"delimiter,omitempty"` // one character, or empty for a flat name
	Role          Role   `json:"role,omitempty"`
	NoSelect      bool   `json:"no_select,omitempty"`
	Local         bool   `json:"local,omitempty"` // kept on this disk only (POP3 accounts' Sent and the like)
	Total         int    `json:"total"`           // -1 when unknown
	Unread        int    `json:"unread"`          // -1 when unknown
	UIDValidity   uint32 `json:"uid_validity,omitempty"`
	UIDNext       uint32 `json:"uid_next,omitempty"`
	HighestModSeq uint64 `json:"highest_mod_seq,omitempty"`
}

// ID names a message inside one folder: an IMAP UID in decimal or a POP3 unique-id (RFC 1939 UIDL).
type ID string

// Message is one row of a folder, without its body.
type Message struct {
	ID       ID        `json:"id"`
	Flags    Flags     `json:"flags"`
	Size     int64     `json:"size"`     // octets as the server counts them (RFC822.SIZE, LIST)
	Received time.Time `json:"received"` // INTERNALDATE, or the newest Received field over POP3
	ModSeq   uint64    `json:"mod_seq,omitempty"`
	Envelope Envelope  `json:"envelope"`
	HasFile  bool      `json:"has_file,omitempty"` // an attachment is known to be there
}

// Part is a node of a message's MIME tree (RFC 2045, 2046).
type Part struct {
	Path        string            `json:"path"` // "1.2"; "" is the whole message
	Type        string            `json:"type"` // "text/plain", lower case
	Params      map[string]string `json:"params,omitempty"`
	Disposition string            `json:"disposition,omitempty"` // "attachment", "inline" or ""
	FileName    string            `json:"file_name,omitempty"`   // decoded, path separators removed
	ContentID   string            `json:"content_id,omitempty"`
	Encoding    string            `json:"encoding,omitempty"` // Content-Transfer-Encoding, lower case
	Size        int64             `json:"size"`               // octets as encoded
	Children    []*Part           `json:"children,omitempty"`
}

// Source is a mailbox on a server, read the same way over IMAP and POP3. What a protocol lacks is an add-on
// interface that it does not implement: Flagger, Mover, Deleter, Searcher, Watcher, Appender.
type Source interface {
	// Folders lists what can be opened; POP3 has INBOX only.
	Folders(ctx context.Context) ([]Folder, error)
	// Open makes a folder the current one; readOnly asks for EXAMINE and, over POP3, forbids DELE.
	Open(ctx context.Context, folder string, readOnly bool) (Folder, error)
	// List gives the current folder's messages, newest first, in bounded chunks; yield returning an error stops it.
	List(ctx context.Context, yield func([]Message) error) error
	// Fetch writes the raw octets of one message, without changing its flags where the protocol allows that.
	Fetch(ctx context.Context, id ID, w io.Writer) error
	// Close logs out. Over POP3 it commits deletions (QUIT).
	Close() error
}

// Flagger sets or clears flags on the server.
type Flagger interface {
	SetFlags(ctx context.Context, ids []ID, flags Flags, on bool) error
}

// Mover moves messages to another folder; the result maps old to new ids where the server says (COPYUID).
type Mover interface {
	Move(ctx context.Context, ids []ID, folder string) (map[ID]ID, error)
}

// Deleter removes messages for good: EXPUNGE by UID, or DELE and QUIT.
type Deleter interface {
	Delete(ctx context.Context, ids []ID) error
}

// Searcher asks the server which messages hold the words.
type Searcher interface {
	Search(ctx context.Context, words string) ([]ID, error)
}

// Appender stores a new message; the id is empty if the server does not tell (no UIDPLUS).
type Appender interface {
	Append(ctx context.Context, folder string, flags Flags, size int64, r io.Reader) (ID, error)
}

// Watcher waits until the current folder changed on the server (IDLE) or ctx ends.
type Watcher interface {
	Watch(ctx context.Context) error
}
