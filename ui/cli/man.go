package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the man pages; packagers use it.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Args: a.args(1, 1), Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := c.Root()
			a.speak(root)
			root.DisableAutoGenTag = true
			return a.manPages(root, args[0])
		},
	}
}

// manPages writes the page of a command and those of all below it.
func (a *app) manPages(c *cobra.Command, dir string) error {
	var page bytes.Buffer
	if err := doc.GenMan(c, &doc.GenManHeader{Title: "TODOKU", Section: "1", Source: "todoku"}, &page); err != nil {
		return err
	}
	name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(a.manWords(c, page.String())), 0o644); err != nil {
		return err
	}
	for _, below := range c.Commands() {
		if !below.IsAvailableCommand() {
			continue
		}
		if err := a.manPages(below, dir); err != nil {
			return err
		}
	}
	return nil
}

// manFlag is the line of a flag as cobra writes it, with its default.
var manFlag = regexp.MustCompile(`^((?:\\fB-\w\\fP, )?\\fB--([a-z-]+)\\fP)\[?=.*$`)

// manWords puts this run's words for the headings that cobra writes in English, writes flags as the help does, and has
// no word cut and no blank stretched: Japanese has few of either.
func (a *app) manWords(c *cobra.Command, page string) string {
	p := helpPrinter{words: a.words().Help}
	lines := strings.Split(page, "\n")
	for i, line := range lines {
		if head, ok := strings.CutPrefix(line, ".SH "); ok && p.words.Sections[head] != "" {
			lines[i] = ".SH " + string(p.words.Sections[head])
		}
		if m := manFlag.FindStringSubmatch(line); m != nil {
			f := c.Flag(m[2])
			lines[i] = m[1] + valueOf(f) + string(p.byDefault(f))
		}
	}
	page = strings.ReplaceAll(strings.Join(lines, "\n"), "[flags]", string(p.words.FlagsHere))
	return strings.Replace(page, "\n.SH ", "\n.nh\n.ad l\n.SH ", 1) // .TH undoes what stands before it
}
