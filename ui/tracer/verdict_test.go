package tracer

import (
	"strings"
	"testing"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/ui/text"
)

// The verdict begins with what a mail server does now, and says that, who must act and what decided in one row of 120 cells.
func TestTheVerdictFitsARow(t *testing.T) {
	const room = 120 - verdictCells - 2
	args := map[string]string{"address": "nobody@fuji.test", "host": "mx1.tsuru.test", "server": "mx1.tsuru.test", "domain": "fuji.test", "addr": "192.0.2.31", "said": "451 4.7.1 greylisted"}
	for _, c := range []struct {
		lang text.Lang
		word delivery.Word
		code string
		want string
	}{
		{text.EN, delivery.Refused, "trace.refused.nobody", "A mail server gives it back. You must act"},
		{text.EN, delivery.Deferred, "trace.greylisted", "A mail server keeps it and tries again. Nobody must act."},
		{text.JA, delivery.Refused, "trace.refused.nobody", "送信サーバーは差出人へ返します。あなたが対応します。"},
		{text.JA, delivery.Deferred, "trace.greylisted", "送信サーバーは保管し、再送を試みます。"},
	} {
		r := delivery.Report{Verdict: delivery.Verdict{Word: c.word, Finding: trace.Finding{Code: c.code, Level: trace.Fail, Args: args}}}
		got := verdict(text.New(c.lang), r, room)
		if !strings.HasPrefix(string(got), c.want) || text.Width(got) > room {
			t.Errorf("%s: %d cells: %q", c.code, text.Width(got), got)
		}
	}
}

// Who must act is told apart from what they do, whatever names stand in it.
func TestWhoActs(t *testing.T) {
	for act, want := range map[string]string{
		"You must act: correct the address.":                                 "You must act.",
		"Nobody must act. A mail server tries again by itself.":              "Nobody must act.",
		"The DNS operator of ns1.tsuru.test must act: load the zone, again.": "The DNS operator of ns1.tsuru.test must act.",
		"Nobody must act.": "Nobody must act.",
		"あなたが対応します。別のアドレスを使います。": "あなたが対応します。",
		"誰の操作も不要です。":             "誰の操作も不要です。",
	} {
		if got := whoActs(act); got != want {
			t.Errorf("%q: %q, want %q", act, got, want)
		}
	}
}
