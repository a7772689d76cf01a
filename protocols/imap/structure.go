package imap

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
)

// Structure asks for a message's MIME tree (BODYSTRUCTURE, RFC 9051 section 7.5.2). When the server's description cannot
// be read the error is ErrBadStructure: the connection is made anew at the next command, and the message is not asked
// for again. A message/rfc822 part's child that is a multipart has the path "N.TEXT".
func (c *Client) Structure(ctx context.Context, uid uint32) (*mail.Part, error) {
	if err := c.needFolder(); err != nil {
		return nil, err
	}
	if c.structureSpoils(uid) {
		return nil, ErrBadStructure
	}
	var root *mail.Part
	o := &imaplib.FetchOptions{UID: true, BodyStructure: &imaplib.FetchItemBodyStructure{Extended: true}}
	err := c.do(ctx, budget{verb: "FETCH BODYSTRUCTURE", size: mib}, func(l *link) error {
		return c.fetch(l, uidSet([]uint32{uid}), o, nil, func(d fetched) {
			if d.uid == uid && d.structure != nil {
				root = c.partOf(d.structure, nil, true)
			}
		})
	})
	if spoiled(err) {
		c.rememberSpoiled(uid)
		return nil, fmt.Errorf("%w: %w", ErrBadStructure, err)
	}
	if err == nil && root == nil {
		err = ErrNoMessage
	}
	return root, err
}

func (c *Client) structureSpoils(uid uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.noStructure[uid]
}

func (c *Client) rememberSpoiled(uid uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.noStructure == nil {
		c.noStructure = map[uint32]bool{}
	}
	c.noStructure[uid] = true
}

// partOf converts the library's tree. at is the path of bs; a body that is not a multipart and has no number of its own
// is part 1 of what holds it.
func (c *Client) partOf(bs imaplib.BodyStructure, at []int, holdsAlone bool) *mail.Part {
	p := &mail.Part{Path: pathOf(at), Type: bs.MediaType()}
	switch bs := bs.(type) {
	case *imaplib.BodyStructureMultiPart:
		if holdsAlone && len(at) > 0 {
			p.Path += ".TEXT"
		}
		if bs.Extended != nil {
			p.Params = c.params(bs.Extended.Params)
			c.disposition(p, bs.Extended.Disposition)
		}
		for i, child := range bs.Children {
			p.Children = append(p.Children, c.partOf(child, below(at, i+1), false))
		}
	case *imaplib.BodyStructureSinglePart:
		if holdsAlone {
			at = below(at, 1)
			p.Path = pathOf(at)
		}
		p.Params, p.Size = c.params(bs.Params), int64(bs.Size)
		p.Encoding, p.ContentID = strings.ToLower(bs.Encoding), strings.Trim(bs.ID, "<> ")
		if bs.Extended != nil {
			c.disposition(p, bs.Extended.Disposition)
		}
		if bs.MessageRFC822 != nil && bs.MessageRFC822.BodyStructure != nil {
			p.Children = []*mail.Part{c.partOf(bs.MessageRFC822.BodyStructure, at, true)}
		}
		p.FileName = c.fileName(p, bs.Extended)
	}
	return p
}

func below(at []int, n int) []int { return append(at[:len(at):len(at)], n) }

func pathOf(at []int) string {
	words := make([]string, len(at))
	for i, n := range at {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ".")
}

func (c *Client) params(in map[string]string) map[string]string {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[strings.ToLower(k)] = c.opt.DecodeHeader(v)
	}
	return out
}

func (c *Client) disposition(p *mail.Part, d *imaplib.BodyStructureDisposition) {
	if d != nil {
		p.Disposition = strings.ToLower(d.Value)
	}
}

// fileName is the attachment's name: from Content-Disposition, else Content-Type, each also in the forms of RFC 2231,
// which servers pass on undecoded.
func (c *Client) fileName(p *mail.Part, ext *imaplib.BodyStructureSinglePartExt) string {
	name := ""
	if ext != nil && ext.Disposition != nil {
		name = c.parameter(ext.Disposition.Params, "filename")
	}
	if name == "" {
		name = c.parameter(p.Params, "name")
	}
	return mail.SafeFileName(name)
}
