package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxFileName bounds a file name in octets of UTF-8; file systems take 255.
const maxFileName = 200

// SafeFileName makes a name that came in a message harmless on Linux, macOS and Windows: the last element of a path,
// without control and bidi characters, leading dots, characters that Windows forbids and its device names. It is
// empty if nothing is left.
func SafeFileName(name string) string {
	name = strings.ToValidUTF8(norm.NFC.String(name), "_")
	name = strings.TrimRight(name, `/\ `)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(safeFileRune, name)
	name = strings.TrimLeft(name, ". \u3000")
	name = strings.TrimRight(name, ". \u3000")
	name = shortFileName(name)
	if isDeviceName(name) {
		name = "_" + name
	}
	return name
}

func safeFileRune(r rune) rune {
	switch {
	case strings.ContainsRune(`<>:"/\|?*`, r):
		return '_'
	case hiddenRune(r), unicode.IsControl(r):
		return -1
	case unicode.Is(unicode.Zs, r) && r != '\u3000':
		return ' '
	}
	return r
}

// hiddenRune tells characters that show nothing or reorder what is shown: bidi controls, zero-width characters, tags,
// line and paragraph separators. Joiners stay: emoji and several scripts need them.
func hiddenRune(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x061C, r == 0x180E, r == 0x200B, r == 0x200E, r == 0x200F, r == 0xFEFF:
		return true
	case r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r >= 0xFFF9 && r <= 0xFFFB:
		return true
	case r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return false
}

// shortFileName cuts a long name in front of its extension.
func shortFileName(name string) string {
	if len(name) <= maxFileName {
		return name
	}
	extension := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 16 {
		extension = name[i:]
	}
	return cutUTF8(name, maxFileName-len(extension)) + extension
}

// cutUTF8 keeps at most n octets of s and no half character.
func cutUTF8(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// isDeviceName tells the names that Windows keeps for devices, with any extension.
func isDeviceName(name string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	base = strings.TrimRight(base, " ")
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	for _, device := range []string{"COM", "LPT"} {
		if n, ok := strings.CutPrefix(base, device); ok && utf8.RuneCountInString(n) == 1 && strings.ContainsAny(n, "0123456789¹²³") {
			return true
		}
	}
	return false
}
