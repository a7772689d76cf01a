package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"todoku/internal/mail"
)

var errEnough = errors.New("enough rows")

// searchWaiting looks for the phrases in subject and people of the messages that wait for IndexTexts, newest first, as the
// index will hold them. Right after a first POP3 sync that is every message, at about 10 µs each.
func (s *Store) searchWaiting(ctx context.Context, account string, folderID int64, phrases []mail.Phrase, limit int) ([]int64, error) {
	needles := make([]string, len(phrases))
	for i, p := range phrases {
		needles[i] = needle(p)
	}
	var found []int64
	err := s.each(ctx, `SELECT key, envelope FROM messages INDEXED BY messages_wordless WHERE stored AND NOT worded
		AND folder IN (SELECT id FROM folders WHERE id = ?1 OR ?1 = 0 AND account = ?2) ORDER BY key DESC`, []any{folderID, account},
		func(row scanner) error {
			var key int64
			var blob []byte
			if err := row.Scan(&key, &blob); err != nil {
				return err
			}
			e, err := decodeEnvelope(blob)
			if err == nil && holdsAll(&e, needles) {
				found = append(found, key)
			}
			if err == nil && limit > 0 && len(found) == limit {
				return errEnough
			}
			return err
		})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// needle is a phrase as it stands in what haystack gives: a word begins after a space and ends before one.
func needle(p mail.Phrase) string {
	n := " " + plainLetters(strings.Join(p.Words, " "))
	if p.Prefix {
		return n
	}
	return n + " "
}

func haystack(text string) string { return " " + plainLetters(indexText(text)) + " " }

// holdsAll reports whether each needle is in the subject or among the people; none is ever in both in part, as in the
// index, where they are columns.
func holdsAll(e *mail.Envelope, needles []string) bool {
	subject, people := haystack(e.Subject), ""
	for _, n := range needles {
		if strings.Contains(subject, n) {
			continue
		}
		if people == "" {
			people = haystack(peopleText(e))
		}
		if !strings.Contains(people, n) {
			return false
		}
	}
	return true
}

// plainLetters takes accents off Latin letters, as the index does (remove_diacritics of SQLite's unicode61).
func plainLetters(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf, r >= '\u2000':
			return r
		case r >= '\u0300' && r < '\u0370': // combining marks
			return -1
		}
		if d := norm.NFD.PropertiesString(string(r)).Decomposition(); len(d) > 0 && d[0] < utf8.RuneSelf && unicode.IsLetter(rune(d[0])) {
			return rune(d[0])
		}
		return r
	}, s)
}

// newestOf merges two lists of keys, each newest first, into one without doubles, of limit keys at most; 0 means all.
func newestOf(a, b []int64, limit int) []int64 {
	if len(b) > 0 {
		a = append(slices.Clone(a), b...)
		slices.SortFunc(a, func(x, y int64) int { return cmp.Compare(y, x) })
		a = slices.Compact(a)
	}
	if limit > 0 {
		a = a[:min(limit, len(a))]
	}
	return a
}
