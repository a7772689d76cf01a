package reason

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// maxText bounds what of a reply is looked at: a reply of RFC 5321 section 4.5.3.1.5 has lines of 512 octets, and none
// needs more of them than this.
const maxText = 16 << 10

// maxWraps bounds how often a reply inside a reply is unwrapped: each server on a way may add one.
const maxWraps = 5

var (
	// replyStart is the beginning of a reply line, with or without an enhanced code.
	replyStart = regexp.MustCompile(`^\s*([2-5][0-5]\d)(?:[ \t-]+|$)`)
	// enhancedStart is an enhanced code where RFC 2034 puts it; enhancedAside one as qmail writes it.
	enhancedStart = regexp.MustCompile(`^\s*#?([245]\.\d{1,3}\.\d{1,3})(?:[\s:;,)]|$)`)
	enhancedAside = regexp.MustCompile(`\(?#([245]\.\d{1,3}\.\d{1,3})\b`)
	enhancedOnly  = regexp.MustCompile(`\b([245]\.\d{1,3}\.\d{1,3})\b`)
	// diagnosticType is what RFC 3464 section 2.3.6 sets before a reply.
	diagnosticType = regexp.MustCompile(`^(?i:smtp|x-[a-z0-9-]+)\s*;\s*`)
	// wrapped is where another server's reply begins inside a text, and wrapper who said it.
	wrapped   = regexp.MustCompile(`(?:<<<|>>>|\b(?:said|responded|replied|answered|returned|response was|response|refused to talk to me|with):?)\s+"?([2-5][0-5]\d[ -]\S[^\n]*(?:\n\s*(?:<<<\s*)?[2-5][0-5]\d[ -][^\n]*)*)`)
	saidBy    = regexp.MustCompile(`([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)\.?\s*(?:[\[(][^\])]*[\])]\s*)?(?:said|responded|replied|answered|refused to talk to me)\b`)
	inReplyTo = regexp.MustCompile(`\s*\(in reply to (?:the )?(end of DATA|[A-Z]+)[^)]*\)`)
)

// Parse makes a reply of a text as people and logs show it: "550 5.1.1 User unknown", "550-5.1.1 ..", "5.1.1",
// a reply of several lines, with control characters and blanks around it.
func Parse(text string) Reply {
	return Reply{Text: text}.whole()
}

// whole finds the codes that stand in the text only, and takes them out of it.
func (r Reply) whole() Reply {
	if len(r.Text) > maxText {
		r.Text = r.Text[:maxText]
	}
	var words []string
	for line := range strings.Lines(r.Text) {
		line = strings.TrimSpace(clean(line))
		line = strings.TrimSpace(strings.TrimPrefix(line, "<<<"))
		line = diagnosticType.ReplaceAllString(line, "")
		if m := replyStart.FindStringSubmatch(line); m != nil && (r.Code == 0 || m[1] == strconv.Itoa(r.Code)) {
			r.Code, _ = strconv.Atoi(m[1])
			line = line[len(m[0]):]
		}
		if m := enhancedStart.FindStringSubmatchIndex(line); m != nil && (r.Enhanced == "" || r.Enhanced == line[m[2]:m[3]]) {
			r.Enhanced = line[m[2]:m[3]]
			line = strings.TrimLeft(line[m[3]:], ":;,) ")
		}
		if line != "" {
			words = append(words, line)
		}
	}
	r.Text = strings.Join(words, "\n")
	if r.Enhanced == "" {
		if m := enhancedAside.FindStringSubmatch(r.Text); m != nil {
			r.Enhanced = m[1]
		} else if m := enhancedOnly.FindStringSubmatch(r.Text); m != nil && r.Code != 0 && m[1][0] == byte('0'+r.Code/100) {
			r.Enhanced = m[1]
		}
	}
	return r
}

// String is the reply in one line.
func (r Reply) String() string {
	var parts []string
	if r.Code != 0 {
		parts = append(parts, strconv.Itoa(r.Code))
	}
	if r.Enhanced != "" {
		parts = append(parts, r.Enhanced)
	}
	return strings.Join(append(parts, strings.Fields(r.Text)...), " ")
}

// Unwrap gives the reply inside a reply that only passes on what another server said, as sendmail's "554 Service
// unavailable" or Postfix's "host .. said: ..".
func Unwrap(r Reply) (Reply, bool) {
	text := r.Text[:min(len(r.Text), maxText)]
	all := wrapped.FindAllStringSubmatchIndex(text, -1)
	if len(all) == 0 {
		return Reply{}, false
	}
	m := all[len(all)-1]
	said := text[m[2]:m[3]]
	inner := Reply{Host: r.Host, Command: r.Command, Step: r.Step}
	if by := saidBy.FindAllStringSubmatch(text[:m[2]], -1); len(by) > 0 {
		inner.Host = by[len(by)-1][1]
	}
	if at := inReplyTo.FindStringSubmatchIndex(text); at != nil {
		inner.Command = strings.TrimPrefix(text[at[2]:at[3]], "end of ")
		if inner.Command == "DATA" && text[at[2]:at[3]] != "DATA" {
			inner.Command = "."
		}
	}
	inner.Text = strings.Trim(inReplyTo.ReplaceAllString(said, ""), "\" ")
	inner = inner.whole()
	return inner, inner.Code >= 400 && inner.String() != r.String()
}

// Fold is a text as rules are written: lower case, blanks and line ends one blank each.
func Fold(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(clean(s))), " ")
}

// escapes are the control sequences of terminals (ECMA-48 sections 5.4 and 5.6).
var escapes = regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)`)

// clean drops control characters and sequences.
func clean(s string) string {
	if strings.ContainsRune(s, '\x1b') {
		s = escapes.ReplaceAllString(s, "")
	}
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t' || c == '\n' || c == '\r':
			return ' '
		case unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == unicode.ReplacementChar:
			return -1
		}
		return c
	}, s)
}
