package pop3

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestDotReader(t *testing.T) {
	tests := []struct{ name, in, want, rest string }{
		{"empty", ".\r\n+OK", "", "+OK"},
		{"one line", "a\r\n.\r\n+OK", "a\r\n", "+OK"},
		{"stuffed", "..\r\n...\r\n..a\r\n.\r\nx", ".\r\n..\r\n.a\r\n", "x"},
		{"a stuffed dot that nobody stuffed", ".a\r\n.\r\n", "a\r\n", ""},
		{"LF dot LF is no end", "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", ""},
		{"CRLF dot LF is no end", "a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", ""},
		{"LF dot CRLF is no end", "a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", ""},
		{"CR dot CR is no end", "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", ""},
		{"CRLF dot CR is no end", "a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", ""},
		{"CR CRLF", "a\r\r\n.\r\nx", "a\r\r\n", "x"},
		{"NUL and 8 bits", "\x00\xff\r\n.\r\n", "\x00\xff\r\n", ""},
		{"lone CR before dot", "\r.\r\n.\r\n", "\r.\r\n", ""},
	}
	for _, test := range tests {
		for _, way := range []string{"read", "one octet", "write to", "small buffer"} {
			in := bufio.NewReader(bytes.NewBufferString(test.in))
			if way == "small buffer" {
				in = bufio.NewReaderSize(iotest.OneByteReader(bytes.NewBufferString(test.in)), 16)
			}
			d := newDotReader(in, nil)
			var got []byte
			var err error
			switch way {
			case "one octet":
				got, err = io.ReadAll(iotest.OneByteReader(d))
			case "write to":
				var b bytes.Buffer
				_, err = d.WriteTo(&b)
				got = b.Bytes()
			default:
				got, err = io.ReadAll(d)
			}
			rest, _ := io.ReadAll(in)
			if err != nil || string(got) != test.want || string(rest) != test.rest {
				t.Errorf("%s (%s): %q, rest %q, %v; want %q, rest %q", test.name, way, got, rest, err, test.want, test.rest)
			}
		}
	}
}

func TestDotReaderWithoutEnd(t *testing.T) {
	for _, in := range []string{"", "a", "a\r\n", "a\r\n.", "a\r\n.\r", ".", "a\n.\n"} {
		_, err := io.ReadAll(newDotReader(bufio.NewReader(bytes.NewBufferString(in)), nil))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: error %v", in, err)
		}
	}
}

// octetsNearTrouble makes messages of the octets that decide where lines and messages end.
func octetsNearTrouble(t *rapid.T) []byte {
	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"\r\n", "\n", "\r", ".", "..", "a", "\x00", "\xff", "\r\n.", "\r\n.\r", "+OK\r\n", ".\n",
		"\n.\n", "\n.\r\n", "\r.\r"}), 0, 40).Draw(t, "pieces")
	var m []byte
	for _, p := range pieces {
		m = append(m, p...)
	}
	return m
}

// Whatever a message holds survives, and what follows it in the connection is not taken for a part of it.
func TestAnyOctetsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := octetsNearTrouble(t), octetsNearTrouble(t)
		var connection bytes.Buffer
		out := bufio.NewWriter(&connection)
		writeStuffed(out, first)
		writeStuffed(out, second)
		out.Flush()
		in := bufio.NewReaderSize(&connection, rapid.IntRange(16, 64).Draw(t, "buffer"))
		for _, m := range [][]byte{first, second} {
			d := newDotReader(in, nil)
			got, err := io.ReadAll(io.Reader(d))
			if err != nil {
				t.Fatal(err)
			}
			if len(m) > 0 && !bytes.HasSuffix(m, []byte("\r\n")) {
				m = append(m, "\r\n"...) // the protocol cannot say otherwise
			}
			if !bytes.Equal(got, m) {
				t.Fatalf("got %q, want %q", got, m)
			}
		}
	})
}

// unstuff is the reader written for clearness: split at CRLF, stop at ".", take one dot from the others.
func unstuff(in []byte) (body []byte, ok bool) {
	for {
		line, rest, found := bytes.Cut(in, []byte("\r\n"))
		if !found {
			return nil, false
		}
		if string(line) == "." {
			return body, true
		}
		body = append(append(body, bytes.TrimPrefix(line, []byte("."))...), "\r\n"...)
		in = rest
	}
}

func FuzzDotReader(f *testing.F) {
	f.Add([]byte("..a\r\n.\r\n"), uint8(16))
	f.Add([]byte("a\r\n.\n\r\r\n.\r\n"), uint8(0))
	f.Fuzz(func(t *testing.T, in []byte, size uint8) {
		want, ok := unstuff(in)
		got, err := io.ReadAll(newDotReader(bufio.NewReaderSize(bytes.NewReader(in), int(size)), nil))
		if ok != (err == nil) {
			t.Fatalf("%q: error %v, an end is there: %v", in, err, ok)
		}
		if ok && !bytes.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", in, got, want)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	for _, s := range []string{"+OK", "+ok <a@b>", "-ERR [IN-USE] x", "-ERR[SYS/TEMP]", "-err", "+", "", "+OK[", "-ERR []"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		s, err := parseStatus(line)
		if err != nil {
			return
		}
		if s.ok == (line[0] == '-') || len(s.code)+len(s.text) > len(line)+2*len(s.code) {
			t.Fatalf("%q: %+v", line, s)
		}
		timestamp(string(line))
		parseCapa([]string{string(line)})
	})
}

func TestParseStatus(t *testing.T) {
	tests := []struct {
		line string
		want status
		bad  bool
	}{
		{line: "+OK", want: status{ok: true}},
		{line: "+ok  hello", want: status{ok: true, text: "hello"}},
		{line: "-ERR", want: status{}},
		{line: "-ERR [IN-USE] busy", want: status{code: "IN-USE", text: "busy"}},
		{line: "-ERR[sys/temp]busy", want: status{code: "SYS/TEMP", text: "busy"}},
		{line: "-ERR [not a code] x", want: status{text: "[not a code] x"}},
		{line: "-ERR [] x", want: status{text: "[] x"}},
		{line: "-ERR: no", want: status{text: ": no"}},
		{line: "+OKAY", bad: true},
		{line: "-ERROR", bad: true},
		{line: "", bad: true},
		{line: "+ challenge", bad: true},
		{line: "* OK", bad: true},
	}
	for _, test := range tests {
		got, err := parseStatus([]byte(test.line))
		if (err != nil) != test.bad || got != test.want {
			t.Errorf("%q: %+v, %v; want %+v", test.line, got, err, test.want)
		}
	}
}

func TestTimestamp(t *testing.T) {
	for greeting, want := range map[string]string{
		"ready <1896.697170952@dbc.mtview.ca.us>": "<1896.697170952@dbc.mtview.ca.us>",
		"<3 mail, <1.2@[192.0.2.1]>":              "<1.2@[192.0.2.1]>",
		"ready":                                   "",
		"<@host>":                                 "malformed", "<local@>": "malformed", "<local>": "malformed", "<a@b": "malformed",
		"<a b@c>": "malformed", "<a\x80@c>": "malformed", "<a@b@c>": "malformed", "<a\x00@c>": "malformed",
	} {
		got, err := timestamp(greeting)
		if err != nil {
			got = "malformed"
		}
		if got != want {
			t.Errorf("%q: %q, %v; want %q", greeting, got, err, want)
		}
	}
}
