package page

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"todoku/diag/compare"
	"todoku/diag/provider"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// compared is the run of a comparison in a small Internet of its own.
func compared(t *testing.T) session.RunFile {
	t.Helper()
	rec := new(trace.Recorder)
	s, err := session.Start(t.Context(), nil, session.StartOptions{Sandbox: &session.SandboxOptions{SeedMessages: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Compare(t.Context(), trace.New(rec, nil).Child("compare"), session.CompareOptions{}); err != nil {
		t.Fatal(err)
	}
	return session.RunFile{Header: trace.Header{Version: "v1.2.3", Command: "todoku compare"}, Events: rec.Events()}
}

func comparisonOf(t *testing.T, run session.RunFile, lang text.Lang) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteComparison(t.Context(), &b, run, text.New(lang)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePageHoldsTheComparison(t *testing.T) {
	run := compared(t)
	for lang, want := range map[text.Lang][]string{
		text.EN: {`<html lang="en">`, "Use IMAP for", "because", "bytes down", "A deletes &#34;Minutes of Monday&#34;", "device B sees", "DELE takes it off the server at QUIT.",
			"Run in the small Internet", "993", "v1.2.3", "are masked", "DELE 2", "UID MOVE 2", "what the servers offer", "PIPELINING", "POP3 or IMAP?", "todoku compare --script search"},
		text.JA: {`<html lang="ja">`, "IMAP", "理由", "下りバイト", "端末 B に見えるもの", "小さなインターネット", "DELE 2", "サーバーの対応", "POP3 か IMAP か", "ここで実行していない台本が示すこと"},
	} {
		page := comparisonOf(t, run.Masked(t.Context()), lang)
		inert(t, page)
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: the page lacks %q", lang, w)
			}
		}
		for _, secret := range []string{"alice@", "apple", "pop3@", "imap@"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s: %q is in the page", lang, secret)
			}
		}
	}
	if open := comparisonOf(t, run, text.EN); !strings.Contains(open, "alice@sakura.test") || strings.Contains(open, "are masked") {
		t.Error("the page of a run as it is does not name the mailbox")
	}
}

// The dialogues stand folded in each step's own lane; secrets and texts of messages are not in them.
func TestThePageFoldsTheDialogues(t *testing.T) {
	page := comparisonOf(t, compared(t).Masked(t.Context()), text.EN)
	step := page[strings.Index(page, `id="c1-4"`):strings.Index(page, `id="c1-5"`)]
	pop3, imap, two := strings.Cut(step[strings.Index(step, "<details>"):], "</td>")
	for _, want := range []string{"<details><summary>", "(secret removed)", "DELE 2", "&#43;OK message 2 will be deleted at QUIT", "(64 B)"} {
		if !two || !strings.Contains(pop3, want) {
			t.Errorf("POP3 lacks %q:\n%s", want, pop3)
		}
	}
	if !strings.Contains(imap, "UID MOVE 2") || strings.Contains(imap, "DELE 2") || strings.Contains(pop3, "UID MOVE") {
		t.Errorf("IMAP:\n%s", imap)
	}
	if strings.Contains(page, "水曜の10時") {
		t.Error("a message is in the page")
	}
	if n := strings.Count(page, "<details>"); n < 10 {
		t.Errorf("%d dialogues", n)
	}
}

// Every claim, of the advice and of the card, leads to a place in the page: the step that shows it, or what servers offer.
func TestEveryClaimLeadsToWhatShowsIt(t *testing.T) {
	run := compared(t)
	report := compare.Comparisons(t.Context(), run.Events)[0].Report
	page := comparisonOf(t, run, text.EN)
	inert(t, page) // which follows every link
	claims := len(report.Advice.Because) + len(report.Advice.But) + len(compare.Card())
	if links := strings.Count(page, `<a href="#`); links != claims {
		t.Errorf("%d links for %d claims", links, claims)
	}
	r := report.Advice.Because[0]
	if want := `<a href="#c1-` + strconv.Itoa(r.Step) + `">step ` + strconv.Itoa(r.Step) + `</a>`; r.Script != report.Script.Name || !strings.Contains(page, want) {
		t.Errorf("%s, step %d: the page lacks %s", r.Script, r.Step, want)
	}
	for i, e := range run.Events { // only one protocol is offered: no step shows that
		if report, over, ok := compare.ReportOf(e); ok && over {
			report.Offers[0].State = compare.NA
			report.Hint = &compare.Hint{Notes: []provider.Note{{Dated: "2026-05", En: "It shows <recent> mail only."}}}
			report.Advice = compare.Advise(report, nil)
			data, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			run.Events[i].Data = data
		}
	}
	if page := comparisonOf(t, run, text.EN); !strings.Contains(page, `<a href="#c1-offers">what the servers offer</a>`) {
		t.Error("that only IMAP is offered leads nowhere")
	} else if !strings.Contains(page, "2026-05 It shows &lt;recent&gt; mail only.") {
		t.Error("the hint is not there")
	}
}

// Whatever a report in a run file says is text.
func TestAHostileComparisonIsInert(t *testing.T) {
	const hostile = "</td></style><script>alert(1)</script><img src=//evil.test/x onerror=alert(1)>\x1b[31m\u202eevil\x00{{.}}' \" `"
	run := compared(t)
	for i, e := range run.Events {
		report, over, ok := compare.ReportOf(e)
		if !ok || !over {
			continue
		}
		report.Address, report.Advice.Settings = hostile, []compare.Setting{{Protocol: hostile, Host: hostile, TLS: hostile, User: hostile}}
		report.Advice.Finding.Args["address"] = hostile
		for n := range report.Rows {
			row := &report.Rows[n]
			row.Step.Message, row.POP3.State, row.IMAP.Error = hostile, hostile, &trace.Finding{Code: hostile, Args: map[string]string{"x": hostile}}
			for _, note := range append(row.POP3.Notes, row.IMAP.About[:]...) {
				for k := range note.Args {
					note.Args[k] = hostile
				}
			}
		}
		data, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		run.Events[i].Data = data
	}
	run.Header.Version = hostile
	page := comparisonOf(t, run, text.EN)
	inert(t, page)
	if !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Error("the text is not shown")
	}
	for i, r := range page {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf)) {
			t.Fatalf("%U at octet %d: %q", r, i, page[max(0, i-40):i])
		}
	}
}

func TestNoPageOfNoComparison(t *testing.T) {
	var b bytes.Buffer
	if err := WriteComparison(t.Context(), &b, session.RunFile{Path: "x.jsonl"}, text.New(text.EN)); err == nil || b.Len() > 0 {
		t.Errorf("%d octets, %v", b.Len(), err)
	}
}
