package imap

import (
	"errors"
	"fmt"
	"strings"
)

// Error is a refusal in the server's own words (RFC 9051 section 7.1).
type Error struct {
	Verb   string // the command, "SELECT"
	Status string // "NO", "BAD" or "BYE"
	Code   string // the response code (RFC 5530) in capitals, "AUTHENTICATIONFAILED"; empty if there was none
	Text   string // what the server says to people
}

func (e *Error) Error() string {
	code := ""
	if e.Code != "" {
		code = "[" + e.Code + "] "
	}
	return fmt.Sprintf("%s: the server says %s %s%s", e.Verb, e.Status, code, e.Text)
}

// Temporary reports whether the same command may succeed later (RFC 5530 section 3).
func (e *Error) Temporary() bool {
	switch e.Code {
	case "UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT":
		return true
	}
	return e.Status == "BYE"
}

// NotOfferedError says that the server lacks every way to do what was asked.
type NotOfferedError struct {
	Verb  string   // what was asked for
	Needs []string // the capabilities of which one is needed
}

func (e *NotOfferedError) Error() string {
	return fmt.Sprintf("%s: the server offers none of %s", e.Verb, strings.Join(e.Needs, ", "))
}

var (
	// ErrUIDValidity says that a folder's UIDs mean other messages than before the connection was lost.
	ErrUIDValidity = errors.New("the folder was replaced on the server (UIDVALIDITY changed): open it again")
	// ErrNoFolder says that a command needs an open folder.
	ErrNoFolder = errors.New("no folder is open: open one first")
	// ErrNoMessage says that the server gave no data for a UID: the message is gone.
	ErrNoMessage = errors.New("the server has no such message: look at the folder again")
	// ErrBadStructure says that the server's BODYSTRUCTURE of a message could not be read (kept per UID).
	ErrBadStructure = errors.New("the server's description of this message cannot be read: fetch the whole message")
)

// statusError is the error of a tagged or BYE response line's text, "[CODE args] words".
func statusError(verb, status, text string) *Error {
	code, words := splitCode(text)
	name, _, _ := strings.Cut(code, " ")
	return &Error{Verb: verb, Status: strings.ToUpper(status), Code: strings.ToUpper(name), Text: words}
}

// splitCode cuts "[CODE args] words" into "CODE args" and "words".
func splitCode(text string) (code, words string) {
	if !strings.HasPrefix(text, "[") {
		return "", text
	}
	code, words, ok := strings.Cut(text[1:], "]")
	if !ok {
		return "", text
	}
	return code, strings.TrimPrefix(words, " ")
}
