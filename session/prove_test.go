package session

import (
	"slices"
	"strings"
	"testing"

	"todoku/diag/explain"
	"todoku/internal/trace"
)

// Every kind of failure that a person can meet leads to the test that would prove it, of whom it is about.
func TestWhatWouldProveAFailure(t *testing.T) {
	for _, c := range []struct {
		code string
		args string // NAME=VALUE, parted by blanks
		want string
	}{
		{"dial.refused", "host=mail.sakura.test account=alice step=4", "todoku doctor alice"},
		{"tls.expired", "account=alice step=1", "todoku doctor alice"},
		{"auth.refused", "account=alice", "todoku doctor alice"},
		{"imap.unavailable", "account=alice step=4", "todoku doctor alice"},
		{"pop3.in-use", "", "todoku doctor"},
		{"wire.closed", "account=alice", "todoku doctor alice"},
		{"change.refused", "account=alice", "todoku doctor alice"},
		{"send.unknown", "account=alice", "todoku doctor alice"},
		{"doctor.login.password", "account=alice", "todoku doctor alice"},
		{"local.port25.blocked", "", "todoku doctor"},
		{"compare.stopped", "account=alice", "todoku doctor alice"},
		{"secret.keyring", "account=Alice at work", "todoku doctor 'Alice at work'"},
		{"dns.notfound", "host=mail.sakura.test name=mail.sakura.test account=alice", "todoku doctor alice"},
		{"dns.notfound", "name=fuji.test.", "todoku trace fuji.test"},
		{"dns.walk.silent", "name=fuji.test.", "todoku trace fuji.test"},
		{"dnssec.expired", "domain=tsuru.test", "todoku trace tsuru.test"},
		{"policy.sts.unlisted", "domain=fuji.test", "todoku trace fuji.test"},
		{"trace.greylisted", "address=bob@fuji.test domain=fuji.test", "todoku trace bob@fuji.test"},
		{"trace.spf", "", "todoku trace ADDRESS"},
		{"reason.full", "address=bob@fuji.test step=3", "todoku trace bob@fuji.test"},
		{"reason.nobody", "address=bob@fuji.test step=1", "todoku trace bob@fuji.test"},
		{"reason.sender", "address=alice@sakura.test command=MAIL step=1 account=alice", "todoku doctor alice"},
		{"reason.toolarge", "address=bob@fuji.test step=1 account=alice", "todoku doctor alice"},
		{"reason.full", "", "todoku trace ADDRESS"},
		{"smtp.554", "step=1 account=alice", "todoku doctor alice"},
		{"compose.domain.missing", "domain=fuji.tset", "todoku trace fuji.tset"},
		{"compose.bounced", "address=bob@fuji.test", "todoku trace bob@fuji.test"},
		{"compose.mistyped", "address='; rm -rf'@fuji.test", `todoku trace ''\''; rm -rf'\''@fuji.test'`},
		{"unknown", "account=alice", "todoku doctor alice"},
		{"unknown", "", ""},
		{"config.syntax", "", ""},
		{"store.full", "account=alice", ""},
		{"file.missing", "", ""},
		{"compose.no-subject", "", ""},
		{"run.damaged", "", ""},
	} {
		f := trace.Finding{Code: c.code, Level: trace.Fail, Args: factsOf(c.args)}
		proof, ok := ProofOf(f)
		if got := proof.Command(); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.code, c.args, got, ok, c.want)
		}
	}
}

// factsOf reads NAME=VALUE; a word without a sign belongs to the value before it.
func factsOf(text string) map[string]string {
	args, last := map[string]string{}, ""
	for _, word := range strings.Fields(text) {
		name, value, found := strings.Cut(word, "=")
		if !found {
			args[last] += " " + word
			continue
		}
		args[name], last = value, name
	}
	return args
}

// unprovable are the families of entries that no test on the net can prove: settings, drafts, files, this device's own store.
var unprovable = []string{"account", "change", "compose", "config", "draft", "fault", "file", "message", "run", "sandbox", "store", "unknown", "world"}

// No entry of the catalogue lacks a proof unless its whole kind does.
func TestEveryEntryThatATestCanProveHasOne(t *testing.T) {
	for _, code := range explain.Codes() {
		family, _, _ := strings.Cut(code, ".")
		if _, ok := ProofOf(trace.Finding{Code: code}); !ok && !slices.Contains(unprovable, family) {
			t.Errorf("%s: nothing proves it", code)
		}
	}
}
