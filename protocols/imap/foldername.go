package imap

import (
	"bytes"
	"encoding/base64"
	"unicode/utf16"
	"unicode/utf8"
)

// folderResponses are the responses with a folder name in them.
var folderResponses = [][]byte{[]byte("* LIST ("), []byte("* STATUS "), []byte("* QUOTAROOT ")}

// readableName tells whether the folder name in a LIST, STATUS or QUOTAROOT line is modified UTF-7 (RFC 3501 section 5.1.3) or UTF-8.
// Some servers hold names like "R&D" that broken clients made: the library would give the connection up for one. A name
// in a literal is not looked at.
func readableName(line []byte) bool {
	if bytes.IndexByte(line, '&') < 0 && utf8.Valid(line) {
		return true
	}
	for i, prefix := range folderResponses {
		rest, ok := cutFold(line, string(prefix))
		if !ok {
			continue
		}
		if i == 0 {
			rest = afterDelimiter(rest)
		}
		return validName(nameIn(rest))
	}
	return true
}

// afterDelimiter skips `attributes) "/" ` or `attributes) NIL `.
func afterDelimiter(b []byte) []byte {
	_, b, _ = bytes.Cut(b, []byte(") "))
	end := []byte(" ")
	if bytes.HasPrefix(b, []byte(`"`)) {
		b, end = b[1:], []byte(`" `)
	}
	_, name, _ := bytes.Cut(b, end)
	return name
}

// nameIn takes a quoted string or an atom from the beginning.
func nameIn(b []byte) []byte {
	if len(b) == 0 || b[0] != '"' {
		return firstWord(b)
	}
	var name []byte
	for i := 1; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		name = append(name, b[i])
	}
	return name
}

// validName follows the shifts of modified UTF-7.
func validName(name []byte) bool {
	if !utf8.Valid(name) {
		return false
	}
	for shifted := false; len(name) > 0; {
		if name[0] != '&' {
			if name[0] < ' ' || name[0] == 0x7f {
				return false
			}
			name, shifted = name[1:], false
			continue
		}
		run, rest, ok := bytes.Cut(name[1:], []byte("-"))
		if !ok || len(run) > 0 && (shifted || !validRun(run)) {
			return false
		}
		name, shifted = rest, len(run) > 0
	}
	return true
}

// modified is the base64 alphabet of mailbox names.
var modified = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// validRun checks one run of base64: whole UTF-16 units, pairs of surrogates, no ASCII that could stand for itself.
func validRun(run []byte) bool {
	octets := make([]byte, modified.DecodedLen(len(run)))
	n, err := modified.Decode(octets, run)
	if err != nil || n == 0 || n%2 == 1 {
		return false
	}
	for i := 0; i < n; i += 2 {
		r := rune(octets[i])<<8 | rune(octets[i+1])
		if r >= ' ' && r <= '~' {
			return false
		}
		if !utf16.IsSurrogate(r) {
			continue
		}
		if i += 2; i >= n || utf16.DecodeRune(r, rune(octets[i])<<8|rune(octets[i+1])) == utf8.RuneError {
			return false
		}
	}
	return true
}
