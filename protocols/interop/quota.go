package interop

import "path/filepath"

// Quota are lines for Dovecot's configuration that limit its user's mailbox to so much: "20K". A Postfix may ask it
// whether a recipient's mailbox is full.
func Quota(storage string) []string {
	return []string{
		"mail_plugins = quota", "protocol imap {", "  mail_plugins = quota imap_quota", "}",
		"plugin {", "  quota = count:User quota", "  quota_vsizes = yes", "  quota_rule = *:storage=" + storage, "  quota_grace = 0",
		"  quota_status_success = DUNNO", "  quota_status_nouser = DUNNO", "  quota_status_overquota = \"552 5.2.2 Mailbox is full\"", "}",
		"service quota-status {", "  executable = quota-status -p postfix", "  unix_listener quota-status {", "    mode = 0666", "  }",
		"  client_limit = 1", "}",
		"auth_username_format = %Ln", // Postfix asks for the whole address
	}
}

// AskQuota is a line for Postfix's configuration: before it takes a recipient it asks a Dovecot with Quota.
func AskQuota(d *Server) string {
	return "smtpd_recipient_restrictions = check_policy_service unix:" + filepath.Join(filepath.Dir(d.CAFile), "run", "quota-status")
}
