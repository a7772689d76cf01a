package session

import (
	"todoku/diag/compare"
)

// CompareOptions say what to compare: the mailbox of an account over POP3 and over IMAP.
type CompareOptions struct {
	Account string // "" is the first
	Script  string // by name; "" is the first of compare.Scripts
	Mode    compare.Mode
	Line    compare.Line // to compute for; zero fields mean 60 ms and 10 Mbit/s
	Answers compare.Answers
	Control *compare.Control     // pauses and steps; may be nil
	Watch   func(compare.Result) // told of each step in each lane when it begins and when it is over; one call at a time; may be nil
	// Consent is asked before one message is fetched by RETR from a server that is not ours: see compare.Question. nil
	// says no.
	Consent func(compare.Question) bool
}
