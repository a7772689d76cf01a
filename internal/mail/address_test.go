package mail

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseAddressList(t *testing.T) {
	for in, want := range map[string][]Address{
		"":                  nil,
		" , ;\n":            nil,
		"alice@sakura.test": {{"", "alice@sakura.test"}},
		"田中 花子 <hanako@tsuru.test>, bob@fuji.test; carol@sakura.test\ndave@x.test": {
			{"田中 花子", "hanako@tsuru.test"}, {"", "bob@fuji.test"}, {"", "carol@sakura.test"}, {"", "dave@x.test"}},
		`"Tanaka, Hanako" <h@t.test>`:     {{"Tanaka, Hanako", "h@t.test"}},
		`"say \"hi\"" <h@t.test>`:         {{`say "hi"`, "h@t.test"}},
		"h@t.test (Tanaka Hanako)":        {{"Tanaka Hanako", "h@t.test"}},
		"a..b@docomo.ne.jp":               {{"", "a..b@docomo.ne.jp"}},
		"a.b.@docomo.ne.jp":               {{"", "a.b.@docomo.ne.jp"}},
		`"a b"@t.test`:                    {{"", "a b@t.test"}},
		`"a@b"@t.test`:                    {{"", "a@b@t.test"}},
		"花子@日本語.jp":                       {{"", "花子@日本語.jp"}},
		"hanako@日本語.jp":                   {{"", "hanako@日本語.jp"}},
		"田中＠営業 <h@t.test>":                {{"田中＠営業", "h@t.test"}},
		"田中、佐藤 <h@t.test>":                {{"田中、佐藤", "h@t.test"}},
		"postmaster@[192.0.2.1]":          {{"", "postmaster@[192.0.2.1]"}},
		"postmaster@[IPv6:2001:db8::1]":   {{"", "postmaster@[IPv6:2001:db8::1]"}},
		"o'brien+tag@x.test":              {{"", "o'brien+tag@x.test"}},
		"　花子　<h@t.test>　":                 {{"花子", "h@t.test"}},
		"root@localhost":                  {{"", "root@localhost"}},
		"=?utf-8?B?55Sw5Lit?= <h@t.test>": {{"田中", "h@t.test"}},
	} {
		got, err := ParseAddressList(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", in, diff)
		}
	}
}

func TestParseAddressListSaysWhere(t *testing.T) {
	for _, c := range []struct {
		in, at  string // at: the text from the bad character on
		problem AddressProblem
		want    rune
	}{
		{"hanako＠tsuru.test", "＠tsuru.test", AddressFullWidth, '@'},
		{"a@b.test，c@d.test", "，c@d.test", AddressFullWidth, ','},
		{"a@b.test、c@d.test", "、c@d.test", AddressFullWidth, ','},
		{"a@b.test， 田中 <c@d.test>", "， 田中 <c@d.test>", AddressFullWidth, ','},
		{"花子 <hanako＠tsuru.test>", "＠tsuru.test>", AddressFullWidth, '@'},
		{"hanako@tsuru。test", "。test", AddressFullWidth, '.'},
		{"ｈanako@tsuru.test", "ｈanako@tsuru.test", AddressFullWidth, 'h'},
		{"alice@x.test, bob", "bob", AddressNoAt, 0},
		{"@x.test", "@x.test", AddressNoLocal, 0},
		{"alice@", "", AddressNoDomain, 0},
		{"alice@x..test", ".test", AddressDomain, 0},
		{"alice@.test", ".test", AddressDomain, 0},
		{"alice@-" + strings.Repeat("a", 64) + ".test", "-" + strings.Repeat("a", 64) + ".test", AddressDomain, 0},
		{"alice@x_y!.test", "!.test", AddressCharacter, 0},
		{"alice smith@x.test", " smith@x.test", AddressCharacter, 0},
		{"alice@x.test bob@y.test", " bob@y.test", AddressCharacter, 0},
		{"A <a@x.test> B <b@x.test>", "B <b@x.test>", AddressTextAfter, 0},
		{"A <a@x.test", "<a@x.test", AddressUnclosedAngle, 0},
		{"A <a@x.test, b@y.test", "<a@x.test, b@y.test", AddressUnclosedAngle, 0},
		{`"A <a@x.test>`, `"A <a@x.test>`, AddressUnclosedQuote, 0},
		{"A <>", ">", AddressNoAt, 0},
		{strings.Repeat("a", 65) + "@x.test", strings.Repeat("a", 65) + "@x.test", AddressTooLong, 0},
		{"a\u202e@x.test", "\u202e@x.test", AddressCharacter, 0},
		{"a\x1b@x.test", "\x1b@x.test", AddressCharacter, 0},
		{"a@[300.1.1.1]", "[300.1.1.1]", AddressDomain, 0},
	} {
		_, err := ParseAddressList(c.in)
		var e *AddressError
		if !errors.As(err, &e) {
			t.Errorf("%q: error %v, want an AddressError", c.in, err)
			continue
		}
		if e.Problem != c.problem || c.in[e.Offset:] != c.at || e.Want != c.want {
			t.Errorf("%q: %s at %q, want %q; expected %s at %q, %q", c.in, e.Problem, c.in[e.Offset:], e.Want, c.problem, c.at, c.want)
		}
	}
}

// A list ends where one address more than is read begins.
func TestParseAddressListIsBounded(t *testing.T) {
	full := strings.Repeat("a@b.test,", maxTyped)
	if list, err := ParseAddressList(full); err != nil || len(list) != maxTyped {
		t.Errorf("%d addresses, %v", len(list), err)
	}
	_, err := ParseAddressList(full + "c@d.test")
	var e *AddressError
	if !errors.As(err, &e) || e.Problem != AddressTooMany || e.Offset != len(full) {
		t.Errorf("%v, want %s at octet %d", err, AddressTooMany, len(full))
	}
}

func TestWire(t *testing.T) {
	for in, want := range map[string]string{
		"alice@sakura.test":   "alice@sakura.test",
		"a..b@docomo.ne.jp":   `"a..b"@docomo.ne.jp`,
		".a@docomo.ne.jp":     `".a"@docomo.ne.jp`,
		"a b@x.test":          `"a b"@x.test`,
		`a"b@x.test`:          `"a\"b"@x.test`,
		"hanako@日本語.jp":       "hanako@xn--wgv71a119e.jp",
		"花子@日本語.jp":           "花子@xn--wgv71a119e.jp",
		"root@[192.0.2.1]":    "root@[192.0.2.1]",
		"Hanako@EXAMPLE.Test": "Hanako@EXAMPLE.Test",
	} {
		got, err := Address{Addr: in}.Wire()
		if err != nil || got != want {
			t.Errorf("%q on the wire is %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "alice", "@x.test", "a@", "a@b..c", "a\r\nRCPT TO:<x@y>@x.test", "a@x.test\r\n", "a@b c", "a@b>c"} {
		if got, err := (Address{Addr: in}).Wire(); err == nil {
			t.Errorf("%q went on the wire as %q", in, got)
		}
	}
	if (Address{Addr: "hanako@日本語.jp"}).NeedsUTF8() || !(Address{Addr: "花子@x.jp"}).NeedsUTF8() {
		t.Error("only a local part that is not ASCII needs SMTPUTF8")
	}
	if !sameMailbox(Address{Addr: "Hanako@日本語.JP"}, Address{Addr: "hanako@xn--wgv71a119e.jp"}) {
		t.Error("the IDN forms of one domain name one mailbox")
	}
}

func TestAddressStringReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Address{
			Name: strings.Join(strings.Fields(rapid.StringMatching(`[ -~あ-ん田中、＠]{0,20}`).Draw(t, "name")), " "),
			Addr: rapid.StringMatching(`[a-z0-9.+" @_-]{1,12}@[a-z]{1,5}\.test`).Draw(t, "addr"),
		}
		if strings.Contains(a.Name, "=?") || strings.HasPrefix(a.Addr, "@") {
			return
		}
		got, err := ParseAddressList(a.String() + ", " + a.String())
		if err != nil {
			t.Fatalf("%q: %v", a.String(), err)
		}
		if diff := cmp.Diff([]Address{a, a}, got); diff != "" {
			t.Fatalf("%q: %s", a.String(), diff)
		}
	})
}

func FuzzParseAddressList(f *testing.F) {
	for _, s := range []string{`"a" <b@c>`, "a＠b", "(((", `"\`, "<<<>>>", "a@[", "x;;;,,,", "\xff@\xfe", "a@xn--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := ParseAddressList(s)
		var e *AddressError
		if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset > len(s)) {
			t.Fatalf("%q: %v", s, err)
		}
		for _, a := range list {
			if !utf8.ValidString(a.Name) || !utf8.ValidString(a.Addr) {
				t.Fatalf("%q gives %q", s, a)
			}
			wire, err := a.Wire()
			if err != nil {
				t.Fatalf("%q was accepted as %q but has no wire form: %v", s, a, err)
			}
			if strings.ContainsAny(wire, "\r\n\x00") {
				t.Fatalf("%q goes on the wire as %q", s, wire)
			}
		}
		for _, a := range parseAddresses(s) {
			if !utf8.ValidString(a.String()) {
				t.Fatalf("%q gives %q", s, a)
			}
		}
	})
}
