package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"todoku/internal/trace"
)

// Response codes that tell what to do about a refusal (RFC 2449 section 8, RFC 3206).
const (
	CodeInUse      = "IN-USE"      // another session holds the maildrop: try again later
	CodeLoginDelay = "LOGIN-DELAY" // the last login was too recent: wait
	CodeSysTemp    = "SYS/TEMP"    // the server has a problem that will pass
	CodeSysPerm    = "SYS/PERM"    // the server has a problem that needs its administrator
	CodeAuth       = "AUTH"        // the credentials are wrong; without it a refused login may have other reasons
)

// Error is a command that the server answered with -ERR.
type Error struct {
	Verb string // "PASS", "RETR 12"; never an argument that may be secret
	Code string // response code without brackets, upper case; "" if the server gave none
	Text string // the server's own words, without the code
}

func (e *Error) Error() string {
	text := "the server refused " + e.Verb
	if e.Code != "" {
		text += " [" + e.Code + "]"
	}
	if e.Text != "" {
		text += ": " + trace.Visible([]byte(e.Text))
	}
	return text
}

// Temporary reports that the server said the same command may succeed later.
func (e *Error) Temporary() bool {
	return e.Code == CodeInUse || e.Code == CodeLoginDelay || e.Code == CodeSysTemp
}

// status is the first line of a reply (RFC 1939 section 3).
type status struct {
	ok   bool
	code string
	text string
}

// refusal is a refused command with the server's words, from which secrets are removed.
func (c *Client) refusal(s status, verb string) *Error {
	s.text = c.conn.Scrub(s.text)
	return s.refusal(verb)
}

func (s status) refusal(verb string) *Error { return &Error{Verb: verb, Code: s.code, Text: s.text} }

// parseStatus reads a status line without its line end. Letter case and the space before a response code vary among
// servers ("+ok", "-ERR[IN-USE] ..."); anything that is neither word is an error.
func parseStatus(line []byte) (status, error) {
	var s status
	var rest []byte
	switch {
	case hasWord(line, "+OK"):
		s.ok, rest = true, line[3:]
	case hasWord(line, "-ERR"):
		rest = line[4:]
	default:
		return status{}, fmt.Errorf("a reply begins with %q; +OK or -ERR was due", trace.Visible(line[:min(len(line), 40)]))
	}
	rest = bytes.TrimLeft(rest, " \t")
	s.code, s.text = responseCode(string(rest))
	return s, nil
}

// hasWord reports whether the line begins with the word and the word ends there.
func hasWord(line []byte, word string) bool {
	if len(line) < len(word) || !bytes.EqualFold(line[:len(word)], []byte(word)) {
		return false
	}
	if len(line) == len(word) {
		return true
	}
	c := line[len(word)]
	return c == ' ' || c == '\t' || c == '[' || c == ':' || c == ','
}

// responseCode splits "[IN-USE] words" (RFC 2449 section 8). What is no resp-code stays part of the text.
func responseCode(text string) (code, rest string) {
	end := strings.IndexByte(text, ']')
	if !strings.HasPrefix(text, "[") || end < 2 {
		return "", text
	}
	for _, c := range []byte(text[1:end]) {
		if c <= ' ' || c >= 0x7f || c == '[' {
			return "", text
		}
	}
	return strings.ToUpper(text[1:end]), strings.TrimLeft(text[end+1:], " ")
}

var (
	// ErrReadOnly refuses a deletion on a connection that was opened read-only.
	ErrReadOnly = errors.New("the maildrop was opened read-only; open it for changes to delete")
	// ErrClosed is the answer to a command after Quit or Abort.
	ErrClosed = errors.New("the POP3 session has ended; connect again")
	// errStopped is the state after a caller stopped inside a long message.
	errStopped = errors.New("the POP3 session was closed inside a message that was not read to its end; connect again")
	// ErrNoTOP says that the server has no TOP, so that headers come only with whole messages.
	ErrNoTOP = errors.New("the server does not offer TOP; fetch whole messages")
)
