package fault

import (
	"cmp"
	"slices"
)

// Case is one fault of the catalogue: rules that make it, whom to write to in order to meet it, and what is true
// then.
type Case struct {
	ID    string `json:"id"`
	Title string `json:"title"` // in English, one line
	Rules []Rule `json:"rules"`
	// To is an address or a domain that meets the fault; for a fault of reading mail, the user whose mailbox shows it.
	To    string `json:"to"`
	Warm  int    `json:"warm,omitempty"` // how many connections it takes before the fault shows
	Truth Truth  `json:"truth"`
}

// Truth is what follows from a fault by the standards. It is written before any run and knows nothing of the
// program that is judged by it.
type Truth struct {
	Word  string `json:"word"`  // what a mail server does with the message: one of the words below
	Step  int    `json:"step"`  // at which it stops: 1 submission, 2 DNS, 3 transfer, 4 pick-up; 0: nothing stops it
	Who   string `json:"who"`   // must act: one of the parties below
	Cause string `json:"cause"` // in plain words
	Why   string `json:"why"`   // the section of a standard that it follows from: "RFC 5321 4.2.1"
}

// What a mail server does with the message.
const (
	Delivered = "delivered"
	Deferred  = "deferred" // keeps it and tries again
	Refused   = "refused"  // gives it back
	Unknown   = "unknown"  // the fault does not decide it
)

// Who must act.
const (
	You       = "you"
	Provider  = "provider"  // whose submission server or mailbox the sender or reader uses
	DNS       = "dns"       // who runs the recipient's zone
	Recipient = "recipient" // the recipient, or who runs the recipient's mail hosts
	Nobody    = "nobody"
)

// Cases gives the catalogue, sorted by id.
func Cases() []Case {
	all := slices.Concat(
		submitCases(),
		smtpCases(),
		dnsCases(),
		tlsCases(),
		pop3Cases(),
		imapCases(),
	)
	slices.SortFunc(all, func(a, b Case) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Find gives the case with the id, one of the catalogue or a spoken one, and whether there is one.
func Find(id string) (Case, bool) {
	all := Cases()
	i, ok := slices.BinarySearchFunc(all, id, func(c Case, id string) int { return cmp.Compare(c.ID, id) })
	if !ok {
		return Spoken(id)
	}
	return all[i], true
}
