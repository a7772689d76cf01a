package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// TestRenderHTMLGolden renders testdata/html/*.html; UPDATE_GOLDEN=1 rewrites the texts.
func TestRenderHTMLGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/html/*.html")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(file, ".html") + ".txt"
		got := renderHTML(string(source), htmlOptions{}).Text
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: -want +got\n%s", file, diff)
		}
	}
}

func TestRenderHTMLLinksAndRemoteImages(t *testing.T) {
	source, err := os.ReadFile("testdata/html/newsletter-ja.html")
	if err != nil {
		t.Fatal(err)
	}
	r := renderHTML(string(source), htmlOptions{FirstLink: 5})
	want := []string{"https://fuji.test/fee", "https://fuji.test/book?id=1&x=2", "mailto:info@fuji.test"}
	if diff := cmp.Diff(want, r.Links); diff != "" {
		t.Error(diff)
	}
	if r.Remote != 3 {
		t.Errorf("%d remote images, want background, cover and tracker", r.Remote)
	}
	if !strings.Contains(r.Text, "こちら [5]") || strings.Contains(r.Text, "プレビュー") || strings.Contains(r.Text, "document.write") {
		t.Errorf("text:\n%s", r.Text)
	}
}

func TestRenderHTMLRefusesOtherSchemes(t *testing.T) {
	for _, href := range []string{"javascript:x", "JaVa\nScript:x", "data:text/html,x", "#top", "/relative", "file:///etc/passwd", "http://", "vbscript:x", "cid:1"} {
		if r := renderHTML(`<a href="`+href+`">x</a>`, htmlOptions{}); len(r.Links) > 0 {
			t.Errorf("%q became the link %q", href, r.Links)
		}
	}
	r := renderHTML("<a href=\"https://x.test/\u202e\x1b[31m\r\n\">x</a>", htmlOptions{})
	if diff := cmp.Diff([]string{"https://x.test/[31m"}, r.Links); diff != "" {
		t.Error(diff)
	}
}

// TestRenderHTMLIsBounded feeds what costs trees dearly; each must end at once and say that it was cut, or not.
func TestRenderHTMLIsBounded(t *testing.T) {
	var fonts strings.Builder
	for i := range 500 {
		fonts.WriteString("<font a" + strings.Repeat("x", i%50) + "=1>")
	}
	for name, source := range map[string]string{
		"nested div":        strings.Repeat("<div>", 200000) + "x",
		"nested table":      strings.Repeat("<table><tr><td>", 100000) + "x",
		"nested quote":      strings.Repeat("<blockquote>", 300) + strings.Repeat("x<br>", 500000),
		"nested list":       strings.Repeat("<ul><li>", 100000) + "x",
		"open formatting":   fonts.String() + strings.Repeat("<p>x", 200000),
		"unclosed comment":  "<!--" + strings.Repeat("x", 1<<20),
		"many attributes":   "<p " + strings.Repeat("a=b ", 500000) + ">x",
		"many end tags":     strings.Repeat("<td>", 200) + strings.Repeat("</b></table>", 200000),
		"wide table":        "<table><tr>" + strings.Repeat("<td>x", 300000) + "</table>",
		"tall table":        "<table>" + strings.Repeat("<tr><td>x<td>y", 200000) + "</table>",
		"links":             strings.Repeat(`<a href="http://x.test/`+"`"+`">x</a>`, 100000),
		"one endless word":  strings.Repeat("x", 5<<20),
		"nothing but &nbsp": strings.Repeat("&nbsp;", 500000),
	} {
		began := time.Now()
		r := renderHTML(source, htmlOptions{})
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if len(r.Text) > 3*defaultText+maxHTML || !utf8.ValidString(r.Text) {
			t.Errorf("%s gave %d octets", name, len(r.Text))
		}
	}
	if r := renderHTML(strings.Repeat("<p>word</p>", 500000), htmlOptions{Limit: 1000}); !r.Cut || len(r.Text) > 1100 {
		t.Errorf("limit 1000 gave %d octets, cut %v", len(r.Text), r.Cut)
	}
}

func FuzzRenderHTML(f *testing.F) {
	for _, s := range []string{
		"<table><tr><td>a</table>", "<p><table></p><td><li></table>x", "<a href=x><a href=http://y.test>z", "<pre>a\n\n b</pre>", "<h1><h2>x</h1>",
		"<td></tr></table></td>", "<plaintext><b>", "<blockquote><ul><li><blockquote>x", "<ol start=-5><li value=x>y", "\x00<\xff>&#0;&#x110000;",
		"<table><caption><table><tr></caption><td><ul></table></table></ul>", "<p hidden><table></p><td>x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := renderHTML(s, htmlOptions{Limit: 1 << 16})
		if utf8.ValidString(s) && !utf8.ValidString(r.Text) {
			t.Fatalf("%q gives invalid UTF-8 %q", s, r.Text)
		}
		for _, link := range r.Links {
			if strings.ContainsAny(link, "\r\n\x00\x1b") {
				t.Fatalf("%q gives the link %q", s, link)
			}
		}
	})
}
