package ladder

import (
	"context"
	"strconv"

	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/smtp"
)

// nearlyFull is the part of a limit, in percent, from which a mailbox is said to run full.
const nearlyFull = 90

// room looks at the limits that an open mailbox counts against. At one that is reached the provider takes no new mail.
// Servers that do not tell leave it open: POP3 has no word for it, and QUOTA is an extension of IMAP.
func (v *visit) room(ctx context.Context, open Outcome) Outcome {
	s, ok := v.session.(*imapSession)
	if !ok {
		return open
	}
	quotas, err := s.c.Quotas(ctx, inbox)
	if err != nil {
		return open
	}
	tight, percent := imap.Quota{}, int64(-1)
	for _, q := range quotas {
		if p := used(q); p > percent {
			tight, percent = q, p
		}
	}
	facts := map[string]string{"resource": tight.Resource, "used": amount(tight, tight.Usage), "limit": amount(tight, tight.Limit),
		"percent": strconv.FormatInt(percent, 10), "folder": inbox, "total": open.Finding.Args["total"]}
	switch {
	case percent >= 100:
		return v.broken("doctor.mailbox.full", facts)
	case percent >= nearlyFull:
		open.Finding = v.found("doctor.mailbox.nearly", trace.Warn, facts)
	}
	return open
}

// used is how much of a limit is used, in percent. A limit of nothing is reached.
func used(q imap.Quota) int64 {
	if q.Full() {
		return 100
	}
	return int64(float64(q.Usage) / float64(q.Limit) * 100)
}

// amount is so much of a resource: octets, or a count.
func amount(q imap.Quota, n int64) string {
	text := strconv.FormatInt(n, 10)
	if q.Resource == "STORAGE" {
		return text + " KiB"
	}
	return text
}

// sender reads what the server says to the account's address as a sender, and to the size of the message in question.
func (v *visit) sender(facts map[string]string, err error) Outcome {
	if v.Size > 0 {
		facts["size"] = strconv.FormatInt(v.Size, 10)
	}
	if err == nil {
		return v.ok("doctor.sender", facts)
	}
	if out := v.explained(err); v.Size == 0 || out.Finding.Code != "reason.toolarge" {
		return out
	}
	return v.broken("doctor.size", facts)
}

// unsent says why the message did not go out. Its recipient is the person: a full mailbox is theirs to empty. It is so
// small that a server to which it is too large must be set otherwise.
func (v *visit) unsent(err error) Outcome {
	out := v.explained(err)
	facts := map[string]string{"said": out.Finding.Args["said"], "command": out.Finding.Args["command"], "sender": v.Address}
	switch out.Finding.Code {
	case "reason.full":
		return v.broken("doctor.roundtrip.full", facts)
	case "reason.toolarge":
		return v.broken("doctor.roundtrip.toolarge", facts)
	case smtp.CodeSize:
		facts["said"] = out.Finding.Args["cause"]
		return v.broken("doctor.roundtrip.toolarge", facts)
	}
	return out
}
