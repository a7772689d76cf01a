package reason

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAReadingRestsOn(t *testing.T) {
	for name, c := range map[string]struct {
		reply Reply
		want  Reading
	}{
		"all agree": {Reply{Text: "550 5.1.1 User unknown", Command: "RCPT", Step: 3},
			Reading{Reason: Nobody, Hard: true, Who: "you", Retry: "never", Sure: High, Rests: []string{ByCode, ByEnhanced, ByWords}}},
		"codes apart": {Reply{Code: 550, Enhanced: "4.2.2", Text: "Mailbox full", Step: 3},
			Reading{Reason: Full, Hard: true, Who: "recipient", Retry: "never", Sure: Fair, Rests: []string{ByEnhanced, ByWords}}},
		"words against the code": {Reply{Text: "550 5.1.1 rate limit exceeded", Step: 3},
			Reading{Reason: RateLimited, Hard: true, Who: "nobody", Retry: "never", Sure: Fair, Rests: []string{ByWords}}},
		"the code against weak words": {Reply{Text: "550 5.2.2 denied by policy", Step: 3},
			Reading{Reason: Full, Hard: true, Who: "recipient", Retry: "never", Sure: Fair, Rests: []string{ByCode, ByEnhanced}}},
		"bare code": {Reply{Text: "556", Step: 3},
			Reading{Reason: NoMail, Hard: true, Who: "recipient", Retry: "never", Sure: Fair, Rests: []string{ByCode}}},
		"too many recipients": {Reply{Text: "552 too many recipients", Step: 3},
			Reading{Reason: Recipients, Who: "nobody", Retry: "server", Sure: High, Rests: []string{ByWords}}},
		"later, to our server": {Reply{Text: "451 4.7.1 Greylisted", Command: "RCPT", Step: 1},
			Reading{Reason: Greylisted, Who: "nobody", Retry: "helps", Sure: High, Rests: []string{ByCode, ByEnhanced, ByWords}}},
		"later, to theirs": {Reply{Text: "451 4.4.3 Name server timeout", Step: 2},
			Reading{Reason: DNS, Who: "dns", Retry: "server", Sure: High, Rests: []string{ByCode, ByEnhanced, ByWords}}},
		"of a provider": {Reply{Text: "550 : User unknown", Host: "LSEAN.ezweb.ne.jp.", Command: "RCPT", Step: 3},
			Reading{Reason: Filtered, Hard: true, Who: "recipient", Retry: "never", Sure: High,
				Rests: []string{ByProvider, ByCode, ByWords}, Provider: "au", Dated: "2025-02"}},
		"yes":     {Reply{Text: "250 2.1.5 Ok"}, Reading{Reason: None, Who: "provider", Retry: "helps", Sure: No}},
		"nothing": {Reply{}, Reading{Reason: None, Who: "provider", Sure: No}},
	} {
		if diff := cmp.Diff(c.want, Read(c.reply)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Reply{
		"550 5.1.1 User unknown":                          {Code: 550, Enhanced: "5.1.1", Text: "User unknown"},
		"550-5.1.1 The account\r\n550 5.1.1 is not there": {Code: 550, Enhanced: "5.1.1", Text: "The account\nis not there"},
		"553 sorry, that domain is not here (#5.7.1)":     {Code: 553, Enhanced: "5.7.1", Text: "sorry, that domain is not here (#5.7.1)"},
		"5.2.2":                     {Enhanced: "5.2.2"},
		"554":                       {Code: 554},
		"\x1b[31m550\x07 5.1.1 odd": {Code: 550, Enhanced: "5.1.1", Text: "odd"},
		"smtp; 550 5.1.1 odd":       {Code: 550, Enhanced: "5.1.1", Text: "odd"},
		"mailbox full":              {Text: "mailbox full"},
		"5500 is a number":          {Text: "5500 is a number"},
	} {
		if diff := cmp.Diff(want, Parse(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestAReplyInsideAReply(t *testing.T) {
	for text, want := range map[string]Reply{
		"554 5.0.0 Service unavailable\n<<< 552 5.2.2 Mailbox full":                                                          {Code: 552, Enhanced: "5.2.2", Text: "Mailbox full"},
		"host mx1.fuji.test[192.0.2.20] said: 550-5.1.1 No\n550 5.1.1 such user (in reply to RCPT TO command)":               {Code: 550, Enhanced: "5.1.1", Text: "No\nsuch user", Host: "mx1.fuji.test", Command: "RCPT"},
		"host mx1.fuji.test[192.0.2.20] refused to talk to me: 554 5.7.1 go away":                                            {Code: 554, Enhanced: "5.7.1", Text: "go away", Host: "mx1.fuji.test"},
		"Remote host mx1.fuji.test [192.0.2.20] responded: \"552 size limit exceeded\" (in reply to end of DATA command)":    {Code: 552, Text: "size limit exceeded", Host: "mx1.fuji.test", Command: "."},
		"host a.test[192.0.2.1] said: 554 host b.test[192.0.2.2] said: 550 5.1.1 User unknown (in reply to RCPT TO command)": {Code: 554, Enhanced: "5.1.1", Text: "host b.test[192.0.2.2] said: 550 5.1.1 User unknown", Host: "a.test", Command: "RCPT"},
	} {
		got, ok := Unwrap(Reply{Text: text})
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%q: %v %s", text, ok, diff)
		}
	}
	twice := "host a.test[192.0.2.1] said: 554 host b.test[192.0.2.2] said: 552 5.2.2 Mailbox full (in reply to RCPT TO command)"
	if got := Read(Reply{Text: twice}); got.Reason != Full || got.Sure != High {
		t.Errorf("twice wrapped: %+v", got)
	}
	if got, ok := Unwrap(Reply{Text: "554 5.7.1 Service unavailable; Client host blocked using dnsbl.test"}); ok {
		t.Errorf("unwrapped %+v", got)
	}
}

// TestRulesAreSound: every rule names a reason that there is, is written as texts are folded, and can be met: no
// phrase stands behind one that catches all of its wordings first.
func TestRulesAreSound(t *testing.T) {
	known := loaded()
	named := slices.Concat(slices.Collect(maps.Values(known.codes)))
	for _, s := range known.status {
		named = append(named, s.Reason)
	}
	for i, p := range known.phrases {
		named = append(named, p.Reason)
		for _, w := range p.Any {
			if text := strings.TrimPrefix(w, "^"); text != strings.ToLower(text) || text == "" {
				t.Errorf("%s: %q is not as texts are folded", p.Reason, w)
			}
			if p.Code != "" || len(p.Command) > 0 {
				continue
			}
			if first, at := caughtBefore(known.phrases[:i], w); at {
				t.Errorf("%s: %q is never met: %s catches it", p.Reason, w, first)
			}
		}
	}
	for _, p := range known.providers {
		for _, r := range p.Rules {
			named = append(named, r.Reason)
			if len(r.Dated) != len("2006-01") {
				t.Errorf("%s: a rule for %s is dated %q", p.Name, r.Reason, r.Dated)
			}
		}
	}
	for _, r := range named {
		if _, ok := known.reasons[r]; !ok {
			t.Errorf("there is no reason %q", r)
		}
	}
}

func caughtBefore(earlier []phrase, words string) (Reason, bool) {
	text := strings.ReplaceAll(strings.TrimPrefix(words, "^"), "*", " x ")
	for _, p := range earlier {
		if p.Code == "" && len(p.Command) == 0 && containsAny(text, p.Any) {
			return p.Reason, true
		}
	}
	return None, false
}

func TestEveryRegisteredStatusIsKnown(t *testing.T) {
	last := map[string]int{"0": 0, "1": 10, "2": 4, "3": 6, "4": 7, "5": 6, "6": 9, "7": 30}
	n := 0
	for subject, end := range last {
		for detail := range end + 1 {
			n++
			code := fmt.Sprintf("X.%s.%d", subject, detail)
			if _, ok := loaded().status[code]; !ok {
				t.Errorf("%s has no reason", code)
			}
		}
	}
	if n != 80 {
		t.Errorf("%d codes", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("550 5.1.1 User unknown", "RCPT", "mx.fuji.test")
	f.Add("554 said: 550 said: <<< 550 5 \xff\x1b[2J", "", "")
	f.Fuzz(func(t *testing.T, text, command, host string) {
		r := Read(Reply{Text: text, Command: command, Host: host})
		if _, ok := loaded().reasons[r.Reason]; !ok || r.Who == "" || (r.Sure == No) != (len(r.Rests) == 0) {
			t.Errorf("%q: %+v", text, r)
		}
		for _, c := range Parse(text).Text {
			if c == '\x1b' || c == '\x7f' {
				t.Errorf("%q keeps a control character", text)
			}
		}
	})
}
