package ladder

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 26, 5, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	cert := func(host string, from, until time.Duration) Dated {
		return Dated{Host: host, From: now.Add(from), Until: now.Add(until)}
	}
	says := func(host string, off time.Duration) Dated { return Dated{Host: host, Says: now.Add(off)} }
	fits, ended, early := cert("mx.fits.test", -day, day), cert("mx.ended.test", -20*day, -10*day), cert("mx.early.test", 10*day, 20*day)
	for name, c := range map[string]struct {
		seen    []Dated
		vouched bool
		code    string
	}{
		"nothing":                      {nil, false, ""},
		"all fit":                      {[]Dated{fits, says("a.test", time.Minute)}, true, ""},
		"one has ended":                {[]Dated{fits, ended}, false, ""},
		"the only one has ended":       {[]Dated{ended}, false, ""},
		"all of one domain have ended": {[]Dated{ended, cert("mx2.ended.test", -20*day, -day)}, false, ""},
		"unrelated ones have ended":    {[]Dated{ended, cert("mx.other.test", -20*day, -day)}, false, CodeClockLikely},
		"unrelated ones have ended, the root vouches": {[]Dated{ended, cert("mx.other.test", -20*day, -day)}, true, ""},
		"unrelated ones are early":                    {[]Dated{early, cert("mx.other.test", day, 20*day)}, true, CodeClockLikely},
		"one has ended, one is early":                 {[]Dated{ended, early}, false, ""},
		"a host says when the one that ended holds":   {[]Dated{ended, says("mx.ended.test", -15*day)}, true, CodeClock},
		"another host says so":                        {[]Dated{early, says("a.test", 15*day)}, true, CodeClock},
		"a host says what no certificate fits":        {[]Dated{ended, says("a.test", -5*day)}, true, ""},
		"a host's own clock is wrong":                 {[]Dated{fits, says("a.test", -400*day)}, true, ""},
		"clocks drift":                                {[]Dated{cert("a.test", 5*time.Minute, day), says("a.test", 9*time.Minute)}, true, ""},
	} {
		f, wrong := Clock(now, c.seen, c.vouched)
		if wrong != (c.code != "") || f.Code != c.code {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestDateIn(t *testing.T) {
	for said, want := range map[string]string{
		"220 mx.test ESMTP Sendmail 8.15.2; Thu, 26 Nov 2026 05:59:00 GMT":                  "2026-11-26 05:59",
		"220 mx.test Microsoft ESMTP MAIL Service ready at Thu, 26 Nov 2026 14:59:00 +0900": "2026-11-26 05:59",
		"+OK ready <1896.697170952@dbc.mtview.ca.us>":                                       "",
		"220 mx.test ESMTP Postfix":                                                         "",
		"220 Thu, 99 Nov 2026 99:99:99 +0000":                                               "",
	} {
		got, ok := DateIn(said)
		if ok != (want != "") || ok && got.UTC().Format("2006-01-02 15:04") != want {
			t.Errorf("%q: %v, %v", said, got, ok)
		}
	}
}
