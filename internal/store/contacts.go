package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"todoku/internal/mail"
)

const (
	maxAddress = 254 // octets of an address that are learned (RFC 5321 section 4.5.3.1.3)
	maxName    = 200 // bytes of a display name that are learned
	// sentWeight is what writing to an address counts beside receiving from it.
	sentWeight = 10
	// halfLife is the time in seconds in which a contact's weight halves: 90 days.
	halfLife = 90 * 24 * 3600
)

// person is what one chunk of messages says about an address.
type person struct {
	name  string
	count int
	last  int64 // Unix seconds
}

// people gathers addresses, so that each is written once a chunk.
type people struct{ byAddr map[string]*person }

func newPeople() people { return people{map[string]*person{}} }

func (p people) learn(e *mail.Envelope, second int64) {
	n := 0
	for _, list := range [][]mail.Address{e.From, e.To, e.Cc} {
		for _, a := range list {
			if n++; n > maxPeople {
				return
			}
			p.add(a, 1, second)
		}
	}
}

func (p people) add(a mail.Address, count int, second int64) {
	addr := strings.ToLower(a.Addr)
	if len(addr) > maxAddress || !strings.Contains(addr, "@") || strings.ContainsAny(addr, "\x00\x1f\r\n") {
		return
	}
	have, ok := p.byAddr[addr]
	if !ok {
		have = &person{}
		p.byAddr[addr] = have
	}
	have.count += count
	if second >= have.last {
		have.last = second
		if a.Name != "" {
			have.name = strings.ToValidUTF8(a.Name[:min(len(a.Name), maxName)], "")
		}
	}
}

// putContacts adds what was gathered. A newer name replaces an older one.
func (t *tx) putContacts(account string, p people) error {
	for _, addr := range slices.Sorted(maps.Keys(p.byAddr)) {
		one := p.byAddr[addr]
		known, err := t.affected(`UPDATE contacts SET count = count + ?3, last = max(last, ?4)
			WHERE account = ?1 AND addr = ?2 AND (name = ?5 OR ?5 = '' OR name <> '' AND ?4 < last)`, account, addr, one.count, one.last, one.name)
		if err != nil {
			return err
		}
		if known > 0 {
			continue
		}
		err = t.exec(`INSERT INTO contacts (account, addr, count, last, name, terms) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (account, addr) DO UPDATE SET count = count + excluded.count, last = max(last, excluded.last),
			name = excluded.name, terms = excluded.terms`, account, addr, one.count, one.last, one.name, contactTerms(one.name, addr))
		if err != nil {
			return err
		}
	}
	return nil
}

// contactTerms is what Complete compares, each after U+001F: the address, its domain, the name and each of its words.
func contactTerms(name, addr string) string {
	_, domain, _ := strings.Cut(addr, "@")
	terms := []string{"", mail.Fold(addr), mail.Fold(domain)}
	folded := strings.Join(strings.Fields(mail.Fold(name)), " ")
	if folded != "" {
		terms = append(terms, folded)
		if words := strings.Fields(folded); len(words) > 1 {
			terms = append(terms, words...)
			terms = append(terms, strings.Join(words, ""))
		}
	}
	return strings.Join(terms, "\x1f")
}

// Complete suggests contacts of the account whose address, domain or name (or a word of it) begins with prefix, those
// met often and lately first. A prefix in Japanese may also stand inside the name. Limit 0 means 5.
func (s *Store) Complete(ctx context.Context, account, prefix string, limit int) ([]Contact, error) {
	wanted := strings.Join(strings.Fields(mail.Fold(prefix)), " ")
	if limit <= 0 {
		limit = 5
	}
	if wanted == "" {
		return nil, nil
	}
	if first := []rune(wanted)[0]; !wideScript(first) {
		wanted = "\x1f" + wanted
	}
	var list []Contact
	err := s.each(ctx, `SELECT name, addr, count, last FROM contacts WHERE account = ?1 AND instr(terms, ?2)
		ORDER BY count * 1.0 / (1.0 + max(0, ?3 - last) * 1.0 / ?4) DESC, addr LIMIT ?5`,
		[]any{account, wanted, s.now().Unix(), halfLife, limit}, func(row scanner) error {
			var c Contact
			var last int64
			err := row.Scan(&c.Name, &c.Addr, &c.Count, &last)
			c.Last = timeOf(last * 1e9)
			list = append(list, c)
			return err
		})
	return list, s.fail("complete an address", err)
}
