package explain

import (
	"regexp"
	"slices"
)

// standard is how the words name where something is written, in either language.
var standard = regexp.MustCompile(`RFC \d+(?: sections? [\d.]*\d|,? X\.[\d.]*\d| [\d.]*\d節)?`)

// Standards are the standards that a text rests on, with their sections, each once, in order.
func Standards(text string) []string {
	var all []string
	for _, s := range standard.FindAllString(text, -1) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
