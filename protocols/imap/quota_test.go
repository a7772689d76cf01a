package imap

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

func TestQuotas(t *testing.T) {
	c := mustDial(t, play(t, "quota.txt"))
	got, err := c.Quotas(testContext(t), "INBOX")
	want := []Quota{{Resource: "MESSAGE", Usage: 12, Limit: 1000}, {Resource: "STORAGE", Usage: 10240, Limit: 10240}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatalf("%v %s", err, diff)
	}
	if got[0].Full() || !got[1].Full() {
		t.Errorf("full: %v", got)
	}
	if got, err := c.Quotas(testContext(t), "Free"); err != nil || len(got) != 0 {
		t.Errorf("no limit: %v, %v", got, err)
	}
	var refused *Error
	if _, err := c.Quotas(testContext(t), "Other"); !errors.As(err, &refused) || refused.Code != "NOPERM" {
		t.Errorf("%v", err)
	}
	if _, err := c.Quotas(testContext(t), "IN\r\nBOX"); err == nil {
		t.Error("a folder name with a line end was sent")
	}
}

func TestQuotaThatIsNotOffered(t *testing.T) {
	var lacks *NotOfferedError
	if _, err := mustDial(t, memory(t, wire.TLSImplicit)).Quotas(testContext(t), "INBOX"); !errors.As(err, &lacks) {
		t.Errorf("%v", err)
	}
}

// Somebody else's server says how much is used, and refuses what is too much.
func TestQuotaOfDovecot(t *testing.T) {
	o, _ := dovecot(t, wire.TLSImplicit, interop.Quota("4K")...)
	c := mustDial(t, o)
	storage := func() Quota {
		t.Helper()
		got, err := c.Quotas(testContext(t), "INBOX")
		at := slices.IndexFunc(got, func(q Quota) bool { return q.Resource == "STORAGE" })
		if err != nil || at < 0 {
			t.Fatalf("%v, %v", got, err)
		}
		return got[at]
	}
	if q := storage(); q.Limit != 4 || q.Usage != 0 || q.Full() {
		t.Errorf("empty: %+v", q)
	}
	whole := letter(1) + strings.Repeat("x", 4096-len(letter(1))-2) + "\r\n"
	appendAll(t, c, "INBOX", whole)
	if q := storage(); !q.Full() {
		t.Errorf("full: %+v", q)
	}
	var refused *Error
	if _, err := c.Append(testContext(t), "INBOX", 0, int64(len(whole)), strings.NewReader(whole)); !errors.As(err, &refused) || refused.Code != "OVERQUOTA" {
		t.Errorf("one more: %v", err)
	}
}
