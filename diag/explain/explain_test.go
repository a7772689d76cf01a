package explain

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// TestLanguagesSayTheSame holds both languages to the same entries, the same facts and the same number of steps.
func TestLanguagesSayTheSame(t *testing.T) {
	for code := range facts() {
		e, inEnglish := en()[code]
		j, inJapanese := ja()[code]
		if !inEnglish || !inJapanese {
			t.Errorf("%s: in English %v, in Japanese %v", code, inEnglish, inJapanese)
			continue
		}
		if e.Title == "" || e.Act == "" || e.Means == "" || j.Title == "" || j.Act == "" || j.Means == "" {
			t.Errorf("%s: title, act and means must be there in both languages", code)
		}
		if len(e.Do) != len(j.Do) || len(e.Likely) != len(j.Likely) || len(e.Do) > 3 {
			t.Errorf("%s: %d and %d things to do (3 at most), %d and %d causes", code, len(e.Do), len(j.Do), len(e.Likely), len(j.Likely))
		}
		if a, b := used(e), used(j); !slices.Equal(a, b) {
			t.Errorf("%s: English uses %v, Japanese %v", code, a, b)
		}
	}
	for _, lang := range []map[string]words{en(), ja()} {
		for code := range lang {
			if _, ok := facts()[code]; !ok {
				t.Errorf("%s has words and no facts", code)
			}
		}
	}
}

// TestWhoMustActHasAStep: whoever an entry names is told what to do, by a record, setting or command where there is one.
func TestWhoMustActHasAStep(t *testing.T) {
	for code, f := range facts() {
		if who := f.Who; who != "" && who != Nobody && len(en()[code].Do) == 0 {
			t.Errorf("%s: %s must act, and nothing says what to do", code, who)
		}
	}
}

// used gives the facts that an entry's words use, each once.
func used(w words) []string {
	all := map[string]bool{}
	for _, s := range slices.Concat([]string{w.Title, w.Act, w.Means}, w.Likely, w.Do) {
		for _, p := range placeholder.FindAllString(s, -1) {
			all[p] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func TestWordsFollowTheHouseStyle(t *testing.T) {
	for code, w := range en() {
		for _, s := range slices.Concat([]string{w.Title, w.Act, w.Means}, w.Likely, w.Do) {
			lower := strings.ToLower(s)
			for _, never := range []string{"please", "!", "error occurred", "sorry"} {
				if strings.Contains(lower, never) {
					t.Errorf("%s: %q says %q", code, s, never)
				}
			}
		}
	}
	for code, w := range ja() {
		if strings.Contains(w.Title+w.Act+w.Means, "エラーが発生しました") {
			t.Errorf("%s: names no error that occurred", code)
		}
	}
}

func TestErrorsOfEveryRoomAreFound(t *testing.T) {
	for _, c := range []struct {
		err  error
		code string
		step int
		says string
	}{
		{&wire.Error{Code: wire.CodeDialRefused, Proto: "imap", Host: "mail.sakura.test", Port: 993}, "dial.refused", 4, "mail.sakura.test does not answer on port 993."},
		{&wire.Error{Code: wire.CodeTLSName, Proto: "smtp", Host: "mail.sakura.test", Port: 465}, "tls.name", 1, "mail.sakura.test"},
		{fmt.Errorf("while sending: %w", &dns.Error{Name: "fuji.test", Type: "MX", Kind: dns.NotFound, Rcode: "NXDOMAIN"}), "dns.notfound", 0, "fuji.test"},
		{errors.New("something odd"), "unknown", 0, "no explanation"},
	} {
		d := Error(c.err, English)
		if d.Code != c.code || d.Step != c.step || !strings.Contains(d.Title, c.says) {
			t.Errorf("%v: got %s at step %d, %q; want %s at %d, ..%q..", c.err, d.Code, d.Step, d.Title, c.code, c.step, c.says)
		}
		if j := Error(c.err, Japanese); j.Title == d.Title || j.Code != d.Code {
			t.Errorf("%v: Japanese says %q for %s", c.err, j.Title, j.Code)
		}
	}
}

func TestEveryWireCodeHasWords(t *testing.T) {
	for _, code := range []string{
		wire.CodeDNSFailed, wire.CodeDNSNotFound, wire.CodeDialRefused, wire.CodeDialTimeout, wire.CodeDialUnreachable, wire.CodeDialNoRoute,
		wire.CodeDialFailed, wire.CodeTLSHandshake, wire.CodeTLSName, wire.CodeTLSExpired, wire.CodeTLSAuthority,
		wire.CodeTLSCertificate, wire.CodeTLSVersion, wire.CodeTLSClosed, wire.CodeTLSPlainPeer, wire.CodeTLSPeer,
		wire.CodeTLSPort, wire.CodeTLSNotOffered, wire.CodeTLSRefused, wire.CodeTLSInjected, wire.CodeSilent, wire.CodeSlow,
		wire.CodeFlood, wire.CodeClosed, wire.CodeCancelled, wire.CodeStalled, wire.CodeAuthPlaintext, wire.CodeAuthRefused,
		wire.CodeAuthNone, wire.CodeGarbled, wire.CodePreauth, wire.CodeGreeting, wire.CodeArgument,
	} {
		if found, _ := lookup(code); found != code {
			t.Errorf("%s is explained by %s", code, found)
		}
	}
}

func TestLongestBeginningIsUsed(t *testing.T) {
	for code, want := range map[string]string{
		"smtp.5.1.1": "smtp.x.1.1", "smtp.5.9.9": "smtp.5", "smtp.4.9": "smtp.4", "imap.odd": "imap", "zzz.1": codeUnknown,
	} {
		if got, _ := lookup(code); got != want {
			t.Errorf("%s is explained by %s, want %s", code, got, want)
		}
	}
}

func TestMissingAndHostileFacts(t *testing.T) {
	d := Finding(trace.Finding{Code: "dial.refused", Args: map[string]string{"host": "{host}{port}{"}}, English)
	if d.Title != "{host}{port}{ does not answer on port." {
		t.Errorf("got %q", d.Title)
	}
}

// A field is called as the screen labels it, in Japanese too.
func TestFieldsAreLabelled(t *testing.T) {
	f := trace.Finding{Code: "compose.address.no-at", Args: map[string]string{"field": "to", "text": "hanako"}}
	if en, ja := Finding(f, English).Title, Finding(f, Japanese).Title; !strings.HasPrefix(en, "to: ") || !strings.HasPrefix(ja, "宛先: ") || f.Args["field"] != "to" {
		t.Errorf("%q, %q", en, ja)
	}
}
