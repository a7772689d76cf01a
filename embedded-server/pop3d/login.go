package pop3d

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
)

func (x *session) userName(arg string) {
	if !x.plain() {
		x.refuse("%v", dialogue.ErrPrivacy)
		return
	}
	if arg == "" {
		x.refuse("say USER name")
		return
	}
	x.user = arg
	x.ok("now PASS")
}

// pass takes the rest of the line, spaces and all (RFC 1939 section 7).
func (x *session) pass(arg string) {
	user := x.user
	x.user = ""
	if user == "" {
		x.refuse("say USER first")
		return
	}
	address, err := dialogue.Check(x.srv.find, user, arg)
	x.enter("PASS", address, err)
}

// apop proves the password by the digest of the greeting's stamp and it.
func (x *session) apop(arg string) {
	user, digest, ok := strings.Cut(arg, " ")
	if !ok {
		x.refuse("say APOP name digest")
		return
	}
	address, password, known := x.srv.find(user)
	sum := md5.Sum([]byte(x.stamp + password))
	var err error
	if !known || subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(strings.ToLower(digest))) != 1 {
		err = dialogue.ErrCredentials
	}
	x.enter("APOP", address, err)
}

// auth is RFC 5034; without an argument it lists the mechanisms, as older clients expect.
func (x *session) auth(arg string) {
	if arg == "" {
		x.ok("mechanisms follow")
		for _, m := range dialogue.Mechanisms(x.plain()) {
			x.WriteLine(m)
		}
		x.WriteLine(".")
		return
	}
	mechanism, rest, _ := strings.Cut(arg, " ")
	var initial *string
	if rest != "" { // an empty one is "="; some programs end the line with a space and mean none
		initial = &rest
	}
	address, err := x.Authenticate(mechanism, initial, x.plain(), x.srv.find)
	x.enter("AUTH", address, err)
}

// enter locks the maildrop and takes its snapshot. A fault rule is asked about those who could enter: what it says is
// said by servers to people with the right password.
func (x *session) enter(verb, address string, err error) {
	var rule *fault.Action
	if err == nil {
		var dealt bool
		if rule, dealt = x.Ask(fault.Auth, fault.Facts{Verb: verb, User: address}, nil); dealt {
			return
		}
	}
	switch {
	case errors.Is(err, dialogue.ErrCredentials):
		x.refuse("[AUTH] %v", err)
		return
	case err != nil:
		x.refuse("%v", err)
		return
	case !x.srv.lock(address):
		x.refuse("[IN-USE] another session has this maildrop: try again when it is over")
		return
	}
	if err := x.open(address, rule != nil && rule.Renumber); err != nil {
		x.srv.unlock(address)
		x.refuse("[SYS/TEMP] the maildrop cannot be opened: try again later")
		return
	}
	x.address, x.errors = address, 0
	x.SetUser(address)
	count, octets := x.totals()
	x.ok("%s has %d messages (%d octets)", address, count, octets)
}

func (x *session) open(address string, renumber bool) error {
	f, err := x.srv.cfg.Store.Folder(x.ctx, address, "INBOX")
	if err != nil {
		return err
	}
	if renumber {
		if err := x.srv.cfg.Store.Renumber(x.ctx, f.ID); err != nil {
			return err
		}
	}
	folder, list, err := x.srv.cfg.Store.Open(x.ctx, f.ID)
	if err != nil {
		return err
	}
	x.folder, x.drop = folder, make([]entry, len(list))
	for i, m := range list {
		x.drop[i].Message = m
	}
	return nil
}
