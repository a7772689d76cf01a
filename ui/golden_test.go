package ui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"golang.org/x/text/width"

	"todoku/ui/text"
)

type testingTB = testing.TB

var update = flag.Bool("update", false, "write the golden frames anew")

func startNothing(context.Context) (Session, error) { return newFake(), nil }

func writeNothing(context.Context) (string, error) { return "config.toml", nil }

// TestGoldenFrames holds every scene to its picture, in both languages and both sizes that are promised.
// `go test ./ui -run TestGoldenFrames -update` writes them anew.
func TestGoldenFrames(t *testing.T) {
	for _, s := range scenes() {
		for _, lang := range []text.Lang{text.EN, text.JA} {
			for _, size := range [][2]int{{80, 24}, {120, 40}} {
				name := fmt.Sprintf("%s.%s.%dx%d", s.name, lang, size[0], size[1])
				t.Run(name, func(t *testing.T) {
					b := s.open(t, size[0], size[1], Options{Lang: lang}, newFake())
					golden(t, filepath.Join("testdata", name+".txt"), b.frame())
				})
			}
		}
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no picture (go test ./ui -update makes it): %v", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the frame changed (-want +got):\n%s", diff)
	}
}

// TestFramesFillTheirSize checks every row of every scene at every size: no row is short, none is long, no character
// of two cells is cut in half.
func TestFramesFillTheirSize(t *testing.T) {
	if testing.Short() {
		t.Skip("every scene at eight sizes; run without -short")
	}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {100, 30}, {60, 20}, {40, 12}, {39, 12}, {200, 60}, {81, 13}} {
		for _, lang := range []text.Lang{text.EN, text.JA} {
			for _, s := range scenes() {
				t.Run(fmt.Sprintf("%s.%s.%dx%d", s.name, lang, size[0], size[1]), func(t *testing.T) {
					s.open(t, size[0], size[1], Options{Lang: lang}, newFake()).exact()
				})
			}
		}
	}
}

// TestAmbiguousWide draws for terminals that give ambiguous characters two cells: none is left, and frames still fill.
func TestAmbiguousWide(t *testing.T) {
	if testing.Short() {
		t.Skip("every scene once more; run without -short")
	}
	for _, s := range scenes() {
		f := newFake()
		r := f.rows[10000]
		r.Envelope.Subject = "①次回 … α版―確認 ■ Ⅲ é →"
		f.rows[10000] = r
		b := s.open(t, 120, 40, Options{Ambiguous: "wide"}, f)
		b.exact()
		for _, c := range b.frame() {
			if c > 0xa0 && width.LookupRune(c).Kind() == width.EastAsianAmbiguous {
				t.Fatalf("%s: %q is left:\n%s", s.name, c, b.frame())
			}
		}
	}
}
