package explain

import (
	"strings"
)

// maxExtended bounds the extended errors of one answer that are put into words.
const maxExtended = 4

// extended says what the extended errors mean that a name server adds to its answer (RFC 8914): "22 No Reachable
// Authority;7 Signature Expired;" as package dns writes them.
func extended(errors string, c map[string]words) []string {
	var all []string
	for _, one := range strings.SplitN(errors, ";", maxExtended+1) {
		number, _, _ := strings.Cut(strings.TrimSpace(one), " ")
		if w, ok := c["dns.ede."+number]; ok && len(all) < maxExtended {
			all = append(all, w.Title+" "+w.Means)
		}
	}
	return all
}
