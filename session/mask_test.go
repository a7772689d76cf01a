package session

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// Servers that repeat whom they were asked for and what they were told, in every form: the copy for others names nobody,
// and no copy holds a secret.
func TestABundleOfServersThatRepeatWhatTheyHear(t *testing.T) {
	const local, address = "hanako.yamada", "hanako.yamada@tsuru.test"
	box := smallWorld(t, false)
	plain := base64.StdEncoding.EncodeToString([]byte("\x00alice@sakura.test\x00apple"))
	for _, r := range []fault.Rule{
		{ID: "rcpt", Host: "mx?.tsuru.test", Stage: fault.Rcpt, Do: fault.Action{Reply: "550-5.1.1 <" + address + ">: " + local + " is unknown\n550-5.1.1 " + local + "\n" +
			"550-5.1.1 https://help.test/?rcpt=hanako.yamada%40tsuru.test " + base64.StdEncoding.EncodeToString([]byte(address)) + "\n" +
			"550 5.1.1 rfc822;hanako.yamada+40tsuru.test SRS0=HHH=TT=tsuru.test=hanako.yamada bounce-hanako.yamada=tsuru.test"}},
		{ID: "imap", Host: "mail.sakura.test", Stage: fault.Auth, Match: fault.Match{Proto: "imap"}, Do: fault.Action{Reply: "NO [AUTHENTICATIONFAILED] alice@sakura.test is not apple " + plain + " YXBwbGU="}},
		{ID: "pop3", Host: "mail.fuji.test", Stage: fault.Auth, Match: fault.Match{Proto: "pop3"}, Do: fault.Action{Reply: "-ERR [AUTH] not banana YmFuYW5h"}},
		{ID: "auth", Host: "mail.sakura.test", Stage: fault.Auth, Match: fault.Match{Proto: "smtp"}, Do: fault.Action{Reply: "535-5.7.8 alice@sakura.test is not apple\n535 5.7.8 " + plain + " YXBwbGU="}},
	} {
		if err := box.Faults().Add(r); err != nil {
			t.Fatal(err)
		}
	}
	c := newClient(t, box)
	rec := new(trace.Recorder)
	span := trace.New(rec, nil)
	report, err := c.Trace(t.Context(), span.Child("trace"), TraceOptions{Target: address, Account: "alice", Via: true})
	if err != nil || len(report.Hops) == 0 {
		t.Fatal(err)
	}
	for _, who := range []string{"alice", "bob"} {
		checkup, err := c.Doctor(t.Context(), span.Child("doctor"), DoctorOptions{Account: who})
		if err != nil || checkup.Receive.Broken == 0 {
			t.Fatal(err, checkup)
		}
	}
	run := RunFile{Events: rec.Events()}
	secrets := []string{"apple", plain, "YXBwbGU=", "banana", "YmFuYW5h"}
	holdsNone(t, run, secrets...)
	holdsNone(t, run.Masked(t.Context()), append(secrets, local, "hanako", "alice@", base64.StdEncoding.EncodeToString([]byte(local))[:16])...)
	if whole := written(t, run); !bytes.Contains(whole, []byte(address)) {
		t.Error("the owner's own run does not say whom it is about")
	}
}

// written is a run as its file holds it, with the data of its events in the clear behind it.
func written(t *testing.T, run RunFile) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.jsonl")
	if err := run.Save(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range run.Events {
		file = append(append(file, e.Data...), '\n')
	}
	return file
}

func holdsNone(t *testing.T, run RunFile, words ...string) {
	t.Helper()
	file := written(t, run)
	for _, word := range words {
		if i := strings.Index(strings.ToLower(string(file)), strings.ToLower(word)); i >= 0 {
			t.Errorf("%q stands in %q", word, file[max(0, i-120):min(len(file), i+80)])
		}
	}
}
