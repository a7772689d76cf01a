package headers

import (
	"net/netip"
	"strings"

	"todoku/internal/mail"
)

// Limits on Received fields. RFC 5321 section 6.3 lets a server give up at 100 of them.
const (
	maxHops     = 100
	maxReceived = 8 << 10 // octets of one field
	maxClauses  = 400     // words and comments of one field
)

// trail is one Received field taken apart (RFC 5321 section 4.4): the words of each clause and its comments.
type trail struct {
	words    map[string][]string
	comments map[string][]string
	hop      Hop
}

// ParseReceived reads one Received field, in the shapes that Postfix, Exim, sendmail, qmail, Exchange, Gmail and the
// Japanese providers write. What a field does not say stays empty; Step and Delay need its neighbours.
func ParseReceived(value string) Hop { return readTrail(value).hop }

func readTrail(value string) trail {
	if len(value) > maxReceived {
		value = value[:maxReceived]
	}
	value = strings.Join(strings.Fields(strings.ToValidUTF8(value, "\uFFFD")), " ")
	t := trail{words: make(map[string][]string), comments: make(map[string][]string)}
	t.hop.Raw = value
	text, date := cutDate(value)
	t.hop.Time, _ = mail.ParseDate(date)
	t.clauses(text)
	t.hop.From = t.from()
	t.hop.By = t.by()
	t.hop.With = strings.Join(t.words["with"], " ")
	if t.hop.With == "" {
		t.hop.With = strings.Join(t.words["via"], " ")
	}
	t.hop.ID = strings.Trim(strings.Join(t.words["id"], " "), "<>")
	t.hop.TLS = t.tls()
	return t
}

// cutDate splits at the last semicolon outside comments; a field without one may still end in a date.
func cutDate(value string) (text, date string) {
	depth := 0
	at := -1
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '(':
			depth++
		case ')':
			depth = max(depth-1, 0)
		case ';':
			if depth == 0 {
				at = i
			}
		}
	}
	if at < 0 {
		at = strings.LastIndexByte(value, ';')
	}
	if at < 0 {
		return value, ""
	}
	return value[:at], value[at+1:]
}

// clauses sorts words and comments under the last clause word seen before them.
func (t *trail) clauses(text string) {
	clause := ""
	for n := 0; n < maxClauses; n++ {
		text = strings.TrimLeft(text, " ")
		if text == "" {
			return
		}
		if text[0] == '(' {
			comment, rest := mail.CutComment(text)
			t.comments[clause] = append(t.comments[clause], comment)
			text = rest
			continue
		}
		end := strings.IndexAny(text, " (")
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		text = text[end:]
		if c := strings.ToLower(word); clauseWord(c) && (t.words[c] == nil || c == "with") && !(clause == "from" && len(t.words["from"]) == 0) {
			clause = c
			continue
		}
		t.words[clause] = append(t.words[clause], word)
	}
}

func clauseWord(w string) bool {
	switch w {
	case "from", "by", "via", "with", "id", "for", "tls":
		return true
	}
	return false
}

// from names the sending side: what it called itself if that is a host name, else what its address resolved to, else
// its address.
func (t *trail) from() string {
	helo := first(t.words["from"])
	if hostName(helo) {
		return trimHost(helo)
	}
	resolved := ""
	for _, comment := range t.comments["from"] {
		for _, word := range strings.FieldsFunc(comment, func(r rune) bool { return r == ' ' || r == ',' }) {
			name := word
			for _, prefix := range []string{"HELO", "EHLO", "helo=", "ehlo="} {
				name = strings.TrimPrefix(name, prefix)
			}
			if hostName(name) && resolved == "" && !strings.ContainsAny(name, "=@") {
				resolved = trimHost(name)
			}
		}
	}
	switch {
	case resolved != "":
		return resolved
	case helo == "" || strings.EqualFold(helo, "unknown"):
		if ip, ok := t.address(); ok {
			return ip.String()
		}
	}
	return trimHost(helo)
}

func (t *trail) by() string {
	by := first(t.words["by"])
	if by == "" {
		for _, c := range t.comments[""] { // qmail: "(qmail 123 invoked by uid 89)" has no host
			if strings.HasPrefix(c, "qmail") {
				return "qmail"
			}
		}
	}
	return trimHost(by)
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

func trimHost(h string) string { return strings.Trim(h, "[]<>.,;") }

// hostName tells names with a dot from literals, "unknown" and the names that clients make up.
func hostName(h string) bool {
	h = trimHost(h)
	if !strings.Contains(h, ".") || strings.ContainsAny(h, ":/") {
		return false
	}
	_, err := netip.ParseAddr(h)
	return err != nil
}

// address is the sending side's address as the receiving server saw it.
func (t *trail) address() (netip.Addr, bool) {
	for _, text := range append(append([]string{}, t.comments["from"]...), t.words["from"]...) {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" []()=,", r) }) {
			word = strings.TrimPrefix(strings.TrimPrefix(word, "IPv6:"), "ipv6:")
			if ip, err := netip.ParseAddr(word); err == nil {
				return ip.Unmap(), true
			}
		}
	}
	return netip.Addr{}, false
}

// tls says what a comment or the with word (RFC 3848) proves about TLS: a version, or only that it was there.
func (t *trail) tls() string {
	texts := append([]string{}, t.words["with"]...)
	texts = append(texts, t.words["tls"]...)
	for _, comments := range t.comments {
		texts = append(texts, comments...)
	}
	best := ""
	for _, text := range texts {
		if v := tlsVersion(text); v > best {
			best = v
		}
	}
	if best != "" {
		return best
	}
	with := strings.ToUpper(first(t.words["with"]))
	switch with {
	case "ESMTPS", "ESMTPSA", "LMTPS", "LMTPSA", "UTF8SMTPS", "UTF8SMTPSA", "UTF8LMTPS", "UTF8LMTPSA", "HTTPS", "SMTPS", "SMTPSA":
		return "TLS"
	}
	return ""
}

// tlsVersion finds TLSv1.3, TLS1_3, TLS1.3, version=TLS1_2 and the like; cipher names (TLS_AES..) have no number.
func tlsVersion(text string) string {
	upper := strings.ToUpper(text)
	for {
		_, after, ok := strings.Cut(upper, "TLS")
		if !ok {
			return ""
		}
		upper = after
		v := strings.TrimLeft(after, "V _")
		if !strings.HasPrefix(v, "1") {
			continue
		}
		minor := "0"
		if len(v) > 2 && (v[1] == '.' || v[1] == '_') && v[2] >= '0' && v[2] <= '3' {
			minor = v[2:3]
		} else if len(v) > 1 && v[1] >= '0' && v[1] <= '9' {
			continue
		}
		return "TLS 1." + minor
	}
}

// submission reports whether the field is of the step from a person's device to the first server: authenticated
// (RFC 3848), by web, or written by the machine itself.
func (t *trail) submission() bool {
	with := strings.ToUpper(t.hop.With)
	for word := range strings.FieldsSeq(with) {
		switch word {
		case "ESMTPA", "ESMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "SMTPA", "SMTPSA", "ASMTP", "HTTP", "HTTPS", "MAPI", "HTTPREST", "NNFMP":
			return true
		}
	}
	for _, comments := range t.comments {
		for _, c := range comments {
			low := strings.ToLower(c)
			if strings.Contains(low, "authenticated") || strings.Contains(low, "from userid") || strings.Contains(low, "invoked by uid") ||
				strings.Contains(low, "authid") {
				return true
			}
		}
	}
	return false
}

// local reports whether the field is of delivery inside one machine or to its mail store.
func (t *trail) local() bool {
	with := strings.ToUpper(t.hop.With)
	return strings.HasPrefix(with, "LMTP") || strings.HasPrefix(with, "LOCAL") || strings.Contains(with, "DOVECOT") ||
		strings.Contains(with, "MAILBOX TRANSPORT") || strings.Contains(with, "STOREDRV") || with == "" && t.hop.From == ""
}

// client reports whether the sending side looks like a person's device: a private address or a name that no public
// server has.
func (t *trail) client() bool {
	if ip, ok := t.address(); ok && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()) {
		return true
	}
	helo := strings.ToLower(trimHost(first(t.words["from"])))
	if helo == "" {
		return false
	}
	for _, end := range []string{".local", ".lan", ".home", ".internal", ".localdomain", ".home.arpa"} {
		if strings.HasSuffix(helo, end) {
			return true
		}
	}
	_, err := netip.ParseAddr(helo)
	return !strings.Contains(helo, ".") && err != nil && helo != "unknown" && !strings.Contains(helo, ":")
}
