package smtp

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReplyText(t *testing.T) {
	tests := []struct {
		reply  Reply
		text   string
		line   string
		status string
	}{
		{Reply{Code: 550, Lines: []string{"5.1.1 No such", "5.1.1 user"}}, "No such user", "550 5.1.1 No such user", "5.1.1"},
		{Reply{Code: 250, Lines: []string{"5.1.1 odd"}}, "5.1.1 odd", "250 5.1.1 odd", ""},
		{Reply{Code: 250, Lines: []string{"192.0.2.1 says hello"}}, "192.0.2.1 says hello", "250 192.0.2.1 says hello", ""},
		{Reply{Code: 250, Lines: []string{""}}, "", "250", ""},
		{Reply{}, "", "no reply", ""},
	}
	for _, test := range tests {
		r := test.reply
		if len(r.Lines) > 0 {
			r.Enhanced = enhanced(r.Code, r.Lines[0])
		}
		if got := []string{r.Text(), r.String(), r.Enhanced}; !cmp.Equal(got, []string{test.text, test.line, test.status}) {
			t.Errorf("%+v gives %q", test.reply, got)
		}
	}
}

func TestParseLine(t *testing.T) {
	for _, line := range []string{"", "2", "25", "2x0 a", "1250 a", "2500 a", "650 a", "150 a", "* OK", "+OK", "HTTP/1.1 400"} {
		if code, _, _, err := parseLine(line); err == nil {
			t.Errorf("%q is read as %d", line, code)
		}
	}
}

func TestQueueID(t *testing.T) {
	for text, want := range map[string]string{
		"2.0.0 Ok: queued as 7F3A2":              "7F3A2",
		"OK id=1tEx7F-0003A2-Bc":                 "1tEx7F-0003A2-Bc",
		"2.0.0 OK: queued as <a.b@mail>.":        "a.b@mail",
		"2.0.0 OK  1700000000 d9443c01a7336 - g": "",
		"queued as ":                             "",
	} {
		if got := queueID(Reply{Code: 250, Lines: []string{text}, Enhanced: enhanced(250, text)}); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}

func TestExtensions(t *testing.T) {
	e := parseExtensions([]string{"mail.sakura.test at your service", "size 35882577", "AUTH=LOGIN", "auth plain Xoauth2", "", "8bitmime", "Chunking"})
	if e.Size != 35882577 || !e.EightBit || !e.Chunking || e.Pipelining || !cmp.Equal(e.Auth, []string{"LOGIN", "PLAIN", "XOAUTH2"}) {
		t.Errorf("%+v", e)
	}
	if e := parseExtensions([]string{"x", "SIZE -5"}); e.Size != 0 {
		t.Errorf("size %d", e.Size)
	}
	if e := parseExtensions([]string{"x", "LIMITS MAILMAX=5 rcptmax=50"}); e.Recipients != 50 || e.Names["LIMITS"] != "MAILMAX=5 rcptmax=50" {
		t.Errorf("%+v", e)
	}
	if e := parseExtensions([]string{"x", "LIMITS RCPTMAX=-1"}); e.Recipients != 0 {
		t.Errorf("recipients %d", e.Recipients)
	}
}
