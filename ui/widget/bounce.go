package widget

import (
	"regexp"
	"strconv"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
)

var (
	replyLine    = regexp.MustCompile(`\b([45]\d\d)[ -]#?([45]\.\d{1,3}\.\d{1,3})\b`)
	enhancedLine = regexp.MustCompile(`\b[45]\.\d{1,3}\.\d{1,3}\b`)
)

// maxBounce bounds how much of a bounce is searched for the server's words.
const maxBounce = 64 << 10

// BounceFinding finds the reply that a bounce reports: the first line with a reply code and an enhanced status code
// (RFC 3463), or with the status alone.
func BounceFinding(r session.Reading) (trace.Finding, bool) {
	body := r.Text[:min(len(r.Text), maxBounce)]
	status := ""
	for line := range strings.SplitSeq(body, "\n") {
		if m := replyLine.FindStringSubmatchIndex(line); m != nil {
			code, _ := strconv.Atoi(line[m[2]:m[3]])
			return explain.Reply(code, strings.TrimSpace(line[m[2]:])), true
		}
		if status == "" && enhancedLine.MatchString(line) {
			status = strings.TrimSpace(line)
		}
	}
	if status == "" {
		return trace.Finding{}, false
	}
	code := int(enhancedLine.FindString(status)[0]-'0') * 100
	f := explain.Reply(code, status)
	f.Args["said"] = status
	return f, true
}
