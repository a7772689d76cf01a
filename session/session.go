// Package session holds every verb that a person can ask for, once. The interface draws a verb and the command line
// prints it; neither knows how it is done. Every verb takes a context, a span that observes it (nil is fine) and
// options, and gives a plain result.
package session

import (
	"time"

	"todoku/diag/headers"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// Account is one account as the interface shows it.
type Account struct {
	Name       string `json:"name"`
	Address    string `json:"address"`
	FullName   string `json:"full_name,omitempty"`
	Protocol   string `json:"protocol"`             // "imap" or "pop3"
	Twin       string `json:"twin,omitempty"`       // the same mailbox by the other protocol; "" when it is not configured
	Receiving  string `json:"receiving,omitempty"`  // "mail.sakura.test:993"
	Submission string `json:"submission,omitempty"` // "mail.sakura.test:587"
}

// Row is one line of a message list. Key names the message in the local store.
type Row struct {
	Key          int64  `json:"key"`
	Account      string `json:"account"`
	Folder       string `json:"folder"`
	mail.Message        // as the server gave it, with changes not yet confirmed already applied
	Pending      bool   `json:"pending,omitempty"` // a change waits for the server: the ~ of the list
	Stored       bool   `json:"stored"`            // the whole message is on this disk
	Bounced      bool   `json:"bounced,omitempty"` // the message reports that another one was not delivered
	// Returned is what came back: what a bounce says, and of a message of ours what bounces say of it.
	Returned []Returned `json:"returned,omitempty"`
}

// FoldersOptions says whose folders.
type FoldersOptions struct{ Account string }

// ListOptions says which messages. Limit bounds Rows, never Keys.
type ListOptions struct {
	Account string
	Folder  string
	Limit   int    // rows wanted at once, newest first; 0 means 200
	Search  string // words that sender, recipient, subject or stored text must hold; "" for all
	Keys    bool   // also give the keys of all rows
}

// ListResult is a folder as the store has it now. It never waits for the network.
type ListResult struct {
	Folder mail.Folder `json:"folder"`
	Rows   []Row       `json:"rows"`
	Keys   []int64     `json:"keys,omitempty"` // every message of the folder in list order, if asked for
	Synced time.Time   `json:"synced"`         // zero if the folder never was
}

// RowsOptions names the rows to load; the result is in the same order, without those that are gone.
type RowsOptions struct{ Keys []int64 }

// HeaderMode says how much of the header Read gives.
type HeaderMode int

const (
	HeaderShort HeaderMode = iota
	HeaderAll
	HeaderRaw
)

// ReadOptions names a message. Charset overrides the label of its text parts ("" trusts the label, repaired).
type ReadOptions struct {
	Key     int64
	Charset string
	Header  HeaderMode
	Peek    bool // do not mark it read
}

// Reading is a message ready to be drawn; all text is still hostile and goes through text.Safe.
type Reading struct {
	Row        Row           `json:"row"`
	Header     []HeaderField `json:"header,omitempty"` // for HeaderAll, in order, decoded
	Raw        []byte        `json:"-"`                // for HeaderRaw: the first 256 KiB of the source
	Text       string        `json:"text"`             // lines end in \n; paragraphs of format=flowed are joined
	FromHTML   bool          `json:"from_html,omitempty"`
	Remote     int           `json:"remote,omitempty"` // remote images that were not fetched
	Links      []string      `json:"links,omitempty"`  // numbered after the files
	Files      []mail.Part   `json:"files,omitempty"`
	Parts      *mail.Part    `json:"parts,omitempty"`
	Charset    string        `json:"charset,omitempty"`     // used for the text
	Labelled   string        `json:"labelled,omitempty"`    // as the message says, if it differs
	Charsets   []string      `json:"charsets,omitempty"`    // what E cycles through
	Path       headers.Path  `json:"path"`                  // from the Received fields
	ServerAuth string        `json:"server_auth,omitempty"` // what Authentication-Results of the receiving server says
	Partial    bool          `json:"partial,omitempty"`     // only header and text are here; files are fetched when saved
	Bounce     *Bounce       `json:"bounce,omitempty"`      // what a mail system reports; nil for every other message
	Damages    []string      `json:"damages,omitempty"`     // codes of what was wrong with its form
	Incomplete string        `json:"incomplete,omitempty"`  // why a part is missing
}

// HeaderField is one field, decoded.
type HeaderField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SyncOptions says what to bring up to date; an empty Folder means the inbox.
type SyncOptions struct {
	Account     string
	Folder      string
	Folders     bool           // then also the folder list
	PendingOnly bool           // only tell the server what was changed here
	Bodies      bool           // also fetch bodies that are not stored (POP3 always does)
	Agree       []string       // codes of questions (SyncResult.Asks) that the person answered with yes
	Progress    func(Progress) // called at most 4 times a second; may be nil
}

// Progress says how far a sync is.
type Progress struct {
	Doing string // "connect", "folders", "list", "flags", "bodies", "changes"
	Done  int
	Of    int // 0 when unknown
}

// SyncResult says what a sync changed in the store.
type SyncResult struct {
	New     int             `json:"new"`
	Changed int             `json:"changed"`
	Removed int             `json:"removed"`
	Total   int             `json:"total"`
	Refused []trace.Finding `json:"refused,omitempty"` // pending changes that the server refused; they were put back
	Asks    []trace.Finding `json:"asks,omitempty"`    // what waits for the person (POP3 ids all changed, EXPIRE 0)
}

// WatchOptions names a folder to wait on.
type WatchOptions struct {
	Account string
	Folder  string
}

// FlagOptions sets or clears flags.
type FlagOptions struct {
	Keys  []int64
	Flags mail.Flags
	On    bool
}

// MoveOptions moves (or copies) messages to a folder of their account.
type MoveOptions struct {
	Keys   []int64
	Folder string    // by name, or
	Role   mail.Role // by use: RoleArchive, RoleJunk
	Copy   bool
}

// DeleteOptions moves messages to the trash; those in the trash, or with Forever, are removed for good. With KeepTrash
// those in the trash are left alone: a key pressed twice must not remove what it just moved there.
type DeleteOptions struct {
	Keys      []int64
	Forever   bool
	KeepTrash bool
}

// Change is what flag, move and delete give: already visible, confirmed by the next sync.
type Change struct {
	ID      int64     `json:"id"`      // for Undo
	Verb    string    `json:"verb"`    // "flag", "move", "copy", "delete", "remove"
	Count   int       `json:"count"`   //
	Folder  string    `json:"folder"`  // where they went
	Subject string    `json:"subject"` // of the only message, if Count is 1
	Role    mail.Role `json:"role"`
}

// UndoOptions names a change; 0 means the newest that was asked of this session, not of another window.
type UndoOptions struct{ Change int64 }

// DraftKind says what a new draft begins from.
type DraftKind string

const (
	DraftNew       DraftKind = "new"
	DraftReply     DraftKind = "reply"
	DraftReplyAll  DraftKind = "reply-all"
	DraftReplyList DraftKind = "reply-list"
	DraftForward   DraftKind = "forward"
	DraftResend    DraftKind = "resend"   // the recipients that were refused, once more
	DraftReturned  DraftKind = "returned" // what came back, to those whom it did not reach
)

// ComposeOptions says what to begin. Key is the message answered or forwarded, the sent entry resent, or the bounce or the
// message that came back.
type ComposeOptions struct {
	Account string
	Kind    DraftKind
	Key     int64
	Correct string // for DraftReturned: whom the first recipient should have been; "" leaves all as they were
	Only    string // for DraftReturned: the recipient that it is for; "" for all whom it did not reach
}

// Draft is a message being written. Key 0 has never been saved.
type Draft struct {
	Key        int64       `json:"key"`
	Account    string      `json:"account"`
	From       string      `json:"from"` // fields as typed
	To         string      `json:"to"`
	Cc         string      `json:"cc"`
	Bcc        string      `json:"bcc"`
	Subject    string      `json:"subject"`
	Text       string      `json:"text"`
	Files      []DraftFile `json:"files,omitempty"`
	InReplyTo  []string    `json:"in_reply_to,omitempty"`
	References []string    `json:"references,omitempty"`
	Answers    int64       `json:"answers,omitempty"`    // Key of the message to mark \Answered
	Forwards   int64       `json:"forwards,omitempty"`   // Key of the message to mark $Forwarded
	Replaces   int64       `json:"replaces,omitempty"`   // Key of the refused outbox entry that sending this one removes
	Resends    string      `json:"resends,omitempty"`    // Message-ID of what came back that this is sent for
	ResentFor  []string    `json:"resent_for,omitempty"` // whom that one had not reached
	Kind       DraftKind   `json:"kind"`
	Saved      time.Time   `json:"saved"`
}

// DraftFile is an attachment. Its content is copied into the store when the draft is saved.
type DraftFile struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
	Path string `json:"path,omitempty"` // to read it from, until it is stored
	ID   int64  `json:"id,omitempty"`   // in the store

	content []byte // neither on disk nor in the store yet: a file that is forwarded
}

// Check is one row of "before it leaves": a finding about the draft.
type Check = trace.Finding

// SendOptions sends a draft, which leaves the drafts only when the outbox holds the message durably.
type SendOptions struct {
	Draft    Draft
	Progress func(Sent) // the matrix as it fills; may be nil
}

// Sent is what became of one message: the matrix of SCREENS 3.
type Sent struct {
	Key        int64           `json:"key"` // of the outbox entry
	Account    string          `json:"account"`
	Subject    string          `json:"subject"`
	MessageID  string          `json:"message_id"`
	State      string          `json:"state"` // "queued", "sending", "unknown", "accepted", "refused", "filed"
	Server     string          `json:"server"`
	QueueID    string          `json:"queue_id,omitempty"` // as the server's last reply names it
	Recipients []SentRecipient `json:"recipients"`
	Elapsed    time.Duration   `json:"elapsed_ns"`
	Next       time.Time       `json:"next"` // next try of a queued entry
	Attempts   int             `json:"attempts"`
	CopyState  trace.Level     `json:"copy_state"` // of the copy in Sent
	CopyFolder string          `json:"copy_folder,omitempty"`
	Error      *trace.Finding  `json:"error,omitempty"`
	Message    int64           `json:"message,omitempty"` // key of the copy in Sent, if it is here
}

// SentRecipient is one recipient's row.
type SentRecipient struct {
	Addr    string         `json:"addr"`
	State   string         `json:"state"` // "wait", "live", "ok", "warn" (4xx), "fail" (5xx), "unknown"
	Code    int            `json:"code,omitempty"`
	Reply   string         `json:"reply,omitempty"` // the server's own words
	Verb    string         `json:"verb,omitempty"`  // the command it answered
	Elapsed time.Duration  `json:"elapsed_ns"`
	Suggest string         `json:"suggest,omitempty"` // a known address that is one mistake away
	Finding *trace.Finding `json:"finding,omitempty"`
	Came    *Returned      `json:"came,omitempty"` // what a report said of it later
}

// CompleteOptions asks for addresses that begin with (or whose name holds) Prefix.
type CompleteOptions struct {
	Account string
	Prefix  string
	Limit   int // 0 means 5
}

// Contact is an address the person has mail from or wrote to.
type Contact struct {
	mail.Address
	Count int       `json:"count"`
	Last  time.Time `json:"last"`
}

// SaveFileOptions writes one part, decoded, to a new file; an existing file is never overwritten.
type SaveFileOptions struct {
	Key  int64
	Part string
	Path string // a folder or a file name
}
