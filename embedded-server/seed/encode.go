package seed

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

func encoderOf(charset string) *encoding.Encoder {
	switch strings.ToLower(charset) {
	case "iso-2022-jp":
		return japanese.ISO2022JP.NewEncoder()
	case "shift_jis", "cp932", "windows-31j":
		return japanese.ShiftJIS.NewEncoder()
	case "euc-jp":
		return japanese.EUCJP.NewEncoder()
	}
	return encoding.Nop.NewEncoder()
}

// encode gives the text's octets in a charset. What the charset cannot say stays UTF-8: a test looks for that.
func encode(charset, text string) []byte {
	octets, err := encoderOf(charset).Bytes([]byte(text))
	if err != nil {
		return []byte(text)
	}
	return octets
}

// words writes a header text as encoded-words of at most 75 characters (RFC 2047), ASCII as it is. Words are cut
// between characters, and each ISO-2022-JP word goes back to ASCII.
func words(charset, text string) string {
	if isASCII(text) {
		return text
	}
	const room = 45 // octets that fit one word in base64 with the longest charset name
	var list []string
	for text != "" {
		n := 0
		for n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			if n > 0 && len(encode(charset, text[:n+size])) > room {
				break
			}
			n += size
		}
		list = append(list, "=?"+charset+"?B?"+base64.StdEncoding.EncodeToString(encode(charset, text[:n]))+"?=")
		text = text[n:]
	}
	return strings.Join(list, "\r\n ")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
