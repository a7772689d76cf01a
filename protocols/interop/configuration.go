package interop

import (
	"fmt"
	"path/filepath"
	"strings"
)

// configuration is a dovecot.conf for one directory and five ports: IMAP, IMAPS, POP3, POP3S, SASL. Processes are
// unlimited per address because every test client comes from 127.0.0.1, and a failed login answers at once.
func configuration(dir string, s *Server, ports [5]int, extra []string) string {
	users := filepath.Join(dir, "users")
	var b strings.Builder
	fmt.Fprintf(&b, "base_dir = %s/run\nstate_dir = %s/run\nlog_path = /dev/stderr\n", dir, dir)
	fmt.Fprintf(&b, "protocols = imap pop3\nlisten = 127.0.0.1\ndisable_plaintext_auth = no\n")
	fmt.Fprintf(&b, "ssl = yes\nssl_cert = <%s/cert.pem\nssl_key = <%s/key.pem\n", dir, dir)
	fmt.Fprintf(&b, "first_valid_uid = 1\nmail_uid = %d\nmail_gid = %d\nmail_home = %s/home/%%n\n", s.uid, s.gid, dir)
	b.WriteString("mail_location = maildir:%h/Maildir:INDEX=%h/index:CONTROL=%h/index\n")
	fmt.Fprintf(&b, "mail_max_userip_connections = 100\nauth_failure_delay = 0\nmaildir_very_dirty_syncs = no\n")
	fmt.Fprintf(&b, "auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 apop\n")
	fmt.Fprintf(&b, "passdb {\n  driver = passwd-file\n  args = %s\n}\nuserdb {\n  driver = passwd-file\n  args = %s\n}\n", users, users)
	for i, l := range []struct{ service, plain, tls string }{
		{"imap-login", "imap", "imaps"},
		{"pop3-login", "pop3", "pop3s"},
	} {
		fmt.Fprintf(&b, "service %s {\n  inet_listener %s {\n    port = %d\n  }\n  inet_listener %s {\n    port = %d\n    ssl = yes\n  }\n}\n",
			l.service, l.plain, ports[2*i], l.tls, ports[2*i+1])
	}
	fmt.Fprintf(&b, "service auth {\n  inet_listener {\n    port = %d\n  }\n}\n", ports[4])
	b.WriteString("namespace inbox {\n  inbox = yes\n  separator = /\n")
	for _, box := range []string{"Drafts", "Sent", "Trash", "Junk", "Archive"} {
		fmt.Fprintf(&b, "  mailbox %s {\n    auto = create\n    special_use = \\%s\n  }\n", box, box)
	}
	b.WriteString("}\n")
	// Without this a failed login makes the next ones from 127.0.0.1 wait.
	b.WriteString("service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n")
	for _, line := range extra {
		b.WriteString(line + "\n")
	}
	return b.String()
}
