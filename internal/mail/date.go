package mail

import (
	"strings"
	"time"
)

// maxDate bounds the octets of a date that are looked at.
const maxDate = 128

// ParseDate reads a date-time of RFC 5322 section 3.3 and what software writes instead: obsolete and missing zones,
// two-digit years, names of zones in other forms, asctime, ISO 8601, comments anywhere. It reports false when
// year, month and day are not all there or not possible.
func ParseDate(s string) (time.Time, bool) {
	if len(s) > maxDate {
		s = s[:maxDate]
	}
	d := dateParts{year: -1, day: -1}
	for s = trimDate(s); s != ""; s = trimDate(s) {
		if s[0] == '(' {
			var comment string
			comment, s = CutComment(s)
			d.zoneName(comment, true)
			continue
		}
		end := 1
		for end < len(s) && !dateSpace(s[end]) && s[end] != '(' {
			end++
		}
		d.take(s[:end])
		s = s[end:]
	}
	return d.time()
}

// dateSpace reports what stands between the words of a date.
func dateSpace(c byte) bool { return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n' }

func trimDate(s string) string {
	for s != "" && dateSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// dateParts is what was understood so far; -1 and 0 mean not yet.
type dateParts struct {
	year, day       int
	month           time.Month
	hour, min, sec  int
	offset          int // seconds east
	hasZone, weakly bool
	pm, am          bool
}

func (d *dateParts) take(w string) {
	c := w[0]
	switch {
	case strings.IndexByte(w, 'T') > 7 && c >= '0' && c <= '9': // ISO 8601
		day, clock, _ := strings.Cut(w, "T")
		d.takeDate(day, "-")
		d.takeTime(clock)
	case strings.IndexByte(w, ':') > 0 && c >= '0' && c <= '9':
		d.takeTime(w)
	case (c == '+' || c == '-') && len(w) > 1:
		d.takeZone(w)
	case c >= '0' && c <= '9' && strings.Contains(w, "-"):
		d.takeDate(w, "-")
	case c >= '0' && c <= '9' && strings.Contains(w, "/"):
		d.takeDate(w, "/")
	case c >= '0' && c <= '9':
		d.takeNumber(w)
	default:
		d.takeWord(w)
	}
}

func (d *dateParts) takeNumber(w string) {
	n, digits := leadingNumber(w)
	switch {
	case digits == 0 || digits > 4:
	case digits <= 2 && d.day < 0:
		d.day = n
	case d.year < 0:
		d.year = fullYear(n, digits)
	case digits == 4 && !d.hasZone:
		d.takeZone("+" + w)
	}
}

// fullYear reads the obsolete two- and three-digit years as RFC 5322 section 4.3 says.
func fullYear(n, digits int) int {
	switch {
	case digits <= 2 && n < 50:
		return 2000 + n
	case digits <= 3:
		return 1900 + n
	}
	return n
}

// takeDate reads 2026-11-23, 2026/11/23 and 23-Nov-2026.
func (d *dateParts) takeDate(w, sep string) {
	parts := strings.SplitN(w, sep, 4)
	if len(parts) < 3 {
		return
	}
	first, digits := leadingNumber(parts[0])
	last, lastDigits := leadingNumber(parts[2])
	if digits == 4 {
		d.year, d.day = first, last
	} else {
		d.day, d.year = first, fullYear(last, lastDigits)
	}
	if n, ds := leadingNumber(parts[1]); ds > 0 {
		d.month = time.Month(n)
		return
	}
	d.month = monthOf(parts[1])
}

func (d *dateParts) takeTime(w string) {
	n, digits := leadingNumber(w)
	d.hour, d.min, d.sec = n, 0, 0
	w = w[digits:]
	for _, part := range []*int{&d.min, &d.sec} {
		if !strings.HasPrefix(w, ":") {
			break
		}
		n, digits = leadingNumber(w[1:])
		*part = n
		w = w[1+digits:]
	}
	if strings.HasPrefix(w, ".") {
		_, digits = leadingNumber(w[1:])
		w = w[1+digits:]
	}
	if w != "" && (w[0] == '+' || w[0] == '-') {
		d.takeZone(w)
	} else if w != "" {
		d.takeWord(w)
	}
}

// takeZone reads +0900, +09:00 and +9.
func (d *dateParts) takeZone(w string) {
	sign := 1
	if w[0] == '-' {
		sign = -1
	}
	n, digits := leadingNumber(w[1:])
	rest := w[1+digits:]
	hours, minutes := n, 0
	switch {
	case digits == 0:
		return
	case digits >= 3:
		hours, minutes = n/100, n%100
	case strings.HasPrefix(rest, ":"):
		minutes, _ = leadingNumber(rest[1:])
	}
	if hours > 14 || minutes > 59 {
		return
	}
	d.offset, d.hasZone, d.weakly = sign*(hours*3600+minutes*60), true, false
}

func (d *dateParts) takeWord(w string) {
	if m := monthOf(w); m != 0 && d.month == 0 {
		d.month = m
		return
	}
	switch {
	case strings.EqualFold(w, "PM"):
		d.pm = true
		return
	case strings.EqualFold(w, "AM"):
		d.am = true
		return
	}
	d.zoneName(w, false)
}

// zoneName reads a zone's name; one in a comment counts only when there is no other.
func (d *dateParts) zoneName(w string, comment bool) {
	if d.hasZone && !(d.weakly && !comment) {
		return
	}
	if i := strings.IndexAny(w, "+-"); i >= 2 && i <= 3 && len(w) > i+1 { // GMT+0900
		d.takeZone(w[i:])
		return
	}
	if hours, ok := zoneHours(strings.ToUpper(w)); ok {
		d.offset, d.hasZone, d.weakly = int(hours*3600), true, comment
	}
}

// zoneHours knows the zones of RFC 5322 section 4.3 and those that mail from Asia and Europe names.
func zoneHours(name string) (float64, bool) {
	switch name {
	case "UT", "UTC", "GMT", "Z", "WET":
		return 0, true
	case "JST", "KST":
		return 9, true
	case "HKT", "SGT", "AWST":
		return 8, true
	case "BST", "CET", "MET", "WEST":
		return 1, true
	case "CEST", "MEST", "EET":
		return 2, true
	case "MSK", "EEST":
		return 3, true
	case "IST":
		return 5.5, true
	case "AEST":
		return 10, true
	case "AEDT":
		return 11, true
	case "EDT":
		return -4, true
	case "EST", "CDT":
		return -5, true
	case "CST", "MDT":
		return -6, true
	case "MST", "PDT":
		return -7, true
	case "PST":
		return -8, true
	}
	return 0, false
}

func (d *dateParts) time() (time.Time, bool) {
	if d.pm && d.hour < 12 {
		d.hour += 12
	}
	if d.am && d.hour == 12 {
		d.hour = 0
	}
	possible := d.year >= 1900 && d.year <= 9999 && d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= 31 &&
		d.hour <= 24 && d.min <= 59 && d.sec <= 60
	if !possible {
		return time.Time{}, false
	}
	zone := time.UTC
	if d.offset != 0 {
		zone = time.FixedZone("", d.offset)
	}
	return time.Date(d.year, d.month, d.day, d.hour, d.min, d.sec, 0, zone), true
}

func monthOf(w string) time.Month {
	if len(w) < 3 {
		return 0
	}
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	var low [3]byte
	for i := range low {
		low[i] = w[i] | 0x20
	}
	i := strings.Index(names, string(low[:]))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return time.Month(i/3 + 1)
}

// leadingNumber reads the digits at the beginning of w, at most six.
func leadingNumber(w string) (n, digits int) {
	for digits < len(w) && digits < 6 && w[digits] >= '0' && w[digits] <= '9' {
		n = n*10 + int(w[digits]-'0')
		digits++
	}
	return n, digits
}

// maxCommentDepth bounds comments in comments (RFC 5322 section 3.2.2).
const maxCommentDepth = 16

// CutComment reads the comment at the beginning of s, with those inside it (RFC 5322 section 3.2.2), and gives what
// follows; a missing end is forgiven.
func CutComment(s string) (text, rest string) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				return s[1:i], s[i+1:]
			}
		}
		if depth > maxCommentDepth {
			break
		}
	}
	return strings.TrimPrefix(s, "("), ""
}
