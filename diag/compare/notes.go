package compare

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"todoku/internal/trace"
)

// note is what a lane says of a verb: the code, and a worse level where something is lost or must be done.
type note struct {
	code  string
	level func(Done) trace.Level // nil is pass
}

// notesOf says of a step what the protocol did, what it cannot do, and what people do instead at which cost.
func notesOf(p Protocol, s Step, d Done) []trace.Finding {
	n, known := notes(p)[s.Do]
	if !known {
		return nil
	}
	switch {
	case p == IMAP && s.Do == Read && d.Octets == 0:
		n.code = "compare.imap.read.here"
	case p == POP3 && s.Do == Delete && d.Count == 0:
		n.code = "compare.pop3.delete.kept"
	}
	level := trace.Pass
	if n.level != nil {
		level = n.level(d)
	}
	first := OwnNote(n.code, d)
	first.Level = level
	maps.Copy(first.Args, map[string]string{"device": s.Device, "message": s.Message, "folder": s.Folder, "words": s.Words,
		"days": strconv.Itoa(s.Days), "where": d.Where, "answer": d.Said})
	return []trace.Finding{first}
}

// used says which of the server's capabilities a good client used for a verb, or a naive one left alone.
func used(p Protocol, mode Mode, v Verb, has []string) []trace.Finding {
	var names []string
	for _, name := range uses(p)[v] {
		if slices.Contains(has, name) || name == peek {
			names = append(names, name)
		}
	}
	code := "compare.used"
	if mode == Naive {
		code = "compare.unused"
	}
	if len(names) == 0 {
		return nil
	}
	return []trace.Finding{said(code, trace.Pass, map[string]string{"what": strings.Join(names, ", ")})}
}

// IsUse reports whether a note only says which capabilities were used.
func IsUse(f trace.Finding) bool { return f.Code == "compare.used" || f.Code == "compare.unused" }

// OwnNote says what was done on a person's own account.
func OwnNote(code string, d Done) trace.Finding {
	return said(code, trace.Pass, map[string]string{"octets": grouped(d.Octets), "of": grouped(d.Of),
		"count": grouped(int64(d.Count)), "total": grouped(int64(d.Total))})
}

func notes(p Protocol) map[Verb]note {
	if p == POP3 {
		return map[Verb]note{
			Visit: {code: "compare.pop3.visit"}, Look: {code: "compare.pop3.look"}, Read: {code: "compare.pop3.read"},
			Mark: {code: "compare.pop3.mark", level: always}, Delete: {code: "compare.pop3.delete", level: always},
			Move: {code: "compare.pop3.move", level: always}, Search: {code: "compare.pop3.search"},
			Send: {code: "compare.pop3.send", level: always}, Lose: {code: "compare.pop3.lose", level: ifAny},
			Offline: {code: "compare.pop3.offline", level: ifNotAll}, Fill: {code: "compare.pop3.fill", level: always},
		}
	}
	return map[Verb]note{
		Visit: {code: "compare.imap.visit"}, Look: {code: "compare.imap.look"}, Read: {code: "compare.imap.read"},
		Mark: {code: "compare.imap.mark"}, Delete: {code: "compare.imap.delete"}, Move: {code: "compare.imap.move"},
		Search: {code: "compare.imap.search"}, Send: {code: "compare.imap.send"}, Lose: {code: "compare.imap.lose", level: ifAny},
		Offline: {code: "compare.imap.offline", level: ifNotAll}, Fill: {code: "compare.imap.fill", level: always},
	}
}

func always(Done) trace.Level { return trace.Warn }

func ifAny(d Done) trace.Level {
	if d.Count > 0 {
		return trace.Warn
	}
	return trace.Pass
}

func ifNotAll(d Done) trace.Level {
	if d.Count < d.Total {
		return trace.Warn
	}
	return trace.Pass
}

// peek is no capability: every IMAP server can send a part alone (RFC 9051 section 6.4.5).
const peek = "BODY.PEEK[part]"

// uses are the capabilities, by verb, that a good client uses and a naive one leaves alone.
func uses(p Protocol) map[Verb][]string {
	if p == POP3 {
		return map[Verb][]string{Visit: {"PIPELINING", "UIDL"}, Look: {"PIPELINING", "UIDL"}, Delete: {"UIDL"}}
	}
	return map[Verb][]string{
		Visit: {"LIST-STATUS", "SPECIAL-USE"}, Look: {"LIST-STATUS", "CONDSTORE", "ESEARCH"}, Read: {peek},
		Delete: {"MOVE"}, Move: {"MOVE"}, Search: {"ESEARCH"}, Send: {"UIDPLUS"},
	}
}
