package mail

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
)

// jisSet is the character set that an escape sequence of ISO-2022-JP (RFC 1468) and its variants selects.
type jisSet int

const (
	jisASCII jisSet = iota
	jisKana         // JIS X 0201 katakana, seven bits: ESC ( I, or SO
	jis0208         // two octets: ESC $ @, ESC $ B, and JIS X 0213 plane 1, which contains it
	jis0212         // two octets: ESC $ ( D
)

// jisEscapes are the escape sequences after ESC. JIS X 0201 Roman is read as ASCII: mailers that select it mean "\"
// and "~" where it has a yen sign and an overline, or addresses and paths would not survive.
var jisEscapes = []struct {
	seq string
	set jisSet
}{
	{"(B", jisASCII}, {"(J", jisASCII}, {"(H", jisASCII}, {"(I", jisKana},
	{"$@", jis0208}, {"$B", jis0208}, {"$(@", jis0208}, {"$(B", jis0208}, {"$(O", jis0208}, {"$(Q", jis0208},
	{"$(D", jis0212}, {"&@", -1},
}

func jisEscape(b []byte) (set jisSet, n int, ok bool) {
	for _, e := range jisEscapes {
		if len(b) > len(e.seq) && string(b[1:1+len(e.seq)]) == e.seq {
			return e.set, 1 + len(e.seq), true
		}
	}
	return 0, 0, false
}

// decodeISO2022JP reads ISO-2022-JP as mail really has it: with half-width katakana by ESC ( I, by SO and SI or with
// the eighth bit, NEC row 13 and the IBM extensions, a line end that forgets to return to ASCII, and stretches of
// another charset that a mailing list appended.
func decodeISO2022JP(b []byte) string {
	d := jisDecoder{euc: make([]byte, 0, 64)}
	d.out.Grow(len(b) + len(b)/2)
	for len(b) > 0 {
		b = b[d.step(b):]
	}
	d.flush()
	return d.out.String()
}

// jisDecoder collects octets of double-width sets as EUC-JP, which holds all of them, and decodes them in runs.
type jisDecoder struct {
	set   jisSet
	shift bool // SO was seen
	euc   []byte
	out   strings.Builder
}

// step reads one escape, character or run and gives its length, at least 1.
func (d *jisDecoder) step(b []byte) int {
	c := b[0]
	switch {
	case c == 0x1B:
		if set, n, ok := jisEscape(b); ok {
			if set >= 0 {
				d.set, d.shift = set, false
			}
			return n
		}
	case c == 0x0E:
		d.shift = true
		return 1
	case c == 0x0F:
		d.shift = false
		return 1
	case c == '\r' || c == '\n':
		d.set, d.shift = jisASCII, false // RFC 1468: lines begin in ASCII
	}
	switch {
	case c <= 0x20 || c == 0x7F:
		d.plain(c)
	case c >= 0x80:
		return d.eightBit(b)
	case d.shift || d.set == jisKana:
		if c > 0x5F {
			d.plain(c)
			return 1
		}
		d.euc = append(d.euc, 0x8E, c|0x80)
	case d.set == jisASCII:
		d.plain(c)
	default:
		return d.double(b)
	}
	return 1
}

func (d *jisDecoder) plain(c byte) {
	d.flush()
	d.out.WriteByte(c)
}

func (d *jisDecoder) double(b []byte) int {
	if len(b) < 2 || b[1] <= 0x20 || b[1] >= 0x7F {
		d.flush()
		d.out.WriteRune(utf8.RuneError)
		return 1
	}
	if d.set == jis0212 {
		d.euc = append(d.euc, 0x8F)
	}
	d.euc = append(d.euc, b[0]|0x80, b[1]|0x80)
	return 2
}

// eightBit reads a run of octets that ISO-2022-JP does not have.
func (d *jisDecoder) eightBit(b []byte) int {
	d.flush()
	n := 0
	for n < len(b) && b[n] != 0x1B && b[n] != '\r' && b[n] != '\n' {
		n++
	}
	run := b[:n]
	if utf8.Valid(run) {
		d.out.Write(run)
	} else {
		d.out.WriteString(decodeCP932(run)) // holds eight-bit JIS X 0201 katakana too
	}
	return n
}

func (d *jisDecoder) flush() {
	if len(d.euc) == 0 {
		return
	}
	d.out.WriteString(decodeTable(japanese.EUCJP, d.euc))
	d.euc = d.euc[:0]
}

// decodeCP932 reads Shift_JIS with the Windows extensions, among them the 1,880 characters for private use (lead
// octets F0 to F9, U+E000 to U+E757) that the WHATWG table leaves out.
func decodeCP932(b []byte) string {
	var out strings.Builder
	from := 0
	for i := 0; i < len(b); {
		c := b[i]
		if c < 0x81 || c >= 0xA0 && c < 0xE0 || c > 0xFC || i+1 == len(b) {
			i++
			continue
		}
		r, ok := privateCP932(c, b[i+1])
		if ok {
			out.WriteString(decodeTable(japanese.ShiftJIS, b[from:i]))
			out.WriteRune(r)
			from = i + 2
		}
		if b[i+1] < 0x40 { // not a second octet
			i++
			continue
		}
		i += 2
	}
	if from == 0 {
		return decodeTable(japanese.ShiftJIS, b)
	}
	out.WriteString(decodeTable(japanese.ShiftJIS, b[from:]))
	return out.String()
}

func privateCP932(lead, trail byte) (rune, bool) {
	if lead < 0xF0 || lead > 0xF9 || trail < 0x40 || trail == 0x7F || trail > 0xFC {
		return 0, false
	}
	column := rune(trail) - 0x40
	if trail > 0x7F {
		column--
	}
	return 0xE000 + rune(lead-0xF0)*188 + column, true
}

// decodeISO2022KR reads RFC 1557: KS X 1001 between SO and SI, ASCII elsewhere.
func decodeISO2022KR(b []byte) string {
	b = []byte(strings.ReplaceAll(string(b), "\x1B$)C", ""))
	euc := make([]byte, 0, len(b))
	shifted := false
	for _, c := range b {
		switch {
		case c == 0x0E:
			shifted = true
		case c == 0x0F:
			shifted = false
		case shifted && c > 0x20 && c < 0x7F:
			euc = append(euc, c|0x80)
		default:
			euc = append(euc, c)
		}
	}
	return decodeTable(korean.EUCKR, euc)
}
