// Package bounce reads what a mail system says of a message that it could not deliver, or not yet: to whom it did not
// go, which reply of which host was the cause, and what that means. It reads delivery status notifications (RFC 3464) and
// the plain words of mail systems that write none.
package bounce

import (
	"cmp"
	"strings"
	"time"

	"todoku/diag/reason"
	"todoku/internal/mail"
)

// Report is what one such message says.
type Report struct {
	Recipients []Failure `json:"recipients"`
	Original   Original  `json:"original"`
	// Delayed: every recipient's server is still trying.
	Delayed    bool      `json:"delayed,omitempty"`
	RetryUntil time.Time `json:"retry_until,omitzero"` // Will-Retry-Until (RFC 3464 section 2.3.9); zero if it is not said
	Reporter   string    `json:"reporter,omitempty"`   // the host that wrote the report
	System     string    `json:"system,omitempty"`     // its software or provider, "postfix"; "" when it is not known
	// Sure says how well the form was read: high for the fields of RFC 3464 and known wordings, fair for words alone, none
	// when nothing was found in them.
	Sure reason.Sure `json:"sure"`
}

// Failure is what became of one recipient. Text is the other side's and hostile, but without control characters.
type Failure struct {
	Recipient string `json:"recipient"` // as the sender wrote it, if the report tells, else where it finally went
	Action    string `json:"action"`    // "failed" or "delayed" (RFC 3464 section 2.3.3)
	Status    string `json:"status,omitempty"`
	Reply     Reply  `json:"reply"`
	Host      string `json:"host,omitempty"` // who said it
	Command   string `json:"command,omitempty"`
	// Step of the delivery path: 3 when another host said it, else where the reason belongs. Never 1: the submission server
	// had taken the message. 0 when no host is known that said it, and no reason.
	Step    int            `json:"step,omitempty"`
	Reading reason.Reading `json:"reading"`
	Hard    bool           `json:"hard"` // the same again gets the same answer
	Next    Next           `json:"next"`
}

// Reply is the reply that was the cause. Without codes Text is what the mail system says of itself.
type Reply struct {
	Code     int    `json:"code,omitempty"`
	Enhanced string `json:"enhanced,omitempty"`
	Text     string `json:"text"` // all lines, parted by "\n"
}

// String is the reply as a server says it, in one line.
func (r Reply) String() string {
	return reason.Reply{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text}.String()
}

// Original is the message that was not delivered, as far as the report returns it.
type Original struct {
	MessageID  string         `json:"message_id,omitempty"`
	EnvelopeID string         `json:"envelope_id,omitempty"` // ENVID (RFC 3461 section 4.4)
	Subject    string         `json:"subject,omitempty"`
	Date       time.Time      `json:"date,omitzero"`
	From       []mail.Address `json:"from,omitempty"`
	To         []mail.Address `json:"to,omitempty"`
}

// Next is what helps next.
type Next string

const (
	Correct      Next = "correct"    // the address
	Wait         Next = "wait"       // a server tries again
	SendLater    Next = "send-later" // the same message, once more
	Change       Next = "change"     // the message: smaller, other content
	AskRecipient Next = "ask-recipient"
	AskProvider  Next = "ask-provider" // yours
	ReadWords    Next = "read"         // no cause is known
)

// Read reads a message. It gives false when the message reports no failure and no delay.
func Read(m *mail.Parsed) (Report, bool) {
	kind := m.Report()
	if kind != mail.Failure && kind != mail.Delay {
		return Report{}, false
	}
	words := readWords(m)
	r := Report{Original: original(m, words), Reporter: words.reporter, System: words.system}
	fields := readFields(m, &r)
	r.Sure = words.sure
	if len(fields) > 0 {
		r.Sure = reason.High
	}
	for _, b := range join(fields, words.blocks) {
		r.Recipients = append(r.Recipients, b.failure(r.Reporter, kind))
	}
	if len(r.Recipients) == 0 {
		r.Recipients = []Failure{nobodyNamed(words, r, kind)}
		r.Sure = reason.No
	}
	r.Delayed = true
	for _, f := range r.Recipients {
		r.Delayed = r.Delayed && f.Action == "delayed"
	}
	return r, true
}

// nobodyNamed is a report that names no recipient in a form that is known: if the message had one recipient, it is that.
func nobodyNamed(words words, r Report, kind mail.Report) Failure {
	b := block{lines: words.lines}
	if len(r.Original.To) == 1 {
		b.recipient = r.Original.To[0].Addr
	}
	return b.failure(r.Reporter, kind)
}

// join puts together what fields and words say of the same recipient. What only the words name counts where the report
// has no fields.
func join(fields []block, words []block) []block {
	if len(fields) == 0 {
		return words
	}
	for i := range fields {
		f := &fields[i]
		for _, w := range words {
			if len(fields) == 1 && len(words) == 1 || sameAddress(f.recipient, w.recipient) || sameAddress(f.final, w.recipient) {
				f.lines = w.lines
				f.recipient = cmp.Or(f.recipient, w.recipient)
			}
		}
	}
	return fields
}

func sameAddress(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// failure reads a block: the reply that its fields quote, unless what the words quote says more.
func (b block) failure(reporter string, kind mail.Report) Failure {
	f := Failure{Recipient: b.recipient, Action: b.action, Status: b.status}
	if f.Action == "" {
		f.Action = map[mail.Report]string{mail.Failure: "failed", mail.Delay: "delayed"}[kind]
	}
	said := b.said.read()
	if worded := b.quoted(); said.Reading.Sure == reason.No || said.Reading.Sure == reason.Fair && worded.text != "" {
		worded = worded.read()
		if better(worded, said) {
			worded.command = cmp.Or(worded.command, said.command)
			said = worded
		}
	}
	said.status(b.status)
	f.Reply = Reply{said.code, said.enhanced, said.text}
	f.Host, f.Command, f.Reading = cmp.Or(said.host, reporter), said.command, said.Reading
	f.Step = said.step
	f.Hard = hard(said, f)
	f.Reading.Hard, f.Reading.Retry = f.Hard, retry(f)
	f.Next = next(f)
	return f
}

// better prefers what a server said to what a mail system wrote, and that to nothing.
func better(a, b said) bool {
	rank := map[reason.Sure]int{reason.High: 2, reason.Fair: 1}
	switch {
	case rank[a.Reading.Sure] != rank[b.Reading.Sure]:
		return rank[a.Reading.Sure] > rank[b.Reading.Sure]
	case a.code != 0 && b.code == 0:
		return true
	}
	return b.text == "" && a.text != ""
}

// status reads the status field where the reply says nothing, and doubts a reading that it contradicts.
func (s *said) status(status string) {
	if status == "" || strings.HasSuffix(status, ".0.0") {
		return
	}
	byStatus := said{enhanced: status, host: s.host, command: s.command}.read().Reading
	switch {
	case s.Reading.Sure == reason.No:
		s.enhanced = cmp.Or(s.enhanced, status)
		*s = s.read()
	case s.enhanced != "" && s.enhanced != status && byStatus.Reason != s.Reading.Reason && byStatus.Sure == reason.High:
		s.Reading.Sure = reason.Fair
	}
}

// hard is decided by the class of the reply, then of a status that says something, then by what was done. Of a name that
// does not exist, and of what was given up, the reason itself decides.
func hard(s said, f Failure) bool {
	status := cmp.Or(s.enhanced, f.Status)
	switch {
	case f.Action == "delayed":
		return false
	case s.code != 0, s.Reading.Reason == reason.Expired:
		return s.Reading.Hard
	case status != "" && !strings.HasSuffix(status, ".0.0"):
		return status[0] == '5'
	}
	return f.Action == "failed"
}

// retry says who tries again: a server that still has the message, or whoever sent it.
func retry(f Failure) string {
	switch {
	case f.Action == "delayed":
		return "server"
	case f.Hard:
		return "never"
	}
	return "helps"
}

func next(f Failure) Next {
	switch {
	case f.Action == "delayed":
		return Wait
	case f.Reading.Reason == reason.None:
		return ReadWords
	}
	switch f.Reading.Reason {
	case reason.Nobody, reason.NoHost, reason.NoMail, reason.NotLocal, reason.Syntax:
		return Correct
	case reason.TooLarge, reason.Content, reason.Virus, reason.Format:
		return Change
	case reason.Full, reason.Disabled, reason.Filtered, reason.Restricted, reason.Relay:
		return AskRecipient
	}
	if !f.Hard {
		return SendLater
	}
	if f.Reading.Who == "recipient" {
		return AskRecipient
	}
	return AskProvider
}
