package fault

import (
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// maxSpoken bounds a reply that a rule is asked for by its words, as RFC 5321 section 4.5.3.1.5 bounds a reply line.
const maxSpoken = 510

// Spoken gives the case of one answer, by words that name who gives it, to what, and the answer; these are its id, too:
//
//	submission RCPT 550 5.7.1 No     exchanger . 554 5.7.1 Spam     (greeting EHLO AUTH STARTTLS MAIL RCPT DATA .)
//	imap NO [UNAVAILABLE] No         pop3 -ERR [IN-USE] Later       (to the login)
//	imap SELECT NO [NOPERM] No       pop3 RETR -ERR Gone            (to that command)
//	dns REFUSED                      dns SERVFAIL 22                (a response code, an extended error of RFC 8914)
//	tls 40                                                          (an alert of RFC 8446 section 6, of the submission server)
//
// It is false of words that name none.
func Spoken(words string) (Case, bool) {
	words = spoken(words)
	who, answer, _ := strings.Cut(words, " ")
	var c Case
	switch who {
	case "submission":
		c = smtpAnswer(sakuraMail, answer)
	case "exchanger":
		c = smtpAnswer(fujiMX, answer)
	case "imap":
		c = mailboxAnswer(Rule{Host: sakuraMail, Match: Match{Proto: "imap"}}, atHome, answer)
	case "pop3":
		c = mailboxAnswer(Rule{Host: fujiMail, Match: Match{Proto: "pop3"}}, inFuji, answer)
	case "dns":
		c = dnsAnswer(answer)
	case "tls":
		c = alertAnswer(answer)
	}
	c.ID, c.Title = words, answer
	if len(c.Rules) == 0 || slices.ContainsFunc(c.Named(), func(r Rule) bool { return r.Check() != nil }) {
		return Case{}, false
	}
	return c, true
}

// spoken keeps of words what an id and a reply may hold, in one line.
func spoken(words string) string {
	words = strings.ReplaceAll(printable(strings.Join(strings.Fields(words), " ")), "#", "?") // "#" parts a rule's number from its case
	return strings.TrimSpace(words[:min(len(words), maxSpoken)])
}

// commands are what an SMTP server answers, and the stage of it.
var commands = map[string]Stage{"greeting": Connect, "EHLO": Helo, "AUTH": Auth, "STARTTLS": Command, "MAIL": Mail, "RCPT": Rcpt, "DATA": Data, ".": EndOfData}

func smtpAnswer(host, words string) Case {
	command, reply, _ := strings.Cut(words, " ")
	stage, ok := commands[command]
	if !ok || len(reply) < 3 || strings.IndexFunc(reply[:3], notDigit) >= 0 || reply[0] != '4' && reply[0] != '5' {
		return Case{}
	}
	r := Rule{Host: host, Stage: stage, Match: Match{Proto: "smtp"}, Do: Action{Reply: reply, Close: stage == Connect || reply[:3] == "421"}}
	if stage == Command {
		r.Match.Verb = command
	}
	return Case{To: inFuji, Rules: []Rule{r}}
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

// logins are the commands that belong to one stage, whichever of them a client uses.
var logins = []string{"LOGIN", "AUTHENTICATE", "AUTH", "USER", "PASS", "APOP"}

// mailboxAnswer is what a server says in place of letting somebody in, or to a command after that.
func mailboxAnswer(r Rule, user, words string) Case {
	refusals := map[string][]string{"imap": {"NO", "BAD", "BYE"}, "pop3": {"-ERR"}}[r.Match.Proto]
	r.Stage = Auth
	status, rest, _ := strings.Cut(words, " ")
	if !slices.Contains(refusals, status) {
		if !slices.Contains(logins, status) {
			r.Stage, r.Match.Verb = Command, status
		}
		words = rest
		status, rest, _ = strings.Cut(words, " ")
	}
	if !slices.Contains(refusals, status) || rest == "" {
		return Case{}
	}
	r.Do = Action{Reply: words, Close: status == "BYE"}
	return Case{To: user, Rules: []Rule{r}}
}

func dnsAnswer(words string) Case {
	rcode, extended, has := strings.Cut(words, " ")
	do := Action{Reply: rcode}
	if n, err := strconv.ParseUint(extended, 10, 16); err == nil {
		do.Answer.Extended = []int{int(n)}
	} else if has {
		return Case{}
	}
	if _, ok := dns.StringToRcode[rcode]; !ok {
		return Case{}
	}
	resolved := Rule{Host: "resolver.nic.test", Stage: Query, Match: Match{Name: "*fuji.test"}, Do: do} // who asks it is told the same
	return Case{To: inFuji, Rules: []Rule{{Host: fujiServers, Stage: Query, Do: do}, resolved}}
}

func alertAnswer(number string) Case {
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return Case{}
	}
	return Case{To: inFuji, Rules: []Rule{{Host: sakuraMail, Stage: TLS, Match: Match{Proto: "smtp"}, Do: Action{Alert: uint8(n)}}}}
}
