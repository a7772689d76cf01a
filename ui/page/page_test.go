package page

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// recorded is the run of a trace in a small Internet of its own.
func recorded(t *testing.T, target string) session.RunFile {
	t.Helper()
	rec := new(trace.Recorder)
	span := trace.New(rec, nil)
	s, err := session.Start(t.Context(), nil, session.StartOptions{Sandbox: &session.SandboxOptions{SeedMessages: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Trace(t.Context(), span.Child("trace"), session.TraceOptions{Target: target}); err != nil {
		t.Fatal(err)
	}
	return session.RunFile{Header: trace.Header{Version: "v1.2.3", Command: "todoku trace"}, Events: rec.Events()}
}

func written(t *testing.T, run session.RunFile, lang text.Lang) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, run, text.New(lang)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements visits every start tag of a page.
func elements(t *testing.T, page string, visit func(html.Token)) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			visit(z.Token())
		}
	}
}

// inert fails for anything in a page that runs or is fetched.
func inert(t *testing.T, page string) {
	t.Helper()
	seen := 0
	ids, leadsTo := map[string]bool{}, map[string]bool{}
	elements(t, page, func(tag html.Token) {
		seen++
		switch tag.Data {
		case "script", "iframe", "img", "object", "embed", "form", "base", "video", "audio", "source", "use", "image":
			t.Errorf("the page has %s", tag)
		}
		for _, a := range tag.Attr {
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("the page has two places %s", a.Val)
				}
				ids[a.Val] = true
			}
			to, within := strings.CutPrefix(a.Val, "#")
			if within = within && tag.Data == "a" && a.Key == "href"; within {
				leadsTo[to] = true
			}
			refers := a.Key == "src" || a.Key == "href" || a.Key == "srcset" || a.Key == "xlink:href" || a.Key == "action"
			if refers && !within && a.Val != "data:," || strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("the page has %s", tag)
			}
		}
	})
	if seen < 100 {
		t.Errorf("only %d elements were read", seen)
	}
	for to := range leadsTo {
		if !ids[to] {
			t.Errorf("the page leads to %q and has no such place", to)
		}
	}
	for _, never := range []string{"url(", "@import", "@font-face", "expression("} {
		if strings.Contains(style, never) {
			t.Errorf("the style sheet has %s", never)
		}
	}
	if !strings.Contains(page, `content="default-src &#39;none&#39;;`) && !strings.Contains(page, `content="default-src 'none';`) {
		t.Error("no policy forbids to fetch anything")
	}
}

func TestThePageHoldsTheRun(t *testing.T) {
	run := recorded(t, "nobody@tsuru.test")
	for lang, want := range map[text.Lang][]string{
		text.EN: {`<html lang="en">`, "refused", "There is no n***@tsuru.test.", "You must act: check the part left of @", "550 5.1.1",
			"RCPT TO:&lt;n***@tsuru.test&gt;", "mx1.tsuru.test  192.0.2.31", "tsuru.test MX", "10 mx1.tsuru.test.", "CN=mx1.tsuru.test", "STARTTLS",
			"RFC 5321", "v1.2.3", "seed", "seen from", "masked", "<p>critical path ", "mx1.tsuru.test "},
		text.JA: {`<html lang="ja">`, "拒否", "n***@tsuru.test はありません", "あなたが対応します", "配送経路の追跡", "接続元", "発行者", "<p>所要時間を決めた経路 "},
	} {
		page := written(t, run.Masked(t.Context()), lang)
		inert(t, page)
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: the page lacks %q", lang, w)
			}
		}
		for _, secret := range []string{"nobody@", "alice@", "apple", "banana", "citron"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s: %q is in the page", lang, secret)
			}
		}
	}
	if open := written(t, run, text.EN); !strings.Contains(open, "nobody@tsuru.test") || strings.Contains(open, "are masked") {
		t.Error("the page of a run as it is does not name the recipient")
	}
}

// A message that is sent while a trace is recorded is in no page, masked or not, and neither is the password.
func TestNoMessageAndNoSecretIsInThePage(t *testing.T) {
	run := recorded(t, "hanako@tsuru.test")
	traces, err := run.Traces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range traces[0].Report.Hops {
		if h.Span != 0 && h.What == "RCPT" {
			said := []trace.Event{
				{Kind: trace.KindSend, Proto: "smtp", Data: []byte("DATA"), Sent: true},
				{Kind: trace.KindData, Proto: "smtp", Data: []byte("Subject: the plan\r\n\r\nDear Hanako"), Size: 34, Sent: true},
			}
			for i := range said {
				said[i].Seq, said[i].Span = h.Last, h.Span
			}
			run.Events = append(run.Events, said...)
		}
	}
	for _, r := range []session.RunFile{run, run.Masked(t.Context())} {
		page := written(t, r, text.EN)
		if strings.Contains(page, "plan") || strings.Contains(page, "Dear") || strings.Contains(page, "apple") {
			t.Error("the message or the password is in the page")
		}
		if !strings.Contains(page, "(34 B)") {
			t.Error("that a message passed is not shown")
		}
	}
}

// Whatever a run file says is text, and what acts on a terminal or on the order of letters is visible.
func TestHostileTextIsInert(t *testing.T) {
	const hostile = "</code></style><script>alert(1)</script><img src=//evil.test/x onerror=alert(1)>\x1b[31m\u202eevil\x00{{.}}' \" `"
	page := written(t, poisoned(t, recorded(t, "hanako@tsuru.test"), hostile), text.EN)
	inert(t, page)
	if !strings.Contains(page, "&lt;script&gt;alert(1)") || !strings.Contains(page, "^[[31m") {
		t.Error("the text is not shown")
	}
	for i, r := range page {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf)) {
			t.Fatalf("%U at octet %d: %q", r, i, page[max(0, i-40):i])
		}
	}
}

// poisoned puts a text wherever the hops of a run hold one.
func poisoned(t *testing.T, run session.RunFile, hostile string) session.RunFile {
	t.Helper()
	run.Header.Version = hostile
	traces, err := run.Traces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rec := new(trace.Recorder)
	_, err = session.NewReplay(traces[0], session.ReplayOptions{Sink: trace.Discard}).Run(t.Context(), func(h delivery.Hop) {
		h.Where, h.What, h.Addr, h.Offers = h.Where+hostile, h.What+hostile, h.Addr+hostile, append(h.Offers, hostile)
		if h.Finding != nil {
			for k := range h.Finding.Args {
				h.Finding.Args[k] += hostile
			}
		}
		if h.Reply != nil {
			h.Reply.Lines = append(h.Reply.Lines, hostile)
		}
		if h.Query != nil {
			h.Query.Server += hostile
			h.Query.Answer = append(h.Query.Answer, hostile, "a\t"+hostile+"\tIN\tTXT\t"+hostile)
		}
		if h.TLS != nil && len(h.TLS.Chain) > 0 {
			h.TLS.Chain[0].Subject, h.TLS.Version = hostile, hostile
		}
		rec.Emit(hopEvent(t, traces[0].Span, h))
	})
	if err != nil {
		t.Fatal(err)
	}
	begin := traces[0].Events[0]
	run.Events = append([]trace.Event{begin}, rec.Events()...)
	return run
}

func TestSave(t *testing.T) {
	run := recorded(t, "tsuru.test")
	path := filepath.Join(t.TempDir(), "trace.html")
	words := text.New(text.EN)
	if err := Save(t.Context(), path, run, words); err != nil {
		t.Fatal(err)
	}
	if err := Save(t.Context(), path, run, words); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second page of that name: %v", err)
	}
	if err := Save(t.Context(), filepath.Join(t.TempDir(), "x"), session.RunFile{}, words); err == nil {
		t.Error("a page was made of no trace")
	}
}
