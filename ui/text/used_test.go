package text

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestEveryWordIsUsed reads the source of the interface: a word of the catalogue that no code names is one that nobody
// will ever read. The words of a group are looked for in the files that name the group.
func TestEveryWordIsUsed(t *testing.T) {
	files := sources(t, "..")
	var look func(reflect.Type, []string)
	look = func(group reflect.Type, in []string) {
		for f := range group.Fields() {
			named := regexp.MustCompile(`\.` + f.Name + `\b`)
			var there []string
			for _, source := range in {
				if named.MatchString(source) || strings.Contains(source, f.Type.Name()) && f.Type.Kind() == reflect.Struct {
					there = append(there, source)
				}
			}
			switch {
			case len(there) == 0:
				t.Errorf("%s.%s is said nowhere: remove it", group.Name(), f.Name)
			case f.Type.Kind() == reflect.Struct:
				look(f.Type, there)
			}
		}
	}
	look(reflect.TypeFor[Catalogue](), files)
}

// sources gives the text of every Go file and page below dir, tests left out.
func sources(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		all = append(all, string(source))
		return err
	})
	if err != nil || len(all) < 20 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}
