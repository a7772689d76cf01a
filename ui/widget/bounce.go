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
// (RFC 3463), or with the status alone. Whose mailbox it is about and which server spoke is read from the same lines.
func BounceFinding(r session.Reading) (trace.Finding, bool) {
	lines := strings.Split(r.Text[:min(len(r.Text), maxBounce)], "\n")
	status := -1
	for i, line := range lines {
		if m := replyLine.FindStringSubmatchIndex(line); m != nil {
			code, _ := strconv.Atoi(line[m[2]:m[3]])
			f := explain.Reply(code, strings.TrimSpace(line[m[2]:]))
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
	f := explain.Reply(int(enhancedLine.FindString(said)[0]-'0')*100, said)
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
