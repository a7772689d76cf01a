package imap

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
)

// Fetch writes a whole message, octet for octet, without setting \Seen (BODY.PEEK[], RFC 9051 section 6.4.5).
func (c *Client) Fetch(ctx context.Context, id mail.ID, w io.Writer) error {
	uid, err := parseID32(id)
	if err != nil {
		return err
	}
	_, err = c.FetchPart(ctx, uid, "", 0, w)
	return err
}

// FetchPart writes one part as it is encoded, without setting \Seen, and tells how many octets that was. path is a
// Part's Path; "" is the whole message; "HEADER", "TEXT" and "MIME" may stand alone or after a number ("2.MIME"). With
// maxOctets > 0 only so many from the beginning are asked for and written.
func (c *Client) FetchPart(ctx context.Context, uid uint32, path string, maxOctets int64, w io.Writer) (int64, error) {
	if err := c.needFolder(); err != nil {
		return 0, err
	}
	section, err := sectionOf(path)
	if err != nil {
		return 0, err
	}
	most := c.opt.Limits.Message
	if maxOctets > 0 {
		most = min(most, maxOctets)
		section.Partial = &imaplib.SectionPartial{Size: maxOctets}
	}
	p := &partFetch{section: section, w: w}
	b := budget{verb: "FETCH " + sectionName(path), size: 2 * c.opt.Limits.Response, bounds: bounds{bulk: most}}
	err = c.do(ctx, b, func(l *link) error {
		p.stop = l.guard.skip
		return c.fetch(l, uidSet([]uint32{uid}), &imaplib.FetchOptions{UID: true, BodySection: []*imaplib.FetchItemBodySection{section}},
			p.read, func(d fetched) { p.take(d, uid) })
	})
	switch {
	case p.stored != nil:
		return p.n, fmt.Errorf("storing the message: %w", p.stored)
	case err != nil:
		return p.n, err
	case p.failed != nil:
		return p.n, p.failed
	case !p.found:
		return 0, ErrNoMessage
	}
	return p.n, nil
}

func sectionName(path string) string {
	if path == "" {
		return "message"
	}
	return path
}

// partFetch is one BODY.PEEK[...] under way.
type partFetch struct {
	section *imaplib.FetchItemBodySection
	w       io.Writer
	stop    func() // gives up the connection instead of reading a literal that cannot be stored
	n       int64
	began   bool
	found   bool
	stored  error // of the writer
	failed  error // of what the server sent
}

func (p *partFetch) read(s *imaplib.FetchItemBodySection, r io.Reader, _ int64) error {
	if p.began || s.Specifier != p.section.Specifier || !slices.Equal(s.Part, p.section.Part) {
		return nil
	}
	p.began = true
	sink := &sink{w: p.w}
	n, err := io.Copy(sink, r)
	p.n = n
	if sink.err != nil {
		p.stored = sink.err
		p.stop()
	}
	return err
}

func (p *partFetch) take(d fetched, uid uint32) {
	if d.sections == 0 || !p.began {
		return
	}
	switch {
	case d.uid != uid:
		p.failed = fmt.Errorf("the server sent message %d where %d was asked for", d.uid, uid)
	case d.err != nil:
		p.failed = d.err
	default:
		p.found = true
	}
}

// sink remembers the writer's own error, to tell it from the reader's.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}

// sectionOf reads a path: "1.2", "HEADER", "2.MIME".
func sectionOf(path string) (*imaplib.FetchItemBodySection, error) {
	s := &imaplib.FetchItemBodySection{Peek: true}
	if path == "" {
		return s, nil
	}
	words := strings.Split(path, ".")
	switch last := words[len(words)-1]; {
	case last == "HEADER" || last == "TEXT" || last == "MIME" && len(words) > 1:
		s.Specifier = imaplib.PartSpecifier(last)
		words = words[:len(words)-1]
	}
	if len(words) > maxNesting {
		return nil, fmt.Errorf("the part %.40q... is nested too deep", path)
	}
	for _, w := range words {
		n, err := strconv.ParseUint(w, 10, 31)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%q is no part of a message: use numbers and dots, as in 1.2", path)
		}
		s.Part = append(s.Part, int(n))
	}
	return s, nil
}
