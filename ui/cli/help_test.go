package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoku/ui/text"
)

// run runs a command line that needs no session, under a locale.
func run(t *testing.T, locale string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(context.Background(), Env{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Version: "(test)",
		Getenv: func(name string) string { return map[string]string{"LANG": locale}[name] }})
	return code, out.String(), errs.String()
}

// commandTree gives every command with the words of a language on it.
func commandTree(lang text.Lang) []*cobra.Command {
	a := &app{env: Env{Version: "(test)", Getenv: func(string) string { return string(lang) }}}
	return tree(a.root())
}

func flagsOf(c *cobra.Command) map[string]*pflag.Flag {
	all := map[string]*pflag.Flag{}
	add := func(f *pflag.Flag) { all[f.Name] = f }
	c.LocalNonPersistentFlags().VisitAll(add)
	c.PersistentFlags().VisitAll(add)
	return all
}

var (
	kana     = regexp.MustCompile(`[ぁ-んァ-ヶ一-龠]`)
	longFlag = regexp.MustCompile(`--[a-z][a-z-]*`)
)

// facts are what a text has in every language: the flags it names and, in capitals, what stands for a value.
func facts(s string) []string {
	all := append(longFlag.FindAllString(s, -1), regexp.MustCompile("`[A-Z]+`|\\b(FILE|DIR|KEY|WORD|COMMAND|ADDRESS|SHELL)\\b").FindAllString(s, -1)...)
	slices.Sort(all)
	return slices.Compact(all)
}

// TestHelpHasBothLanguages holds that every command and every flag is told in both languages, with the same facts.
func TestHelpHasBothLanguages(t *testing.T) {
	english, japanese := commandTree(text.EN), commandTree(text.JA)
	same := func(where, en, ja string) {
		if en == "" || ja == "" {
			t.Errorf("%s has no words: %q, %q", where, en, ja)
		}
		if !kana.MatchString(ja) {
			t.Errorf("%s is not Japanese: %s", where, ja)
		}
		if diff := cmp.Diff(facts(en), facts(ja)); diff != "" {
			t.Errorf("%s: the languages differ in facts (-en +ja):\n%s", where, diff)
		}
	}
	for i, en := range english {
		ja := japanese[i]
		name := "todoku " + commandName(en)
		same(name, en.Short, ja.Short)
		if en.Long != "" || ja.Long != "" {
			same(name+" long", en.Long, ja.Long)
		}
		if (en.Example == "") != (ja.Example == "") {
			t.Errorf("%s has an example in one language", name)
		}
		there := flagsOf(ja)
		for _, f := range flagsOf(en) {
			same(name+" --"+f.Name, f.Usage, there[f.Name].Usage)
			if takes := strings.Contains(f.Usage, "`"); takes == (f.Value.Type() == "bool") {
				t.Errorf("%s --%s: a flag that takes a value names it between ` `, another none: %s", name, f.Name, f.Usage)
			}
		}
	}
}

// TestWhatFlagsTakeHasWords holds that what stands where a flag takes something else is answered in words.
func TestWhatFlagsTakeHasWords(t *testing.T) {
	for _, lang := range []text.Lang{text.EN, text.JA} {
		takes := text.New(lang).CLI.Takes
		for _, c := range commandTree(lang) {
			for _, f := range flagsOf(c) {
				kind := f.Value.Type()
				if anything := kind == "string" || kind == "stringArray"; !anything && takes[kind] == "" {
					t.Errorf("%s: todoku %s --%s takes %s, which has no words", lang, commandName(c), f.Name, kind)
				}
			}
		}
	}
}

// TestHelpHasNoWordsForWhatIsNotThere finds words of commands and flags that were renamed or removed.
func TestHelpHasNoWordsForWhatIsNotThere(t *testing.T) {
	names, anywhere := map[string]*cobra.Command{}, map[string]bool{}
	for _, c := range commandTree(text.EN) {
		names[commandName(c)] = c
		for name := range flagsOf(c) {
			anywhere[name] = true
		}
	}
	for _, lang := range []text.Lang{text.EN, text.JA} {
		h := text.New(lang).Help
		for name, words := range h.Command {
			c, ok := names[name]
			if !ok {
				t.Errorf("%s: there is no command %q", lang, name)
				continue
			}
			for flag := range words.Flag {
				if flagsOf(c)[flag] == nil {
					t.Errorf("%s: %q has no flag --%s", lang, name, flag)
				}
			}
		}
		for flag := range h.Shared {
			if !anywhere[flag] {
				t.Errorf("%s: no command has a flag --%s", lang, flag)
			}
		}
	}
}

// TestHelpFitsEightyCells prints the help of every command.
func TestHelpFitsEightyCells(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, locale := range []string{"en_GB.UTF-8", "ja_JP.UTF-8"} {
		for _, c := range commandTree(text.EN) {
			args := append(strings.Fields(commandName(c)), "--help")
			code, out, errs := run(t, locale, args...)
			if code != 0 || errs != "" || out == "" {
				t.Errorf("%s: %v exits %d: %s", locale, args, code, errs)
			}
			for line := range strings.Lines(out) {
				if line = strings.TrimRight(line, "\n"); text.Width(text.Clean(line)) > helpCells || strings.HasSuffix(line, " ") {
					t.Errorf("%s: %v: %d cells: %q", locale, args, text.Width(text.Clean(line)), line)
				}
			}
			if english := regexp.MustCompile(`Usage|Flags|flags\]|Commands|default`); locale == "ja_JP.UTF-8" && english.MatchString(out) {
				t.Errorf("%v: English in Japanese help: %s", args, english.FindString(out))
			}
		}
	}
}

// TestManPagesSpeakBothLanguages writes them as packagers do.
func TestManPagesSpeakBothLanguages(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {".SH NAME\ntodoku-list - List a folder", ".SH OPTIONS OF EVERY COMMAND", "[flags]", `\fB-n\fP, \fB--limit\fP NUMBER (default 50)`, `\fB--sandbox\fP[=FILE]`, `\fB--offline\fP` + "\n"},
		"ja": {".SH 名前\ntodoku-list - サーバーに", ".SH 共通のオプション", "[フラグ]", "NUMBER (既定値 50)"},
	} {
		dir := t.TempDir()
		if code, _, errs := run(t, "", "man", "--lang", lang, dir); code != 0 {
			t.Fatal(errs)
		}
		page, err := os.ReadFile(filepath.Join(dir, "todoku-list.1"))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(page), w) {
				t.Errorf("%s: no %q in\n%s", lang, w, page)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "todoku-config-check.1")); err != nil {
			t.Error(err)
		}
	}
}

// TestUsageErrorsSpeakJapanese makes every kind of mistake that cobra and pflag find, and those that todoku finds.
func TestUsageErrorsSpeakJapanese(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	lines := []string{"lst", "help lst", "config lst", "list -n", "list --limit", "list -n x", "list -Zf", "compare --rtt x", "trace --seed -1 a",
		"trace", "diff a", "--json=maybe list", "--=x list", "list --limit=", "trace --rcpt --stop-after mail a@b", "trace --send --stop-after mail a@b",
		"trace --stop-after lunch a", "replay --speed 4 x", "flag 1 --set blue", "flag 1", "flag one --set seen", "completion tcsh", "completion",
		"--lang fr list", "compare --devices -1", "compare --room-here x"}
	for _, c := range commandTree(text.EN) {
		lines = append(lines, commandName(c)+" --no-such-flag")
	}
	english := regexp.MustCompile(`(?i)unknown|invalid|needs an argument|accepts|requires|usage|bad flag|none of|error`)
	for _, line := range lines {
		code, out, errs := run(t, "ja_JP.UTF-8", strings.Fields(line)...)
		if code != ExitUsage || out != "" || !kana.MatchString(errs) || !strings.Contains(errs, "使い方: todoku") || english.MatchString(errs) {
			t.Errorf("%s: exit %d, %s%s", line, code, out, errs)
		}
	}
}

// TestShellsAreNamed: a shell without a script is a mistake, not an empty script.
func TestShellsAreNamed(t *testing.T) {
	code, out, errs := run(t, "", "completion", "tcsh")
	if code != ExitUsage || out != "" || !strings.Contains(errs, "bash, zsh, fish and powershell") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	for _, shell := range shells {
		if code, out, errs := run(t, "", "completion", shell); code != 0 || !strings.Contains(out, cobra.ShellCompRequestCmd) {
			t.Errorf("%s: exit %d, %s", shell, code, errs)
		}
	}
}
