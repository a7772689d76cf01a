package session

import (
	"strings"

	"todoku/diag/bounce"
	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// Bounce is what a report of a mail system says, and the message that it is about.
type Bounce struct {
	bounce.Report
	// Sent is the row of that message, if it is here.
	Sent *Row `json:"sent,omitempty"`
	// Suggest is a known address that is one mistake away from the first recipient's.
	Suggest string `json:"suggest,omitempty"`
}

// Finding is what happened to the recipient that the report is explained by: the first that failed, else the first.
func (b *Bounce) Finding() trace.Finding { return BounceFinding(b.First()) }

// First is the first recipient that failed, else the first.
func (b *Bounce) First() bounce.Failure {
	for _, f := range b.Recipients {
		if f.Action == "failed" {
			return f
		}
	}
	return b.Recipients[0] // bounce.Read gives one at least
}

// BounceFinding is what a report says of one recipient, to be explained as any reply is. Fields and words of the report were
// read together: what that gave, and how sure it is, goes before what the reply alone means.
func BounceFinding(f bounce.Failure) trace.Finding {
	said := explain.Reply(reason.Reply{Code: f.Reply.Code, Enhanced: f.Reply.Enhanced, Command: f.Command, Text: f.Reply.Text, Host: f.Host, Step: f.Step})
	said.Args["host"] = f.Host
	if f.Recipient != "" {
		said.Args["address"] = f.Recipient
	}
	if r := f.Reading; r.Reason != reason.None {
		said.Code = "reason." + string(r.Reason)
		said.Args["who"], said.Args["retry"], said.Args["sure"], said.Args["rests"] = r.Who, r.Retry, string(r.Sure), strings.Join(r.Rests, " ")
	}
	return said
}

// readBounce reads a message that may be a report.
func readBounce(m *mail.Parsed) *Bounce {
	r, ok := bounce.Read(m)
	if !ok {
		return nil
	}
	return &Bounce{Report: r}
}
