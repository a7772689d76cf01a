package imap

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// maxChallenges bounds a SASL exchange; SCRAM needs two.
const maxChallenges = 10

// login proves who we are by the strongest mechanism allowed, or by the LOGIN command where the server offers no
// mechanism that we have and "auto" or "login" was asked for.
func (p *prelude) login() error {
	p.conn.Remember(p.opt.Credentials.Password, p.opt.Credentials.Token)
	offered := p.caps.mechanisms()
	mech, err := sasl.Choose(offered, p.opt.Auth, p.opt.Credentials)
	if err == nil {
		return p.authenticate(mech)
	}
	var none *sasl.Error
	if !errors.As(err, &none) || none.Code != sasl.CodeNone || !p.mayLogin() {
		return p.saslFailure(err)
	}
	if p.caps.has("LOGINDISABLED") {
		return p.failure(sasl.CodeNone, p.step("LOGIN"), "LOGINDISABLED", err)
	}
	return p.loginCommand()
}

func (p *prelude) mayLogin() bool {
	want := strings.ToLower(p.opt.Auth)
	return (want == sasl.Auto || want == "login") && p.opt.Credentials.Token == ""
}

// saslFailure keeps the code of a mechanism's refusal.
func (p *prelude) saslFailure(err error) error {
	code := wire.CodeAuthNone
	var refused *sasl.Error
	if errors.As(err, &refused) {
		code = refused.Code
	}
	return p.failure(code, p.step("AUTHENTICATE"), "", err)
}

// loginCommand sends LOGIN (RFC 9051 section 6.2.3); what no quoted string may hold goes as a literal.
func (p *prelude) loginCommand() error {
	if err := p.conn.MayCarrySecret(); err != nil {
		return err
	}
	cr := p.opt.Credentials
	for _, s := range []string{cr.User, cr.Password} {
		if err := wire.CleanArg(s); err != nil {
			return p.failure(wire.CodeArgument, p.step("LOGIN"), "", err)
		}
	}
	p.caps = nil
	if isASCII(cr.User) && isASCII(cr.Password) {
		_, err := p.command("LOGIN", "LOGIN "+quote(cr.User)+" "+quote(cr.Password))
		return err
	}
	tag, err := p.send("LOGIN", fmt.Sprintf("LOGIN {%d}", len(cr.User)))
	if err != nil {
		return err
	}
	for _, line := range []string{fmt.Sprintf("%s {%d}", cr.User, len(cr.Password)), cr.Password} {
		if _, done, err := p.challenge("LOGIN", tag); done || err != nil {
			return err
		}
		if err := p.conn.WriteLine(line); err != nil {
			return err
		}
	}
	_, err = p.finish("LOGIN", tag)
	return err
}

// authenticate runs a SASL exchange (RFC 9051 section 6.2.2), with the first response on the command line where the
// server takes it (SASL-IR).
func (p *prelude) authenticate(mech sasl.Mechanism) error {
	if mech.Secret() {
		if err := p.conn.MayCarrySecret(); err != nil {
			return err
		}
	}
	initial, err := mech.Start(p.opt.Host)
	if err != nil {
		return p.saslFailure(err)
	}
	line := "AUTHENTICATE " + mech.Name()
	pending := initial
	if initial != nil && p.caps.has("SASL-IR") {
		line += " " + encodeInitial(initial)
		pending = nil
	}
	p.caps = nil
	tag, err := p.send("AUTHENTICATE", line)
	if err != nil {
		return err
	}
	for range maxChallenges {
		text, done, err := p.challenge("AUTHENTICATE", tag)
		var refused *Error
		if errors.As(err, &refused) {
			return sasl.Refused(mech, err)
		}
		if err != nil {
			return err
		}
		if done {
			return p.proved(mech)
		}
		if err := p.respond(mech, tag, text, &pending); err != nil {
			return err
		}
	}
	return p.failure(wire.CodeGarbled, p.step("AUTHENTICATE"), "", fmt.Errorf("more than %d challenges", maxChallenges))
}

// proved checks that the server proved itself where the mechanism asks for that.
func (p *prelude) proved(mech sasl.Mechanism) error {
	if err := sasl.Finish(mech); err != nil {
		return p.saslFailure(err)
	}
	return nil
}

// respond answers one challenge; if we cannot, it cancels the exchange with "*" and says why.
func (p *prelude) respond(mech sasl.Mechanism, tag, text string, pending *[]byte) error {
	if *pending != nil {
		out := *pending
		*pending = nil
		return p.conn.WriteLine(base64.StdEncoding.EncodeToString(out))
	}
	challenge, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	var out []byte
	if err == nil {
		out, err = mech.Next(challenge)
	}
	if err == nil {
		return p.conn.WriteLine(base64.StdEncoding.EncodeToString(out))
	}
	if werr := p.conn.WriteLine("*"); werr != nil {
		return werr
	}
	var refused *Error
	if _, ferr := p.finish("AUTHENTICATE", tag); ferr != nil && !errors.As(ferr, &refused) {
		return ferr
	}
	return p.saslFailure(fmt.Errorf("%s: %w", mech.Name(), err))
}

// challenge reads up to a "+" line, or to the tagged response: then done is true.
func (p *prelude) challenge(verb, tag string) (text string, done bool, err error) {
	for range preludeLines {
		line, err := p.conn.ReadLine(preludeLine)
		if err != nil {
			return "", false, err
		}
		if rest, ok := strings.CutPrefix(line, "+"); ok {
			p.conn.Expect(p.step(verb))
			return rest, false, nil
		}
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			return "", true, p.conclude(&reply{}, verb, rest)
		}
		if rest, ok := foldPrefix(line, "* CAPABILITY "); ok {
			p.caps = parseCaps(rest)
		}
		if rest, ok := foldPrefix(line, "* BYE "); ok {
			return "", false, statusError(verb, "BYE", p.conn.Scrub(rest))
		}
	}
	return "", false, p.failure(wire.CodeFlood, p.step(verb), "", io.ErrShortBuffer)
}

// encodeInitial writes an initial response: "=" is the empty one (RFC 4959 section 3).
func encodeInitial(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] > 0x7e || s[i] < 0x20 {
			return false
		}
	}
	return true
}
