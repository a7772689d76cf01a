package widget

import (
	"regexp"
	"strconv"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
)

var (
	replyLine    = regexp.MustCompile(`\b([45]\d\d)[ -]#?([45]\.\d{1,3}\.\d{1,3})\b`)
	enhancedLine = regexp.MustCompile(`\b[45]\.\d{1,3}\.\d{1,3}\b`)
)

// maxBounce bounds how much of a bounce is searched for the server's words.
const maxBounce = 64 << 10

// BounceFinding finds the reply that a bounce reports: in its machine-readable part (RFC 3464), else in its text.
func BounceFinding(r session.Reading) (trace.Finding, bool) {
	for _, f := range r.Failures {
		if f.Action == "failed" {
			return reported(f)
		}
	}
	return foundInText(r)
}

var replyStart = regexp.MustCompile(`^[45]\d\d\b`)

// reported is the finding of one recipient of a delivery report. Where no reply is quoted, the status stands alone.
func reported(r mail.Failure) (trace.Finding, bool) {
	said := r.Diagnostic
	if _, after, ok := strings.Cut(said, ";"); ok {
		said = after
	}
	said = strings.TrimSpace(said)
	code := 0
	if replyStart.MatchString(said) {
		code, _ = strconv.Atoi(said[:3])
	}
	text := said
	if enhancedLine.FindString(text) == "" && enhancedLine.MatchString(r.Status) {
		text = r.Status + " " + text
	}
	f := explain.Reply(reason.Reply{Code: code, Text: strings.TrimSpace(text), Host: r.RemoteMTA, Step: 3})
	f.Args["said"] = said
	if said == "" {
		f.Args["said"] = r.Status
	}
	f.Args["address"] = r.Recipient
	if r.RemoteMTA != "" {
		f.Args["server"], f.Args["host"] = r.RemoteMTA, r.RemoteMTA
	}
	return f, true
}

// foundInText looks for the first line with a reply code and an enhanced status code (RFC 3463), or with the status
// alone. Whose mailbox it is about and which server spoke is read from the lines before it.
func foundInText(r session.Reading) (trace.Finding, bool) {
	lines := strings.Split(r.Text[:min(len(r.Text), maxBounce)], "\n")
	status := -1
	for i, line := range lines {
		if m := replyLine.FindStringSubmatchIndex(line); m != nil {
			code, _ := strconv.Atoi(line[m[2]:m[3]])
			f := explain.Reply(reason.Reply{Code: code, Text: strings.TrimSpace(line[m[2]:]), Step: 3})
			return about(f, lines[max(i-nearby, 0):i+1]), true
		}
		if status < 0 && enhancedLine.MatchString(line) {
			status = i
		}
	}
	if status < 0 {
		return trace.Finding{}, false
	}
	said := strings.TrimSpace(lines[status])
	f := explain.Reply(reason.Reply{Enhanced: enhancedLine.FindString(said), Text: said, Step: 3})
	f.Args["said"] = said
	return about(f, lines[max(status-nearby, 0):status+1]), true
}

// nearby is how many lines before a reply may name whom it is about.
const nearby = 4

var (
	addressWord = regexp.MustCompile(`[^\s<>"(),:;]+@[^\s<>"(),:;]+`)
	serverSaid  = regexp.MustCompile(`([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?:\[[^\]]*\])? said`)
)

// about adds the address and the server that the lines name, the nearest to the reply first.
func about(f trace.Finding, lines []string) trace.Finding {
	for i := len(lines) - 1; i >= 0; i-- {
		if m := serverSaid.FindStringSubmatch(lines[i]); m != nil && f.Args["server"] == "" {
			f.Args["server"], f.Args["host"] = m[1], m[1]
		}
		if a := addressWord.FindString(lines[i]); a != "" && f.Args["address"] == "" {
			f.Args["address"] = a
		}
	}
	return f
}
