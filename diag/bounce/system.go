package bounce

import (
	"strings"

	"todoku/internal/mail"
)

// signature is how a mail system is known: by a field of its header, or by words that it writes.
type signature struct {
	system string
	field  string
	words  []string
}

// signatures lists providers before the software that many of them run.
func signatures() []signature {
	return []signature{
		{system: "gmail", field: "X-Gm-Message-State"},
		{system: "gmail", words: []string{"Gmail will retry", "- gsmtp"}},
		{system: "exchange", field: "X-MS-Exchange-Message-Is-Ndr"},
		{system: "exchange", words: []string{"Generating server:", "Your message did not reach some or all", "Delivery has failed to these recipients"}},
		{system: "hmailserver", words: []string{"hMailServer"}},
		{system: "qmail", words: []string{"This is the qmail-send program"}},
		{system: "postfix", words: []string{"This is the mail system at host", "This is the Postfix program", "メールシステム"}},
		{system: "exim", words: []string{"This message was created automatically by mail delivery software"}},
		{system: "courier", words: []string{"running the Courier mail server"}},
		{system: "sendmail", words: []string{"----- Transcript of session follows -----", "----- The following addresses had"}},
		{system: "opensmtpd", words: []string{"This is the MAILER-DAEMON, please DO NOT REPLY"}},
		{system: "domino", words: []string{"Domino Directory"}},
		{system: "mailenable", words: []string{"MailEnable:"}},
		{system: "docomo", words: []string{"docomo.ne.jp> if you feel", "Please reply to Postmaster@docomo.ne.jp"}},
	}
}

func systemOf(m *mail.Parsed, text string) string {
	for _, s := range signatures() {
		if s.field != "" && mail.FieldValue(m.Header, s.field) != "" {
			return s.system
		}
		for _, w := range s.words {
			if strings.Contains(text, w) {
				return s.system
			}
		}
	}
	return ""
}

// systemOfFields knows some by the extensions that they write into their reports (RFC 3464 section 2.4).
func systemOfFields(group []mail.Field) string {
	for _, f := range group {
		switch name := strings.ToLower(f.Name); {
		case strings.HasPrefix(name, "x-postfix-"):
			return "postfix"
		case name == "x-original-message-id" && strings.Contains(strings.ToLower(mail.FieldValue(group, "Reporting-MTA")), "google"):
			return "gmail"
		}
	}
	return ""
}
