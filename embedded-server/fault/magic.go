package fault

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// magicPrefix begins the local part of an address that names a fault: fault+451-4.3.0@fuji.test.
const magicPrefix = "fault+"

// magicCode is a reply code with, behind it, an enhanced code: "451-4.3.0". Before it may stand where: "eod-554-5.7.1".
var magicCode = regexp.MustCompile(`^(?:(rcpt|data|eod|accepted)-)?([45][0-5][0-9])(?:-([45]\.\d{1,3}\.\d{1,3}))?$`)

// IsMagic reports whether an address names a fault, and so belongs to the sandbox itself.
func IsMagic(address string) bool {
	return len(address) > len(magicPrefix) && strings.EqualFold(address[:len(magicPrefix)], magicPrefix)
}

// MagicCase gives the fault that an address names: a reply code ("fault+451-4.3.0@", "fault+eod-554-5.7.1@") or a case of
// the catalogue ("fault+smtp.greylist@", or without its beginning "fault+greylist@"). A case that begins before the
// recipient is known cannot be met by an address. Every rule of it holds for that address alone, on the hosts of its domain.
func MagicCase(address string) (Case, error) {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	name := strings.TrimPrefix(local, magicPrefix)
	if m := magicCode.FindStringSubmatch(name); m != nil {
		return codeCase(name, m[1], m[2], m[3]), nil
	}
	c, ok := Find(name)
	if !ok {
		c, ok = Find("smtp." + name)
	}
	if !ok {
		return Case{}, fmt.Errorf("there is no fault %q: `todoku faults` lists them", name)
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		switch r.Stage {
		case Rcpt, Data, EndOfData, Accepted:
		default:
			return Case{}, fmt.Errorf("fault %q happens before the recipient is known: use a rule", c.ID)
		}
		r.Host, r.Match = "", Match{}
	}
	return c, nil
}

// codeCase is one reply at one stage.
func codeCase(name, stage, code, enhanced string) Case {
	if stage == "" {
		stage = string(Rcpt)
	}
	words := code + " "
	if enhanced != "" {
		words += enhanced + " "
	}
	return Case{ID: magicPrefix + name, Rules: []Rule{
		{Stage: Stage(stage), Do: Action{Reply: words + "As the address asks", Close: code == "421"}},
	}}
}

// serves reports whether a host is one of the domain of an address.
func serves(host, address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	return len(host) > len(domain) && strings.EqualFold(host[len(host)-len(domain)-1:], "."+domain)
}

// maxMagic bounds the addresses whose counts are kept.
const maxMagic = 1000

// byName gives the action that the recipient's address names. The caller holds the lock.
func (s *Set) byName(stage Stage, f Facts, now time.Time) *Action {
	address := strings.ToLower(f.To)
	rules, known := s.magic[address]
	if !known {
		rules = magicEntries(address)
		if s.magic == nil || len(s.magic) >= maxMagic {
			s.magic = make(map[string][]*entry)
		}
		s.magic[address] = rules
	}
	for _, r := range rules {
		if r.matches("", stage, f) && r.fires(f, now) {
			return r.action()
		}
	}
	return nil
}

// magicEntries are the rules of an address; one that names nothing is refused with the reason.
func magicEntries(address string) []*entry {
	c, err := MagicCase(address)
	if err != nil {
		c = Case{ID: magicPrefix, Rules: []Rule{{Stage: Rcpt, Do: Action{Reply: "550 5.1.1 " + printable(err.Error())}}}}
	}
	var all []*entry
	for _, r := range c.Named() {
		all = append(all, &entry{Status: Status{Rule: r}})
	}
	return all
}

// printable keeps what a reply line may hold (RFC 5321 section 4.2).
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
