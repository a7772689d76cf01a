package imap

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// response follows one server response over its lines and literals, just far enough to bound it (RFC 9051 section 9).
type response struct {
	more    bool  // a literal comes, then the response goes on
	text    bool  // a status, tagged or continuation line: words for people, without literals
	fetch   bool  //
	unknown bool  // the library must not see it
	strange bool  // because it could not read it and would give the connection up
	depth   int   // open parentheses
	octets  int64 // so far, without message literals
}

// literal is what a line announces at its end; size 0 for none.
type literal struct {
	size int64
	bulk bool // the content of a BODY[...] item, which the library streams and does not hold
}

// known are the untagged responses that the library is to see: those that our commands ask for. CAPABILITY is not: what the
// server offers was asked before the library began, IMAP4rev2 in it would make the library send names in UTF-8 unasked,
// and at "(" in it, or in ENABLED, the library turns in a circle for ever.
var known = map[string]bool{
	"FLAGS": true, "EXISTS": true, "RECENT": true, "LIST": true,
	"STATUS": true, "FETCH": true, "EXPUNGE": true, "SEARCH": true, "ESEARCH": true,
	"QUOTAROOT": true, "QUOTA": true,
}

var statuses = map[string]bool{"OK": true, "NO": true, "BAD": true, "BYE": true, "PREAUTH": true}

// line takes the next line, with its end, and tells which literal follows.
func (r *response) line(line []byte, lim bounds) (literal, error) {
	if !r.more {
		if err := r.begin(line); err != nil {
			return literal{}, err
		}
	}
	r.more = false
	r.octets += int64(len(line))
	if r.octets > lim.response {
		return literal{}, &tooLong{"a response", lim.response}
	}
	if r.text {
		disarm(line)
		return literal{}, nil
	}
	line = trimEnd(line)
	if err := r.nest(line); err != nil {
		return literal{}, err
	}
	lit, ok := r.literalAt(line)
	if !ok {
		return literal{}, nil
	}
	r.more = true
	if lit.bulk && lit.size > lim.bulk {
		return lit, &tooLong{"a message literal", lim.bulk}
	}
	if !lit.bulk {
		r.octets += lit.size
	}
	if r.octets > lim.response {
		return lit, &tooLong{"a response", lim.response}
	}
	return lit, nil
}

// begin classifies a new response by its first words. Message 0 does not exist, and the library takes it for the end of
// a list.
func (r *response) begin(line []byte) error {
	*r = response{}
	rest, untagged := bytes.CutPrefix(line, []byte("* "))
	if !untagged {
		r.text = true
		return nil
	}
	word := firstWord(rest)
	zero := false
	if len(word) > 0 && word[0] >= '0' && word[0] <= '9' {
		zero = len(bytes.Trim(word, "0")) == 0
		word = firstWord(bytes.TrimPrefix(rest[len(word):], []byte(" ")))
	}
	kind := string(bytes.ToUpper(word))
	r.text = statuses[kind]
	r.fetch = kind == "FETCH"
	r.unknown = !r.text && (!known[kind] || !readableName(line))
	r.strange = r.unknown && kind != "CAPABILITY"
	if zero && (r.fetch || kind == "EXPUNGE") {
		return errors.New("a response about message 0")
	}
	return nil
}

// disarm makes a response code plain words, in place, where the library must not read it: CAPABILITY, for the reason
// above, and a code without an end, which the library looks for in the lines that follow.
func disarm(line []byte) {
	open := bytes.IndexByte(line, '[')
	if open < 0 {
		return
	}
	_, capability := cutFold(line[open+1:], "CAPABILITY")
	if capability || bytes.IndexByte(line[open:], ']') < 0 {
		line[open] = '('
	}
}

func firstWord(b []byte) []byte {
	if i := bytes.IndexAny(b, " \r\n("); i >= 0 {
		return b[:i]
	}
	return b
}

// nest follows parentheses outside quoted strings.
func (r *response) nest(line []byte) error {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			r.depth++
		case c == ')':
			r.depth--
		}
		if r.depth > maxNesting {
			return fmt.Errorf("parentheses nested more than %d deep", maxNesting)
		}
	}
	if quoted {
		return errors.New("a quoted string that holds a line end")
	}
	return nil
}

// literalAt reads "{123}" at the end of a line. A message literal stands after "]" or "]<0>" directly inside FETCH's
// own parentheses; anything else that ends so is held in memory by the library.
func (r *response) literalAt(line []byte) (literal, bool) {
	if len(line) == 0 || line[len(line)-1] != '}' {
		return literal{}, false
	}
	open := bytes.LastIndexByte(line, '{')
	if open < 0 {
		return literal{}, false
	}
	n, err := strconv.ParseInt(string(line[open+1:len(line)-1]), 10, 63)
	if err != nil || n < 0 {
		return literal{}, false
	}
	before := bytes.TrimSuffix(line[:open], []byte("~"))
	before, spaced := bytes.CutSuffix(before, []byte(" "))
	section := bytes.HasSuffix(before, []byte("]")) || bytes.HasSuffix(before, []byte(">"))
	return literal{size: n, bulk: r.fetch && r.depth == 1 && spaced && section}, true
}

// trimEnd removes the line end as the library takes it: LF, before it maybe CR, before that maybe a space.
func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return bytes.TrimSuffix(line, []byte(" "))
}
