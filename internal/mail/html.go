package mail

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlOptions says how HTML becomes text. Zero values mean: links from 1, defaultText octets, 999 links.
type htmlOptions struct {
	FirstLink int
	MaxLinks  int
	Limit     int
}

// htmlText is what a person reads of HTML. In Text, [n] stands behind the words of the link Links[n-FirstLink].
type htmlText struct {
	Text   string
	Links  []string
	Remote int  // images on other hosts; nothing is ever fetched
	Cut    bool // a limit was reached
}

// Limits of the renderer.
const (
	maxHTML       = 4 << 20 // octets of HTML
	maxHTMLTokens = 1 << 20
	maxOpen       = 256  // open elements; deeper ones are rendered as if they were not there
	maxTables     = 12   // tables inside one another; the cells of deeper ones are lines
	maxLink       = 2048 // octets of a link
)

// renderHTML makes text of HTML: headings, paragraphs, lists, quotes as "> ", tables with their cells kept apart,
// preformatted text, links as numbers. It reads tokens, not a tree: a tree costs unbounded time on hostile mail (open
// formatting elements are rebuilt in every paragraph) and x/net/html gives up on 512 nested elements, which
// newsletters reach. So it takes time in proportion to its input, and bad nesting is resolved by the stack below.
func renderHTML(source string, opts htmlOptions) htmlText {
	r := newRenderer(opts)
	if len(source) > maxHTML {
		source = cutUTF8(source, maxHTML)
		r.cut = true
	}
	z := html.NewTokenizer(strings.NewReader(source))
	for n := 0; ; n++ {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if n >= maxHTMLTokens || *r.written > r.limit {
			r.cut = true
			break
		}
		r.token(kind, z)
	}
	for len(r.stack) > 0 {
		r.pop()
	}
	return htmlText{Text: r.canvas.String(), Links: r.links, Remote: r.remote, Cut: r.cut}
}

// element is one open element and what closing it must undo.
type element struct {
	tag     atom.Atom
	name    string // when tag is 0
	hidden  bool   // this element hides its content
	tiny    bool   // the font size is 0 here
	wasTiny bool   // and was outside
	prefix  bool   // a prefix was pushed on the canvas
	link    int    // number of the link, or 0
	list    bool   // a list was pushed
}

type listState struct {
	ordered bool
	next    int
}

type renderer struct {
	opts     htmlOptions
	limit    int
	canvas   *canvas // being written: the message's or a table cell's
	tables   []*table
	stack    []element
	overflow int // elements that found the stack full
	hidden   int
	tiny     bool
	pre      int
	lists    []listState
	links    []string
	numbers  map[string]int
	remote   int
	written  *int
	cut      bool
}

func newRenderer(opts htmlOptions) *renderer {
	if opts.FirstLink <= 0 {
		opts.FirstLink = 1
	}
	if opts.MaxLinks <= 0 || opts.MaxLinks > maxLinks {
		opts.MaxLinks = maxLinks
	}
	if opts.Limit <= 0 {
		opts.Limit = defaultText
	}
	written := 0
	return &renderer{opts: opts, limit: opts.Limit, canvas: &canvas{written: &written}, numbers: make(map[string]int), written: &written}
}

func (r *renderer) token(kind html.TokenType, z *html.Tokenizer) {
	switch kind {
	case html.TextToken:
		r.text(string(z.Text()))
	case html.StartTagToken, html.SelfClosingTagToken:
		r.start(readTag(z))
	case html.EndTagToken:
		name, _ := z.TagName()
		r.end(atom.Lookup(name), string(name))
	}
}

// tag is a start tag with the attributes that matter.
type tag struct {
	atom  atom.Atom
	name  string
	attrs map[string]string
}

// maxAttrs bounds the attributes of one tag.
const maxAttrs = 64

func readTag(z *html.Tokenizer) tag {
	name, more := z.TagName()
	t := tag{atom: atom.Lookup(name), name: string(name)}
	for n := 0; more && n < maxAttrs; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		if t.attrs == nil {
			t.attrs = make(map[string]string, 4)
		}
		if _, dup := t.attrs[string(key)]; !dup && len(value) <= maxLink*2 {
			t.attrs[string(key)] = string(value)
		}
	}
	return t
}

func (r *renderer) text(s string) {
	if r.hidden > 0 || r.tiny {
		return
	}
	if len(r.tables) > 0 && r.canvas == r.tables[len(r.tables)-1].outside && strings.TrimSpace(s) == "" {
		return
	}
	if r.pre > 0 {
		r.canvas.preformatted(s)
		return
	}
	r.canvas.flow(s)
}

func (r *renderer) start(t tag) {
	look := readStyle(t.attrs["style"])
	r.countRemote(t)
	if void(t.atom) {
		if !r.concealed() && !look.hidden {
			r.void(t)
		}
		return
	}
	r.implyEnd(t.atom)
	if len(r.stack) >= maxOpen {
		r.overflow++
		return
	}
	_, hiddenAttr := t.attrs["hidden"]
	e := element{tag: t.atom, name: t.name, wasTiny: r.tiny, tiny: r.tiny, hidden: look.hidden || hiddenAttr || dropped(t.atom)}
	if look.sized {
		e.tiny = look.zero
	}
	r.tiny = e.tiny
	if e.hidden {
		r.hidden++
	} else if r.hidden == 0 {
		r.open(t, &e)
	}
	r.stack = append(r.stack, e)
}

func (r *renderer) concealed() bool { return r.hidden > 0 || r.tiny }

func void(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Hr, atom.Img, atom.Input, atom.Wbr, atom.Meta, atom.Link, atom.Base, atom.Area, atom.Col, atom.Embed, atom.Source, atom.Track, atom.Param:
		return true
	}
	return false
}

// dropped tells elements whose content is no text for a person.
func dropped(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Object, atom.Svg, atom.Math, atom.Select, atom.Datalist, atom.Textarea,
		atom.Iframe, atom.Noembed, atom.Noframes, atom.Audio, atom.Video, atom.Canvas:
		return true
	}
	return false
}

func (r *renderer) void(t tag) {
	switch t.atom {
	case atom.Br:
		r.canvas.lineBreak()
	case atom.Hr:
		r.canvas.gap()
		r.canvas.flow(strings.Repeat("-", 20))
		r.canvas.gap()
	case atom.Img:
		if alt := strings.TrimSpace(t.attrs["alt"]); alt != "" {
			r.canvas.flow(" " + alt + " ")
		}
	}
}

// countRemote counts what a browser would fetch to show the mail.
func (r *renderer) countRemote(t tag) {
	switch {
	case t.atom == atom.Img && (remoteURL(t.attrs["src"]) || remoteURL(t.attrs["srcset"])), remoteURL(t.attrs["background"]):
		r.remote++
	case strings.Contains(t.attrs["style"], "url("):
		if _, after, _ := strings.Cut(t.attrs["style"], "url("); remoteURL(strings.Trim(after, " '\"")) {
			r.remote++
		}
	}
}

func remoteURL(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.HasPrefix(s, "http:") || strings.HasPrefix(s, "https:") || strings.HasPrefix(s, "//")
}

// implyEnd closes what a start tag ends without saying so.
func (r *renderer) implyEnd(a atom.Atom) {
	switch a {
	case atom.Li:
		r.closeTo([]atom.Atom{atom.Li}, atom.Ul, atom.Ol)
	case atom.Dt, atom.Dd:
		r.closeTo([]atom.Atom{atom.Dt, atom.Dd}, atom.Dl)
	case atom.Td, atom.Th:
		r.closeTo([]atom.Atom{atom.Td, atom.Th}, atom.Table, atom.Tr)
	case atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot:
		r.closeTo([]atom.Atom{atom.Tr, atom.Caption}, atom.Table)
	case atom.A:
		r.closeTo([]atom.Atom{atom.A}, atom.Td, atom.Th)
	case atom.P, atom.Div, atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Blockquote, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr:
		r.closeTo([]atom.Atom{atom.P}, atom.Td, atom.Th, atom.Li, atom.Blockquote, atom.Div)
	}
}

// closeTo closes the innermost of the wanted elements, unless a fence stands inside it.
func (r *renderer) closeTo(wanted []atom.Atom, fences ...atom.Atom) {
	for i, e := range slices.Backward(r.stack) {
		switch {
		case slices.Contains(wanted, e.tag):
			for len(r.stack) > i {
				r.pop()
			}
			return
		case slices.Contains(fences, e.tag), e.tag == atom.Table:
			return
		}
	}
}

// end closes the innermost element of that name. A cell keeps end tags of outer elements from closing it.
func (r *renderer) end(a atom.Atom, name string) {
	if a == atom.P && !slices.ContainsFunc(r.stack, func(e element) bool { return e.tag == atom.P }) {
		if r.hidden == 0 {
			r.canvas.gap()
		}
		return
	}
	if r.overflow > 0 {
		r.overflow--
		return
	}
	for i, e := range slices.Backward(r.stack) {
		if e.tag == a && (a != 0 || e.name == name) {
			for len(r.stack) > i {
				r.pop()
			}
			return
		}
		if (e.tag == atom.Td || e.tag == atom.Th) && !tablePart(a) {
			return
		}
	}
}

func (r *renderer) pop() {
	e := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	r.tiny = e.wasTiny
	if e.hidden {
		r.hidden--
		return
	}
	if r.hidden == 0 {
		r.close(e)
	}
}

// footnotes lists links under a text.
func footnotes(links []string, first int) string {
	if len(links) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteByte('\n')
	for i, link := range links {
		fmt.Fprintf(&out, "[%d] %s\n", first+i, link)
	}
	return out.String()
}

// metaCharset finds the charset that HTML declares about itself, in its first 2,048 octets.
func metaCharset(b []byte) string {
	head := strings.ToLower(string(b[:min(len(b), 2048)]))
	for {
		_, after, ok := strings.Cut(head, "<meta")
		if !ok {
			return ""
		}
		tag, rest, _ := strings.Cut(after, ">")
		if _, value, ok := strings.Cut(tag, "charset"); ok {
			value = strings.TrimLeft(value, " \t\r\n=\"'")
			if i := strings.IndexAny(value, " \t\r\n\"';/>"); i >= 0 {
				value = value[:i]
			}
			return value
		}
		head = rest
	}
}

func itemNumber(s string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < -99999 || n > 99999 {
		return otherwise
	}
	return n
}

func tablePart(a atom.Atom) bool {
	switch a {
	case atom.Table, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot:
		return true
	}
	return false
}
