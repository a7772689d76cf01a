package trace

import (
	"bytes"
	"slices"
)

// pop3Rules: PASS, APOP (RFC 1939), AUTH (RFC 5034), multi-line replies in pipelined order (RFC 2449).
type pop3Rules struct {
	auth    auth
	greeted bool
	waiting []pop3Reply // what the commands sent will be answered with, oldest first
	lines   bool        // inside a multi-line reply that is recorded line by line
	bulk    bulk        // what comes next from the server
}

type pop3Reply byte

const (
	pop3Single pop3Reply = iota
	pop3Lines            // CAPA, AUTH without a mechanism
	pop3Bulk             // RETR, TOP, LIST, UIDL
	pop3Auth
)

// maxWaiting bounds the commands remembered for their replies; a peer that sends more is recorded by lines.
const maxWaiting = 1 << 16

var pop3Verbs = []string{
	"USER", "PASS", "APOP", "AUTH", "STAT", "LIST", "RETR", "DELE", "NOOP", "RSET", "QUIT", "TOP", "UIDL", "CAPA",
	"STLS", "UTF8", "LANG",
}

func (r *pop3Rules) line(from who, text []byte) []byte {
	if from == server {
		return r.auth.scrub(r.reply(text))
	}
	words := bytes.Fields(text)
	verb := verbOf(words)
	if r.auth.answer(text, slices.Contains(pop3Verbs, verb)) {
		return []byte(Removed)
	}
	switch verb {
	case "PASS", "APOP":
		r.wait(pop3Single)
		if len(words) == 1 {
			return text
		}
		r.auth.remember(bytes.TrimLeft(bytes.TrimLeft(text, " \t")[len(words[0]):], " \t"))
		r.auth.remember(words[len(words)-1])
		return remove(words[0])
	case "AUTH":
		if len(words) == 1 {
			r.wait(pop3Lines)
			return text
		}
		r.wait(pop3Auth)
		return r.auth.begin(text, words[:1], words[1:])
	case "RETR", "TOP":
		r.wait(pop3Bulk)
	case "CAPA":
		r.wait(pop3Lines)
	case "LIST", "UIDL":
		r.wait(pop3Single)
		if len(words) == 1 {
			r.waiting[len(r.waiting)-1] = pop3Bulk
		}
	default:
		r.wait(pop3Single)
	}
	return text
}

func (r *pop3Rules) wait(reply pop3Reply) {
	if len(r.waiting) >= maxWaiting {
		r.waiting = r.waiting[:0]
	}
	r.waiting = append(r.waiting, reply)
}

func (r *pop3Rules) reply(text []byte) []byte {
	switch {
	case r.lines:
		r.lines = !bytes.Equal(text, []byte("."))
		return text
	case !r.greeted:
		r.greeted = true
		return text
	case r.auth.active && bytes.HasPrefix(text, []byte("+")) && !isOK(text):
		return r.auth.challenge(cutAt(text, 2))
	}
	var was pop3Reply
	if len(r.waiting) > 0 {
		was, r.waiting = r.waiting[0], r.waiting[1:]
	}
	switch was {
	case pop3Auth:
		r.auth.end()
	case pop3Lines:
		r.lines = isOK(text)
	case pop3Bulk:
		if isOK(text) {
			r.bulk = bulk{kind: bulkDot}
		}
	}
	return text
}

func isOK(text []byte) bool { return len(text) >= 3 && bytes.EqualFold(text[:3], []byte("+OK")) }

func (r *pop3Rules) next(from who) bulk {
	if from == client {
		return bulk{}
	}
	b := r.bulk
	r.bulk = bulk{}
	return b
}

func (r *pop3Rules) remember(secret []byte) { r.auth.remember(secret) }

func (r *pop3Rules) scrub(text []byte) []byte { return r.auth.scrub(text) }

func (r *pop3Rules) ended(who) {}
