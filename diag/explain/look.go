package explain

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"todoku/diag/reason"
	"todoku/internal/trace"
)

// maxAsked bounds how much of a text is looked at: no error that a person copies is longer.
const maxAsked = 16 << 10

// Look finds what a text means that a person typed or copied: a code of this catalogue, a reply of an SMTP server, a
// response code of POP3 or IMAP, the name of an error of DNS, TLS, the system or OAuth, or words that servers use.
// Where nothing fits, the finding holds the words and ok is false.
func Look(text string) (f trace.Finding, ok bool) {
	if len(text) > maxAsked {
		end := maxAsked - utf8.UTFMax // the cut may part a letter
		text = text[:end] + strings.ToValidUTF8(text[end:maxAsked], "")
	}
	words := reason.Fold(text)
	said := map[string]string{"said": reason.Parse(text).String()}
	for _, find := range []func(text, words string) (trace.Finding, bool){byCode, byName, byReply, byTitle, byBracket, byWords, byReason} {
		if f, ok := find(text, words); ok {
			return f, true
		}
	}
	return trace.Finding{Code: codeUnknown, Level: trace.Fail, Args: said}, false
}

// byCode knows the codes of this catalogue themselves.
func byCode(_, words string) (trace.Finding, bool) {
	if _, ok := facts()[registered(words)]; !ok || words == codeUnknown {
		return trace.Finding{}, false
	}
	return trace.Finding{Code: words, Level: trace.Fail}, true
}

// byName knows an entry by its words alone.
func byName(text, words string) (trace.Finding, bool) {
	code, ok := named()[words]
	return quoted(code, text), ok
}

// bareCode is a reply code or a status code without words.
var bareCode = regexp.MustCompile(`^(?:[2-5][0-5]\d|[245]\.\d{1,3}\.\d{1,3})$`)

// byReply knows the replies of SMTP servers; of codes that stand alone it says what they mean.
func byReply(text, words string) (trace.Finding, bool) {
	if bareCode.MatchString(words) {
		at, _ := lookup("smtp." + words)
		return quoted("smtp."+words, words), at != codeUnknown
	}
	r := reason.Parse(text)
	if inner, ok := reason.Unwrap(reason.Reply{Text: text}); ok {
		return Reply(inner), true
	}
	if r.Code == 0 && (r.Enhanced == "" || !strings.HasPrefix(words, r.Enhanced)) {
		return trace.Finding{}, false
	}
	f := Reply(reason.Reply{Text: text})
	at, _ := lookup(f.Code)
	return f, at != codeUnknown && at != "smtp"
}

// bracketed is a response code of POP3 (RFC 2449 section 8) or IMAP (RFC 9051 section 7.1).
var bracketed = regexp.MustCompile(`\[([a-z][a-z0-9/-]*)[^\]]*\]`)

func byBracket(text, words string) (trace.Finding, bool) {
	rooms := []string{"imap", "pop3"}
	refusedPOP3 := strings.HasPrefix(words, "-err")
	if refusedPOP3 || strings.HasPrefix(words, "[") {
		rooms = []string{"pop3", "imap"}
	}
	for _, room := range rooms {
		if code := ResponseCode(room, words); code != room {
			return quoted(code, text), true
		}
	}
	return quoted("pop3", text), refusedPOP3
}

// ResponseCode gives the code of what a POP3 or IMAP server adds to a refusal in brackets: "imap.overquota"; without a
// known one it is the protocol's own, "imap".
func ResponseCode(proto, line string) string {
	for _, m := range bracketed.FindAllStringSubmatch(reason.Fold(line), -1) {
		code := proto + "." + strings.ReplaceAll(m[1], "/", ".")
		if at, _ := lookup(code); at != proto && at != codeUnknown {
			return code
		}
	}
	return proto
}

// byWords knows an entry by words of it that stand in the text; the longest decide.
func byWords(text, words string) (trace.Finding, bool) {
	if !utf8.ValidString(text) { // not words of anybody
		return trace.Finding{}, false
	}
	longest := ""
	for name := range named() {
		if len(name) > len(longest) && standsIn(words, name) {
			longest = name
		}
	}
	f := quoted(named()[longest], text)
	vague := f.Args["sure"] == string(reason.Fair) && !strings.ContainsAny(longest[:1], "45") // a title of a code, without the code
	return f, longest != "" && (!vague || reason.MostOf(words, longest))
}

// byReason knows the wordings of mail servers without their codes; those that say little only where little else is said.
func byReason(text, _ string) (trace.Finding, bool) {
	f := Reply(reason.Reply{Text: text})
	said := reason.Parse(text)
	wordsAlone := said.Code == 0 && said.Enhanced == "" && f.Args["sure"] == string(reason.Fair)
	return f, utf8.ValidString(text) && strings.HasPrefix(f.Code, "reason.") && (!wordsAlone || reason.Plain(text))
}

func quoted(code, text string) trace.Finding {
	f := trace.Finding{Code: code, Level: trace.Fail, Args: map[string]string{"said": reason.Parse(text).String()}}
	leftOpen(f)
	return f
}

// named gives the code for each of the entries' words. Of entries with the same words the first in order counts.
var named = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for code, f := range facts() {
		for _, w := range f.Words {
			if have, twice := all[w]; !twice || code < have {
				all[w] = code
			}
		}
	}
	return all
})

// standsIn reports whether name stands in text as words of their own.
func standsIn(text, name string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		at += from
		before, after := strings.TrimRightFunc(text[:at], letter), strings.TrimLeftFunc(text[at+len(name):], letter)
		if len(before) == at && len(after) == len(text)-at-len(name) {
			return true
		}
		from = at + 1
	}
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Codes lists the codes of the catalogue in order.
func Codes() []string {
	var all []string
	for code := range facts() {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}
