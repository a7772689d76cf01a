// Package compare runs the same script over POP3 and over IMAP, side by side: what each dialogue costs, what the server
// holds after each step, and what a second device sees. Devices are real: each has a store and connections of its own.
package compare

import (
	"strconv"
	"strings"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// State is how a step stands in a lane.
type State = ladder.State

const (
	Wait    = ladder.Wait
	Live    = ladder.Live
	OK      = ladder.OK
	Warn    = ladder.Warn
	Fail    = ladder.Fail
	NA      = ladder.NA // the protocol has nothing for it, and nobody need do anything instead
	Unknown = ladder.Unknown
)

// Protocol names a lane.
type Protocol string

const (
	POP3 Protocol = "pop3"
	IMAP Protocol = "imap"
)

// Mode says how well the clients use their protocol.
type Mode string

const (
	Good  Mode = "good"  // pipelining, unique-ids, LIST-STATUS, text parts before files
	Naive Mode = "naive" // none of these: whole messages, one command after the other
)

// Place says where the numbers of a result come from.
type Place string

const (
	Account  Place = "account"  // measured on the person's own account, with commands that change nothing
	Sandbox  Place = "sandbox"  // measured in the small Internet
	Computed Place = "computed" // added up from the sizes that the account's server told
)

// Verb is what a step of a script does.
type Verb string

const (
	Visit   Verb = "visit"   // the device sees the mailbox for the first time
	Look    Verb = "look"    // it looks for new mail
	Read    Verb = "read"    // it shows a message
	Mark    Verb = "mark"    // it marks a message read
	Delete  Verb = "delete"  //
	Move    Verb = "move"    // it files a message in a folder
	Search  Verb = "search"  // it looks for a word in all messages
	Send    Verb = "send"    // it sends a message and keeps a copy
	Arrive  Verb = "arrive"  // a message comes in at the server; no device does anything
	Lose    Verb = "lose"    // the device is gone, with all that only it had
	Offline Verb = "offline" // it reads every message without a network
	Fill    Verb = "fill"    // messages come in until the server has no more room
	Days    Verb = "days"    // days go by at the device
)

// Changes reports whether a verb changes a mailbox at its server. Such a step is never tried on a person's own account.
func Changes(v Verb) bool {
	switch v {
	case Mark, Delete, Move, Send, Arrive, Fill:
		return true
	}
	return false
}

// Step is one line of a script.
type Step struct {
	Do      Verb   `json:"do" toml:"do"`
	Device  string `json:"device,omitempty" toml:"device"`   // "A" or "B"; "" where none acts
	Message string `json:"message,omitempty" toml:"message"` // the subject of the message that it is about
	Folder  string `json:"folder,omitempty" toml:"folder"`   // where Move files it
	Words   string `json:"words,omitempty" toml:"words"`     // what Search looks for
	Days    int    `json:"days,omitempty" toml:"days"`       // how many go by
}

// Title is the step as a finding, for explain's title: "A deletes "Printer"".
func (s Step) Title() trace.Finding {
	return trace.Finding{Code: stepCode(s.Do), Level: trace.Pass, Args: map[string]string{
		"device": s.Device, "message": s.Message, "folder": s.Folder, "words": s.Words, "days": strconv.Itoa(s.Days)}}
}

// Script is a list of steps that both lanes run, on a mailbox that holds the same letters.
type Script struct {
	Name      string   `json:"name" toml:"name"`       // "two-devices"
	Devices   int      `json:"devices" toml:"devices"` // 1 or 2
	Leave     string   `json:"leave" toml:"leave"`     // what POP3 clients leave on the server: "keep", "days" or "delete"
	LeaveDays int      `json:"leave_days,omitempty" toml:"leave_days"`
	Quota     int64    `json:"quota,omitempty" toml:"quota"` // octets; 0 is no limit
	Mail      []Letter `json:"mail" toml:"mail"`             // oldest first
	Steps     []Step   `json:"steps" toml:"step"`
}

// stepCode is the code of what a verb does.
func stepCode(v Verb) string {
	return map[Verb]string{
		Visit: "compare.step.visit", Look: "compare.step.look", Read: "compare.step.read", Mark: "compare.step.mark",
		Delete: "compare.step.delete", Move: "compare.step.move", Search: "compare.step.search", Send: "compare.step.send",
		Arrive: "compare.step.arrive", Lose: "compare.step.lose", Offline: "compare.step.offline", Fill: "compare.step.fill",
		Days: "compare.step.days",
	}[v]
}

// Letter is a message that lies in the mailbox when a script begins.
type Letter struct {
	Subject string `json:"subject" toml:"subject"`
	From    string `json:"from" toml:"from"`
	Text    string `json:"text" toml:"text"`                  // it begins so
	Octets  int    `json:"octets" toml:"octets"`              // of the text
	File    int    `json:"file_octets,omitempty" toml:"file"` // octets of an attached file; 0 is none
	Days    int    `json:"days" toml:"days"`                  // old
}

// Title is the script as a finding, for explain: its title is a label, its meaning one sentence.
func (s Script) Title() trace.Finding {
	return trace.Finding{Code: strings.Join([]string{"compare", "script", s.Name}, "."), Level: trace.Pass}
}

// Seen is one message as a server holds it or a device shows it.
type Seen struct {
	Subject string     `json:"subject"`
	Folder  string     `json:"folder"`
	Flags   mail.Flags `json:"flags"`
	Octets  int64      `json:"octets"`
	Stored  bool       `json:"stored,omitempty"` // the whole message is here: always at a server, perhaps at a device
}

// View is what a server holds, or what a device shows from its store.
type View struct {
	// Known is false where nobody could look; then nothing below is told. A device that was lost has Lost.
	Known    bool   `json:"known"`
	Lost     bool   `json:"lost,omitempty"`
	Total    int    `json:"total"`
	Unread   int    `json:"unread"`          // -1 where the server does not tell
	Octets   int64  `json:"octets"`          // of all messages; at a device, of those that are stored whole
	Stored   int    `json:"stored"`          // messages that are here whole
	Quota    int64  `json:"quota,omitempty"` // octets; 0 is no limit, or one that was not told
	Messages []Seen `json:"messages,omitempty"`
}

// Of gives the message with the subject; false if it is not there.
func (v View) Of(subject string) (Seen, bool) {
	for _, m := range v.Messages {
		if m.Subject == subject {
			return m, true
		}
	}
	return Seen{}, false
}

// Result is one step in one lane. The events from First to Last that belong to Span or to spans below it are its
// dialogue.
type Result struct {
	Step     int            `json:"step"` // from 1
	Lane     Protocol       `json:"lane"`
	State    State          `json:"state"`
	Place    Place          `json:"place"`
	Began    time.Time      `json:"began,omitzero"`
	Elapsed  time.Duration  `json:"elapsed_ns"`
	Counters trace.Counters `json:"counters"` // of this step, in the connections; In is down, Out is up
	Span     int64          `json:"span,omitempty"`
	First    int64          `json:"first,omitempty"`
	Last     int64          `json:"last,omitempty"`
	Server   View           `json:"server"`   // what the server holds after it
	DeviceA  View           `json:"device_a"` // what A and B see after it
	DeviceB  View           `json:"device_b"`
	// About are Server, DeviceA and DeviceB as one finding each, for explain's titles: of the message that the step is
	// about where it is about one, else in numbers.
	About [3]trace.Finding `json:"about"`
	Notes []trace.Finding  `json:"notes,omitempty"` // what was used, what the protocol cannot do and what people do instead
	Error *trace.Finding   `json:"error,omitempty"` // why the step failed
}

// Places in Result.About.
const (
	AboutServer = iota
	AboutDeviceA
	AboutDeviceB
)

// Row is one step in both lanes.
type Row struct {
	Step Step   `json:"step"`
	POP3 Result `json:"pop3"`
	IMAP Result `json:"imap"`
}

// Lane gives the result of one lane.
func (r Row) Lane(p Protocol) Result {
	if p == POP3 {
		return r.POP3
	}
	return r.IMAP
}

// Total is the sum of a lane.
type Total struct {
	Counters trace.Counters `json:"counters"`
	Elapsed  time.Duration  `json:"elapsed_ns"` // as measured
	OnLine   time.Duration  `json:"on_line_ns"` // as it would be on Report.Line
}

// Line is a line to compute for.
type Line struct {
	RTT       time.Duration `json:"rtt_ns"`
	Bandwidth int64         `json:"bandwidth"` // bits a second, each way
}

// Time is how long a dialogue takes on the line: its round trips, and its octets one after the other.
func (l Line) Time(c trace.Counters) time.Duration {
	t := time.Duration(c.Handshakes+c.RoundTrips) * l.RTT
	if l.Bandwidth > 0 {
		t += time.Duration(float64(c.In+c.Out) * 8 / float64(l.Bandwidth) * float64(time.Second))
	}
	return t
}

// Answers are what the person says of themselves. The zero value answers nothing.
type Answers struct {
	Devices   int   `json:"devices,omitempty"` // that read the mailbox; 0 is not answered
	Shared    bool  `json:"shared,omitempty"`  // others read it too
	RoomHere  int64 `json:"room_here,omitempty"`
	RoomThere int64 `json:"room_there,omitempty"` // octets; 0 is not answered
	Offline   bool  `json:"offline,omitempty"`    // all mail must be at hand without a network
}

// Use is what the advice says to use.
type Use string

const (
	UseIMAP      Use = "imap"
	UsePOP3      Use = "pop3"       // takes mail away from the server
	UsePOP3Leave Use = "pop3-leave" // leaves it there for some days
	UseNeither   Use = "neither"    // neither answers: the doctor comes first
)

// Reason is one reason, and the step that shows it: in Script, which is the report's own or another.
type Reason struct {
	Finding trace.Finding `json:"finding"`
	Script  string        `json:"script"`
	Step    int           `json:"step"` // from 1
}

// Setting is what to put into a client.
type Setting struct {
	Protocol string `json:"protocol"` // "imap", "pop3", "smtp"
	Host     string `json:"host"`
	Port     int    `json:"port"`
	TLS      string `json:"tls"` // as wire.TLSMode
	User     string `json:"user"`
}

// Advice is the end of a comparison. Its words are those of Finding, whose code tells Use.
type Advice struct {
	Use       Use           `json:"use"`
	Finding   trace.Finding `json:"finding"`
	Because   []Reason      `json:"because,omitempty"`
	But       []Reason      `json:"but,omitempty"`
	Settings  []Setting     `json:"settings,omitempty"`
	LeaveDays int           `json:"leave_days,omitempty"` // of UsePOP3Leave
}

// Offer is one protocol as the account's server offers it: asked, not looked up.
type Offer struct {
	Protocol     Protocol        `json:"protocol"`
	Server       string          `json:"server"` // "mail.sakura.test:993"
	State        State           `json:"state"`  // NA: the account has no such server configured
	TLS          *trace.TLSFacts `json:"tls,omitempty"`
	Capabilities []string        `json:"capabilities,omitempty"`
	Ports        []Port          `json:"ports,omitempty"`   // the configured one, then the standard ones beside it
	Notes        []trace.Finding `json:"notes,omitempty"`   // oddities, limits, and what would change if a missing capability were there
	Savings      []Saving        `json:"savings,omitempty"` // what those that are missing would have spared this comparison
	Error        *trace.Finding  `json:"error,omitempty"`
	Rung         *ladder.Rung    `json:"rung,omitempty"` // beside Error: the doctor's first broken rung on the way to the server
}

// Port is one port of an offer's host that was asked.
type Port struct {
	Port  int            `json:"port"`
	TLS   string         `json:"tls"`   // as wire.TLSMode
	State State          `json:"state"` // OK: it speaks the protocol so; Fail: it does not; Unknown: nobody can tell now
	Error *trace.Finding `json:"error,omitempty"`
}

// Report is one comparison.
type Report struct {
	Account string        `json:"account"`
	Address string        `json:"address"`
	Script  Script        `json:"script"`
	Mode    Mode          `json:"mode"`
	Line    Line          `json:"line"`
	Offers  []Offer       `json:"offers,omitempty"` // POP3, then IMAP
	Hint    *Hint         `json:"hint,omitempty"`   // what the catalogue of providers knows; nil where it knows nothing
	Rows    []Row         `json:"rows"`
	POP3    Total         `json:"pop3"`
	IMAP    Total         `json:"imap"`
	Answers Answers       `json:"answers"`
	Advice  Advice        `json:"advice"`
	Began   time.Time     `json:"began"`
	Elapsed time.Duration `json:"elapsed_ns"`
}

// Total gives the sum of one lane.
func (r Report) Total(p Protocol) Total {
	if p == POP3 {
		return r.POP3
	}
	return r.IMAP
}

// Question is what a person is asked before RETR is tried on their account. RETR can mark the message as read even if
// the connection breaks, some providers file or hide what was fetched, and the server may delete it later.
type Question struct {
	Server  string // "pop.example.org:995"
	Subject string // of the one message
	Octets  int64
}
