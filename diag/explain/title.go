package explain

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"todoku/diag/reason"
	"todoku/internal/trace"
)

// titled is the title of an entry, in one language, as texts are folded: what stands between its facts.
type titled struct {
	code    string
	parts   []string
	facts   []string // their names, between the parts
	letters int
}

const (
	// minTitle is how many cells of a title are its own: fewer would be found in what has nothing to do with it.
	minTitle = 6
	// minShare is which part of a sentence its title must be, in percent: else its facts are other sentences.
	minShare = 25
	// maxFact bounds the words of a fact in a title: more are other sentences.
	maxFact = 6
)

var factForm = regexp.MustCompile(`\{[a-z]+\}`)

// titles lists the titles of both languages, those with most letters first.
var titles = sync.OnceValue(func() []titled {
	var all []titled
	for _, code := range Codes() {
		for _, lang := range []map[string]words{en(), ja()} {
			t := titled{code: code, facts: factForm.FindAllString(lang[code].Title, -1)}
			for _, part := range factForm.Split(lang[code].Title, -1) {
				part = fullStop(reason.Fold(part))
				t.parts = append(t.parts, part)
				t.letters += cells(part)
			}
			if t.letters >= minTitle && code != codeUnknown {
				all = append(all, t)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b titled) int { return b.letters - a.letters })
	return all
})

// cells counts letters of other scripts twice: they say more.
func cells(s string) (n int) {
	for _, c := range s {
		if n++; c >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

func fullStop(s string) string { return strings.TrimRight(s, ".。") }

// byTitle knows an entry by its own title, with whatever facts: the sentence that a screen or a log of this program showed.
func byTitle(text, words string) (trace.Finding, bool) {
	said := fullStop(words)
	for _, t := range titles() {
		if 100*t.letters >= minShare*cells(said) && t.fits(said) {
			return quoted(t.code, text), true
		}
	}
	return trace.Finding{}, false
}

// fits reports whether a sentence is the title with facts put in. A fact that was missing may have left no trace.
func (t titled) fits(said string) bool {
	rest, ok := strings.CutPrefix(said, t.parts[0])
	if !ok {
		return false
	}
	for i, part := range t.parts[1:] {
		at := strings.Index(rest, part)
		if i == len(t.parts)-2 {
			at = len(rest) - len(part)
			ok = strings.HasSuffix(rest, part)
		}
		if !ok || at < 0 || !likeFact(t.facts[i], rest[:at]) {
			return false
		}
		rest = rest[at+len(part):]
	}
	return rest == ""
}

// likeFact reports whether a text may be that fact: names of hosts and domains are no addresses.
func likeFact(name, value string) bool {
	if strings.Contains(value, "@") && (name == "{domain}" || name == "{host}" || name == "{zone}") {
		return false
	}
	return len(strings.Fields(value)) <= maxFact
}
