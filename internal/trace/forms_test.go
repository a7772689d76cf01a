package trace

import (
	"encoding/base64"
	"fmt"
)

func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// secretForm gives the lines of one way to send a password.
func secretForm(form uint8, secret string) (proto string, lines []string) {
	forms := []struct {
		proto string
		lines []string
	}{
		{"smtp", []string{"AUTH PLAIN " + encoded(secret) + "\r\n"}},
		{"smtp", []string{"AUTH PLAIN\r\n", encoded(secret) + "\r\n"}},
		{"smtp", []string{"AUTH LOGIN\r\n", encoded("alice") + "\r\n", encoded(secret) + "\r\n"}},
		{"smtp", []string{"AUTH XOAUTH2 " + encoded(secret) + "\r\n", "\r\n"}},
		{"pop3", []string{"USER alice\r\n", "PASS " + secret + "\r\n"}},
		{"pop3", []string{"APOP alice " + encoded(secret) + "\r\n"}},
		{"pop3", []string{"AUTH PLAIN\r\n", encoded(secret) + "\r\n"}},
		{"imap", []string{"a1 LOGIN alice \"" + secret + "\"\r\n"}},
		{"imap", []string{"a1 LOGIN alice " + encoded(secret) + "\r\n"}},
		{"imap", []string{fmt.Sprintf("a1 LOGIN {5+}\r\nalice {%d+}\r\n%s\r\n", len(secret), secret)}},
		{"imap", []string{"a1 AUTHENTICATE PLAIN " + encoded(secret) + "\r\n"}},
		{"imap", []string{"a1 AUTHENTICATE PLAIN\r\n", encoded(secret) + "\r\n"}},
		{"http", []string{"GET / HTTP/1.1\r\nAuthorization: Bearer " + encoded(secret) + "\r\n\r\n"}},
		{"http", []string{fmt.Sprintf("POST /t HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(secret), secret)}},
		{"http", []string{fmt.Sprintf("POST /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(secret), secret)}},
	}
	f := forms[int(form)%len(forms)]
	return f.proto, f.lines
}
