//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"todoku/protocols/interop"
	"todoku/session"
	"todoku/ui/cli"
)

// programTime bounds one run of the program.
const programTime = 60 * time.Second

// foreignServers begins a test against them. Most of its time is waiting, so it runs beside the others.
func foreignServers(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starting servers and the program, often, takes seconds; run without -short")
	}
	t.Parallel()
}

// program is todoku with settings and a store of its own, as a person has it; the world's certificates are the CA's.
type program struct {
	t    *testing.T
	home string
	env  []string
}

// account is what differs between tests; it is written to config.toml.
type account struct {
	receive  string // imap, pop3
	addr     string // of the server to read from
	tls      string
	smtp     string // of the submission server; "" is none
	smtpTLS  string
	more     string // further lines of the account
	password string
	ca       string
}

func newProgram(t *testing.T, s *interop.Server, a account) *program {
	t.Helper()
	p := &program{t: t, home: t.TempDir()}
	p.configure(s, a)
	return p
}

// configure writes the settings and sets the environment.
func (p *program) configure(s *interop.Server, a account) {
	p.t.Helper()
	if a.password == "" {
		a.password = s.Password
	}
	if a.ca == "" {
		a.ca = s.CAFile
	}
	text := fmt.Sprintf("[[account]]\nname = \"mika\"\naddress = \"mika@fuji.test\"\nreceive = %q\n%s\n", a.receive, a.more) +
		serverTable(p.t, a.receive, a.addr, a.tls, s.User) + "[account.secret]\npassword_env = \"MIKA_PASSWORD\"\n"
	if a.smtp != "" {
		text += serverTable(p.t, "smtp", a.smtp, a.smtpTLS, s.User)
	}
	write(p.t, filepath.Join(p.home, "config", "todoku", "config.toml"), text)
	p.env = append(os.Environ(), asProgram+"=1", "HOME="+p.home, "XDG_CONFIG_HOME="+filepath.Join(p.home, "config"),
		"XDG_DATA_HOME="+filepath.Join(p.home, "data"), "LC_ALL=C.UTF-8", "LANG=C.UTF-8", "MIKA_PASSWORD="+a.password,
		"SSL_CERT_FILE="+a.ca, "SSL_CERT_DIR="+filepath.Join(p.home, "no-certificates"), "TODOKU_SANDBOX=")
}

// write makes a file and the folders above it.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// closedPort is a loopback address where nobody listens any more.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serverTable is one server of config.toml. Its certificate is for localhost.
func serverTable(t *testing.T, protocol, addr, tls, user string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("[account.%s]\nhost = \"localhost\"\nport = %s\ntls = %q\nuser = %q\n", protocol, port, tls, user)
}

// run gives what the program printed, what it said of errors, and its exit code.
func (p *program) run(args ...string) (out, said string, code int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), programTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = p.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		p.t.Fatalf("todoku %q: %v, %v\n%s%s", args, err, ctx.Err(), &stdout, &stderr)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// ends runs the program and demands its exit code.
func (p *program) ends(code int, args ...string) (out, said string) {
	p.t.Helper()
	out, said, got := p.run(args...)
	if got != code {
		p.t.Fatalf("todoku %q ended with %d, want %d\n%s%s", args, got, code, out, said)
	}
	return out, said
}

// ok runs the program, which must succeed and say nothing of errors.
func (p *program) ok(args ...string) string {
	p.t.Helper()
	out, said := p.ends(cli.ExitOK, args...)
	if said != "" {
		p.t.Errorf("todoku %q said %s", args, said)
	}
	return out
}

// data decodes a document that --json printed.
func data[T any](t *testing.T, out, kind string) T {
	t.Helper()
	var d struct {
		Version int    `json:"version"`
		Kind    string `json:"kind"`
		Data    T      `json:"data"`
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Version != 1 || d.Kind != kind {
		t.Fatalf("%v: not a %s document of version 1: %s", err, kind, out)
	}
	return d.Data
}

// rows lists a folder; the rows are newest first.
func (p *program) rows(args ...string) []session.Row {
	p.t.Helper()
	return data[session.ListResult](p.t, p.ok(append([]string{"list", "--json"}, args...)...), "list").Rows
}

// key finds the one message with the subject.
func (p *program) key(subject string, args ...string) string {
	p.t.Helper()
	list := p.rows(args...)
	for _, r := range list {
		if r.Envelope.Subject == subject {
			return fmt.Sprint(r.Key)
		}
	}
	p.t.Fatalf("no message %q in %+v", subject, list)
	return ""
}

// sync gives what a sync found.
func (p *program) sync(args ...string) session.SyncResult {
	p.t.Helper()
	return data[session.SyncResult](p.t, p.ok(append([]string{"sync", "--json"}, args...)...), "sync")
}

// letter is a message with Japanese in a charset of old.
func letter(subject string) []byte {
	return []byte("From: Bob <bob@fuji.test>\r\nTo: mika@fuji.test\r\nSubject: " + subject + "\r\nMessage-ID: <" + subject +
		"@fuji.test>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0900\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\nbody of " + subject + "\r\n\x1b$BFO$/\x1b(B\r\n")
}

// maildir gives flags and octets of a Maildir's messages as the server has them on its disk.
func maildir(t *testing.T, path string) (flags []string, messages []string) {
	t.Helper()
	for _, sub := range []string{"cur", "new"} {
		names, err := filepath.Glob(filepath.Join(path, sub, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, f, _ := strings.Cut(filepath.Base(name), ":2,")
			flags, messages = append(flags, f), append(messages, string(b))
		}
	}
	return flags, messages
}

// flagsOf are the server's flags of the message that holds the words; "absent" if there is none.
func flagsOf(t *testing.T, path, words string) string {
	t.Helper()
	flags, messages := maildir(t, path)
	for i, m := range messages {
		if strings.Contains(m, words) {
			return flags[i]
		}
	}
	return "absent"
}

// waitFor waits until a foreign server has done its part; it sends no event.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(programTime)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !done() {
		if <-look.C; time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
