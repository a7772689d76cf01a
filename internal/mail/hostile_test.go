package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHostileCorpus reads the corpus that the screens' tests draw, too.
func TestHostileCorpus(t *testing.T) {
	files, err := filepath.Glob("../../testdata/hostile/*.eml")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".eml"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			checkParsed(t, raw)
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			e := ParseEnvelope(raw)
			if strings.ContainsAny(e.Subject, "\r\n\x00") {
				t.Errorf("subject %q", e.Subject)
			}
		})
	}
}

func TestHostileCorpusIsReadAsWellAsCanBe(t *testing.T) {
	read := func(name string) (*Parsed, Text) {
		raw, err := os.ReadFile("../../testdata/hostile/" + name + ".eml")
		if err != nil {
			t.Fatal(err)
		}
		p := Parse(raw)
		return p, p.Text(TextOptions{})
	}
	if p, text := read("wrong-charset"); p.Envelope.Subject != "お世話になっております。①髙﨑ﾃｽﾄ" || text.Charset != "CP932" {
		t.Errorf("subject %q, charset %s", p.Envelope.Subject, text.Charset)
	}
	if _, text := read("broken-base64"); !strings.HasPrefix(text.Body, "あいう") {
		t.Errorf("text %q", text.Body)
	}
	if p, text := read("html-hostile"); text.Remote != 1 || len(text.Links) != 1 || strings.Contains(text.Body, "alert") || strings.Contains(text.Body, "hidden") {
		t.Errorf("%d remote, links %q, %v", text.Remote, text.Links, p.Damages)
	}
	if p, _ := read("bounce-forged"); p.Report() != Failure || len(p.DeliveryStatus()) == 0 {
		t.Errorf("delivery status %+v", p.DeliveryStatus())
	}
	if p, _ := read("header-injection"); len(p.Envelope.Bcc) != 0 || len(p.Envelope.From) != 1 {
		t.Errorf("a field was injected: %+v", p.Envelope)
	}
	if p, _ := read("endless-header"); p.Envelope.Subject != "after the flood" {
		t.Errorf("subject %q", p.Envelope.Subject)
	}
	if p, _ := read("file-names"); len(p.Files()) != 15 {
		t.Errorf("%d files", len(p.Files()))
	}
}
