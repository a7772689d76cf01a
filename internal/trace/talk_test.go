package trace

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script is a dialogue of testdata/redact: "C: " and "S: " lines as they pass on the wire, then, after "=", as they
// may be recorded. Literals end where their length says, in the middle of a line if need be.
type script struct {
	proto   string
	secrets []string
	turns   []turn
	want    []string
}

type turn struct {
	from   who
	octets string
}

func listening() bool { return true }

func readScript(t testing.TB, path string) script {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s script
	said, want, ok := strings.Cut(string(text), "\n=\n")
	for line := range strings.Lines(said + "\n") {
		line = strings.TrimSuffix(line, "\n")
		kind, rest, _ := strings.Cut(line, ":")
		switch rest = strings.TrimPrefix(rest, " "); kind {
		case "proto":
			s.proto = rest
		case "secret":
			if rest != "-" {
				s.secrets = append(s.secrets, rest)
			}
		case "C":
			s.turns = append(s.turns, turn{client, rest + "\r\n"})
		case "S":
			s.turns = append(s.turns, turn{server, rest + "\r\n"})
		default:
			t.Fatalf("%s: line %q is neither C: nor S:", path, line)
		}
	}
	if !ok {
		t.Fatalf("%s has no line =", path)
	}
	s.want = strings.Split(strings.TrimSuffix(want, "\n"), "\n")
	return s
}

// render shows events as the scripts write them.
func render(events []Event) []string {
	var out []string
	for _, e := range events {
		end := "S: "
		if e.Sent {
			end = "C: "
		}
		switch {
		case e.Kind == KindData && e.SHA256 == "":
			out = append(out, end+"[secret]")
		case e.Kind == KindData:
			out = append(out, fmt.Sprintf("%s[%d octets] %s", end, e.Size, Visible(e.Data)))
		default:
			out = append(out, end+strings.TrimSuffix(Visible(e.Data), "\r"))
		}
	}
	return out
}

// play feeds the turns, cut by the function, and gives what is recorded on the client's side.
func play(proto string, turns []turn, cut func(turn) []string) []Event {
	var events []Event
	t := newTalk(proto, false, listening, func(e Event) { events = append(events, e) })
	for _, turn := range turns {
		for _, chunk := range cut(turn) {
			t.feed(turn.from, turn.from == client, []byte(chunk))
		}
	}
	t.flush()
	return events
}

func whole(t turn) []string { return []string{t.octets} }

func octetwise(t turn) []string { return strings.Split(t.octets, "") }

func scripts(t testing.TB) []string {
	paths, err := filepath.Glob("testdata/redact/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	return paths
}

func TestScripts(t *testing.T) {
	for _, path := range scripts(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := readScript(t, path)
			if d := cmp.Diff(s.want, render(play(s.proto, s.turns, whole))); d != "" {
				t.Errorf("recorded (+) is not what may be recorded (-):\n%s", d)
			}
		})
	}
}

// TestEverySplit cuts each dialogue at every octet, and into single octets: the events must stay the same, and no
// secret may be in any.
func TestEverySplit(t *testing.T) {
	for _, path := range scripts(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := readScript(t, path)
			check := func(name string, cut func(turn) []string) {
				events := play(s.proto, s.turns, cut)
				if d := cmp.Diff(s.want, render(events)); d != "" {
					t.Fatalf("%s:\n%s", name, d)
				}
				for _, e := range events {
					for _, secret := range s.secrets {
						if bytes.Contains(e.Data, []byte(secret)) {
							t.Fatalf("%s: %q holds the secret", name, e.Data)
						}
					}
				}
			}
			check("octets", octetwise)
			at := 0
			for n := 0; n < total(s.turns); n++ {
				at = 0
				check(fmt.Sprint("cut after octet ", n), func(turn turn) []string {
					i := n - at
					at += len(turn.octets)
					if i <= 0 || i >= len(turn.octets) {
						return whole(turn)
					}
					return []string{turn.octets[:i], turn.octets[i:]}
				})
			}
		})
	}
}

func total(turns []turn) int {
	n := 0
	for _, t := range turns {
		n += len(t.octets)
	}
	return n
}

// TestCutShort ends each dialogue after every octet, as a broken connection does: what was begun is recorded, but
// no part of a secret that is long enough to matter.
func TestCutShort(t *testing.T) {
	for _, path := range scripts(t) {
		s := readScript(t, path)
		for n := range total(s.turns) {
			var short []turn
			left := n
			for _, turn := range s.turns {
				turn.octets = turn.octets[:min(left, len(turn.octets))]
				left -= len(turn.octets)
				short = append(short, turn)
			}
			for _, e := range play(s.proto, short, whole) {
				for _, secret := range s.secrets {
					if e.Sent && bytes.Contains(e.Data, []byte(secret[:8])) {
						t.Fatalf("%s ends after octet %d: %q holds the secret's beginning", path, n, e.Data)
					}
				}
			}
		}
	}
}

func TestOverlongLine(t *testing.T) {
	long := "A1 FETCH " + strings.Repeat("1,", 80<<10) + " {3}\r\n"
	events := play("imap", []turn{{client, long}, {client, "abc NEXT\r\n"}}, whole)
	if len(events) != 3 {
		t.Fatalf("%d events, want the line, its literal and its end", len(events))
	}
	if got := events[0]; len(got.Data) != maxKept || got.Size != int64(len(long)) {
		t.Errorf("kept %d octets of %d, want %d of %d", len(got.Data), got.Size, maxKept, len(long))
	}
	if got := string(events[1].Data); got != "abc" {
		t.Errorf("literal %q, want abc: the end of a long line announces it", got)
	}
}

func TestOddLineEndsAreKept(t *testing.T) {
	events := play("smtp", []turn{{client, "NOOP\nNOOP\r\r\nNOOP\r\n"}}, whole)
	var got []string
	for _, e := range events {
		got = append(got, string(e.Data))
	}
	if d := cmp.Diff([]string{"NOOP\n", "NOOP\r", "NOOP"}, got); d != "" {
		t.Error(d)
	}
}

// FuzzSecretsStay feeds a dialogue with a password in every form that the protocols know, cut anywhere and with
// noise from the server in between; the password is in no event.
func FuzzSecretsStay(f *testing.F) {
	f.Add(uint8(0), uint16(3), "334 \r\n", "+ \r\n")
	f.Add(uint8(1), uint16(1), "235 ok\r\n", "a1 OK\r\n")
	f.Add(uint8(3), uint16(7), "354 go\r\n", "* 1 FETCH {9}\r\n")
	f.Fuzz(func(t *testing.T, form uint8, size uint16, noise1, noise2 string) {
		const secret = "correct horse battery"
		proto, lines := secretForm(form, secret)
		if strings.Contains(noise1+noise2, secret) {
			return
		}
		var turns []turn
		for i, line := range lines {
			turns = append(turns, turn{client, line})
			turns = append(turns, turn{server, []string{noise1, noise2}[i%2]})
		}
		events := play(proto, turns, func(turn turn) []string {
			var chunks []string
			for s := turn.octets; s != ""; {
				n := min(len(s), int(size%64)+1)
				chunks, s = append(chunks, s[:n]), s[n:]
			}
			return chunks
		})
		for _, e := range events {
			if bytes.Contains(e.Data, []byte("battery")) || bytes.Contains(e.Data, []byte(encoded(secret)[:12])) {
				t.Fatalf("%s: %q", proto, e.Data)
			}
		}
	})
}
