package mail

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ReplyOptions says how a message is answered or forwarded.
type ReplyOptions struct {
	From Address        // the sender of the answer
	Own  []string       // all addresses of the person; they are no recipients
	All  bool           // answer to everybody
	List bool           // answer to the mailing list only
	Lang string         // "ja" or "en", for the line above the quote
	Zone *time.Location // for the date in that line; nil means the message's own
}

// maxReferences bounds References: the first id and the newest ones stay (RFC 5322 section 3.6.4 lets them be cut).
const maxReferences = 30

// Limits on what is quoted, in octets.
const (
	maxQuote         = 64 << 10
	maxQuotedSubject = 900
)

// Reply begins an answer: recipients without the person's own addresses, subject, threading fields and the quoted
// text. Date and MessageID are for the caller to set when it is sent.
func Reply(original *Parsed, opts ReplyOptions) Outgoing {
	e := original.Envelope
	o := Outgoing{From: opts.From, Subject: replySubject(e.Subject), InReplyTo: inReplyTo(e), References: references(e)}
	own := ownAddresses(opts)
	post, isList := original.ListPost()
	sender := e.ReplyTo
	if len(sender) == 0 {
		sender = e.From
	}
	switch {
	case opts.List && isList:
		o.To = []Address{post}
	case allOwn(e.From, own): // an answer to one's own message goes where that went
		o.To = without(e.To, own)
		if opts.All {
			o.Cc = without(e.Cc, own)
		}
	default:
		o.To = without(sender, own)
		if opts.All {
			o.Cc = without(appendNew(slices.Clone(e.To), e.Cc...), appendNew(own, o.To...))
		}
	}
	if len(o.To) == 0 {
		o.To, o.Cc = o.Cc, nil
	}
	if len(o.To) == 0 && !opts.List {
		o.To = usable(sender)
	}
	o.Text = quoteForReply(original, opts)
	return o
}

// ownAddresses are the sender's and the person's others.
func ownAddresses(opts ReplyOptions) []Address {
	own := []Address{opts.From}
	for _, addr := range opts.Own {
		own = append(own, Address{Addr: addr})
	}
	return own
}

func allOwn(list, own []Address) bool {
	for _, a := range list {
		if !contains(own, a) {
			return false
		}
	}
	return len(list) > 0
}

func contains(list []Address, a Address) bool {
	return slices.ContainsFunc(list, func(b Address) bool { return sameMailbox(a, b) })
}

// without gives the usable addresses of list that are not in drop, each once.
func without(list, drop []Address) []Address {
	var out []Address
	for _, a := range usable(list) {
		if !contains(drop, a) {
			out = appendNew(out, a)
		}
	}
	return out
}

// usable leaves out what a broken header made no address of.
func usable(list []Address) []Address {
	var out []Address
	for _, a := range list {
		a.Name = cleanLine(a.Name)
		if checkAddress(a) == nil {
			out = append(out, a)
		}
	}
	return out
}

func appendNew(list []Address, more ...Address) []Address {
	for _, a := range more {
		if !contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

func inReplyTo(e Envelope) []string {
	if checkID(e.MessageID) != nil {
		return nil
	}
	return []string{e.MessageID}
}

// references follows RFC 5322 section 3.6.4: the parent's References, or its In-Reply-To if that is one id, and then
// its Message-ID.
func references(e Envelope) []string {
	ids := e.References
	if len(ids) == 0 && len(e.InReplyTo) == 1 {
		ids = e.InReplyTo
	}
	var out []string
	for _, id := range append(slices.Clone(ids), e.MessageID) {
		if checkID(id) == nil && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if len(out) > maxReferences {
		out = append(out[:1:1], out[len(out)-maxReferences+1:]...)
	}
	return out
}

// replySubject puts one "Re: " before a subject, whatever forms of it pile up there already.
func replySubject(subject string) string {
	return "Re: " + cutUTF8(cleanLine(BaseSubject(subject)), maxQuotedSubject)
}

// forwardSubject puts one "Fwd: " before a subject.
func forwardSubject(subject string) string {
	rest, _ := cutMarks(subject, forwardMarks)
	return "Fwd: " + cutUTF8(cleanLine(rest), maxQuotedSubject)
}

// BaseSubject is a subject without the marks of answers: Re, Re[2], RE, Aw, Sv, Antw, 返信, 回复 and full-width forms.
func BaseSubject(subject string) string {
	rest, _ := cutMarks(subject, replyMarks)
	return rest
}

var (
	replyMarks   = []string{"re", "aw", "sv", "antw", "vs", "返信", "返", "回复", "答复", "ｒｅ", "ＲＥ", "Ｒｅ"}
	forwardMarks = []string{"fwd", "fw", "wg", "tr", "転送", "转发", "ｆｗ", "ＦＷ", "Ｆｗ", "Ｆｗｄ"}
)

// cutMarks takes all marks from the beginning of a subject.
func cutMarks(subject string, marks []string) (rest string, found bool) {
	rest = strings.TrimSpace(subject)
	for {
		after, ok := cutMark(rest, marks)
		if !ok {
			return rest, found
		}
		rest, found = after, true
	}
}

func cutMark(s string, marks []string) (string, bool) {
	for _, mark := range marks {
		if len(s) <= len(mark) || !strings.EqualFold(s[:len(mark)], mark) {
			continue
		}
		tail := s[len(mark):]
		if end := strings.IndexByte(tail, ']'); strings.HasPrefix(tail, "[") && end > 0 && end < 6 && strings.Trim(tail[1:end], "0123456789") == "" {
			tail = tail[end+1:]
		} else if strings.HasPrefix(tail, "^") {
			tail = strings.TrimLeft(tail, "^0123456789")
		}
		tail = strings.TrimLeft(tail, " ")
		for _, colon := range []string{":", "："} {
			if rest, ok := strings.CutPrefix(tail, colon); ok {
				return strings.TrimLeft(rest, " \t\u3000"), true
			}
		}
	}
	return s, false
}

// quoteForReply is the attribution line and the text with one more ">" before every line, the signature left out.
func quoteForReply(original *Parsed, opts ReplyOptions) string {
	text := original.Text(TextOptions{Limit: maxQuote, Notes: true}).Body
	if i := strings.LastIndex("\n"+text, "\n-- \n"); i >= 0 {
		text = text[:i]
	}
	text = strings.TrimRight(text, " \t\n")
	if text == "" {
		return ""
	}
	var out strings.Builder
	out.WriteString(attribution(original.Envelope, opts) + "\n")
	for line := range strings.SplitSeq(text, "\n") {
		out.WriteByte('>')
		if line != "" && line[0] != '>' {
			out.WriteByte(' ')
		}
		out.WriteString(cleanLine(line) + "\n")
	}
	return out.String()
}

// cleanLine drops the control characters of a hostile original; they would reach the editor.
func cleanLine(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r >= 0x7F && r < 0xA0 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, line)
}

// attribution says who wrote the quote and when.
func attribution(e Envelope, opts ReplyOptions) string {
	who := "?"
	if len(e.From) > 0 {
		who = e.From[0].Name
		if who == "" {
			who = e.From[0].Addr
		}
	}
	who = cleanLine(who)
	date := e.Date
	if opts.Zone != nil {
		date = date.In(opts.Zone)
	}
	if opts.Lang == "ja" {
		if e.Date.IsZero() {
			return who + "さんは書きました:"
		}
		return fmt.Sprintf("%sに%sさんは書きました:", date.Format("2006年1月2日 15:04"), who)
	}
	if e.Date.IsZero() {
		return who + " wrote:"
	}
	return fmt.Sprintf("On %s, %s wrote:", date.Format("Mon, 2 Jan 2006 at 15:04"), who)
}

// Forward begins a message that passes another on: its header and text below the mark that mail programs use, its
// files attached.
func Forward(original *Parsed, opts ReplyOptions) Outgoing {
	e := original.Envelope
	o := Outgoing{From: opts.From, Subject: forwardSubject(e.Subject), References: references(e)}
	var text strings.Builder
	words := forwardWords(opts.Lang)
	text.WriteString("\n" + words.mark + "\n")
	date := e.Date
	if opts.Zone != nil {
		date = date.In(opts.Zone)
	}
	for _, line := range []struct{ name, value string }{
		{words.from, addressLine(e.From)}, {words.date, formatDate(date, opts.Lang)}, {words.subject, e.Subject},
		{words.to, addressLine(e.To)}, {words.cc, addressLine(e.Cc)},
	} {
		if line.value != "" {
			text.WriteString(line.name + ": " + cleanLine(line.value) + "\n")
		}
	}
	text.WriteByte('\n')
	for line := range strings.SplitSeq(strings.TrimRight(original.Text(TextOptions{Limit: maxQuote * 4, Notes: true}).Body, "\n"), "\n") {
		text.WriteString(cleanLine(line) + "\n")
	}
	o.Text = text.String()
	o.Files = forwardFiles(original)
	return o
}

func forwardFiles(original *Parsed) []File {
	var files []File
	for _, part := range original.Files() {
		data, _, err := original.Decode(part.Path)
		if err != nil || len(files) == maxFiles {
			continue
		}
		kind := part.Type
		if !mediaType(kind) || strings.HasPrefix(kind, "multipart/") {
			kind = "application/octet-stream"
		}
		files = append(files, File{Name: part.FileName, Type: kind, Data: data})
	}
	return files
}

type forwardLabels struct{ mark, from, date, subject, to, cc string }

func forwardWords(lang string) forwardLabels {
	if lang == "ja" {
		return forwardLabels{"-------- 転送されたメッセージ --------", "差出人", "日時", "件名", "宛先", "写し"}
	}
	return forwardLabels{"-------- Forwarded message --------", "From", "Date", "Subject", "To", "Cc"}
}

func formatDate(t time.Time, lang string) string {
	switch {
	case t.IsZero():
		return ""
	case lang == "ja":
		return t.Format("2006年1月2日 15:04 -0700")
	}
	return t.Format("Mon, 2 Jan 2006 15:04 -0700")
}

func addressLine(list []Address) string {
	const shown = 50
	var out []string
	for i, a := range list {
		if i == shown {
			out = append(out, fmt.Sprintf("+ %d", len(list)-shown))
			break
		}
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}
