//go:build unix

package main

import (
	"context"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"
	"golang.org/x/term"

	sandbox "todoku/embedded-server"
	"todoku/embedded-server/maildrop"
	"todoku/session"
	"todoku/ui/cli"
)

// TestHostileMailOnTheCommandLine delivers the hostile corpus and runs every command on a terminal: what comes out
// holds nothing that a terminal would act on.
func TestHostileMailOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	n := corpus(t, dir, "alice@sakura.test", "bob@fuji.test")
	s, err := sandbox.Start(context.Background(), nil, sandbox.Options{Dir: dir, SeedMessages: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, who := range []string{"alice", "bob"} { // by IMAP, by POP3
		if who == "bob" && testing.Short() {
			continue
		}
		c := console{t, []string{"--sandbox=" + s.WorldFile(), "--account", who}}
		c.run("sync", "--bodies", "--wire")
		c.run("list", "--folders")
		c.run("list", "--json")
		for _, row := range c.rows(n) {
			key := strconv.FormatInt(row.Key, 10)
			c.run("read", key)
			c.run("read", key, "--headers")
			c.run("read", key, "--raw")
			c.run("read", key, "--json", "--headers")
			c.run("flag", key, "--set", "flagged")
			for _, f := range c.message(key).Files {
				c.run("read", key, "--part", f.Path, "--output", t.TempDir())
			}
		}
		c.run("list", "-n", "100")
	}
}

// corpus puts every hostile message into the mailboxes of a sandbox that is not running yet, and says how many.
func corpus(t *testing.T, dir string, users ...string) int {
	t.Helper()
	files, err := filepath.Glob("testdata/hostile/*.eml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d hostile messages, %v", len(files), err)
	}
	store, err := maildrop.Open(filepath.Join(dir, "mail.db"), maildrop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx := context.Background()
	lines := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n") // a maildrop holds no bare CR or LF
	passwords := map[string]string{"alice@sakura.test": "apple", "bob@fuji.test": "banana"}
	for _, u := range users {
		if err := store.AddUser(ctx, maildrop.User{Address: u, Password: passwords[u]}); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if _, _, err := store.Append(ctx, maildrop.Delivery{Mailbox: u, Data: []byte(lines.Replace(read(t, f)))}); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
		}
	}
	return len(files)
}

// console runs commands with a terminal as standard output and standard error.
type console struct {
	t    *testing.T
	args []string
}

// run checks all that a command prints, and gives it.
func (c console) run(args ...string) string {
	c.t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	defer screen.Close()
	if _, err := term.MakeRaw(int(tty.Fd())); err != nil { // or the terminal itself would add CR
		c.t.Fatal(err)
	}
	drawn := make(chan string)
	go func() {
		var all strings.Builder
		io.Copy(&all, screen) // ends with an error when the other end is closed
		drawn <- all.String()
	}()
	code := cli.Main(context.Background(), cli.Env{
		Args: append(append([]string{}, c.args...), args...), Stdin: strings.NewReader(""), Stdout: tty, Stderr: tty,
		Getenv: func(string) string { return "" },
	})
	tty.Close()
	out := <-drawn
	if code != cli.ExitOK || out == "" {
		c.t.Errorf("todoku %q ended with %d, printed %d octets: %.300q", args, code, len(out), out)
	}
	if at, r := acted(out); at >= 0 {
		c.t.Errorf("todoku %q printed %U: %q", args, r, out[max(0, at-60):min(len(out), at+20)])
	}
	return out
}

// acted finds the first thing in s that a terminal does not just draw: a control, a bidi control, a tag, half a
// character.
func acted(s string) (at int, r rune) {
	for i, r := range s {
		switch {
		case r == '\n', r == '\u200c', r == '\u200d': // the joiners are part of characters
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)),
			unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return i, r
		}
	}
	return -1, 0
}

// rows gives the keys of a folder that must hold n messages.
func (c console) rows(n int) []session.Row {
	c.t.Helper()
	rows := data[session.ListResult](c.t, c.run("list", "--json", "-n", "100"), "list").Rows
	if len(rows) != n {
		c.t.Fatalf("%d of %d messages are listed", len(rows), n)
	}
	return rows
}

func (c console) message(key string) session.Reading {
	c.t.Helper()
	return data[session.Reading](c.t, c.run("read", "--json", key), "message")
}

// TestActedFinds what the other test looks for.
func TestActedFinds(t *testing.T) {
	for _, s := range []string{"\x1b[2J", "a\rb", "\a", "\x7f", "\u009b2J", "\x9b", "\u202e", "\u2066", "\U000e0041", "\u2028", "\t", "\ufeff", "\xff"} {
		if at, _ := acted("x" + s); at != 1 && !strings.HasPrefix(s, "a") {
			t.Errorf("%q passes", s)
		}
	}
	for _, s := range []string{"届く\n", "👨\u200d👩", "\ufffd", `\u001b`} {
		if at, r := acted(s); at >= 0 {
			t.Errorf("%q does not pass: %U", s, r)
		}
	}
}
