package imap

import "errors"

// id tells the server our name and keeps its own for Server (RFC 2971). A refusal is no failure.
func (p *prelude) id() error {
	if !p.caps.has("ID") {
		return nil
	}
	args := "ID (" + quote("name") + " " + quote(p.opt.Name)
	if p.opt.Version != "" {
		args += " " + quote("version") + " " + quote(p.opt.Version)
	}
	r, err := p.command("ID", args+")")
	var refused *Error
	if errors.As(err, &refused) && refused.Status != "BYE" {
		return nil
	}
	for _, line := range r.untagged {
		if list, ok := foldPrefix(line, "ID "); ok {
			p.server = parseID(list)
		}
	}
	return err
}

// parseID reads ("name" "Dovecot" "version" NIL ...) as far as it makes sense.
func parseID(list string) map[string]string {
	id := map[string]string{}
	key, isKey := "", true
	for len(list) > 0 {
		value, rest, ok := nextString(list)
		if !ok {
			break
		}
		if list = rest; isKey {
			key = value
		} else if value != "" {
			id[key] = value
		}
		isKey = !isKey
	}
	return id
}

// nextString takes the next quoted string or NIL, which is read as empty.
func nextString(s string) (value, rest string, ok bool) {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '(') {
		s = s[1:]
	}
	if rest, ok := foldPrefix(s, "NIL"); ok {
		return "", rest, true
	}
	if len(s) == 0 || s[0] != '"' {
		return "", s, false
	}
	var b []byte
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return string(b), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b = append(b, s[i])
	}
	return "", "", false
}
