package interop

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// startTimeout is how long Dovecot may take from exec to its "starting up" line.
	startTimeout = 20 * time.Second
	// startTries is how often new ports are tried: another process may take one between our looking and Dovecot's binding.
	startTries = 3
	// workerUser owns the maildir; Dovecot's mail processes refuse to run as root.
	workerUser = "nobody"
)

// Server is a running Dovecot. Addresses are "127.0.0.1:port"; its certificate names localhost and 127.0.0.1.
// IMAP and POP3 offer STARTTLS and STLS, and accept a login in the clear too.
type Server struct {
	IMAP, IMAPS, POP3, POP3S string
	SASL                     string         // where a Postfix asks who may log in
	CAFile                   string         // the authority's certificate, PEM
	Roots                    *x509.CertPool // the same
	User, Password           string
	Maildir                  string // the user's Maildir
	Stop                     func() // ends it before the test does
	dir                      string
	log                      *logKeeper
	uid, gid                 int
	delivered                int
	beside                   []*Server // the same Dovecot to its other users
}

// Dovecot starts a Dovecot with one user and an empty mailbox; it ends with the test. Extra lines go to the end of
// its configuration.
func Dovecot(t testing.TB, extra ...string) *Server {
	t.Helper()
	bin := Need(t, "dovecot")
	dir := serverDir(t)
	s := &Server{User: "mika", Password: "himitsu", dir: dir}
	if err := s.prepare(dir); err != nil {
		t.Fatalf("preparing Dovecot: %v", err)
	}
	var err error
	for range startTries {
		if err = s.start(t, bin, dir, extra); err == nil {
			return s
		}
	}
	t.Fatalf("Dovecot does not start: %v\n%s", err, s.log.text())
	return nil
}

// Need finds the program, or skips the test, or fails it when TODOKU_INTEROP=1. A short run starts no foreign program.
func Need(t testing.TB, program string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("foreign servers take seconds to start; run without -short")
	}
	absent := t.Skipf
	if os.Getenv("TODOKU_INTEROP") == "1" {
		absent = t.Fatalf
	}
	bin, err := exec.LookPath(program)
	if err != nil {
		absent("%s is not installed: install it to run the interop tests (.ci/run names the Debian packages)", program)
	}
	if os.Geteuid() != 0 {
		absent("%s must be started by root: run the interop tests as root or in a container", program)
	}
	return bin
}

// serverDir is a short directory that the server's workers may enter: t.TempDir is closed to other users, and the
// name of a test would make Dovecot's socket names longer than the 108 octets that a socket address holds.
func serverDir(t testing.TB) string { return serverDirIn(t, "") }

func serverDirIn(t testing.TB, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "dove")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// setOwner looks up who owns the mail.
func (s *Server) setOwner() error {
	owner, err := user.Lookup(workerUser)
	if err != nil {
		return err
	}
	if s.uid, err = strconv.Atoi(owner.Uid); err != nil {
		return err
	}
	s.gid, err = strconv.Atoi(owner.Gid)
	return err
}

func (s *Server) prepare(dir string) error {
	if err := s.setOwner(); err != nil {
		return err
	}
	if err := s.addUser(); err != nil {
		return err
	}
	a, err := newAuthority(dir)
	if err != nil {
		return err
	}
	s.CAFile, s.Roots = a.caFile, a.roots
	return nil
}

// home has the user's mail, its index, and what was written down of its sessions.
func (s *Server) home() string { return filepath.Join(s.dir, "home", s.User) }

// addUser makes the home of s.User with an empty mailbox, and has Dovecot know the user, also one that runs already.
func (s *Server) addUser() error {
	s.Maildir = s.home() + "/Maildir"
	if err := os.MkdirAll(filepath.Dir(s.home()), 0o755); err != nil {
		return err
	}
	for _, d := range []string{"", "/index", "/Maildir", "/Maildir/cur", "/Maildir/new", "/Maildir/tmp", "/rawlog", "/rawlog/imap", "/rawlog/pop3"} {
		if err := os.Mkdir(s.home()+d, 0o700); err != nil {
			return err
		}
		if err := os.Chown(s.home()+d, s.uid, s.gid); err != nil {
			return err
		}
	}
	users, err := os.OpenFile(filepath.Join(s.dir, "users"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = users.WriteString(s.User + ":{PLAIN}" + s.Password + ":::::\n")
	return errors.Join(err, users.Close())
}

// Beside is the same Dovecot to another user, with a mailbox and the same password. A Postfix that is to know that user
// is started after this.
func (s *Server) Beside(t testing.TB, user string) *Server {
	t.Helper()
	other := *s
	other.User, other.delivered, other.beside = user, 0, nil
	if err := other.addUser(); err != nil {
		t.Fatalf("adding a user to Dovecot: %v", err)
	}
	s.beside = append(s.beside, &other)
	return &other
}

// start runs one Dovecot in the foreground and waits for the line that says its listeners are open.
func (s *Server) start(t testing.TB, bin, dir string, extra []string) error {
	var ports [5]int
	for i := range ports {
		p, err := freePort()
		if err != nil {
			return err
		}
		ports[i] = p
	}
	conf := filepath.Join(dir, "dovecot.conf")
	if err := os.WriteFile(conf, []byte(configuration(dir, s, ports, extra)), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(bin, "-F", "-c", conf)
	grouped(cmd)
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.log = &logKeeper{ready: make(chan struct{}), ended: make(chan struct{})}
	go s.log.follow(out)
	stop := func() { // asked to end, it takes a second over it
		endGroup(cmd)
		<-s.log.ended
		cmd.Wait()
	}
	select {
	case <-s.log.ready:
	case <-s.log.ended:
		cmd.Wait()
		return fmt.Errorf("it ended at once")
	case <-time.After(startTimeout):
		stop()
		return fmt.Errorf("no word of it in %v", startTimeout)
	}
	stopOnce := sync.OnceFunc(stop)
	s.Stop = stopOnce
	t.Cleanup(stopOnce)
	s.IMAP, s.IMAPS, s.POP3, s.POP3S = local(ports[0]), local(ports[1]), local(ports[2]), local(ports[3])
	s.SASL = local(ports[4])
	return nil
}

// Log is what Dovecot has written so far.
func (s *Server) Log() string { return s.log.text() }

// Deliver puts messages (CRLF or LF lines) into the user's INBOX; flags are Maildir letters such as "S" for \Seen.
// Their order is the order of their UIDs as long as nobody looked in between.
func (s *Server) Deliver(t testing.TB, flags string, messages ...[]byte) {
	t.Helper()
	for _, m := range messages {
		s.delivered++
		name := fmt.Sprintf("%d.M%08dP1.localhost:2,%s", 1_700_000_000+s.delivered, s.delivered, flags)
		if err := s.put(filepath.Join(s.Maildir, "cur", name), m); err != nil {
			t.Fatalf("delivering a message: %v", err)
		}
	}
}

func (s *Server) put(file string, m []byte) error {
	if err := os.WriteFile(file, m, 0o600); err != nil {
		return err
	}
	return os.Chown(file, s.uid, s.gid)
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// logKeeper keeps the server's log and tells when it said that it is up.
type logKeeper struct {
	ready, ended chan struct{}
	mu           sync.Mutex
	lines        []string
}

// maxLogLines bounds what is kept of a server's log.
const maxLogLines = 1000

func (k *logKeeper) follow(r io.Reader) {
	defer close(k.ended)
	up := false
	for sc := bufio.NewScanner(r); sc.Scan(); {
		k.mu.Lock()
		if len(k.lines) < maxLogLines {
			k.lines = append(k.lines, sc.Text())
		}
		k.mu.Unlock()
		if !up && strings.Contains(sc.Text(), "starting up for") {
			up = true
			close(k.ready)
		}
	}
}

func (k *logKeeper) text() string {
	if k == nil {
		return ""
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.lines, "\n")
}
