//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sandbox "todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/session"
	"todoku/ui/cli"
)

// evil is text that would act on a terminal if it were printed as it came.
const evil = "\x1b]0;pwned\x07\x1b[2J\u009b5m\x9b\u202eB\u2066\U000e0041\x00\x7f\x1b]52;c;cm0=\x1b\\\t\u2028"

// exchanger plays mx1.fuji.test: what it says first, to EHLO before and after TLS, and to every other command.
type exchanger struct {
	banner, ehlo, other string
	names               []string // of the certificate; nil offers no STARTTLS
	until               time.Time
	endless             string // said again and again instead of a banner
}

func (x exchanger) serve(t *testing.T, c net.Conn) {
	defer c.Close()
	for x.endless != "" {
		if _, err := io.WriteString(c, x.endless); err != nil {
			return
		}
	}
	if _, err := io.WriteString(c, x.banner); err != nil {
		return
	}
	lines := bufio.NewReader(c)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		answer := x.other
		switch strings.ToUpper(line[:min(4, len(line))]) {
		case "EHLO":
			answer = x.ehlo
		case "QUIT":
			answer = "221 bye\r\n"
		case "STAR":
			io.WriteString(c, "220 go\r\n")
			c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{oddCertificate(t, x.names, x.until)}})
			lines = bufio.NewReader(c)
			continue
		}
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}

func oddCertificate(t *testing.T, names []string, until time.Time) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Error(err)
		return tls.Certificate{}
	}
	name := pkix.Name{CommonName: "mx1.fuji.test" + strings.ToValidUTF8(evil, "") + "\x1b[31m", Organization: []string{"\u202eevil\x1b[2J"}}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: name, DNSNames: names, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until},
		&x509.Certificate{Subject: name}, &key.PublicKey, key)
	if err != nil {
		t.Error(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// worldWith is a world file in which x takes mx1.fuji.test's mail.
func worldWith(t *testing.T, file string, x exchanger) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go x.serve(t, c)
		}
	}()
	var world map[string]any
	if err := json.Unmarshal([]byte(read(t, file)), &world); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for from := range world["addresses"].(map[string]any) {
		if strings.HasSuffix(from, " 192.0.2.20:25") || strings.HasSuffix(from, " [2001:db8::20]:25") {
			world["addresses"].(map[string]any)[from] = l.Addr().String()
			taken++
		}
	}
	data, err := json.Marshal(world)
	if err != nil || taken == 0 {
		t.Fatal(err, taken)
	}
	path := filepath.Join(t.TempDir(), "world.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHostileServersAreTraced lets exchangers, zones and policies say what would act on a terminal, or say far too much. The
// trace names it, within its time, and nothing but plain text comes out: printed, as JSON, as a page, and as a copy for others.
func TestHostileServersAreTraced(t *testing.T) {
	const ehlo = "250-mx1.fuji.test\r\n250-STARTTLS\r\n250-SIZE 10\r\n250 8BITMIME\r\n"
	soon := time.Now().AddDate(0, 1, 0)
	many := make([]string, 5000)
	for i := range many {
		many[i] = fmt.Sprintf("*.a%d.*.", i)
	}
	short := strings.ToValidUTF8(evil, "")
	zone := []fault.Rule{
		{ID: "sts", Stage: fault.Query, Match: fault.Match{Name: "_mta-sts.fuji.test"}, Do: fault.Action{Records: []string{`_mta-sts.fuji.test. 60 TXT "v=STSv1; id=\027[2J\155\226\128\174;"`}}},
		{ID: "rpt", Stage: fault.Query, Match: fault.Match{Name: "_smtp._tls.fuji.test"}, Do: fault.Action{Records: []string{`_smtp._tls.fuji.test. 60 TXT "v=TLSRPTv1; rua=mailto:\027]0;x\007@x.test"`}}},
		{ID: "page", Stage: fault.HTTP, Do: fault.Action{Page: fault.Page{Body: "version: STSv1\r\nmode: enforce\r\nmx: " + short + "\r\nmax_age: 1\r\n" + short}}},
	}
	odd := []fault.Rule{{ID: "mx", Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "MX"}, Do: fault.Action{Records: []string{
		`fuji.test. 60 MX 10 \027[2J\155\.\000.fuji.test.`, `fuji.test. 60 MX 20 \226\128\174x.fuji.test.`, `fuji.test. 60 MX 30 mx1.fuji.test.`}}},
		{ID: "cname", Stage: fault.Query, Match: fault.Match{Name: "*x.fuji.test"}, Do: fault.Action{Records: []string{`\226\128\174x.fuji.test. 60 CNAME \027]0;\007.fuji.test.`}}}}
	for name, c := range map[string]struct {
		x     exchanger
		rules []fault.Rule
		want  string // a code among the hops
	}{
		"every reply":        {exchanger{banner: "220-" + evil + "\r\n220 " + evil + "\r\n", ehlo: "250-" + evil + "\r\n250-AUTH " + evil + "\r\n250 SIZE " + evil + "\r\n", other: "550-5.1.1 " + evil + "\r\n550 5.1.1 " + evil + "\r\n"}, nil, "trace.ehlo"},
		"certificate":        {exchanger{banner: "220 mx1\r\n", ehlo: ehlo, other: "250 ok\r\n", names: []string{"mx1.fuji.test\x1b[2J", "*.*.test", "*", ""}, until: soon}, zone, "trace.tls.name"},
		"many names, absent": {exchanger{banner: "220 mx1\r\n", ehlo: ehlo, other: "250 ok\r\n", names: many, until: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}, nil, "trace.accepted"},
		"odd names":          {exchanger{banner: "220 mx1\r\n", ehlo: "250 mx1\r\n", other: "250 ok\r\n"}, append(zone, odd...), "trace.accepted"},
		"10,000 lines":       {exchanger{banner: strings.Repeat("220-"+evil+"\r\n", 10000) + "220 ok\r\n", ehlo: ehlo, other: "250 ok\r\n"}, nil, "trace.nosmtp"},
		"an endless line":    {exchanger{endless: strings.Repeat("A\x1b[2J", 4000)}, nil, "trace.nosmtp"},
		"an endless reply":   {exchanger{endless: "220-" + evil + "\r\n"}, nil, "trace.nosmtp"},
		"nothing but NUL":    {exchanger{endless: strings.Repeat("\x00", 4000)}, nil, "trace.nosmtp"},
		"control lines":      {exchanger{banner: "\x1b[2J\r\n\x9b\r\n", other: "250 ok\r\n"}, nil, "trace.nosmtp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, err := sandbox.Start(context.Background(), nil, sandbox.Options{Dir: t.TempDir(), SeedMessages: -1, Durability: "none"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { box.Close() })
			for _, r := range c.rules {
				if err := box.Faults().Add(r); err != nil {
					t.Fatal(err)
				}
			}
			dir := t.TempDir()
			run, page, copied := filepath.Join(dir, "run"), filepath.Join(dir, "page"), filepath.Join(dir, "copy")
			world := "--sandbox=" + worldWith(t, box.WorldFile(), c.x)
			out := inert(t, world, "--account", "alice", "--wire", "--record", run, "trace", "--html", page, "bob@fuji.test")
			out += inert(t, world, "--account", "alice", "--json", "trace", "bob@fuji.test")
			inert(t, "replay", run, "--bundle", copied)
			inert(t, "replay", copied, "--print", "--wire")
			if !strings.Contains(out, `"code":"`+c.want+`"`) {
				t.Errorf("no hop is %s: %s", c.want, out)
			}
			for _, file := range []string{run, page, copied} {
				text := read(t, file)
				if at, r := acted(text); at >= 0 && (file != page || r != '\t') {
					t.Errorf("%s holds %U: %q", filepath.Base(file), r, text[max(0, at-60):min(len(text), at+20)])
				}
			}
			if got, err := session.ReadRun(t.Context(), copied); err != nil || len(got.Damages) > 0 {
				t.Error(err, got.Damages)
			}
		})
	}
}

// inert runs a command and gives what it printed, in which nothing acts on a terminal.
func inert(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	began := time.Now()
	code := cli.Main(t.Context(), cli.Env{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said, Getenv: func(string) string { return "" }})
	if took := time.Since(began); code == cli.ExitFault || code == cli.ExitUsage || took > 50*time.Second {
		t.Errorf("todoku %q ended with %d after %s: %s", args, code, took, said.String())
	}
	for _, text := range []string{out.String(), said.String()} {
		if at, r := acted(text); at >= 0 {
			t.Errorf("todoku %q printed %U: %q", args, r, text[max(0, at-60):min(len(text), at+20)])
		}
	}
	return out.String()
}
