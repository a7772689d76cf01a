package page

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/protocols/interop"
	"todoku/ui/text"
)

// hopEvent is a hop as a run file holds it.
func hopEvent(t *testing.T, span int64, h delivery.Hop) trace.Event {
	t.Helper()
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return trace.Event{Seq: 1 << 40, Span: span, Kind: trace.KindStep, Name: "hop", Data: data}
}

// browser is a headless Chromium whose every request goes to a proxy that answers none.
type browser struct {
	bin   string
	proxy *httptest.Server

	mu    sync.Mutex
	asked []string // hosts
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{bin: interop.Need(t, "chromium")}
	b.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked = append(b.asked, r.Host)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(b.proxy.Close)
	return b
}

// open shows a file and gives what Chromium prints and logs.
func (b *browser) open(t *testing.T, file string, flags ...string) (out, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := slices.Concat([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-quic", "--no-first-run", "--hide-scrollbars", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir(), "--proxy-server=" + b.proxy.URL}, flags, []string{"file://" + file})
	c := exec.CommandContext(ctx, b.bin, args...)
	c.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// requests are the hosts that pages asked for; the browser's own services are not of the page.
func (b *browser) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.asked), func(host string) bool {
		name, _, _ := strings.Cut(host, ":")
		return strings.HasSuffix(name, ".google.com") || strings.HasSuffix(name, ".googleapis.com")
	})
}

// shown is a page that the browser opens.
type shown struct {
	name   string
	save   func(path string, words *text.Catalogue) error
	ground [3]uint32 // of the verdict
	want   map[text.Lang][]string
}

// TestInABrowser opens pages in headless Chromium: what they must tell is there, nothing is complained of, nothing is asked
// for. A page that does ask, and does complain, shows that both would be seen.
func TestInABrowser(t *testing.T) {
	b := newBrowser(t)
	traced, contest := recorded(t, "nobody@tsuru.test").Masked(t.Context()), compared(t).Masked(t.Context())
	dir := t.TempDir()
	for _, page := range []shown{
		{"trace", func(path string, words *text.Catalogue) error { return Save(t.Context(), path, traced, words) }, [3]uint32{0xfb, 0xe4, 0xe2}, map[text.Lang][]string{
			text.EN: {"There is no n***@tsuru.test.", "You must act", "RCPT TO:&lt;n***@tsuru.test&gt;", "tsuru.test MX"},
			text.JA: {"n***@tsuru.test はありません", "あなたが対応します", "RCPT TO:&lt;n***@tsuru.test&gt;", "tsuru.test MX"}}},
		{"comparison", func(path string, words *text.Catalogue) error {
			return SaveComparison(t.Context(), path, contest, words)
		}, [3]uint32{0xe5, 0xf1, 0xe2}, map[text.Lang][]string{
			text.EN: {"Use IMAP for a***@sakura.test.", "device B sees", "DELE 2", "UID MOVE 2", `href="#c1-5"`},
			text.JA: {"a***@sakura.test", "端末 B に見えるもの", "DELE 2", "UID MOVE 2", `href="#c1-5"`}}},
	} {
		for lang, want := range page.want {
			b.shows(t, filepath.Join(dir, page.name+"-"+string(lang)+".html"), page, text.New(lang), want)
		}
	}
	if asked := b.requests(); len(asked) > 0 {
		t.Errorf("the pages asked for %v", asked)
	}
	canary := filepath.Join(dir, "canary.html")
	if err := os.WriteFile(canary, []byte(`<img src="http://canary.test/x"><script>console.error("canary")</script>`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, log := b.open(t, canary, "--dump-dom")
	if !slices.Contains(b.requests(), "canary.test") || !strings.Contains(log, "canary") {
		t.Errorf("a page that asks and complains would not be seen: %v", b.requests())
	}
}

// shows opens a page in one language, and draws it: in English on a wide screen, in Japanese on a narrow one.
func (b *browser) shows(t *testing.T, file string, page shown, words *text.Catalogue, want []string) {
	t.Helper()
	if err := page.save(file, words); err != nil {
		t.Fatal(err)
	}
	size, shot := "1200,900", file+".png"
	if words.Lang == text.JA {
		size = "420,900"
	}
	dom, log := b.open(t, file, "--dump-dom", "--window-size="+size, "--screenshot="+shot)
	for _, w := range want {
		if !strings.Contains(dom, w) {
			t.Errorf("%s: the document lacks %q", filepath.Base(file), w)
		}
	}
	if strings.Contains(log, "CONSOLE") {
		t.Errorf("%s: the console says\n%s", filepath.Base(file), log)
	}
	drawn(t, shot, page.ground)
}

// drawn wants a picture with the verdict's ground in it, not an empty or an error page.
func drawn(t *testing.T, file string, ground [3]uint32) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]int{}
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y += 3 {
		for x := bounds.Min.X; x < bounds.Max.X; x += 3 {
			r, g, b, _ := picture.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	if colours[ground] < 1000 {
		t.Errorf("%s: the verdict's ground is in %d points", filepath.Base(file), colours[ground])
	}
}
