package bounce

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"todoku/diag/reason"
)

var (
	talkingTo  = regexp.MustCompile(`^\s*\.\.\. while talking to ([^\s:]+?)\.?:?\s*$`)
	eximHost   = regexp.MustCompile(`^\s*host ([^\s\[]+)(?: \[[^\]]*\])?(?::\s*(.*))?$`)
	courierAt  = regexp.MustCompile(`^\s*([a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+) \[[0-9a-fA-F.:]+\]:\s*$`)
	eximAfter  = regexp.MustCompile(`(?i)SMTP error from remote (?:mail server|mailer) after (initial connection|end of data|[A-Z]+)`)
	qmailHost  = regexp.MustCompile(`^\s*(?:Connected to )?([0-9a-fA-F.:]{3,}) (?:does not like|failed after|but )`)
	sentLine   = regexp.MustCompile(`^\s*(?:>>>|hMailServer sent:)\s*([A-Za-z]+)`)
	issuedBy   = regexp.MustCompile(`^\s*Remote server \(([^)]+)\) issued an error`)
	gotLine    = regexp.MustCompile(`^\s*<<<\s*([45]\d\d)[ -](.*)$`)
	replyLine  = regexp.MustCompile(`^\s*#?([45]\d\d)(?:[ -]|$)`)
	angled     = regexp.MustCompile(`<([a-zA-Z0-9.-]+) #([245]\.\d{1,3}\.\d{1,3})(?:\s+smtp;\s*([^>]*))?>`)
	atHost     = regexp.MustCompile(`^\s*([a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+)\s*[:：]\s*[45]\d\d[ -]`)
	reasonLine = regexp.MustCompile(`(?i)\b(?:reason|returned|replied|response|error|理由|応答)\s*[:：]?\s*['"(]?([45]\d\d[ -].*)$`)
	// replyInLine is a reply code where a reply may begin.
	replyInLine = regexp.MustCompile(`(?:^|[:：'"(\s])#?[45]\d\d[ -](?:#?[245]\.\d{1,3}\.\d{1,3}|\S*[A-Za-z<:])`)
)

// quoted finds in the lines of a block the reply that a server gave: the words of a dialogue first, then a quotation,
// then a line that begins as replies do. If no server is quoted, it is what the mail system says of itself.
func (b block) quoted() said {
	lines := b.lines
	if s, ok := dialogue(lines); ok {
		return s
	}
	if s, ok := exim(lines); ok {
		return s
	}
	if s, ok := passedOn(lines); ok {
		return s
	}
	if s, ok := bareReply(lines); ok {
		return s
	}
	return ownWords(lines)
}

// dialogue reads what sendmail and Courier show: ">>>" is sent, "<<<" came back. The first refusal is the cause, what
// follows it are its consequences; a last line "554 Service unavailable" is the mail system's own.
func dialogue(lines []string) (said, bool) {
	var s said
	for _, line := range lines {
		switch {
		case talkingTo.MatchString(line):
			s.host = host(talkingTo.FindStringSubmatch(line)[1])
		case courierAt.MatchString(line):
			s.host = host(courierAt.FindStringSubmatch(line)[1])
		case sentLine.MatchString(line) && s.code == 0:
			s.command = command(sentLine.FindStringSubmatch(line)[1])
		case gotLine.MatchString(line):
			m := gotLine.FindStringSubmatch(line)
			code, _ := strconv.Atoi(m[1])
			if s.code != 0 && s.code != code {
				return s.parsed(), true
			}
			s.code = code
			s.text += m[1] + " " + m[2] + "\n"
		case s.code != 0:
			return s.parsed(), true
		}
	}
	return s.parsed(), s.code != 0
}

// parsed splits what was collected into codes and words.
func (s said) parsed() said {
	r := reason.Parse(s.text)
	s.code, s.enhanced, s.text = r.Code, r.Enhanced, r.Text
	return s
}

// exim reads "host mx1.fuji.test [192.0.2.20]", "SMTP error from remote mail server after RCPT TO:<..>:" and the reply
// below, or behind the host in older versions.
func exim(lines []string) (said, bool) {
	var s said
	after := false
	for i, line := range lines {
		if m := eximAfter.FindStringSubmatch(line); m != nil {
			s.command, after = command(m[1]), true
			continue
		}
		if m := eximHost.FindStringSubmatch(line); m != nil {
			s.host = host(m[1])
			if after && replyLine.MatchString(m[2]) {
				s.text = m[2]
				return s.parsed(), true
			}
			continue
		}
		if after && replyLine.MatchString(line) {
			s.text = strings.Join(sameReply(lines[i:]), "\n")
			return s.parsed(), true
		}
	}
	return said{}, false
}

// sameReply gives the lines at the beginning that are one reply (RFC 5321 section 4.2.1), or a reply of one line that
// was folded.
func sameReply(lines []string) []string {
	code := strings.TrimLeft(strings.TrimSpace(lines[0]), "#")[:3]
	var all []string
	for _, l := range lines {
		l = strings.TrimLeft(strings.TrimSpace(l), "#")
		if !strings.HasPrefix(l, code) {
			break
		}
		all = append(all, l)
		if len(l) < 4 || l[3] != '-' {
			break
		}
	}
	return all
}

// passedOn reads a quotation: "host mx1.fuji.test[192.0.2.20] said: 550 ..", "Remote host said: 550 ..", which lines may
// have folded.
func passedOn(lines []string) (said, bool) {
	var from string
	for i, line := range lines {
		if m := qmailHost.FindStringSubmatch(line); m != nil {
			from = strings.TrimSuffix(m[1], ":")
		}
		if m := issuedBy.FindStringSubmatch(line); m != nil {
			from = host(m[1])
		}
		if m := angled.FindStringSubmatch(line); m != nil {
			r := reason.Parse(m[3])
			return said{code: r.Code, enhanced: cmp.Or(r.Enhanced, m[2]), text: cmp.Or(r.Text, before(lines[:i])), host: host(m[1])}, true
		}
		if !saidSomething.MatchString(line) {
			continue
		}
		r, ok := reason.Unwrap(reason.Reply{Text: unfold(lines[i:]), Host: from})
		if ok {
			return said{code: r.Code, enhanced: r.Enhanced, text: r.Text, host: r.Host, command: r.Command}, true
		}
	}
	return said{}, false
}

var saidSomething = regexp.MustCompile(`(?i)\b(?:said|replied|responded|returned|response was|refused to talk to me|answered)\b`)

// maxQuotation bounds the octets of a quotation: a reply line has 512 (RFC 5321 section 4.5.3.1.5), and few follow.
const maxQuotation = 4 << 10

// before is the line that explains a code in angle brackets.
func before(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		if l := strings.TrimSpace(lines[i]); l != "" {
			return l
		}
	}
	return ""
}

// unfold joins the lines of a paragraph. A quotation that begins on the next line stays whole.
func unfold(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" || b.Len()+len(l) > maxQuotation || i > 0 && (strings.HasPrefix(l, "Giving up on") || strings.HasPrefix(l, "I'm not going to")) {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(l)
	}
	return b.String()
}

// bareReply finds a line that is a reply, or ends in one: "550 5.1.1 ..", "(reason: 550 ..)", "理由: 550 ..", "mx1.fuji.test:
// 550 ..".
func bareReply(lines []string) (said, bool) {
	for i, line := range lines {
		switch {
		case replyLine.MatchString(line) && replyInLine.MatchString(line):
			text := strings.TrimRight(strings.Join(sameReply(lines[i:]), "\n"), "# ")
			return said{text: text}.parsed(), true
		case atHost.MatchString(line):
			m := atHost.FindStringSubmatchIndex(line)
			_, text, _ := strings.Cut(line[m[3]:], ":")
			return said{text: text, host: host(line[m[2]:m[3]])}.parsed(), true
		case reasonLine.MatchString(line):
			text := strings.TrimRight(reasonLine.FindStringSubmatch(line)[1], ")'\" ")
			return said{text: text}.parsed(), true
		}
	}
	return said{}, false
}

// ownWords is what a mail system says without a reply: the first paragraph that a reason is known for, with its status
// code if it has one.
func ownWords(lines []string) said {
	first := said{}
	for _, paragraph := range paragraphs(lines) {
		s := said{text: paragraph}
		if m := qmailCode.FindStringSubmatch(paragraph); m != nil {
			s.enhanced = m[1]
		}
		if first.text == "" {
			first = s
		}
		if s.read().Reading.Reason != reason.None {
			return s
		}
	}
	return first
}

var qmailCode = regexp.MustCompile(`\(#([245]\.\d{1,3}\.\d{1,3})\)`)

func paragraphs(lines []string) []string {
	var all []string
	start := 0
	for i := 0; i <= len(lines); i++ {
		if i < len(lines) && strings.TrimSpace(lines[i]) != "" {
			continue
		}
		if i > start {
			all = append(all, strings.Join(trimmed(lines[start:i]), " "))
		}
		start = i + 1
	}
	return all
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimSpace(l)
	}
	return out
}

func command(s string) string {
	switch s = strings.ToUpper(s); s {
	case "INITIAL CONNECTION":
		return "greeting"
	case "END OF DATA":
		return "."
	case "HELO":
		return "EHLO"
	}
	return s
}

// clean takes control characters, and what else moves a cursor or turns the direction of text, out of a line.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		switch {
		case c == '\t':
			return ' '
		case unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == unicode.ReplacementChar:
			return -1
		}
		return c
	}, s))
}

// lines parts a reply of several lines that a field has unfolded into one: its code stands before each.
func lines(text string) string {
	text = clean(text)
	m := replyLine.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	return regexp.MustCompile(` (`+m[1]+`[ -])`).ReplaceAllString(text, "\n$1")
}
