package mail

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"
)

// maxIndent bounds how deep lists and quotes are drawn.
const maxIndent = 16

// open does what an element asks for when it begins.
func (r *renderer) open(t tag, e *element) {
	switch t.atom {
	case atom.P, atom.Dl:
		r.canvas.gap()
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		r.canvas.gap()
		r.canvas.mark(strings.Repeat("#", min(int(t.name[1]-'0'), 3)) + " ")
	case atom.Blockquote:
		r.canvas.gap()
		e.prefix = r.canvas.push("> ", "> ")
	case atom.Pre, atom.Xmp, atom.Plaintext, atom.Listing:
		r.canvas.gap()
		r.pre++
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		r.openList(t, e)
	case atom.Li:
		r.openItem(t, e)
	case atom.Dt:
		r.canvas.endLine()
	case atom.Dd:
		r.canvas.endLine()
		e.prefix = r.canvas.push("  ", "  ")
	case atom.A:
		e.link = r.link(t.attrs["href"])
	case atom.Q:
		r.canvas.flow("\"")
	case atom.Table:
		r.openTable()
	case atom.Tr:
		r.openRow()
	case atom.Td, atom.Th:
		r.openCell()
	default:
		if block(t.atom) {
			r.canvas.endLine()
		}
	}
}

// close does what an element asks for when it ends.
func (r *renderer) close(e element) {
	switch e.tag {
	case atom.Td, atom.Th:
		r.closeCell()
	case atom.Tr:
		r.canvas.endLine()
	case atom.Table:
		r.closeTable()
	case atom.A:
		if e.link > 0 {
			r.canvas.linkMark("[" + strconv.Itoa(e.link) + "]")
		}
	case atom.Q:
		r.canvas.flow("\"")
	case atom.Pre, atom.Xmp, atom.Plaintext, atom.Listing:
		r.pre--
		r.canvas.gap()
	case atom.P, atom.Blockquote, atom.Dl, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		r.canvas.gap()
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		if e.list {
			r.lists = r.lists[:len(r.lists)-1]
		}
		if len(r.lists) == 0 {
			r.canvas.gap()
		} else {
			r.canvas.endLine()
		}
	default:
		if block(e.tag) {
			r.canvas.endLine()
		}
	}
	if e.prefix {
		r.canvas.popPrefix()
	}
}

func block(a atom.Atom) bool {
	switch a {
	case atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center, atom.Form, atom.Fieldset, atom.Address, atom.Figure,
		atom.Figcaption, atom.Main, atom.Nav, atom.Aside, atom.Caption, atom.Details, atom.Summary, atom.Body, atom.Html, atom.Head, atom.Li,
		atom.Dt, atom.Dd, atom.Legend, atom.Hgroup:
		return true
	}
	return false
}

func (r *renderer) openList(t tag, e *element) {
	if len(r.lists) == 0 {
		r.canvas.gap()
	} else {
		r.canvas.endLine()
	}
	first := itemNumber(t.attrs["start"], 1)
	r.lists = append(r.lists, listState{ordered: t.atom == atom.Ol, next: first})
	e.list = true
}

func (r *renderer) openItem(t tag, e *element) {
	r.canvas.endLine()
	marker := "- "
	if n := len(r.lists); n > 0 && r.lists[n-1].ordered {
		list := &r.lists[n-1]
		number := itemNumber(t.attrs["value"], list.next)
		list.next = number + 1
		marker = strconv.Itoa(number) + ". "
	}
	e.prefix = r.canvas.push(marker, strings.Repeat(" ", len(marker)))
}

// link numbers a target, the same one always alike; 0 means that it is none a person can open.
func (r *renderer) link(href string) int {
	href = strings.Map(func(c rune) rune {
		if c <= ' ' || c == 0x7F || c >= 0x80 && c < 0xA0 || hiddenRune(c) {
			return -1
		}
		return c
	}, href)
	if len(href) > maxLink || !openable(href) {
		return 0
	}
	if n, ok := r.numbers[href]; ok {
		return n
	}
	if len(r.links) >= r.opts.MaxLinks {
		r.cut = true
		return 0
	}
	r.links = append(r.links, href)
	n := r.opts.FirstLink + len(r.links) - 1
	r.numbers[href] = n
	return n
}

func openable(href string) bool {
	u, err := url.Parse(href)
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "ftp":
		return u.Host != ""
	case "mailto", "tel", "sms":
		return u.Opaque != ""
	}
	return false
}

// look is what a style attribute does to the visibility of text.
type look struct {
	hidden bool
	sized  bool // a font size is set
	zero   bool // and is 0
}

func readStyle(style string) look {
	var l look
	if style == "" {
		return l
	}
	for declaration := range strings.SplitSeq(strings.ToLower(style), ";") {
		property, value, ok := strings.Cut(declaration, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(strings.Replace(value, "!important", "", 1))
		switch strings.TrimSpace(property) {
		case "display":
			l.hidden = l.hidden || value == "none"
		case "visibility":
			l.hidden = l.hidden || value == "hidden" || value == "collapse"
		case "mso-hide":
			l.hidden = l.hidden || value == "all"
		case "opacity", "max-height":
			l.hidden = l.hidden || zeroLength(value)
		case "font-size":
			l.sized, l.zero = true, zeroLength(value)
		}
	}
	return l
}

func zeroLength(v string) bool {
	number := strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyz% ")
	f, err := strconv.ParseFloat(number, 64)
	return err == nil && f == 0
}
