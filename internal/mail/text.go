package mail

import (
	"slices"
	"strings"
)

// TextOptions says how a message's text is wanted.
type TextOptions struct {
	Charset string // read all text parts in this charset, whatever they say; "" decides by label and octets
	Limit   int    // octets of the text; 0 means 1 MiB
	HTML    bool   // prefer HTML where both are there
	Notes   bool   // append the list of links to text made from HTML
	Words   bool   // only the words count, as for a search index: Charsets stays empty, for trying them all takes time
}

// defaultText is the limit of a text in octets: about 20,000 lines.
const defaultText = 1 << 20

// maxLinks bounds the links of one message.
const maxLinks = 999

// Text is what a person reads of a message. Lines end in "\n"; paragraphs of format=flowed and of HTML are one line
// each, to be wrapped where they are drawn. It is still hostile: control characters are in it.
type Text struct {
	Body     string
	FromHTML bool
	Remote   int      // images on other hosts that were not fetched
	Links    []string // [n] in text from HTML is Links[n-1-len(Files)]; in plain text links are not marked
	Charset  string   // that was used for the first text part
	Labelled string   // what the message said, if it is not the same
	Charsets []string // what may be tried instead, the used one first
	Damages  []string
}

// Text chooses what to read (RFC 2046 section 5.1): plain text before HTML in multipart/alternative, the first part
// of multipart/related and multipart/signed, every inline text of the others; the message inside if there is none.
func (p *Parsed) Text(opts TextOptions) Text {
	if opts.Limit <= 0 {
		opts.Limit = defaultText
	}
	t := textReader{p: p, opts: opts, firstLink: len(p.Files()) + 1}
	leaves := t.choose(p.Root)
	if len(leaves) == 0 {
		leaves = t.inside(p.Root)
	}
	var body strings.Builder
	for _, leaf := range leaves {
		if body.Len() >= opts.Limit {
			t.damaged(DamageTextCut)
			break
		}
		text := t.render(leaf)
		if body.Len() > 0 && strings.TrimSpace(text) != "" {
			body.WriteByte('\n')
		}
		body.WriteString(text)
	}
	t.out.Body = body.String()
	if len(t.out.Body) > opts.Limit {
		t.damaged(DamageTextCut)
		t.out.Body = cutUTF8(t.out.Body, opts.Limit)
	}
	if opts.Notes && t.out.FromHTML {
		t.out.Body += footnotes(t.out.Links, t.firstLink)
	}
	return t.out
}

type textReader struct {
	p         *Parsed
	opts      TextOptions
	firstLink int
	out       Text
}

func (t *textReader) damaged(code string) {
	if code != "" && !slices.Contains(t.out.Damages, code) {
		t.out.Damages = append(t.out.Damages, code)
	}
}

// choose gives the leaves to read, in order.
func (t *textReader) choose(part *Part) []*Part {
	switch part.Type {
	case "multipart/alternative":
		return t.alternative(part)
	case "multipart/related", "multipart/signed":
		return t.firstReadable(part)
	case "multipart/encrypted":
		return nil
	case "multipart/report":
		if first := t.firstReadable(part); first != nil {
			return first
		}
		return t.reportLeaves(part)
	}
	if isMultipart(part) {
		var leaves []*Part
		for _, child := range part.Children {
			leaves = append(leaves, t.choose(child)...)
		}
		return leaves
	}
	if t.p.isBody(part) {
		return []*Part{part}
	}
	return nil
}

// inside reads the first message within one that has no words of its own, as when a message is forwarded as a file.
func (t *textReader) inside(part *Part) []*Part {
	for _, child := range part.Children {
		leaves := t.choose(child)
		if len(leaves) == 0 {
			leaves = t.inside(child)
		}
		if len(leaves) > 0 {
			return leaves
		}
	}
	return nil
}

func (t *textReader) firstReadable(part *Part) []*Part {
	for _, child := range part.Children {
		if leaves := t.choose(child); leaves != nil {
			return leaves
		}
	}
	return nil
}

// reportLeaves reads a report that has no words of its own.
func (t *textReader) reportLeaves(part *Part) []*Part {
	for _, child := range part.Children {
		if child.Type == "message/delivery-status" || child.Type == "message/disposition-notification" {
			return []*Part{child}
		}
	}
	return nil
}

func (t *textReader) alternative(part *Part) []*Part {
	var best []*Part
	for _, child := range slices.Backward(part.Children) {
		leaves := t.choose(child)
		if len(leaves) == 0 {
			continue
		}
		plain := !slices.ContainsFunc(leaves, isHTML)
		switch {
		case best == nil:
			best = leaves
		case plain != t.opts.HTML && (!plain || !t.isStub(leaves)):
			best = leaves
		}
	}
	return best
}

func isHTML(part *Part) bool { return part.Type == "text/html" || part.Type == "application/xhtml+xml" }

// isStub tells a plain text that is empty or only says that one should read the HTML.
func (t *textReader) isStub(leaves []*Part) bool {
	const short = 300 // octets
	total := 0
	for _, leaf := range leaves {
		b, _, _ := t.p.Decode(leaf.Path)
		total += len(strings.TrimSpace(string(b[:min(len(b), short)])))
		if total >= short {
			return false
		}
		if text, _ := DecodeText(leaf.Params["charset"], b); strings.Contains(strings.ToUpper(text), "HTML") {
			return true
		}
	}
	return total == 0
}

// isBody tells text that belongs to the message itself from files: no attachment, and without a file name unless it
// is the first text.
func (p *Parsed) isBody(part *Part) bool {
	switch part.Type {
	case "text/plain", "text/html", "application/xhtml+xml", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown":
	default:
		return false
	}
	if part == p.Root {
		return true
	}
	if part.Disposition == "attachment" {
		return false
	}
	return part.FileName == "" || part.Disposition == "" && part == p.firstText(p.Root)
}

func (p *Parsed) firstText(part *Part) *Part {
	if strings.HasPrefix(part.Type, "text/") {
		return part
	}
	if !isMultipart(part) || len(part.Children) == 0 {
		return nil
	}
	return p.firstText(part.Children[0])
}

func (t *textReader) render(leaf *Part) string {
	b, damage, err := t.p.Decode(leaf.Path)
	if err != nil {
		return ""
	}
	t.damaged(damage)
	if limit := t.opts.Limit * 8; len(b) > limit {
		b = b[:limit]
		t.damaged(DamageTextCut)
	}
	label := leaf.Params["charset"]
	if label == "" && isHTML(leaf) {
		label = metaCharset(b)
	}
	text := t.decode(label, b)
	if isHTML(leaf) {
		return t.html(text)
	}
	if leaf.Type == "text/enriched" || leaf.Type == "text/richtext" {
		text = t.enriched(text)
	}
	if strings.EqualFold(leaf.Params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(leaf.Params["delsp"], "yes"))
	}
	t.plainLinks(text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// decode gives the text in UTF-8 with "\n" line ends and notes which charset that took.
func (t *textReader) decode(label string, b []byte) string {
	wanted := label
	if t.opts.Charset != "" {
		wanted = t.opts.Charset
	}
	e := choose(label, b)
	if forced, ok := lookupCharset(t.opts.Charset); ok {
		e = forced
	}
	labelled, known := lookupCharset(label)
	if t.out.Charset == "" {
		t.out.Charset = e.Name
		if !t.opts.Words {
			t.out.Charsets = charsetsFor(wanted, b)
		}
		if i := slices.Index(t.out.Charsets, e.Name); i > 0 {
			t.out.Charsets = slices.Insert(slices.Delete(t.out.Charsets, i, i+1), 0, e.Name)
		}
		if label != "" && (!known || !labelled.SameAs(e)) {
			t.out.Labelled = label
		}
	}
	text := e.Decode(b)
	switch {
	case label != "" && !known:
		t.damaged(DamageCharsetUnknown)
	case known && !labelled.SameAs(e) && t.opts.Charset == "" && !isASCII(text):
		t.damaged(DamageCharsetWrong)
	}
	if strings.Contains(text, "\uFFFD") {
		t.damaged(DamageCharsetLoss)
	}
	return strings.ReplaceAll(plainLines(text), "\x00", "")
}

func (t *textReader) html(source string) string {
	r := renderHTML(source, htmlOptions{FirstLink: t.firstLink + len(t.out.Links), MaxLinks: maxLinks - len(t.out.Links), Limit: t.opts.Limit})
	t.out.FromHTML = true
	t.out.Remote += r.Remote
	t.out.Links = append(t.out.Links, r.Links...)
	if r.Cut {
		t.damaged(DamageHTMLCut)
	}
	return r.Text
}

// enriched takes the commands out of text/enriched (RFC 1896), which is read as plain text.
func (t *textReader) enriched(text string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "<")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		if strings.HasPrefix(rest, "<") {
			out.WriteByte('<')
			text = rest[1:]
			continue
		}
		_, after, ok := strings.Cut(rest, ">")
		if !ok {
			return out.String()
		}
		text = after
	}
}

// plainLinks finds the web addresses in plain text.
func (t *textReader) plainLinks(text string) {
	for len(t.out.Links) < maxLinks {
		i := strings.Index(text, "://")
		if i < 0 {
			return
		}
		link, rest := cutLink(text, i)
		text = rest
		if link != "" && !slices.Contains(t.out.Links, link) {
			t.out.Links = append(t.out.Links, link)
		}
	}
}

// cutLink takes the address around the "://" at i.
func cutLink(text string, i int) (link, rest string) {
	begin := -1
	for _, scheme := range []string{"https", "http", "ftp"} {
		if strings.HasSuffix(strings.ToLower(text[max(0, i-5):i]), scheme) {
			begin = i - len(scheme)
			break
		}
	}
	tail := text[i+3:]
	end := strings.IndexFunc(tail, func(r rune) bool {
		return r <= ' ' || r >= 0x7F || strings.ContainsRune("<>\"`{}|\\^", r)
	})
	if end < 0 {
		end = len(tail)
	}
	rest = tail[end:]
	host := strings.TrimRight(tail[:end], ".,;:!?'")
	if strings.HasSuffix(host, ")") && !strings.Contains(host, "(") {
		host = strings.TrimRight(host, ")")
	}
	if begin < 0 || host == "" || len(host) > maxLink {
		return "", rest
	}
	return text[begin:i+3] + host, rest
}
