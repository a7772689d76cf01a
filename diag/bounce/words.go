package bounce

import (
	"regexp"
	"slices"
	"strings"

	"todoku/diag/reason"
	"todoku/internal/mail"
)

const (
	// maxWords bounds the text of a report that is read, maxLines its lines: what a mail system has to say is at the
	// beginning.
	maxWords = 64 << 10
	maxLines = 1000
	// maxBlocks bounds the recipients that words name; RFC 5321 section 4.5.3.1.8 lets a transaction have 100.
	maxBlocks = 200
	// maxBlockLines is how many lines may speak of one recipient.
	maxBlockLines = 60
)

// words is what the text of a report says.
type words struct {
	system   string
	reporter string
	sure     reason.Sure
	lines    []string // above the returned message
	returned string   // the message that follows them
	blocks   []block
}

func readWords(m *mail.Parsed) words {
	text := m.Text(mail.TextOptions{Limit: maxWords, Words: true}).Body
	above, returned := cutReturned(text)
	w := words{lines: cleaned(above), returned: returned, sure: reason.Fair}
	w.system = systemOf(m, above)
	w.reporter = reporter(m, above)
	if w.system != "" {
		w.sure = reason.High
	}
	ours := own(m, w.lines)
	w.blocks = named(w.lines, ours)
	if len(w.blocks) == 0 {
		w.sure = reason.Fair
		w.blocks = mentioned(m, w.lines, ours)
	}
	return w
}

func cleaned(text string) []string {
	all := strings.Split(text, "\n")
	all = all[:min(len(all), maxLines)]
	for i, l := range all {
		indent := l[:len(l)-len(strings.TrimLeft(l, " \t\u3000"))]
		all[i] = indent + strings.TrimRight(clean(strings.TrimSpace(l)), " ")
	}
	return all
}

// returnedAt are the lines behind which mail systems put the message that comes back.
var returnedAt = regexp.MustCompile(`(?m)^[ \t]*(?:-{3,} ?Below this line is (?:a copy|the original) .*|-{3,} This is a copy of .*|-{3,} ?Original message(?: follows)? ?-*|-{3,} ?The header of the original message.*|Original message follows\.?|Original message headers:|-{3,} ?(?:元のメール|元のメッセージ|送信メール).*|-{3,} ?Unsent message follows.*|-{3,} ?Returned (?:mail|message).*)\r?$`)

func cutReturned(text string) (above, returned string) {
	at := returnedAt.FindStringIndex(text)
	if at == nil {
		return text, ""
	}
	return text[:at[0]], strings.TrimLeft(text[at[1]:], "\r\n ")
}

// own are the addresses that a report names for other reasons than that they failed: its sender and who gets it.
func own(m *mail.Parsed, all []string) map[string]bool {
	ours := map[string]bool{}
	for _, list := range [][]mail.Address{m.Envelope.From, m.Envelope.Sender, m.Envelope.ReplyTo, m.Envelope.To} {
		for _, a := range list {
			ours[strings.ToLower(a.Addr)] = true
		}
	}
	return ours
}

const addressChars = "[^\\s<>()\\[\\]\"'`,;:、。（）「」]+@[^\\s<>()\\[\\]\"'`,;:、。（）「」@]+"

var (
	anyAddress = regexp.MustCompile(addressChars)
	// introduces is a line that begins to speak of a recipient: "<bob@fuji.test>: host ..", "  bob@fuji.test", "bob@fuji.test
	// on 23/11/2026", "[SMTP:bob@fuji.test]:", "Recipient: <bob@fuji.test>", a label in Japanese, with what follows.
	introduces = regexp.MustCompile(`^[ \t　]*(?:\[?SMTP[: ]\s*)?(?:[*・-]\s*)?(?:(?:Recipient|Final[ -]Recipient|To|Address|User|宛先不明|宛先アドレス|宛先|送信先|受信者|メールアドレス|配信先)\s*[:：]\s*)?[<＜]?(` + addressChars + `|[^\s<>]+<` + addressChars + `)[>＞]?\]?(?:[:：]\s*(.*)|\s+on\s+\d.*|\s+\(.*\)|\s*(?:様|宛))?$`)
	transcript = regexp.MustCompile(`^\s*(?:>>>|<<<|\.\.\. while talking to|[2-5]\d\d[ -])`)
)

// named gives the recipients that stand at the beginning of a line, each with the lines up to the next one.
func named(all []string, ours map[string]bool) []block {
	var blocks []block
	at := map[string]int{}
	current := -1
	for _, line := range all {
		if m := introduces.FindStringSubmatch(line); m != nil && !transcript.MatchString(line) && !ours[strings.ToLower(m[1])] {
			addr := strings.TrimRight(m[1], ".")
			i, known := at[strings.ToLower(addr)]
			if !known && len(blocks) < maxBlocks {
				i = len(blocks)
				blocks = append(blocks, block{recipient: addr})
				at[strings.ToLower(addr)] = i
				known = true
			}
			if known {
				current = i
			}
			if m[2] != "" && current >= 0 {
				blocks[current].lines = append(blocks[current].lines, m[2])
			}
			continue
		}
		if current >= 0 && len(blocks[current].lines) < maxBlockLines {
			blocks[current].lines = append(blocks[current].lines, line)
		}
	}
	for i := range blocks {
		if len(blocks) == 1 {
			blocks[i].lines = around(all, blocks[i].lines)
		}
	}
	return blocks
}

// around gives the only recipient of a report what was said before it was named, if nothing of use follows it.
func around(all, after []string) []string {
	for _, l := range after {
		if transcript.MatchString(l) || replyInLine.MatchString(l) {
			return after
		}
	}
	return append(after, append([]string{"", ""}, all...)...)
}

// mentioned gives the recipients that a text names in the middle of sentences, or that a field of the header names.
func mentioned(m *mail.Parsed, all []string, ours map[string]bool) []block {
	seen := map[string]bool{}
	var blocks []block
	cause := block{lines: all}.quoted() // once: the words are the same for each of them
	add := func(addr string) {
		addr = strings.TrimRight(addr, ".")
		if low := strings.ToLower(addr); !seen[low] && !ours[low] && len(blocks) < maxBlocks {
			seen[low] = true
			blocks = append(blocks, block{recipient: addr, said: cause})
		}
	}
	for _, addr := range anyAddress.FindAllString(mail.FieldValue(m.Header, "X-Failed-Recipients"), maxBlocks) {
		add(addr)
	}
	if len(blocks) > 0 {
		return blocks
	}
	for _, line := range all {
		for _, addr := range anyAddress.FindAllString(line, maxBlocks) {
			if local, _, _ := strings.Cut(strings.ToLower(addr), "@"); local != "postmaster" && local != "mailer-daemon" {
				add(addr)
			}
		}
	}
	return blocks
}

// reporters are the phrases in which a mail system names its host.
var reporters = regexp.MustCompile(`(?i)(?:mail system at host|qmail-send program at|on the queue on|generating server:|notification from|メールシステム)\s+([a-z0-9-]+(?:\.[a-z0-9-]+)+)`)

// reporter is the host that wrote the report: as it names itself, else the domain that it writes from.
func reporter(m *mail.Parsed, text string) string {
	if found := reporters.FindStringSubmatch(text); found != nil {
		return host(strings.TrimSuffix(found[1], "."))
	}
	for _, a := range m.Envelope.From {
		if a.Domain() != "" {
			return host(a.Domain())
		}
	}
	return ""
}

// original is the returned message, or its header: a part of the report, else what the words end with. What neither
// tells, the fields of the report's own header may.
func original(m *mail.Parsed, w words) Original {
	e := mail.ParseEnvelope([]byte(w.returned))
	for _, part := range m.Root.Children {
		switch part.Type {
		case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
			raw, _, _ := m.Decode(part.Path)
			e = mail.ParseEnvelope(raw)
		}
	}
	o := Original{MessageID: e.MessageID, Subject: e.Subject, Date: e.Date, From: e.From, To: slices.Concat(e.To, e.Cc)}
	if refs := slices.Concat(m.Envelope.InReplyTo, m.Envelope.References); o.MessageID == "" && len(refs) > 0 {
		o.MessageID = refs[0]
	}
	if o.Subject == "" {
		o.Subject = labelled(w.lines, subjectLabel)
	}
	return o
}

var subjectLabel = regexp.MustCompile(`(?i)^\s*(?:the subject of the message is|subject|件名)\s*[:：]\s*(.+)$`)

func labelled(all []string, label *regexp.Regexp) string {
	for _, l := range all {
		if m := label.FindStringSubmatch(l); m != nil {
			return m[1]
		}
	}
	return ""
}
