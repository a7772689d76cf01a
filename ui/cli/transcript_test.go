package cli

import (
	"strings"
	"testing"
	"time"

	"todoku/internal/trace"
	"todoku/ui/text"
)

// A finding is printed in words, after its level, as the wire pane draws it.
func TestTheTranscriptSaysFindings(t *testing.T) {
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	e := trace.Event{Time: began.Add(1500 * time.Millisecond), Proto: "imap", Kind: trace.KindFinding, Finding: &trace.Finding{Code: "imap.alert",
		Level: trace.Warn, Args: map[string]string{"text": "almost\x1b[2J\nfull"}}}
	for lang, want := range map[text.Lang]string{text.EN: "   1.500  imap  =  warn: The server wants you to read this: almost", text.JA: "   1.500  imap  =  注意: サーバーからの知らせ: almost"} {
		line := transcriptLine(text.New(lang), e, began)
		if !strings.HasPrefix(line, want) || !strings.HasSuffix(line, "full") || strings.ContainsAny(line, "\x1b\n") {
			t.Errorf("%s: %q", lang, line)
		}
	}
	for _, silent := range []trace.Event{{Kind: trace.KindFinding}, {Kind: trace.KindFinding, Side: trace.SideServer, Finding: e.Finding}} {
		if line := transcriptLine(text.New(text.EN), silent, began); line != "" {
			t.Errorf("%+v: %q", silent, line)
		}
	}
}
