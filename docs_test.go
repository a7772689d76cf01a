package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/ui/text"
)

// documents gives the text of every Markdown file, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	walk(t, func(file string) {
		if strings.HasSuffix(file, ".md") {
			all[file] = content(t, file)
		}
	})
	if len(all) < 20 {
		t.Fatalf("only %d documents: is this the project's root?", len(all))
	}
	return all
}

func walk(t *testing.T, visit func(file string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != "." || d.Name() == "testdata"):
			return filepath.SkipDir
		case !d.IsDir():
			visit(filepath.ToSlash(p))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// TestLinksOfTheDocuments looks for what documents point to in this repository: links, files, decisions, tests.
func TestLinksOfTheDocuments(t *testing.T) {
	var source strings.Builder
	walk(t, func(file string) {
		if strings.HasSuffix(file, ".go") {
			source.WriteString(content(t, file))
		}
	})
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	named := regexp.MustCompile(`\b((?:docs|ui|session|diag|internal|protocols|embedded-server)/[A-Za-z0-9_/.-]*[A-Za-z0-9])`)
	member := regexp.MustCompile(`\.[A-Z]\w*$`)
	decision := regexp.MustCompile(`decisions/(\d{4})\b`)
	test := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w+)`")
	for file, said := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(said, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if !strings.Contains(target, "://") && !exists(path.Join(path.Dir(file), target)) {
				t.Errorf("%s: the link %s leads nowhere", file, m[1])
			}
		}
		for _, m := range named.FindAllStringSubmatch(said, -1) {
			begun := member.ReplaceAllString(m[1], "") + "*" // a name in a package, or the beginning of several files
			if all, _ := filepath.Glob(begun); len(all) == 0 {
				t.Errorf("%s: there is no %s", file, m[1])
			}
		}
		for _, m := range decision.FindAllStringSubmatch(said, -1) {
			if all, _ := filepath.Glob("docs/decisions/" + m[1] + "-*.md"); len(all) != 1 {
				t.Errorf("%s: %d decisions are %s", file, len(all), m[1])
			}
		}
		for _, m := range test.FindAllStringSubmatch(said, -1) {
			if !strings.Contains(source.String(), "func "+m[1]+"(") {
				t.Errorf("%s: there is no %s", file, m[1])
			}
		}
	}
}

// TestCommandsOfTheDocuments holds the commands and the flags that documents name to those that there are.
func TestCommandsOfTheDocuments(t *testing.T) {
	help := text.New(text.EN).Help
	flags := map[string]bool{"only": true, "runs": true} // of docs/bench/run
	for name := range help.Shared {
		flags[name] = true
	}
	for _, c := range help.Command {
		for name := range c.Flag {
			flags[name] = true
		}
	}
	line := regexp.MustCompile("(?m)(?:^(?: {4}|\\$ )|`|\\./|-- )todoku((?: +[^\\s`]+)*)")
	flag := regexp.MustCompile("(?m)(?:^|[\\s`(])--([a-z][a-z-]+)")
	foreign := regexp.MustCompile(`(?m)^.*\b(swaks|curl|tmux|go test|go run) .*$`)
	for file, said := range documents(t) {
		said = foreign.ReplaceAllString(said, "")
		for _, m := range line.FindAllStringSubmatch(said, -1) {
			for _, word := range strings.Fields(m[1]) {
				if strings.HasPrefix(word, "-") || strings.ToUpper(word) == word { // flags first, or an argument
					continue
				}
				if _, ok := help.Command[word]; !ok && regexp.MustCompile(`^[a-z]+$`).MatchString(word) {
					t.Errorf("%s: there is no command %q: todoku%s", file, word, m[1])
				}
				break
			}
		}
		for _, m := range flag.FindAllStringSubmatch(said, -1) {
			if !flags[m[1]] {
				t.Errorf("%s: there is no flag --%s", file, m[1])
			}
		}
	}
}

// TestDecisionsAreNumbered: one number a decision, which its title says too.
func TestDecisionsAreNumbered(t *testing.T) {
	all, _ := filepath.Glob("docs/decisions/*.md")
	for i, file := range all {
		want := fmt.Sprintf("%04d-", i+1)
		if !strings.HasPrefix(filepath.Base(file), want) || !strings.HasPrefix(content(t, file), fmt.Sprintf("# %d. ", i+1)) {
			t.Errorf("%s: the %d. decision is named %s and entitled # %d.", file, i+1, want, i+1)
		}
	}
}

// TestReadmesSayTheSame holds the two READMEs to the same sections, commands, screens, links and exit codes, in the
// same order.
func TestReadmesSayTheSame(t *testing.T) {
	frame := regexp.MustCompile("(?s)(<!-- screen: [a-z]+)(?:-ja)?( -->)\n```text\n.*?```")
	comment := regexp.MustCompile(`\s+# .*`)
	outline := func(file string) map[string][]string {
		said := frame.ReplaceAllString(content(t, file), "$1$2")
		all := map[string][]string{}
		for what, pattern := range map[string]string{
			"sections": `(?m)^(#+) `, "screens": `<!-- screen: [a-z]+ -->`, "links": `\]\((docs[^)]*)\)`, "exit codes": `(?m)^\| (\d+) \|`, "points": `(?m)^- \*\*`,
			"commands in the text": "`((?:todoku |--)[^`]*)`",
		} {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(said, -1) {
				all[what] = append(all[what], m[len(m)-1])
			}
		}
		for _, block := range regexp.MustCompile("(?s)```\n(.*?)```").FindAllStringSubmatch(said, -1) {
			for line := range strings.Lines(block[1]) {
				all["commands"] = append(all["commands"], strings.TrimSpace(comment.ReplaceAllString(line, "")))
			}
		}
		slices.Sort(all["commands in the text"]) // the order of words is the language's
		return all
	}
	en, ja := outline("README.md"), outline("README.ja.md")
	for _, what := range slices.Sorted(maps.Keys(en)) {
		if diff := cmp.Diff(en[what], ja[what]); diff != "" {
			t.Errorf("%s differ (-en +ja):\n%s", what, diff)
		}
	}
}

// TestJSONKindsAreDocumented: docs/json.md has a row for each kind of document that a command prints.
func TestJSONKindsAreDocumented(t *testing.T) {
	printed := regexp.MustCompile(`printJSON\("([a-z]+)"`)
	documented := content(t, "docs/json.md")
	seen := 0
	walk(t, func(file string) {
		if !strings.HasPrefix(file, "ui/cli/") || !strings.HasSuffix(file, ".go") {
			return
		}
		for _, m := range printed.FindAllStringSubmatch(content(t, file), -1) {
			seen++
			if !strings.Contains(documented, "\n| `"+m[1]+"` | ") {
				t.Errorf("%s prints the kind %s, which docs/json.md does not have", file, m[1])
			}
		}
	})
	if seen < 15 {
		t.Fatalf("only %d kinds were found", seen)
	}
}
