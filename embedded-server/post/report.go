package post

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"todoku/embedded-server/maildrop"
)

// maxReturned is how much of a message goes back whole; of a larger one the header does.
const maxReturned = 64 << 10

// returnTo adds to the batch the report of RFC 3464 about some recipients, for the message's sender.
func (o *Office) returnTo(b *maildrop.Batch, m Mail, outs []outcome) {
	report := Mail{ID: newID(), To: []Recipient{{Addr: m.From, Notify: "NEVER"}}, Received: o.cfg.Now()}
	report.Data = o.report(report.ID, m, outs)
	if !o.Local(m.From) {
		b.Queue = append(b.Queue, o.queued(report, report.To[0], 0))
		return
	}
	if _, ok := o.cfg.Store.User(m.From); ok {
		b.Deliver = append(b.Deliver, delivery(report, strings.ToLower(m.From)))
	}
}

// report writes the multipart/report: words for people, fields for programs, and what was returned.
func (o *Office) report(id string, m Mail, outs []outcome) []byte {
	var w bytes.Buffer
	boundary := "=_" + id + "." + newID()
	good := outs[0].action != "failed"
	returned, kind := returnedPart(m, good)
	date := o.cfg.Now().Format(time.RFC1123Z)
	domain := o.cfg.Domains[0]
	line := func(format string, args ...any) { fmt.Fprintf(&w, format+"\r\n", args...) }
	line("Date: %s", date)
	line("From: Mail Delivery System <MAILER-DAEMON@%s>", domain)
	line("To: <%s>", m.From)
	line("Subject: %s", subject(good))
	line("Message-ID: <%s@%s>", id, o.cfg.Host)
	line("Auto-Submitted: auto-replied")
	line("MIME-Version: 1.0")
	line("Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=%q\r\n", boundary)
	line("--%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", boundary)
	o.words(line, outs, good)
	line("\r\n--%s\r\nContent-Type: message/delivery-status\r\n", boundary)
	line("Reporting-MTA: dns; %s", o.cfg.Host)
	if m.EnvID != "" {
		line("Original-Envelope-Id: %s", m.EnvID)
	}
	line("Arrival-Date: %s", m.Received.Format(time.RFC1123Z))
	for _, out := range outs {
		fields(line, out, date)
	}
	line("\r\n--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n", boundary, kind, encoding(returned))
	w.Write(returned)
	line("\r\n--%s--", boundary)
	return w.Bytes()
}

func (o *Office) words(line func(string, ...any), outs []outcome, good bool) {
	line("This is the mail system at host %s.\r\n", o.cfg.Host)
	if good {
		line("Your message has been delivered as asked:")
	} else {
		line("Your message could not be delivered to:")
	}
	for _, out := range outs {
		line("\r\n<%s>", out.rcpt.Addr)
		switch {
		case out.reply != "" && out.mta != "":
			line("    host %s said: %s", out.mta, oneLine(out.reply))
		case out.reply != "":
			line("    %s", oneLine(out.reply))
		case out.action == "delivered":
			line("    is in the mailbox")
		}
	}
}

// fields is the per-recipient block of RFC 3464 section 2.3.
func fields(line func(string, ...any), out outcome, date string) {
	line("")
	if out.rcpt.ORcpt != "" {
		line("Original-Recipient: %s", oneLine(out.rcpt.ORcpt))
	}
	kind := "rfc822"
	if !ascii(out.rcpt.Addr) {
		kind = "utf-8"
	}
	line("Final-Recipient: %s; %s", kind, out.rcpt.Addr)
	line("Action: %s", out.action)
	line("Status: %s", out.status)
	if out.mta != "" {
		line("Remote-MTA: dns; %s", out.mta)
		line("Diagnostic-Code: smtp; %s", oneLine(out.reply))
	}
	line("Last-Attempt-Date: %s", date)
}

// returnedPart gives what of the message goes back (RFC 3461 section 4.3) and its type.
func returnedPart(m Mail, good bool) ([]byte, string) {
	if m.Return == "HDRS" || good || len(m.Data) > maxReturned {
		return []byte(headerOf(m.Data) + "\r\n"), "text/rfc822-headers"
	}
	if !ascii(headerOf(m.Data)) {
		return m.Data, "message/global"
	}
	return m.Data, "message/rfc822"
}

func subject(good bool) string {
	if good {
		return "Your message was delivered"
	}
	return "Undelivered mail returned to sender"
}

func encoding(b []byte) string {
	for _, c := range b {
		if c >= 0x80 {
			return "8bit"
		}
	}
	return "7bit"
}

// oneLine keeps a peer's words from becoming fields of their own.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func newID() string {
	var b [6]byte
	rand.Read(b[:])
	return strings.ToUpper(hex.EncodeToString(b[:]))
}
