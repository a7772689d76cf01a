// Package screen is what every screen has: how it is asked, what it gives back, and what it may use. Down is a method
// call, up is a returned Action, everything from outside is a message.
package screen

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/delivery"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// Screen is one screen's body, between the title row and the notice row.
type Screen interface {
	Init() tea.Cmd
	Update(tea.Msg) (Action, tea.Cmd)
	View() Frame
	SetSize(width, height int)
	Title(width int) Title
	Help() Help
}

// Typist is a screen that sometimes takes typed text: then only the keys that type nothing have verbs, and the rest
// arrives as Press with an empty verb.
type Typist interface{ Typing() bool }

// Subject is a screen that is about an account, or about the way to an address: what is explained on it is proved there, unless it
// names others.
type Subject interface{ Subject() About }

// About is what a screen is about. Tests is the screen's own test if it has one, Accounts (a doctor) or Tracer: asking again
// on it is the proof.
type About struct{ Account, Target, Tests string }

// Frame is a drawn body: rows of exactly the width that was set, and where the real cursor stands.
type Frame struct {
	Rows   []string
	Cursor *Cell
}

// Cell is a place inside a body, in cells from its upper left corner. Insert asks for a bar, as where text is typed.
type Cell struct {
	X, Y   int
	Insert bool
}

// Title is the first row: where am I, and how is the line.
type Title struct{ Left, Right text.Safe }

// Help says what works now, in the order of the footer.
type Help struct {
	Name  text.Safe // "mailbox, on a message that bounced"
	About text.Safe // a sentence about the thing under the cursor
	Verbs []Live
}

// Live is a verb as it stands on a screen now.
type Live struct {
	Verb  keys.Verb
	Label text.Safe // instead of the catalogue's
	Key   text.Safe // instead of the binding's, as "J/K" for two
	Off   text.Safe // why it cannot run here; empty if it can
	Rank  int       // 1 stays longest in the footer; 0 is not in it
}

// Env is what the app lends to every screen. Only the app changes it.
type Env struct {
	Words *text.Catalogue
	Theme *theme.Theme
	Keys  keys.Map
	Jobs  *jobs.Runner
	Now   func() time.Time // local time
}

// Press is a key: its verb, or, while text is typed, only the key.
type Press struct {
	Verb keys.Verb
	N    int // for Number
	Key  tea.Key
}

// Click and Wheel are the mouse, in cells of the body.
type Click struct{ X, Y int }

// Wheel turns by Rows, downwards if positive.
type Wheel struct{ X, Y, Rows int }

// Paste is pasted text, not yet cleaned.
type Paste struct{ Text string }

// Returned tells a screen that the one above it was left, and with what.
type Returned struct{ With any }

// Repaint says that words or colours changed: what was drawn before must be drawn anew.
type Repaint struct{}

// Answered is the answer to an Ask: 1 is the safe one, 0 is esc.
type Answered struct {
	To any
	N  int
}

// Chosen is the answer to a Choose; Index is -1 for esc.
type Chosen struct {
	To    any
	Index int
}

// Prompted is the answer to a Prompt; OK is false for esc.
type Prompted struct {
	To   any
	Text string
	OK   bool
}

// Action is what a screen asks of the app; nil asks nothing.
type Action interface{ action() }

// Open goes to another screen by its name in the table, with that screen's arguments.
type Open struct {
	Name string
	With any
}

// Replace is Open in the place of this screen.
type Replace struct {
	Name string
	With any
}

// Back leaves this screen and tells the one below With.
type Back struct{ With any }

// Home leaves every screen but the first and tells that one With.
type Home struct{ With any }

// Exit ends the program.
type Exit struct{}

// Kind ranks what is said.
type Kind int

const (
	Hint Kind = iota
	Result
	Fault
)

// Say puts a sentence into the notice row. Short stands in for it where it does not fit. Err, if set, is what e
// explains; who must act and what happened are then said in the words of the explanation.
type Say struct {
	Kind  Kind
	Text  text.Safe
	Short text.Safe
	Err   error
	Undo  Action // what u does until the next verb; may be nil
}

// Hush takes back the hints about what is no longer shown.
type Hush struct{}

// Ask puts a question with numbered answers into the notice row; the first answer is the safe one.
type Ask struct {
	To       any
	Question text.Safe
	Answers  []text.Safe
}

// Choice is a row of a Choose sheet.
type Choice struct {
	Name text.Safe
	Key  text.Safe
	Note text.Safe
	Off  bool
}

// Choose opens a sheet with rows of which one is taken.
type Choose struct {
	To    any
	Title text.Safe
	Rows  []Choice
	At    int
}

// Prompt asks for a line of text in the notice row.
type Prompt struct {
	To        any
	Label     text.Safe
	Text      string
	Completes bool // tab asks the screen to go on with what is typed: Completing, answered by Fill
}

// Completing is a tab in a prompt that completes.
type Completing struct {
	To   any
	Text string
}

// Fill puts text into the prompt that asked for it, if it still stands.
type Fill struct {
	To   any
	Text string
}

// CopyText puts text on the clipboard by OSC 52.
type CopyText struct{ Text string }

// ShowWire opens or closes the wire.
type ShowWire struct{}

// ShowLine opens the wire at the newest line that holds the text, and gives it the keys.
type ShowLine struct{ Text string }

// ExplainThis opens the explain sheet for an error.
type ExplainThis struct{ Err error }

// ExplainFinding opens the explain sheet for something found. Likely are causes that go before those of the catalogue; Remedies
// stand in the place of what it advises, and are done by their numbers; Prove asks again what was answered, and may be nil. After is how long the answer took; 0 where nobody knows.
type ExplainFinding struct {
	Finding  trace.Finding
	Likely   []text.Safe
	Remedies []Remedy
	Prove    Action
	After    time.Duration
}

// Remedy is something that can be done about a failure from where it is explained.
type Remedy struct {
	Name text.Safe
	Act  Action
}

// Perform calls a verb of the session that belongs to no screen, and says how it ended.
type Perform struct {
	What text.Safe
	Call func(context.Context, *trace.Span) Say
}

// Performed is the value of the job of a Perform, for screens that show what it may have changed.
type Performed struct{}

// Run is a verb as if its key had been pressed, for those that the app does itself.
type Run struct{ Verb keys.Verb }

// All is several actions in order.
type All []Action

func (Open) action()           {}
func (Replace) action()        {}
func (Back) action()           {}
func (Home) action()           {}
func (Exit) action()           {}
func (Say) action()            {}
func (Hush) action()           {}
func (Ask) action()            {}
func (Choose) action()         {}
func (Prompt) action()         {}
func (Fill) action()           {}
func (CopyText) action()       {}
func (ShowWire) action()       {}
func (ShowLine) action()       {}
func (ExplainThis) action()    {}
func (ExplainFinding) action() {}
func (Perform) action()        {}
func (Run) action()            {}
func (All) action()            {}

// Names of the screens in the table.
const (
	Mailbox  = "mailbox"
	Reader   = "reader"
	Compose  = "compose"
	Sent     = "sent"
	Kept     = "kept"
	Welcome  = "welcome"
	Tracer   = "trace"
	Accounts = "accounts"
	Sandbox  = "sandbox"
	Versus   = "compare"
	Setup    = "setup"
)

// SetupReturn tells the screen below that an account was written into the settings of this path, and is open.
type SetupReturn struct{ Path, Account string }

// MailboxArgs open an account's folder; an empty folder is the inbox.
type MailboxArgs struct{ Account, Folder string }

// ReaderArgs open one message of a folder; Keys is the list it stands in, At its place there.
type ReaderArgs struct {
	Account session.Account
	Folder  text.Safe   // as it is called on screen
	Place   mail.Folder // as it is
	Keys    []int64
	At      int
	Row     *session.Row // of that message, if it is known already
}

// ReaderReturn tells the mailbox which message was read last, and whether the list has to be read anew.
type ReaderReturn struct {
	Key     int64
	Changed bool
}

// ComposeArgs begin a draft, or go on with Draft.
type ComposeArgs struct {
	Account session.Account
	Kind    session.DraftKind
	Key     int64
	Only    string // of what came back: the recipient that it did not reach; "" for all
	Draft   *session.Draft
}

// SentArgs show what became of a message: send Draft now, or show an entry of the outbox (Now sends the entry, too), or what
// became of one that was sent: Of is its key, Fate its Message-ID. Again asks whether what came back is sent once more.
type SentArgs struct {
	Account session.Account
	Draft   *session.Draft
	Entry   *session.Sent
	Now     bool
	Of      int64
	Fate    string
	Again   *session.ComposeOptions
}

// AccountsArgs open the accounts with the cursor on one.
type AccountsArgs struct{ Account string }

// AccountsReturn tells the mailbox which account the person chose.
type AccountsReturn struct{ Account string }

// SandboxArgs open the sandbox with the cursor on a fault, which may be one that it was not given yet.
type SandboxArgs struct{ Fault string }

// VersusArgs open the comparison of POP3 with IMAP for an account, or play a recorded one: then nothing is behind the
// screen, and q ends the program.
type VersusArgs struct {
	Account string
	Replay  *session.ComparisonReplay
}

// KeptArgs open what has not left yet, with the cursor on the first draft if Drafts.
type KeptArgs struct{ Drafts bool }

// TracerArgs begin a trace. Without a Source the screen traces Targets[0]; several are offered, none is asked for.
type TracerArgs struct {
	Targets []string // addresses or domains
	Account string   // whose sender and submission server; empty for the first
	Size    int64    // octets of the message that is asked about; 0 for none
	Source  TraceSource
	Seen    *trace.Recorder // where the events of the Source are, the dialogues of hops among them
	Alone   bool            // nothing is behind the screen: q ends the program
	// Asked is what a command line asked for: each of Targets is traced so, one after another. nil asks for the recipient.
	Asked *session.TraceOptions
}

// TraceSource gives the hops of a run as they come: it tells watch of each when it begins and when it is over, one call
// at a time, and gives the whole. It runs once.
type TraceSource interface {
	Run(ctx context.Context, watch func(delivery.Hop)) (delivery.Report, error)
}

// Clocked is a TraceSource with a time of its own, as a run has that is played again.
type Clocked interface{ Now() time.Time }

// Stepped is a TraceSource that goes on one step when it is told to.
type Stepped interface{ Step() }

// Waiter is a screen that says itself what it waits for; what esc does then is its own, too. It says nothing while it
// waits for nothing.
type Waiter interface{ Waiting() text.Safe }

// Filed says that the copy of a sent message is in a folder of a server, which the store has not seen yet.
type Filed struct{ Account, Folder string }

// Focuser is a screen that shows whether it has the focus or the wire below it has.
type Focuser interface{ SetFocus(on bool) }

// Changed says what changed in the store, also by another process.
type Changed []session.StoreChange
