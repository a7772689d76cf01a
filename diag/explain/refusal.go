package explain

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"todoku/diag/reason"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
)

// readSMTP explains a refused command by what its reply means. The client's own dialogue is with the submission server;
// diag/delivery, which talks to the recipient's hosts, reads replies itself.
func readSMTP(err error) (trace.Finding, bool) {
	var e *smtp.Error
	if !errors.As(err, &e) {
		return trace.Finding{}, false
	}
	r := Reply(reason.Reply{Code: e.Reply.Code, Enhanced: e.Reply.Enhanced, Command: e.Verb, Text: strings.Join(e.Reply.Lines, "\n"), Step: 1})
	r.Args["said"] = e.Reply.String()
	return r, true
}

// Reply is the finding of an SMTP reply: "reason.nobody" and so on; where nothing says the reason, the code's own, as
// "smtp.5.2.0" or "smtp.554". Its facts say who must act, who tries again, how sure that is and what it rests on.
func Reply(r reason.Reply) trace.Finding {
	read := reason.Read(r)
	said := reason.Parse(r.Text)
	said.Code, said.Enhanced = cmp.Or(r.Code, said.Code), cmp.Or(r.Enhanced, said.Enhanced)
	f := trace.Finding{Code: "reason." + string(read.Reason), Level: trace.Fail, Args: map[string]string{"said": said.String()}}
	if !read.Hard {
		f.Level = trace.Warn
	}
	if read.Reason == reason.None {
		f.Code = codeOf(said)
		leftOpen(f)
		if said.Code != 0 && said.Enhanced != "" && int(said.Enhanced[0]-'0') != said.Code/100 { // RFC 3463 section 2
			f.Args["sure"], f.Args["rests"] = string(reason.Fair), reason.ByCode
		}
	} else {
		f.Args["who"], f.Args["retry"], f.Args["sure"], f.Args["rests"] = read.Who, read.Retry, string(read.Sure), strings.Join(read.Rests, " ")
	}
	for name, value := range map[string]string{"command": r.Command, "server": r.Host, "provider": read.Provider, "dated": read.Dated} {
		if value != "" {
			f.Args[name] = value
		}
	}
	if r.Step != 0 {
		f.Args["step"] = strconv.Itoa(r.Step)
	}
	return f
}

// leftOpen notes that a reply code has more than one meaning.
func leftOpen(f trace.Finding) {
	if digits, ok := strings.CutPrefix(f.Code, "smtp."); ok && len(digits) == 3 && digits[0] >= '4' {
		f.Args["sure"], f.Args["rests"] = string(reason.Fair), reason.ByCode
	}
}

// codeOf is the code of a reply without a reason: by its status where that says something, else by the reply code, else by
// its class.
func codeOf(r reason.Reply) string {
	if at := "smtp." + r.Enhanced; r.Enhanced != "" && !strings.HasSuffix(at, ".0.0") {
		if _, ok := facts()[registered(at)]; ok && (r.Code == 0 || at[5] == byte('0'+r.Code/100)) {
			return at
		}
	}
	if r.Code == 0 {
		return "smtp"
	}
	at := "smtp." + strconv.Itoa(r.Code)
	if _, ok := facts()[at]; !ok {
		at = at[:len("smtp.5")]
	}
	return at
}

// registered turns "smtp.5.1.1" into "smtp.x.1.1": a status code means the same in each of its classes (RFC 3463 section 2).
func registered(code string) string {
	rest, ok := strings.CutPrefix(code, "smtp.")
	if !ok || strings.Count(rest, ".") != 2 || !strings.ContainsAny(rest[:1], "245") {
		return code
	}
	return "smtp.x" + rest[1:]
}
