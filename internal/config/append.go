package config

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// AppendAccount adds an account to the text of a config and leaves every byte before it as it is. It fails, with the
// first problem, when the result would not be a good config.
func AppendAccount(text []byte, a Account) ([]byte, error) {
	var b bytes.Buffer
	b.Write(text)
	if len(text) > 0 {
		if text[len(text)-1] != '\n' {
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	writeAccount(&b, a)
	if _, problems := Decode(b.Bytes(), "config.toml"); len(problems) > 0 {
		return nil, fmt.Errorf("the account cannot be added: %s", problems[0])
	}
	return b.Bytes(), nil
}

// table writes the keys of one table that are not empty.
type table struct {
	b      *bytes.Buffer
	header string // written before the first key
}

func (t *table) line(key, value string) {
	if t.header != "" {
		t.b.WriteString(t.header + "\n")
		t.header = ""
	}
	fmt.Fprintf(t.b, "%s = %s\n", key, value)
}

func (t *table) text(key, value string) {
	if value != "" {
		t.line(key, quote(value))
	}
}

func (t *table) number(key string, value int) {
	if value != 0 {
		t.line(key, strconv.Itoa(value))
	}
}

func (t *table) texts(key string, values []string) {
	if len(values) == 0 {
		return
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	t.line(key, "["+strings.Join(quoted, ", ")+"]")
}

func writeAccount(b *bytes.Buffer, a Account) {
	t := &table{b: b, header: "[[account]]"}
	t.text("name", a.Name)
	t.text("address", a.Address)
	t.text("full_name", a.FullName)
	t.text("receive", a.Receive)
	t.text("leave_on_server", a.LeaveOnServer)
	t.number("leave_days", a.LeaveDays)
	t.text("signature", a.Signature)
	for _, s := range []struct {
		name string
		Server
	}{{"imap", a.IMAP}, {"pop3", a.POP3}, {"smtp", a.SMTP}} {
		t := &table{b: b, header: "[account." + s.name + "]"}
		t.text("host", s.Host)
		t.number("port", s.Port)
		t.text("tls", s.TLS)
		t.text("user", s.User)
		t.text("auth", s.Auth)
	}
	t = &table{b: b, header: "[account.secret]"}
	t.text("password", a.Secret.Password)
	t.texts("password_command", a.Secret.PasswordCommand)
	t.text("password_env", a.Secret.PasswordEnv)
	if a.Secret.Keyring {
		t.line("keyring", "true")
	}
	t = &table{b: b, header: "[account.oauth]"}
	t.texts("token_command", a.OAuth.TokenCommand)
	t = &table{b: b, header: "[account.folders]"}
	t.text("sent", a.Folders.Sent)
	t.text("drafts", a.Folders.Drafts)
	t.text("trash", a.Folders.Trash)
	t.text("archive", a.Folders.Archive)
	t.text("junk", a.Folders.Junk)
}

// quote makes a TOML basic string (toml.io/en/v1.0.0#string).
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
