package session

import (
	"bufio"
	"io"
	"net/textproto"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// Bounds of what is read in order to be explained: an error's words, or a message up to where a bounce has its reasons.
const (
	maxExplained      = 256 << 10
	maxExplainedLines = 4000
)

// Explanation is what a text means. Where nothing fits, the finding holds its words and Known is false.
type Explanation struct {
	Finding trace.Finding
	Known   bool
	Bounce  *Bounce // if the text is one
}

// Explain says what a text means: an error as it was shown, a reply, a code, or a whole message or log. It needs no
// account and no network.
func Explain(from io.Reader) (Explanation, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxExplained))
	if err != nil {
		return Explanation{}, err
	}
	text := string(data)
	if isMessage(text) {
		if b := readBounce(mail.Parse(data)); b != nil {
			e := Explanation{b.Finding(), b.First().Reading.Reason != reason.None, b}
			if !e.Known {
				e.Finding.Code = "unknown"
			}
			return e, nil
		}
		return explainLines(text), nil
	}
	if f, ok := explain.Look(text); ok || strings.Count(strings.TrimSpace(text), "\n") == 0 {
		return Explanation{Finding: f, Known: ok}, nil
	}
	return explainLines(text), nil
}

// isMessage reports whether a text begins with header fields (RFC 5322 section 2.2).
func isMessage(text string) bool {
	h, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(text))).ReadMIMEHeader()
	return h.Get("From") != "" || h.Get("Received") != "" || h.Get("Return-Path") != ""
}

// explainLines looks for the first line that somebody's refusal stands in.
func explainLines(text string) Explanation {
	lines := 0
	for line := range strings.Lines(text) {
		if lines++; lines > maxExplainedLines {
			break
		}
		if found, known := explain.Look(line); known && strings.HasPrefix(found.Code, "reason.") {
			return Explanation{Finding: found, Known: true}
		}
	}
	f, _ := explain.Look(firstLine(text))
	f.Code = "unknown"
	return Explanation{Finding: f}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
