package interop

import (
	"crypto/x509"
	"fmt"
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

// postfixTime is how long Postfix may take from start to its first answer.
const postfixTime = 20 * time.Second

// Relay is a running Postfix. Its certificate names localhost and 127.0.0.1. It knows the mailbox bob@fuji.test and
// nobody else there; nothing leaves this machine.
type Relay struct {
	SMTP        string // STARTTLS; a client from this machine needs no login
	Submission  string // STARTTLS and login; "" without a Dovecot to ask
	Submissions string // the same with implicit TLS
	CAFile      string // the authority's certificate, PEM
	Roots       *x509.CertPool
	Bob         string // bob's Maildir
	Stop        func() // ends it before the test does
	dir         string
}

// Postfix starts a Postfix with a queue of its own, gone when the test ends. With a Dovecot its submission ports ask
// that one who may log in, its certificate is that one's, and mail to Dovecot's users at fuji.test goes to their Maildirs.
// Extra lines go to the end of its main.cf.
func Postfix(t testing.TB, d *Server, extra ...string) *Relay {
	t.Helper()
	bin := Need(t, "postfix")
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pfix")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &Relay{dir: dir, Bob: filepath.Join(dir, "mail", "bob")}
	if err := r.prepare(owner, d, extra); err != nil {
		t.Fatalf("preparing Postfix: %v", err)
	}
	for range startTries {
		if err = r.start(bin, d != nil); err == nil {
			r.run(t, bin)
			return r
		}
	}
	t.Fatalf("Postfix does not start: %v\n%s", err, r.Log())
	return nil
}

// start runs one Postfix on ports that are free now.
func (r *Relay) start(bin string, submission bool) error {
	var ports [3]int
	for i := range ports {
		p, err := freePort()
		if err != nil {
			return err
		}
		ports[i] = p
	}
	r.SMTP = local(ports[0])
	if submission {
		r.Submission, r.Submissions = local(ports[1]), local(ports[2])
	}
	if err := os.WriteFile(filepath.Join(r.dir, "master.cf"), []byte(r.masterCF()), 0o644); err != nil {
		return err
	}
	if out, err := exec.Command(bin, "-c", r.dir, "start").CombinedOutput(); err != nil {
		return fmt.Errorf("postfix start: %w\n%s", err, out)
	}
	return nil
}

// prepare makes folders, certificate and configuration.
func (r *Relay) prepare(owner *user.User, d *Server, extra []string) error {
	if err := os.Chmod(r.dir, 0o755); err != nil {
		return err
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		return err
	}
	for _, sub := range []string{"queue", "data", "mail"} {
		path := filepath.Join(r.dir, sub)
		if err := os.Mkdir(path, 0o755); err != nil {
			return err
		}
		if sub == "queue" {
			continue // Postfix wants it to be root's
		}
		if err := os.Chown(path, uid, -1); err != nil {
			return err
		}
	}
	certs := r.dir
	if d != nil {
		certs, r.CAFile, r.Roots = filepath.Dir(d.CAFile), d.CAFile, d.Roots
	} else {
		a, err := newAuthority(r.dir)
		if err != nil {
			return err
		}
		r.CAFile, r.Roots = a.caFile, a.roots
	}
	conf := r.mainCF(owner, d, certs) + strings.Join(extra, "\n") + "\n"
	return os.WriteFile(filepath.Join(r.dir, "main.cf"), []byte(conf), 0o644)
}

// mainCF is Postfix's main configuration. Virtual mailboxes are named from the root, for Dovecot's is elsewhere.
func (r *Relay) mainCF(owner *user.User, d *Server, certs string) string {
	boxes := fmt.Sprintf("{ bob@fuji.test = %s/ }", r.Bob)
	uids := fmt.Sprintf("{ bob@fuji.test = %s }", owner.Uid)
	sasl := ""
	if d != nil {
		for _, to := range append([]*Server{d}, d.beside...) {
			boxes += fmt.Sprintf(" { %s@fuji.test = %s/ }", to.User, to.Maildir)
			uids += fmt.Sprintf(" { %s@fuji.test = %d }", to.User, to.uid)
		}
		sasl = "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:" + d.SASL + "\nsmtpd_sasl_security_options = noanonymous\n"
	}
	return fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = mail.sakura.test
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_chain_files = %[2]s/key.pem, %[2]s/cert.pem
message_size_limit = 50000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = fuji.test
virtual_mailbox_base = /
virtual_mailbox_maps = inline:{ %[3]s }
virtual_minimum_uid = 1
virtual_uid_maps = inline:{ %[4]s }
virtual_gid_maps = static:%[5]s
%[6]s`, r.dir, certs, boxes, uids, owner.Gid, sasl)
}

// masterCF lists the services, as many as loopback delivery needs.
func (r *Relay) masterCF() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s inet n - n - - smtpd\n", r.SMTP)
	if r.Submission != "" {
		const login = " -o smtpd_sasl_auth_enable=yes -o smtpd_relay_restrictions=permit_sasl_authenticated,reject" +
			" -o smtpd_client_restrictions=permit_sasl_authenticated,reject -o smtpd_tls_auth_only=yes\n"
		fmt.Fprintf(&b, "%s inet n - n - - smtpd -o smtpd_tls_security_level=encrypt%s", r.Submission, login)
		fmt.Fprintf(&b, "%s inet n - n - - smtpd -o smtpd_tls_wrappermode=yes%s", r.Submissions, login)
	}
	b.WriteString(`pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
`)
	return b.String()
}

// run waits until Postfix answers, and ends it with the test.
func (r *Relay) run(t testing.TB, bin string) {
	t.Helper()
	r.Stop = sync.OnceFunc(func() { exec.Command(bin, "-c", r.dir, "stop").Run() })
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Postfix says:\n%s", r.Log())
		}
		r.Stop()
	})
	deadline := time.Now().Add(postfixTime)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if c, err := net.Dial("tcp", r.SMTP); err == nil {
			c.Close()
			return
		}
		if <-look.C; time.Now().After(deadline) {
			t.Fatal("Postfix does not answer")
		}
	}
}

// Log is what Postfix has written so far.
func (r *Relay) Log() string {
	log, err := os.ReadFile(filepath.Join(r.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(log)
}
