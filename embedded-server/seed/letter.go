package seed

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"slices"
	"strings"
	"time"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// The people of the sandbox.
const (
	alice  = "alice@sakura.test"
	bob    = "bob@fuji.test"
	hanako = "hanako@tsuru.test"
	carol  = "carol@tsuru.test"

	fromAlice  = "Alice Sakura <alice@sakura.test>"
	fromBob    = "Bob Fuji <bob@fuji.test>"
	fromHanako = "田中 花子 <hanako@tsuru.test>"
	fromCarol  = "Carol Tsuru <carol@tsuru.test>"
	fromSato   = "佐藤 由紀 <yuki@sakura.test>"
	fromYama   = "山本 健 <ken@fuji.test>"
	fromKeiri  = "経理部 <keiri@sakura.test>"
)

// letter is one hand-written message. Zero fields mean: alice's INBOX, read, no charset but what the text needs.
type letter struct {
	box, folder string
	ago         time.Duration // before now, when it was written
	took        time.Duration // until it arrived
	flags       mail.Flags
	unread      bool

	from, to, cc string
	subject      string
	charset      string // of text, subject and names; "" means UTF-8
	label        string // what Content-Type says instead of charset; "-" means nothing
	encoding     string // of the text: "7bit", "8bit", "base64" or "quoted-printable"
	typeParams   string // added to the text's Content-Type: "; format=flowed"
	id           string // left half of the Message-ID
	re           []string
	header       []string // further fields, whole lines
	path         []hop    // Received fields, newest first; nil means the usual two
	null         bool     // the reverse-path was empty, as a bounce's is
	text, html   string
	files        []file
	body         string // replaces everything after Message-ID: MIME-Version, the rest of the header and the body
}

// file is an attachment.
type file struct {
	kind        string // Content-Type with parameters
	disposition string
	data        []byte
	text        bool // data goes as it is, 7bit
	id          string
}

// hop is one Received field.
type hop struct {
	from, by, with string
	after          time.Duration // since the letter was written
}

// complete fills in what the zero fields mean.
func (l *letter) complete() {
	if l.box == "" {
		l.box = alice
	}
	if l.from == "" {
		l.from = fromAlice
	}
	if l.to == "" {
		l.to = fromAlice
	}
	if l.took == 0 {
		l.took = 4 * time.Second
	}
}

func (l *letter) delivery(now time.Time) maildrop.Delivery {
	l.complete()
	flags := l.flags
	if !l.unread {
		flags |= mail.Seen
	}
	sent := now.Add(-l.ago).Truncate(time.Second)
	return maildrop.Delivery{
		Mailbox: l.box, Folder: l.folder, Flags: flags, Received: sent.Add(l.took), Data: l.render(sent),
	}
}

// dateLayout is RFC 5322's.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

func (l *letter) render(sent time.Time) []byte {
	var b bytes.Buffer
	l.received(&b, sent)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\n", l.people(l.from), l.people(l.to))
	if l.cc != "" {
		fmt.Fprintf(&b, "Cc: %s\r\n", l.people(l.cc))
	}
	if l.subject != "" {
		fmt.Fprintf(&b, "Subject: %s\r\n", words(l.wordCharset(), l.subject))
	}
	fmt.Fprintf(&b, "Date: %s\r\nMessage-ID: <%s>\r\n", sent.Format(dateLayout), l.messageID())
	if len(l.re) > 0 {
		fmt.Fprintf(&b, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n", l.re[len(l.re)-1], strings.Join(l.re, ">\r\n <"))
	}
	for _, h := range l.header {
		b.WriteString(h + "\r\n")
	}
	if l.body != "" {
		b.WriteString(crlf(l.body))
		return b.Bytes()
	}
	b.WriteString("MIME-Version: 1.0\r\n")
	l.content(&b)
	return b.Bytes()
}

func (l *letter) wordCharset() string {
	if l.charset == "" {
		return "utf-8"
	}
	return l.charset
}

func (l *letter) messageID() string {
	_, domain, _ := strings.Cut(address(l.from), "@")
	return l.id + "@" + domain
}

// address cuts "name <addr>" down to the address.
func address(person string) string {
	if _, rest, ok := strings.Cut(person, "<"); ok {
		return strings.TrimSuffix(rest, ">")
	}
	return person
}

// people encodes the display names of a list that is separated by ", ".
func (l *letter) people(list string) string {
	var out []string
	for _, p := range strings.Split(list, ", ") {
		if name, rest, ok := strings.Cut(p, " <"); ok {
			p = words(l.wordCharset(), name) + " <" + rest
		}
		out = append(out, p)
	}
	return strings.Join(out, ",\r\n ")
}

// received writes Return-Path, Delivered-To and the Received chain, newest first.
func (l *letter) received(b *bytes.Buffer, sent time.Time) {
	if l.folder == "Drafts" || l.folder == "Sent" {
		return
	}
	reverse := address(l.from)
	if l.null {
		reverse = ""
	}
	fmt.Fprintf(b, "Return-Path: <%s>\r\nDelivered-To: %s\r\n", reverse, l.box)
	_, domain, _ := strings.Cut(address(l.from), "@")
	_, here, _ := strings.Cut(l.box, "@")
	path := l.path
	if path == nil {
		path = []hop{
			{"mail." + domain, "mx1." + here, "ESMTPS", l.took},
			{"laptop." + domain, "mail." + domain, "ESMTPSA", time.Second},
		}
	}
	for i, h := range path {
		fmt.Fprintf(b, "Received: from %s (%s [%s])\r\n\tby %s with %s id %s%d\r\n\tfor <%s>; %s\r\n",
			h.from, h.from, ip(h.from), h.by, h.with, queueID(l.id), i, l.box, sent.Add(h.after).Format(dateLayout))
	}
	if domain != here && len(l.path) == 0 {
		fmt.Fprintf(b, "Authentication-Results: mx1.%s; spf=pass smtp.mailfrom=%s;\r\n\tdkim=none; dmarc=pass header.from=%s\r\n",
			here, address(l.from), domain)
	}
}

// ip gives a name of the sandbox a documentation address.
func ip(host string) string {
	for suffix, net := range map[string]string{".sakura.test": "192.0.2.10", ".fuji.test": "192.0.2.20", ".tsuru.test": "192.0.2.30"} {
		if strings.HasSuffix(host, suffix) {
			return net
		}
	}
	return "198.51.100.25"
}

// queueID makes a plausible queue id of a letter's id.
func queueID(id string) string {
	h := uint32(2166136261)
	for _, c := range []byte(id) {
		h = (h ^ uint32(c)) * 16777619
	}
	return fmt.Sprintf("%07X", h&0xfffffff)
}

// content writes Content-Type, the empty line and the body.
func (l *letter) content(b *bytes.Buffer) {
	switch {
	case len(l.files) > 0:
		mixed := "mixed-" + l.id
		fmt.Fprintf(b, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\nThis is a message in several parts.\r\n--%s\r\n", mixed, mixed)
		l.words(b)
		for _, f := range l.files {
			fmt.Fprintf(b, "\r\n--%s\r\n", mixed)
			f.write(b)
		}
		fmt.Fprintf(b, "\r\n--%s--\r\n", mixed)
	default:
		l.words(b)
	}
}

// words writes the text, or text and HTML as alternatives.
func (l *letter) words(b *bytes.Buffer) {
	if l.html == "" {
		l.textPart(b, "plain", l.text)
		return
	}
	alt := "alt-" + l.id
	fmt.Fprintf(b, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n--%s\r\n", alt, alt)
	l.textPart(b, "plain", l.text)
	fmt.Fprintf(b, "\r\n--%s\r\n", alt)
	l.textPart(b, "html", l.html)
	fmt.Fprintf(b, "\r\n--%s--\r\n", alt)
}

func (l *letter) textPart(b *bytes.Buffer, sub, text string) {
	charset, label := l.wordCharset(), l.label
	if label == "" {
		label = charset
	}
	octets := encode(charset, crlf(text))
	encoding := l.encoding
	if encoding == "" {
		encoding = usual(charset, octets)
	}
	if label == "-" {
		fmt.Fprintf(b, "Content-Type: text/%s%s\r\n", sub, l.typeParams)
	} else {
		fmt.Fprintf(b, "Content-Type: text/%s; charset=%s%s\r\n", sub, label, l.typeParams)
	}
	fmt.Fprintf(b, "Content-Transfer-Encoding: %s\r\n\r\n", encoding)
	switch encoding {
	case "base64":
		b.Write(base64Lines(octets))
	case "quoted-printable":
		w := quotedprintable.NewWriter(b)
		w.Write(octets)
		w.Close()
	default:
		b.Write(octets)
	}
}

func usual(charset string, octets []byte) string {
	ascii := !slices.ContainsFunc(octets, func(c byte) bool { return c >= 0x80 })
	switch {
	case ascii:
		return "7bit"
	case charset == "utf-8":
		return "base64"
	}
	return "8bit"
}

func (f *file) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "Content-Type: %s\r\n", f.kind)
	if f.disposition != "" {
		fmt.Fprintf(b, "Content-Disposition: %s\r\n", f.disposition)
	}
	if f.id != "" {
		fmt.Fprintf(b, "Content-ID: <%s>\r\n", f.id)
	}
	if f.text {
		b.WriteString("Content-Transfer-Encoding: 8bit\r\n\r\n")
		b.WriteString(crlf(string(f.data)))
		return
	}
	b.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
	b.Write(base64Lines(f.data))
}

// base64Lines are 76 characters long (RFC 2045 section 6.8).
func base64Lines(octets []byte) []byte {
	text := base64.StdEncoding.EncodeToString(octets)
	out := make([]byte, 0, len(text)+len(text)/38+2)
	for len(text) > 76 {
		out = append(append(out, text[:76]...), "\r\n"...)
		text = text[76:]
	}
	return append(append(out, text...), "\r\n"...)
}

func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

func sortByArrival(list []maildrop.Delivery) {
	slices.SortStableFunc(list, func(a, b maildrop.Delivery) int { return a.Received.Compare(b.Received) })
}
