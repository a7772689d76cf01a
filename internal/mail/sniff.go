package mail

import (
	"bytes"
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// DecodeText reads octets that a message labels with a charset and says which one was used. The label is believed
// as long as the octets could be meant by it; otherwise, or without a label, the octets decide. The text is valid
// UTF-8 whatever came in.
func DecodeText(label string, b []byte) (text, used string) {
	e := choose(label, b)
	return e.Decode(b), e.Name
}

// maxSniff bounds the octets that the choice of a charset looks at.
const maxSniff = 16 << 10

func choose(label string, b []byte) textEncoding {
	labelled, known := lookupCharset(label)
	sample := b
	if len(sample) > maxSniff {
		sample = wholeLines(sample[:maxSniff])
	}
	if hasJISEscape(sample) && !(known && statefulOther(labelled)) {
		return encISO2022JP()
	}
	if isASCII(sample) && isASCII(b) {
		if known {
			return labelled
		}
		return textEncoding{"US-ASCII", "us-ascii", decodeUTF8}
	}
	if bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")) {
		return encUTF8()
	}
	if known && (statefulOther(labelled) || wide(labelled)) {
		return labelled
	}
	if looksUTF8(labelled, known, sample) {
		return encUTF8()
	}
	return sniff(labelled, known, sample)
}

// statefulOther tells the encodings with shifts that only their label can name.
func statefulOther(e textEncoding) bool {
	return e.family == "iso-2022-kr" || e.family == "hz-gb-2312" || e.family == "utf-7"
}

func wide(e textEncoding) bool {
	switch e.family {
	case "utf-16", "utf-16be", "utf-16le", "utf-32":
		return true
	}
	return false
}

// looksUTF8 reports whether the sample, which has octets over 127, is UTF-8 whatever the label says. Two-octet
// sequences alone also occur in honest Chinese, Korean and EUC-JP text, so those labels lose to longer ones only.
func looksUTF8(labelled textEncoding, known bool, sample []byte) bool {
	if !utf8.Valid(sample) {
		return false
	}
	if !known || labelled.family == "utf-8" || labelled.family == "us-ascii" {
		return true
	}
	long := 0
	for _, r := range string(sample) {
		if r >= 0x800 {
			long++
		}
	}
	switch labelled.family {
	case "cp932", "euc-jp", "iso-2022-jp", "gb18030", "big5", "euc-kr":
		return long > 0 && plausibility(string(sample)) >= plausibility(labelled.Decode(sample))
	}
	return true
}

// plausible is the least plausibility at which a label is believed. Another charset must be sure, and better by that
// much: signs such as (c) and degrees alone make a western text look odd, but nothing else.
const (
	plausible = 0.5
	better    = 0.75
	sure      = 1.5
)

func sniff(labelled textEncoding, known bool, sample []byte) textEncoding {
	usable := known && labelled.family != "utf-8" && labelled.family != "us-ascii" && labelled.family != "iso-2022-jp"
	best, most := textEncoding{}, -1000.0
	if usable {
		best, most = labelled, plausibility(labelled.Decode(sample))
		if most >= plausible {
			return best
		}
		most = max(most+better, sure)
	}
	western, _ := registered("windows-1252")
	for _, e := range []textEncoding{encCP932(), encEUCJP(), encUTF8(), western} {
		if p := plausibility(e.Decode(sample)); p > most {
			best, most = e, p
		}
	}
	return best
}

// plausibility is the mean weight of the characters over 127: high for text that somebody would write, negative for
// what a wrong charset makes of it.
func plausibility(s string) float64 {
	sum, n := 0.0, 0
	var before rune
	for i, r := range s {
		if r >= 0x80 {
			after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			sum += weight(before, r, after)
			n++
		}
		before = r
	}
	if n == 0 {
		return plausible
	}
	return sum / float64(n)
}

// weight judges a character by itself and its neighbours.
func weight(before, r, after rune) float64 {
	switch {
	case r == utf8.RuneError, r < 0xA0: // C1 controls
		return -10
	case r >= 0x3041 && r <= 0x3096:
		return 4
	case r >= 0x3000 && r <= 0x30FF, r >= 0xFF01 && r <= 0xFF60:
		return 3
	case r >= 0xFF61 && r <= 0xFF65:
		return -1.5 // half-width punctuation is what EUC-JP kana look like in CP932
	case r >= 0xFF66 && r <= 0xFF9F && (before >= 0x80 || after >= 0x80):
		return 1
	case r >= 0xFF66 && r <= 0xFF9F:
		return -1 // one alone is a western sign
	case r >= 0xAC00 && r <= 0xD7A3:
		return 3
	case r >= 0x4E00 && r <= 0x9FFF && (asciiLetter(before) || asciiLetter(after)):
		return -1 // a kanji inside a western word is an accented letter
	case r >= 0x4E00 && r <= 0x9FFF:
		return 2
	case r >= 0xE000 && r <= 0xF8FF:
		return plausible
	case latinLetter(r) && (latinLetter(before) || latinLetter(after)):
		return 2
	case r < 0x250, r >= 0x2010 && r <= 0x203A:
		return -0.5
	case unicode.IsLetter(r):
		return 2
	}
	return 0.5
}

func asciiLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func latinLetter(r rune) bool {
	return asciiLetter(r) || r >= 0xC0 && r < 0x250 && r != 0xD7 && r != 0xF7
}

// hasJISEscape looks for an escape that selects a Japanese set; ESC [ and its like are no charset.
func hasJISEscape(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0x1B)
		if i < 0 {
			return false
		}
		b = b[i:]
		if set, _, ok := jisEscape(b); ok && set != jisASCII {
			return true
		}
		b = b[1:]
	}
}

func isASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// wholeLines cuts the sample after its last line end, so that no character is cut in half.
func wholeLines(sample []byte) []byte {
	if i := bytes.LastIndexByte(sample, '\n'); i > 0 {
		return sample[:i+1]
	}
	for k := 1; k <= utf8.UTFMax && k <= len(sample); k++ {
		tail := sample[len(sample)-k:]
		if utf8.RuneStart(tail[0]) && !utf8.FullRune(tail) {
			return sample[:len(sample)-k]
		}
	}
	return sample
}

// charsetsFor lists the encodings a reader may try on octets, the one DecodeText takes first, then the labelled one,
// then the others by how well the octets fit. Encodings that give the same text as an earlier one are left out.
func charsetsFor(label string, b []byte) []string {
	sample := b
	if len(sample) > maxSniff {
		sample = wholeLines(sample[:maxSniff])
	}
	used := choose(label, b)
	names := []string{used.Name}
	seen := map[string]bool{used.Decode(sample): true}
	var rest []ranked
	for i, name := range tryLabels(label) {
		e, ok := lookupCharset(name)
		if !ok {
			continue
		}
		text := e.Decode(sample)
		if seen[text] {
			continue
		}
		seen[text] = true
		p := plausibility(text)
		if i == 0 {
			p += 100 // the label itself
		}
		rest = append(rest, ranked{e.Name, p})
	}
	slices.SortStableFunc(rest, func(a, b ranked) int { return cmp.Compare(b.p, a.p) })
	for _, r := range rest {
		names = append(names, r.name)
	}
	return names
}

func tryLabels(label string) []string {
	return []string{label, "utf-8", "cp932", "iso-2022-jp", "euc-jp", "windows-1252", "gb18030", "big5", "euc-kr", "windows-1251", "koi8-r"}
}

type ranked struct {
	name string
	p    float64
}
