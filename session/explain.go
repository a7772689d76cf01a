package session

import (
	"bufio"
	"io"
	"net/textproto"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
)

// Bounds of what is read in order to be explained: an error's words, or a message up to where a bounce has its reasons.
const (
	maxExplained      = 256 << 10
	maxExplainedLines = 4000
)

// Explain says what a text means: an error as it was shown, a reply, a code, or a whole message or log. It needs no
// account and no network. Where nothing fits, the finding holds the words and ok is false.
func Explain(from io.Reader) (f trace.Finding, ok bool, err error) {
	data, err := io.ReadAll(io.LimitReader(from, maxExplained))
	if err != nil {
		return trace.Finding{}, false, err
	}
	text := string(data)
	if isMessage(text) {
		return explainLines(text)
	}
	if f, ok := explain.Look(text); ok || strings.Count(strings.TrimSpace(text), "\n") == 0 {
		return f, ok, nil
	}
	return explainLines(text)
}

// isMessage reports whether a text begins with header fields (RFC 5322 section 2.2).
func isMessage(text string) bool {
	h, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(text))).ReadMIMEHeader()
	return h.Get("From") != "" || h.Get("Received") != "" || h.Get("Return-Path") != ""
}

// explainLines looks for the first line that somebody's refusal stands in.
func explainLines(text string) (f trace.Finding, ok bool, err error) {
	lines := 0
	for line := range strings.Lines(text) {
		if lines++; lines > maxExplainedLines {
			break
		}
		if found, known := explain.Look(line); known && strings.HasPrefix(found.Code, "reason.") {
			return found, true, nil
		}
	}
	f, _ = explain.Look(firstLine(text))
	f.Code = "unknown"
	return f, false, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
