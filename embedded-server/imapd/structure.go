package imapd

import (
	"bytes"
	"strings"

	"todoku/embedded-server/maildrop"
)

// Limits for hostile messages.
const (
	maxDepth = 24   // nested multiparts and messages
	maxParts = 1000 // parts of one message, all levels together
)

// part is a node of a message's MIME tree (RFC 2045, 2046), made of slices of the message: what FETCH gives out are
// the very octets that came in.
type part struct {
	header, body []byte // header with its empty line
	kind, sub    string // lower case: "text", "plain"
	params       map[string]string
	fields       map[string]string // the Content- fields and Content-Disposition as they came, by lower-case name
	children     []*part           // of a multipart, at least one
	message      *part             // inside a message/rfc822
}

// parser holds what all parts of one message share.
type parser struct{ left int }

func parseMessage(data []byte) *part {
	p := parser{left: maxParts}
	return p.part(data, "text/plain", 0)
}

// part reads one entity; byDefault is its type when it says none (RFC 2046 section 5.1.5).
func (p *parser) part(data []byte, byDefault string, depth int) *part {
	p.left--
	n := &part{fields: map[string]string{}}
	n.header, n.body = maildrop.SplitHeader(data)
	maildrop.Fields(n.header, func(name, value string) bool {
		name = strings.ToLower(name)
		if _, twice := n.fields[name]; !twice && strings.HasPrefix(name, "content-") {
			n.fields[name] = value
		}
		return true
	})
	media, params := mediaType(n.fields["content-type"])
	if media == "" {
		media = byDefault
	}
	n.kind, n.sub, _ = strings.Cut(media, "/")
	n.params = params
	switch {
	case depth >= maxDepth && (n.kind == "multipart" || n.kind == "message"):
		n.kind, n.sub = "application", "octet-stream"
	case n.kind == "multipart":
		n.children = p.split(n, depth)
	case media == "message/rfc822" || media == "message/global":
		n.message = p.part(n.body, "text/plain", depth+1)
	}
	return n
}

// split cuts a multipart's body at its delimiters (RFC 2046 section 5.1.1). One without any is shown as a single
// text part, because IMAP knows no multipart without parts.
func (p *parser) split(n *part, depth int) []*part {
	byDefault := "text/plain"
	if n.sub == "digest" {
		byDefault = "message/rfc822"
	}
	var list []*part
	if boundary := n.params["boundary"]; boundary != "" {
		begin := -1
		for d := range delimiters(n.body, "--"+boundary) {
			if begin >= 0 && p.left > 0 {
				list = append(list, p.part(n.body[begin:max(begin, d.before)], byDefault, depth+1))
			}
			begin = d.after
			if d.last {
				begin = -1
				break
			}
		}
		if begin >= 0 && p.left > 0 {
			list = append(list, p.part(n.body[begin:], byDefault, depth+1))
		}
	}
	if len(list) == 0 {
		list = append(list, &part{body: n.body, kind: "text", sub: "plain", fields: map[string]string{}})
	}
	return list
}

// delimiter is one delimiter line: the part before it ends at before, the next one begins at after.
type delimiter struct {
	before, after int
	last          bool // the close-delimiter
}

func delimiters(body []byte, dash string) func(func(delimiter) bool) {
	return func(yield func(delimiter) bool) {
		for pos := 0; ; {
			i := bytes.Index(body[pos:], []byte(dash))
			if i < 0 {
				return
			}
			at := pos + i
			pos = at + len(dash)
			if at > 0 && body[at-1] != '\n' {
				continue
			}
			end := len(body)
			if lf := bytes.IndexByte(body[pos:], '\n'); lf >= 0 {
				end = pos + lf + 1
			}
			rest := strings.TrimRight(string(body[pos:end]), " \t\r\n")
			if rest != "" && rest != "--" {
				continue
			}
			d := delimiter{before: at, after: end, last: rest == "--"}
			if bytes.HasSuffix(body[:at], []byte("\r\n")) {
				d.before -= 2
			}
			if !yield(d) {
				return
			}
			pos = end
		}
	}
}

// find walks a section path from a message; nil if there is no such part (RFC 9051 section 6.4.5.1).
func (n *part) find(path []int) *part {
	at := n.step(path[0])
	for _, number := range path[1:] {
		switch {
		case at == nil:
			return nil
		case at.message != nil:
			at = at.message.step(number)
		case len(at.children) > 0:
			at = at.child(number)
		default:
			return nil
		}
	}
	return at
}

// step goes from a message to its part: one that is no multipart has a part 1, its body.
func (n *part) step(number int) *part {
	if len(n.children) > 0 {
		return n.child(number)
	}
	if number == 1 {
		return n
	}
	return nil
}

func (n *part) child(number int) *part {
	if number < 1 || number > len(n.children) {
		return nil
	}
	return n.children[number-1]
}
