//go:build unix

package interop

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Where .ci/run unpacks Cyrus: Debian installs no two IMAP servers side by side.
const (
	cyrusRoot   = "/opt/cyrus"
	cyrusBin    = cyrusRoot + "/usr/lib/cyrus/bin"
	cyrusMaster = cyrusBin + "/master"
)

// CyrusServer is a running Cyrus. Folders are below INBOX and their separator is a dot, unless its options differ. It
// has no Maildir, no SASL for others and no log; any password is right.
type CyrusServer struct {
	Server
	dir       string
	env       []string
	separator string // of the names of folders
}

// Cyrus starts a Cyrus with one user, five folders and no mail; it ends with the test. Extra lines of its imapd.conf take
// the place of those that set the same options.
func Cyrus(t testing.TB, extra ...string) *CyrusServer {
	t.Helper()
	bin := Need(t, cyrusMaster)
	libraries, err := filepath.Glob(cyrusRoot + "/usr/lib/*/libcyrus.so.0")
	if err != nil || len(libraries) != 1 {
		t.Fatalf("Cyrus has the libraries %q, %v", libraries, err)
	}
	s := &CyrusServer{Server: Server{User: "mika", Password: "himitsu", Stop: func() {}}, dir: serverDirIn(t, memory()),
		env: append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Dir(libraries[0])), separator: "."}
	if slices.Contains(extra, "unixhierarchysep: yes") {
		s.separator = "/"
	}
	if err := s.prepare(extra); err != nil {
		t.Fatalf("preparing Cyrus: %v", err)
	}
	for range startTries {
		if err = s.start(t, bin); err == nil {
			return s
		}
		s.Stop() // it holds the lock that the next one wants
	}
	t.Fatalf("Cyrus does not start: %v", err)
	return nil
}

// prepare makes the folders, the certificate and the configuration. Telemetry of a user is written where a folder of
// their name is.
func (s *CyrusServer) prepare(extra []string) error {
	if err := s.setOwner(); err != nil {
		return err
	}
	for _, d := range []string{"", "spool", "conf", "conf/db", "conf/lock", "conf/log", "conf/log/" + s.User, "conf/msg", "conf/proc",
		"conf/quota", "conf/sieve", "conf/socket", "conf/user"} {
		path := filepath.Join(s.dir, d)
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		if err := os.Chown(path, s.uid, s.gid); err != nil {
			return err
		}
	}
	a, err := newAuthority(s.dir)
	if err != nil {
		return err
	}
	s.CAFile, s.Roots = a.caFile, a.roots
	if err := os.Chown(a.keyFile, s.uid, s.gid); err != nil {
		return err
	}
	conf := fmt.Sprintf(`configdirectory: %[1]s/conf
defaultpartition: default
partition-default: %[1]s/spool
cyrus_user: %[2]s
virtdomains: off
altnamespace: no
unixhierarchysep: no
allowplaintext: yes
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN
tls_server_cert: %[1]s/cert.pem
tls_server_key: %[1]s/key.pem
tls_session_timeout: 0
sievedir: %[1]s/conf/sieve
duplicate_db_path: %[1]s/conf/deliver.db
autocreate_quota: 0
autocreate_inbox_folders: Drafts|Sent|Trash|Junk|Archive
xlist-drafts: Drafts
xlist-sent: Sent
xlist-trash: Trash
xlist-junk: Junk
xlist-archive: Archive
`, s.dir, workerUser)
	return os.WriteFile(s.file("imapd.conf"), []byte(replaced(conf, extra)), 0o644)
}

// replaced is conf with lines in the place of those that set the same options: Cyrus takes none twice.
func replaced(conf string, lines []string) string {
	var kept strings.Builder
	for line := range strings.Lines(conf) {
		option, _, _ := strings.Cut(line, ":")
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, option+":") }) {
			kept.WriteString(line)
		}
	}
	return kept.String() + strings.Join(lines, "\n") + "\n"
}

// memory is a folder without a disk, where there is one: Cyrus waits for the disk at every login.
func memory() string {
	const shm = "/dev/shm"
	if _, err := os.Stat(shm); err != nil {
		return ""
	}
	return shm
}

func (s *CyrusServer) file(name string) string { return filepath.Join(s.dir, name) }

// start runs one Cyrus on ports that are free now. Its master ends its whole process group, so that it gets one of its own.
func (s *CyrusServer) start(t testing.TB, bin string) error {
	services := "START {\n recover cmd=\"" + cyrusBin + "/ctl_cyrusdb -r -C " + s.file("imapd.conf") + "\"\n}\nSERVICES {\n"
	for _, l := range []struct {
		name, program string
		address       *string
	}{{"imap", "imapd", &s.IMAP}, {"imaps", "imapd -s", &s.IMAPS}, {"pop3", "pop3d", &s.POP3}, {"pop3s", "pop3d -s", &s.POP3S}} {
		port, err := freePort()
		if err != nil {
			return err
		}
		*l.address = local(port)
		services += fmt.Sprintf(" %s cmd=\"%s/%s -C %s\" listen=%q\n", l.name, cyrusBin, l.program, s.file("imapd.conf"), *l.address)
	}
	if err := os.WriteFile(s.file("cyrus.conf"), []byte(services+"}\nEVENTS {\n}\n"), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(bin, "-C", s.file("imapd.conf"), "-M", s.file("cyrus.conf"), "-p", s.file("pid"))
	cmd.Env = s.env
	grouped(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	s.Stop = sync.OnceFunc(func() {
		endGroup(cmd)
		<-ended
	})
	t.Cleanup(s.Stop)
	for _, address := range []string{s.IMAP, s.IMAPS, s.POP3, s.POP3S} {
		if err := s.greets(ended, address); err != nil {
			return err
		}
	}
	return nil
}

// greets waits until a server greets.
func (s *CyrusServer) greets(ended <-chan struct{}, address string) error {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	timeout := time.After(startTimeout)
	for {
		err := s.greeting(address)
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("it ended at once")
		case <-timeout:
			return fmt.Errorf("%s does not greet in %v: %w", address, startTimeout, err)
		case <-look.C:
		}
	}
}

func (s *CyrusServer) greeting(address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if address == s.IMAPS || address == s.POP3S {
		c = tls.Client(c, &tls.Config{RootCAs: s.Roots, ServerName: "localhost"})
	}
	if err := c.SetDeadline(time.Now().Add(startTimeout)); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	return err
}

// Deliver puts messages with CRLF lines into the user's INBOX, as another client's APPEND (RFC 9051 section 6.3.12);
// flags are such as `\Seen`.
func (s *CyrusServer) Deliver(t testing.TB, flags string, messages ...[]byte) {
	t.Helper()
	c, err := textproto.Dial("tcp", s.IMAP)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.say(t, c, "login LOGIN "+s.User+" "+s.Password)
	for _, m := range messages {
		s.say(t, c, fmt.Sprintf("append APPEND INBOX (%s) {%d+}\r\n%s", flags, len(m), m))
	}
	s.say(t, c, "logout LOGOUT")
}

// say sends a command and reads up to the answer with its tag.
func (s *CyrusServer) say(t testing.TB, c *textproto.Conn, command string) {
	t.Helper()
	if err := c.PrintfLine("%s", command); err != nil {
		t.Fatal(err)
	}
	tag, _, _ := strings.Cut(command, " ")
	for {
		line, err := c.ReadLine()
		if err != nil {
			t.Fatalf("Cyrus, after %s: %v", tag, err)
		}
		if status, tagged := strings.CutPrefix(line, tag+" "); tagged {
			if !strings.HasPrefix(status, "OK") {
				t.Fatalf("Cyrus says %s", line)
			}
			return
		}
	}
}
