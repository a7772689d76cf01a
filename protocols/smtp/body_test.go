package smtp

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// received undoes dot-stuffing as RFC 5321 section 4.5.2 tells a server: the message, and what came after its end.
func received(t interface{ Fatalf(string, ...any) }, octets []byte) (msg, rest []byte) {
	for {
		line, after, ok := bytes.Cut(octets, []byte("\r\n"))
		if !ok {
			t.Fatalf("no end in %q", octets)
		}
		octets = after
		if string(line) == "." {
			return msg, octets
		}
		msg = append(append(msg, bytes.TrimPrefix(line, []byte("."))...), "\r\n"...)
	}
}

// TestOctetsArrive: whatever lines a message has, the same octets come out, in one message.
func TestOctetsArrive(t *testing.T) {
	line := rapid.OneOf(
		rapid.SampledFrom([]string{"", ".", "..", ".\t", "...x", "\x00", strings.Repeat(".", 40_000), strings.Repeat("x", 70_000)}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 80), func(b []byte) string {
			return strings.NewReplacer("\r", "", "\n", "").Replace(string(b))
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		msg := []byte(strings.Join(rapid.SliceOfN(line, 0, 60).Draw(t, "lines"), "\r\n"))
		want := msg
		if !endsLine(msg) {
			want = append(msg[:len(msg):len(msg)], "\r\n"...)
		}
		if bareEnd(msg) >= 0 {
			t.Fatalf("%q has no bare line end", msg)
		}
		var wire bytes.Buffer
		ends := 0
		if err := writeDotted(&wire, msg, func() { ends++ }); err != nil || ends != 1 {
			t.Fatalf("%v, %d ends", err, ends)
		}
		got, rest := received(t, wire.Bytes())
		if !bytes.Equal(got, want) || len(rest) > 0 {
			t.Fatalf("%q came out, and %q after it; want %q", got, rest, want)
		}
		if size := wireSize(msg); size != int64(len(want)) {
			t.Fatalf("SIZE=%d for %d octets", size, len(want))
		}
	})
}

// TestNothingIsSmuggled: octets that some server takes for the end of a message never go out.
func TestNothingIsSmuggled(t *testing.T) {
	for _, end := range []string{"\n.\n", "\r.\r", "\n.\r\n", "\r.\r\n", "\r\n.\r", "\r\n.\n", "\n", "\r", "\r\r\n"} {
		msg := []byte("a" + end + "MAIL FROM:<evil@fuji.test>\r\n")
		if bareEnd(msg) < 0 {
			t.Errorf("%q passes", msg)
		}
		fixed := normalised(msg)
		if at := bareEnd(fixed); at >= 0 {
			t.Errorf("%q is normalised to %q", msg, fixed)
		}
		var wire bytes.Buffer
		writeDotted(&wire, fixed, func() {})
		if _, rest := received(t, wire.Bytes()); len(rest) > 0 {
			t.Errorf("%q lets %q out", msg, rest)
		}
	}
}

func TestNormalisedKeepsGoodMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		msg := []byte(rapid.StringOf(rapid.SampledFrom([]rune("ab.\r\n"))).Draw(t, "message"))
		fixed := normalised(msg)
		if bareEnd(fixed) >= 0 {
			t.Fatalf("%q has a bare line end", fixed)
		}
		if again := normalised(fixed); !bytes.Equal(again, fixed) {
			t.Fatalf("%q becomes %q", fixed, again)
		}
		if bareEnd(msg) < 0 && !bytes.Equal(fixed, msg) {
			t.Fatalf("the good %q becomes %q", msg, fixed)
		}
	})
}

func TestAddressesCannotBreakOut(t *testing.T) {
	c := &Client{}
	for _, addr := range []string{
		"a@b> BODY=8BITMIME", "a@b\r\nDATA", "<a@b>", "a b", "a@b\x00", "a\x7f@b", `"a\` + "\n" + `"@b`, strings.Repeat("a", 2000),
	} {
		if line, err := c.rcptLine(Recipient{Addr: addr}); err == nil {
			t.Errorf("%q gives %q", addr, line)
		}
	}
	for addr, want := range map[string]string{"a@b": "a@b", `"a b"@c`: `"a b"@c`, `"a>\"b"@c`: `"a>\"b"@c`, "a@[192.0.2.1]": "a@[192.0.2.1]",
		"a..b@docomo.ne.jp": "a..b@docomo.ne.jp", "postmaster": "postmaster", "a b@c": `"a b"@c`, `"a@b`: `"\"a"@b`, "a@b@c": `"a@b"@c`, "a>,b@c": `"a>,b"@c`} {
		if line, err := c.rcptLine(Recipient{Addr: addr}); err != nil || line != "RCPT TO:<"+want+">" {
			t.Errorf("%q gives %q, %v", addr, line, err)
		}
	}
	if line, err := c.mailLine(Envelope{From: ""}, 0, false); line != "MAIL FROM:<>" || err != nil {
		t.Errorf("the null sender gives %q, %v", line, err)
	}
}
