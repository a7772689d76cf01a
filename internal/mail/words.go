package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// DecodeHeader gives a header field's value as text: encoded-words (RFC 2047) decoded, also where broken software
// put them inside words and quotes or cut characters and escape sequences over two of them; raw octets sniffed;
// folds undone. The result is valid UTF-8 without line ends. What cannot be decoded stays as it was written.
func DecodeHeader(s string) string {
	if plainHeader(s) {
		return s
	}
	s = utf8Header(s)
	if !strings.Contains(s, "=?") {
		return s
	}
	var d wordDecoder
	d.out.Grow(len(s))
	d.decode(s)
	return oneLine(d.out.String())
}

// plainHeader reports whether s is text already: printable ASCII without encoded-words, as most subjects are.
func plainHeader(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 || c < 0x20 && c != '\t' {
			return false
		}
		if c == '=' && i+1 < len(s) && s[i+1] == '?' {
			return false
		}
	}
	return true
}

// utf8Header undoes folds and gives raw octets, which RFC 5322 does not allow and RFC 6532 wants in UTF-8, a charset.
func utf8Header(s string) string {
	s = oneLine(s)
	if strings.IndexByte(s, 0x1B) < 0 && (isASCII(s) || utf8.ValidString(s)) {
		return s
	}
	text, _ := DecodeText("", []byte(s))
	return oneLine(text)
}

// oneLine undoes folds (RFC 5322 section 2.2.3): a line end goes, the white space after it stays.
func oneLine(s string) string {
	if strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, 0) < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case 0:
		case '\r', '\n':
			if next := i + 1; next < len(s) && s[next] != ' ' && s[next] != '\t' && s[next] != '\n' && s[next] != '\r' {
				out.WriteByte(' ')
			}
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// encodedWord is one =?charset?encoding?text?= of RFC 2047 section 2.
type encodedWord struct {
	charset  string
	encoding byte // 'B' or 'Q'
	text     string
}

// maxWord bounds how far the end of an encoded-word is looked for, in octets; RFC 2047 section 2 says 75.
const maxWord = 8 << 10

// cutWord reads an encoded-word at the beginning of s, which starts with "=?". A word that ends with the value
// because somebody cut it off is read as far as it goes.
func cutWord(s string) (w encodedWord, rest string, ok bool) {
	charset, tail, found := strings.Cut(s[2:], "?")
	if !found || charset == "" || len(charset) > maxCharsetLabel || len(tail) < 2 || tail[1] != '?' {
		return w, s, false
	}
	w.charset, _, _ = strings.Cut(charset, "*") // RFC 2231 section 5: charset*language
	switch tail[0] {
	case 'B', 'b':
		w.encoding = 'B'
	case 'Q', 'q':
		w.encoding = 'Q'
	default:
		return w, s, false
	}
	tail = tail[2:]
	end := strings.Index(tail[:min(len(tail), maxWord)], "?=")
	if end < 0 {
		if len(tail) > maxWord || strings.ContainsAny(tail, " \t") {
			return w, s, false
		}
		w.text = strings.TrimRight(tail, "?")
		return w, "", true
	}
	w.text = tail[:end]
	return w, tail[end+2:], true
}

// wordDecoder joins the octets of neighbouring encoded-words of one charset before decoding them.
type wordDecoder struct {
	charset string
	octets  []byte
	base64  string // of the last B word, cut inside a group of four
	out     strings.Builder
}

func (d *wordDecoder) decode(s string) {
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, rest, ok := cutWord(s[i:])
		if !ok {
			d.flush()
			d.out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		d.between(s[:i])
		d.add(w)
		s = rest
	}
	d.flush()
	d.out.WriteString(s)
}

// between takes the text before an encoded-word: white space between two of them means nothing (section 6.2).
func (d *wordDecoder) between(text string) {
	if d.charset != "" && strings.Trim(text, " \t") == "" {
		return
	}
	d.flush()
	d.out.WriteString(text)
}

func (d *wordDecoder) add(w encodedWord) {
	if !strings.EqualFold(d.charset, w.charset) {
		d.flush()
		d.charset = w.charset
	}
	if w.encoding == 'Q' {
		d.endBase64()
		d.octets = appendQ(d.octets, w.text)
		return
	}
	d.base64 += w.text
	if len(d.base64)%4 == 0 || strings.HasSuffix(d.base64, "=") {
		d.endBase64()
	}
}

func (d *wordDecoder) endBase64() {
	d.octets = appendBase64(d.octets, d.base64)
	d.base64 = ""
}

func (d *wordDecoder) flush() {
	if d.charset == "" {
		return
	}
	d.endBase64()
	text, _ := DecodeText(d.charset, d.octets)
	d.out.WriteString(text)
	d.charset, d.octets = "", d.octets[:0]
}

// appendQ decodes the Q encoding (RFC 2047 section 4.2).
func appendQ(out []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(text) && unhex(text[i+1]) >= 0 && unhex(text[i+2]) >= 0:
			out = append(out, byte(unhex(text[i+1])<<4|unhex(text[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// appendBase64 decodes what is base64 in text and skips the rest, padding in the middle too.
func appendBase64(out []byte, text string) []byte {
	if text == "" {
		return out
	}
	at := len(out)
	out = append(out, make([]byte, base64.StdEncoding.DecodedLen(len(text)))...)
	if n, err := base64.StdEncoding.Decode(out[at:], []byte(text)); err == nil {
		return out[:at+n]
	}
	return append(out[:at], lenientBase64([]byte(text))...)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
