package text

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// F fills a format of the catalogue. Strings from outside are cleaned on the way in, so the result is Safe.
func F(format Safe, args ...any) Safe {
	for i, a := range args {
		switch v := a.(type) {
		case string:
			args[i] = Clean(v)
		case error:
			args[i] = Clean(v.Error())
		case fmt.Stringer:
			args[i] = Clean(v.String())
		}
	}
	return Safe(fmt.Sprintf(string(format), args...))
}

// Num writes n with a comma every three digits.
func Num(n int) Safe {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return Safe(s)
}

// Size writes octets in the unit a person would use, three digits at most before it.
func Size(n int64) Safe {
	const k = 1000
	switch {
	case n < k:
		return Safe(strconv.FormatInt(n, 10) + " B")
	case n < k*k:
		return Safe(strconv.FormatInt((n+k/2)/k, 10) + " KB")
	case n < 10*k*k:
		return Safe(strconv.FormatFloat(float64(n)/(k*k), 'f', 1, 64) + " MB")
	case n < k*k*k:
		return Safe(strconv.FormatInt((n+k*k/2)/(k*k), 10) + " MB")
	}
	return Safe(strconv.FormatFloat(float64(n)/(k*k*k), 'f', 1, 64) + " GB")
}

// Bits writes a bandwidth, given in bits a second: "10 Mbit/s".
func Bits(n int64) Safe {
	const k = 1000
	switch {
	case n >= k*k:
		return Safe(strconv.FormatFloat(float64(n)/(k*k), 'f', -1, 64)) + " Mbit/s"
	case n >= k:
		return Safe(strconv.FormatFloat(float64(n)/k, 'f', -1, 64)) + " kbit/s"
	}
	return Num(int(n)) + " bit/s"
}

// Span writes a duration as the screens do: "4 ms", "0.6 s", "14 s", "5 min", "3 h", "2 d".
func Span(d time.Duration) Safe {
	if d < 0 {
		return "-" + Span(-max(d, -math.MaxInt64)) // the least has no opposite
	}
	switch {
	case d < time.Millisecond:
		return "0 ms"
	case d < 400*time.Millisecond:
		return Safe(strconv.FormatInt(d.Milliseconds(), 10) + " ms")
	case d < 9950*time.Millisecond:
		return Safe(strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s")
	case d < 2*time.Minute:
		return Safe(strconv.FormatInt(int64(d.Seconds()+0.5), 10) + " s")
	case d < 2*time.Hour:
		return Safe(strconv.FormatInt(int64(d.Minutes()), 10) + " min")
	case d < 48*time.Hour:
		return Safe(strconv.FormatInt(int64(d.Hours()), 10) + " h")
	}
	return Safe(strconv.FormatInt(int64(d.Hours()/24), 10) + " d")
}

// Clock writes the time of day.
func Clock(t time.Time) Safe { return Safe(t.Format("15:04")) }

// Stamp writes the time of day to the millisecond, as the wire does.
func Stamp(t time.Time) Safe { return Safe(t.Format("15:04:05.000")) }

// When writes a date as short as it can still be told: the time today, the weekday this week, then day and month,
// then month and year. now gives the zone.
func (c *Catalogue) When(t, now time.Time) Safe {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	y, m, d := now.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	switch {
	case !t.Before(midnight) && t.Before(midnight.AddDate(0, 0, 1)):
		return Clock(t)
	case !t.Before(midnight.AddDate(0, 0, -6)) && t.Before(midnight):
		return c.Weekday[t.Weekday()]
	case t.Year() == y:
		return c.dayMonth(t)
	}
	return c.monthYear(t)
}

// Long writes a date in full: "Mon 23 Nov 2026 09:38".
func (c *Catalogue) Long(t, now time.Time) Safe {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	if c.Lang == JA {
		return F("%d年%d月%d日(%s) %s", t.Year(), int(t.Month()), t.Day(), c.WeekdayShort[t.Weekday()], Clock(t))
	}
	return F("%s %s %d %s", c.WeekdayShort[t.Weekday()], c.dayMonth(t), t.Year(), Clock(t))
}

// Brief writes day, month and time: "23 Nov 09:38".
func (c *Catalogue) Brief(t, now time.Time) Safe {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	return c.dayMonth(t) + " " + Clock(t)
}

// Today writes "today 09:38" for today and the brief form otherwise.
func (c *Catalogue) Today(t, now time.Time) Safe {
	t = t.In(now.Location())
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return c.TodayWord + " " + Clock(t)
	}
	return c.Brief(t, now)
}

func (c *Catalogue) dayMonth(t time.Time) Safe {
	if c.Lang == JA {
		return F("%d月%d日", int(t.Month()), t.Day())
	}
	return F("%d %s", t.Day(), c.Month[t.Month()-1])
}

func (c *Catalogue) monthYear(t time.Time) Safe {
	if c.Lang == JA {
		return F("%d年%d月", t.Year(), int(t.Month()))
	}
	return F("%s %d", c.Month[t.Month()-1], t.Year())
}
