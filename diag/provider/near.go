package provider

import (
	"slices"
	"unicode/utf8"
)

// Near names the provider's domain that a domain was probably meant to be: one letter more, less, other, or exchanged
// with its neighbour. A domain that is a provider's itself is near none.
func Near(domain string) (string, bool) {
	domain = plain(domain)
	if _, known := OfDomain(domain); known {
		return "", false
	}
	for _, p := range loaded() {
		for _, d := range p.Domains {
			if len(d) >= shortestNear && OneMistake(domain, d) {
				return d, true
			}
		}
	}
	return "", false
}

// shortestNear is the length from which a domain that differs by one letter is more probably a slip than another domain:
// live.com and mail.com have many honest neighbours.
const shortestNear = 9

// OneMistake reports whether a becomes b by one letter more, less, other, or exchanged with its neighbour.
func OneMistake(a, b string) bool {
	if !utf8.ValidString(a) || !utf8.ValidString(b) {
		return false
	}
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	switch len(y) - len(x) {
	case 1:
		return slices.Equal(x[i:], y[i+1:])
	case 0:
		if i == len(x) {
			return false
		}
		swapped := i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
		return swapped || slices.Equal(x[i+1:], y[i+1:])
	}
	return false
}
