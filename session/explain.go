package session

import (
	"bufio"
	"io"
	"net/textproto"
	"regexp"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// Bounds of what is read in order to be explained: an error's words or a log, and a message, in which the report may stand
// behind long parts.
const (
	maxExplained        = 256 << 10
	maxExplainedLines   = 4000
	maxExplainedMessage = 128 << 20
)

// Explanation is what a text means. Where nothing fits, the finding holds its words and Known is false.
type Explanation struct {
	Finding trace.Finding
	Known   bool
	Bounce  *Bounce // if the text is one
	Cut     bool    // the text was longer than what was read of it
}

// Explain says what a text means: an error as it was shown, a reply, a code, or a whole message or log. It needs no
// account and no network.
func Explain(from io.Reader) (Explanation, error) { return explainWithin(from, maxExplainedMessage) }

func explainWithin(from io.Reader, maxMessage int) (Explanation, error) {
	data, cut, err := readUpTo(nil, from, maxExplained)
	if err != nil {
		return Explanation{}, err
	}
	text := string(data)
	header, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.TrimLeft(text, "\r\n\t ")))).ReadMIMEHeader()
	if cut && isMessage(header) {
		if data, cut, err = readUpTo(data, from, maxMessage); err != nil {
			return Explanation{}, err
		}
	}
	e := explainText(data, text, header)
	e.Cut = e.Cut || cut
	return e, nil
}

// readUpTo reads on behind what was read, up to limit octets in all, and reports whether there was more.
func readUpTo(read []byte, from io.Reader, limit int) ([]byte, bool, error) {
	more, err := io.ReadAll(io.LimitReader(from, int64(limit-len(read)+1)))
	data := append(read, more...)
	if len(data) > limit {
		return data[:limit+1], true, err
	}
	return data, false, err
}

// explainText explains what was read; text is its beginning.
func explainText(data []byte, text string, header textproto.MIMEHeader) Explanation {
	if isMessage(header) {
		return explainMessage(data, text)
	}
	if isStatus(header) {
		if e := explainMessage(append([]byte("Content-Type: message/delivery-status\r\n\r\n"), data...), text); e.Known {
			return e
		}
		for _, field := range []string{"Diagnostic-Code", "Status"} {
			if f, ok := explain.Look(header.Get(field)); ok {
				return Explanation{Finding: f, Known: true}
			}
		}
	}
	if f, ok := explain.Look(text); ok || strings.Count(strings.TrimSpace(text), "\n") == 0 {
		return Explanation{Finding: f, Known: ok}
	}
	return explainLines(text)
}

func explainMessage(data []byte, text string) Explanation {
	b := readBounce(mail.Parse(data))
	if b == nil {
		e := explainLines(text)
		e.Cut = e.Cut || !e.Known && len(data) > len(text)
		return e
	}
	e := Explanation{Finding: b.Finding(), Known: b.First().Reading.Reason != reason.None, Bounce: b}
	if !e.Known {
		e.Finding.Code = "unknown"
	}
	return e
}

// isMessage reports header fields of a message (RFC 5322 section 2.2), or of a report saved without them (RFC 6522 section 3).
func isMessage(h textproto.MIMEHeader) bool {
	return h.Get("From") != "" || h.Get("Received") != "" || h.Get("Return-Path") != "" ||
		strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "multipart/report")
}

// statusField is a status code where RFC 3464 section 2.3.4 puts it; mailboxes on disk have a field of that name too.
var statusField = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// isStatus reports the fields of a delivery status without the message around them (RFC 3464 section 2).
func isStatus(h textproto.MIMEHeader) bool {
	return h.Get("Reporting-MTA") != "" || h.Get("Final-Recipient") != "" || h.Get("Original-Recipient") != "" ||
		h.Get("Diagnostic-Code") != "" || statusField.MatchString(h.Get("Status"))
}

// explainLines looks for the first line that somebody's refusal stands in.
func explainLines(text string) Explanation {
	lines, cut := 0, false
	for line := range strings.Lines(text) {
		if lines++; lines > maxExplainedLines {
			cut = true
			break
		}
		if found, known := explain.Look(line); known && strings.HasPrefix(found.Code, "reason.") {
			return Explanation{Finding: found, Known: true}
		}
	}
	f, _ := explain.Look(firstLine(text))
	f.Code = "unknown"
	return Explanation{Finding: f, Cut: cut}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
