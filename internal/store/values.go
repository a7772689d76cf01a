package store

import (
	"time"

	"todoku/internal/mail"
)

// Folder is a folder of an account as the store has it. Until it was synced once, Total and Unread are the server's
// numbers where it gave them; afterwards they count the rows of the store.
type Folder struct {
	ID      int64
	Account string
	mail.Folder
	Synced time.Time // when MarkSynced last said that the rows equal the server's; zero for never
	Rows   int       // rows of the store, whatever the server says
}

// Message is one row. Key is its name for ever: it survives moves between folders and a new UIDVALIDITY, and grows with
// the time of arrival.
type Message struct {
	Key      int64
	FolderID int64
	Account  string
	Folder   string
	mail.Message
	Stored  bool // the whole message is in the store
	Pending bool // a change waits for the server
	Bounced bool // a report of a mail system on what became of a message
}

// FlagState is what a server says of one message's flags. ModSeq is 0 without CONDSTORE (RFC 7162).
type FlagState struct {
	Flags  mail.Flags
	ModSeq uint64
}

// Ledger is what the store knows about one POP3 unique-id (RFC 1939 section 7), for ever: the row stays when the message
// goes, so that it is never fetched a second time.
type Ledger struct {
	UIDL         string // as the server gave it, whole
	Key          int64  // 0 when the message is no longer in the store
	StoredAt     time.Time
	DeletedHere  time.Time // the person deleted it (or it lies in the trash)
	DeletedThere time.Time // QUIT after DELE was answered +OK
	Octets       int64
}

// Fetched is a POP3 message on its way into the store.
type Fetched struct {
	UIDL    string
	Octets  int64
	Message mail.Message
	Raw     []byte // all octets as received, dot-stuffing removed
	Bounced bool
}

// Verbs of a pending change.
const (
	VerbFlag   = "flag"
	VerbMove   = "move"
	VerbCopy   = "copy"
	VerbDelete = "delete" // for good
)

// Pending is one message's part of a change: shown here, not yet confirmed by the server. For Apply, Key and Verb (with
// Flags and On, or Target) are wanted; the rest is filled in.
type Pending struct {
	ID        int64
	ChangeID  int64 // the Apply it belongs to
	Account   string
	Folder    string // where the server has the message
	FolderID  int64
	Key       int64 // the row that shows it; for a copy, the new row
	Source    int64 // for a copy, the row copied from
	MessageID string
	ServerID  mail.ID // in Folder; empty while an earlier change decides it, or after a UIDVALIDITY change until matched
	Verb      string
	Flags     mail.Flags
	On        bool
	Target    string // folder name of a move or copy
	TargetID  int64
	LocalOnly bool // no server is to be told (POP3, local folders): recorded for Undo only
	Made      time.Time
	Undoes    int64 // ChangeID that this one takes back, or 0
	Orphan    bool  // the folder's UIDVALIDITY changed and no message there matches
}

// Outbox states. "sending" is committed before the final dot of DATA goes out, so that an entry found in it afterwards
// may have been sent.
const (
	StateQueued   = "queued"
	StateClaimed  = "claimed"
	StateSending  = "sending"
	StateUnknown  = "unknown" // it may have been sent; waits for the person
	StateAccepted = "accepted"
	StateFiled    = "filed"
	StateRefused  = "refused"
)

// Recipient is one RCPT of an outbox entry and what the server said to it.
type Recipient struct {
	Addr    string        `json:"addr"`
	State   string        `json:"state,omitempty"` // session's words: "wait", "ok", "warn", "fail", "unknown"
	Code    int           `json:"code,omitempty"`
	Reply   string        `json:"reply,omitempty"`
	Verb    string        `json:"verb,omitempty"`
	Elapsed time.Duration `json:"elapsed,omitempty"`
	Problem string        `json:"problem,omitempty"` // code of why the server was not asked
}

// OutboxEntry is a message that is to leave. Key, Raw, MessageID, From, Account and Created never change after Enqueue.
type OutboxEntry struct {
	Key        int64
	Account    string
	State      string
	From       string
	To         []Recipient
	MessageID  string
	Subject    string
	Raw        []byte // empty in lists; Claim and OutboxEntry give it
	Owner      string
	Lease      time.Time // until when Owner holds it
	Next       time.Time // not before
	Created    time.Time
	Changed    time.Time
	Attempts   int
	Reply      string // the server's last words
	Server     string
	CopyFolder string
	CopyError  string
	Answers    int64 // key of the message to mark \Answered
	Forwards   int64
	DraftKey   int64
	Note       []byte   // session's own, opaque
	Resends    string   // Message-ID of what came back that this is sent for, else ""
	ResentFor  []string // whom that one had not reached
}

// Draft is a message being written. JSON holds session's own fields and is never looked into.
type Draft struct {
	Key     int64
	Account string
	JSON    []byte
	Files   []DraftFile
	Saved   time.Time
}

// DraftFile is an attachment whose content the store holds. ID 0 is one that is not stored yet.
type DraftFile struct {
	ID   int64
	Name string
	Type string
	Size int64
}

// Contact is an address seen in the account's mail or written to.
type Contact struct {
	Name  string
	Addr  string
	Count int
	Last  time.Time
}

// Change tells what changed: a folder's rows, or with Folder empty the folder list; Outbox and Drafts are their own.
type Change struct {
	Account string
	Folder  string
	Outbox  bool
	Drafts  bool
}
