package trace

import (
	"bytes"
	"slices"
	"strconv"
)

// imapRules: LOGIN and AUTHENTICATE (RFC 9051 section 6.2), SASL-IR (RFC 4959), literals (RFC 7888).
type imapRules struct {
	auth    auth
	authTag []byte
	cmd     imapCommand
	more    bool // the server's line goes on after a literal
	bulk    [2]bulk
}

// imapCommand is the command that the client is sending, which literals cut into pieces.
type imapCommand struct {
	tag    []byte
	secret bool // LOGIN: every piece is
	more   bool // a literal comes, then the next piece
	sync   bool // the literal waits for the server's "+"
}

var imapVerbs = []string{
	"CAPABILITY", "NOOP", "LOGOUT", "ID", "STARTTLS", "LOGIN", "AUTHENTICATE", "ENABLE", "SELECT", "EXAMINE", "CREATE",
	"DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "NAMESPACE", "STATUS", "APPEND", "IDLE", "CLOSE",
	"UNSELECT", "EXPUNGE", "SEARCH", "FETCH", "STORE", "COPY", "MOVE", "UID", "CHECK", "SORT", "THREAD", "GETQUOTA",
	"GETQUOTAROOT", "SETQUOTA", "GETACL", "MYRIGHTS", "COMPRESS", "NOTIFY", "GETMETADATA", "SETMETADATA",
}

func (r *imapRules) line(from who, text []byte) []byte {
	if from == server {
		return r.auth.scrub(r.response(text))
	}
	if r.cmd.more {
		return r.piece(text, nil)
	}
	words := bytes.Fields(text)
	verb := ""
	if len(words) > 1 {
		verb = verbOf(words[1:])
	}
	known := slices.Contains(imapVerbs, verb) || (len(words) == 1 && verbOf(words) == "DONE")
	if r.auth.answer(text, known) {
		return []byte(Removed)
	}
	switch verb {
	case "AUTHENTICATE":
		r.authTag = bytes.Clone(words[0])
		return r.auth.begin(text, words[:2], words[2:])
	case "LOGIN":
		r.cmd = imapCommand{tag: bytes.Clone(words[0]), secret: true}
		r.rememberLogin(text)
		return r.piece(text, bytes.Join(words[:2], []byte(" ")))
	}
	r.cmd = imapCommand{}
	if len(words) > 0 {
		r.cmd.tag = bytes.Clone(words[0])
	}
	return r.piece(text, nil)
}

// piece ends a piece of the client's command: at a literal or at the command's end. verb is what may be shown of a
// secret one.
func (r *imapRules) piece(text, verb []byte) []byte {
	n, sync, ok := literalAt(text)
	r.cmd.more, r.cmd.sync = ok, sync
	r.bulk[client] = bulk{}
	if ok {
		r.bulk[client] = countBulk(n, r.cmd.secret)
	}
	switch {
	case !r.cmd.secret:
		return text
	case verb != nil:
		return remove(verb)
	case len(text) == 0:
		return nil
	}
	return []byte(Removed)
}

// rememberLogin remembers the last argument of LOGIN when it is an atom or a quoted string.
func (r *imapRules) rememberLogin(text []byte) {
	if q, ok := bytes.CutSuffix(text, []byte(`"`)); ok {
		open := bytes.LastIndex(q, []byte(` "`))
		if open < 0 {
			return
		}
		r.auth.remember(q[open+2:])
		r.auth.remember(bytes.ReplaceAll(bytes.ReplaceAll(q[open+2:], []byte(`\"`), []byte(`"`)), []byte(`\\`), []byte(`\`)))
		return
	}
	if words := bytes.Fields(text); len(words) > 3 {
		r.auth.remember(words[len(words)-1])
	}
}

func (r *imapRules) response(text []byte) []byte {
	going := r.more
	r.more = false
	if !going {
		tag, rest, _ := bytes.Cut(text, []byte(" "))
		switch {
		case bytes.Equal(tag, []byte("+")):
			if r.auth.active {
				return r.auth.challenge(cutAt(text, 2))
			}
			return text
		case r.auth.active && bytes.Equal(tag, r.authTag):
			r.auth.end()
		case r.cmd.more && r.cmd.sync && r.bulk[client].kind != bulkNone && bytes.Equal(tag, r.cmd.tag):
			r.refused()
		}
		if !bytes.Equal(tag, []byte("*")) || isStatus(rest) {
			return text
		}
	}
	if n, _, ok := literalAt(text); ok {
		r.more = true
		r.bulk[server] = countBulk(n, false)
	}
	return text
}

// refused: the server answered NO or BAD to the announcement of a literal, which will not come.
func (r *imapRules) refused() {
	r.auth.wary = r.auth.wary || r.cmd.secret
	r.cmd = imapCommand{}
	r.bulk[client] = bulk{}
}

// isStatus: the text of these may end in what looks like a literal.
func isStatus(rest []byte) bool {
	word, _, _ := bytes.Cut(rest, []byte(" "))
	switch string(bytes.ToUpper(word)) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return true
	}
	return false
}

// literalAt finds the announcement of a literal at the end of a line: {n}, {n+} or {n-}.
func literalAt(text []byte) (n int64, sync, ok bool) {
	in, ok := bytes.CutSuffix(text, []byte("}"))
	if !ok {
		return 0, false, false
	}
	i := bytes.LastIndexByte(in, '{')
	if i < 0 {
		return 0, false, false
	}
	digits := bytes.TrimRight(in[i+1:], "+-")
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || n < 0 {
		return 0, false, false
	}
	return n, len(digits) == len(in)-i-1, true
}

func (r *imapRules) next(from who) bulk {
	b := r.bulk[from]
	r.bulk[from] = bulk{}
	return b
}

func (r *imapRules) remember(secret []byte) { r.auth.remember(secret) }

func (r *imapRules) scrub(text []byte) []byte { return r.auth.scrub(text) }

func (r *imapRules) ended(who) {}
