package session

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/imap"
)

const (
	// wholeOctets is the size up to which a message is fetched whole; of a larger one only header, structure and text
	// are, until a file is asked for.
	wholeOctets = 512 << 10
	// headerOctets and textOctets bound what is fetched of a larger one.
	headerOctets = 256 << 10
	textOctets   = 1 << 20
	// messageOctets bounds a message that is fetched whole.
	messageOctets = 256 << 20
)

var errTooLarge = errors.New("the message is larger than 256 MiB")

// limitedBuffer refuses what no message has. The buffer is no embedded one: its ReadFrom would let io.Copy pass Write by.
type limitedBuffer struct{ kept bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > messageOctets {
		return 0, errTooLarge
	}
	return b.kept.Write(p)
}

// body is a message as far as it is here: whole, or its header and text with the structure of the rest.
type body struct {
	message *mail.Parsed
	raw     []byte // whole, or header and text
	root    *mail.Part
	files   []mail.Part
	partial bool
}

func whole(raw []byte) body {
	message := mail.Parse(raw)
	return body{message: message, raw: raw, root: message.Root, files: message.Files()}
}

// body finds the message in the store, else fetches it, and stores it if it is whole.
func (s *Session) body(ctx context.Context, span *trace.Span, m store.Message) (body, error) {
	if m.Stored {
		raw, err := s.Store.Body(ctx, m.Key)
		return whole(raw), err
	}
	l, protocol, err := s.receiving(m.Account)
	if err != nil {
		return body{}, err
	}
	if protocol == protocolPOP3 || m.ID == "" {
		return body{}, NoSuchMessage(m.Key)
	}
	if m.Size > wholeOctets {
		b, err := s.fetchText(ctx, span, l, m)
		if !errors.Is(err, imap.ErrBadStructure) {
			return b, err
		}
	}
	raw, err := s.fetchWhole(ctx, span, l, m)
	if err != nil {
		return body{}, err
	}
	return whole(raw), nil
}

// fetchWhole fetches the octets and keeps them, with what the row could not know before.
func (s *Session) fetchWhole(ctx context.Context, span *trace.Span, l line, m store.Message) ([]byte, error) {
	var raw []byte
	err := s.overIMAP(ctx, span, l, m.Account, func(c *imap.Client) error {
		if _, err := c.Open(ctx, m.Folder, true); err != nil {
			return err
		}
		var err error
		raw, err = s.fetchOpen(ctx, c, m)
		return err
	})
	return raw, err
}

// fetchOpen is fetchWhole on a connection that has the folder open.
func (s *Session) fetchOpen(ctx context.Context, c *imap.Client, m store.Message) ([]byte, error) {
	var raw limitedBuffer
	if err := c.Fetch(ctx, m.ID, &raw); err != nil {
		return nil, err
	}
	return raw.kept.Bytes(), s.keep(ctx, m, raw.kept.Bytes())
}

// keep stores a whole message and the marks of its row; Index makes its text searchable.
func (s *Session) keep(ctx context.Context, m store.Message, raw []byte) error {
	if err := s.Store.PutBody(ctx, m.Key, raw); err != nil {
		return err
	}
	message := mail.Parse(raw)
	if has := message.HasFile(); has != m.HasFile {
		if err := s.Store.SetHasFile(ctx, m.Key, has); err != nil {
			return err
		}
	}
	if !message.IsReport() {
		return nil
	}
	if err := s.Store.MarkBounced(ctx, m.Key); err != nil {
		return err
	}
	return s.noteBounce(ctx, m.Account, m.Key, message)
}

// fetchText fetches header, structure and the text part of a large message.
func (s *Session) fetchText(ctx context.Context, span *trace.Span, l line, m store.Message) (body, error) {
	uid, err := strconv.ParseUint(string(m.ID), 10, 32)
	if err != nil {
		return body{}, NoSuchMessage(m.Key)
	}
	var header, mime, text bytes.Buffer
	b := body{partial: true}
	err = s.overIMAP(ctx, span, l, m.Account, func(c *imap.Client) error {
		if _, err := c.Open(ctx, m.Folder, true); err != nil {
			return err
		}
		if _, err := c.FetchPart(ctx, uint32(uid), "HEADER", headerOctets, &header); err != nil {
			return err
		}
		var err error
		if b.root, err = c.Structure(ctx, uint32(uid)); err != nil {
			return err
		}
		leaf := textLeaf(b.root)
		if leaf == nil {
			return nil
		}
		if leaf != b.root {
			if _, err := c.FetchPart(ctx, uint32(uid), leaf.Path+".MIME", headerOctets, &mime); err != nil {
				return err
			}
		}
		if _, err = c.FetchPart(ctx, uint32(uid), leaf.Path, textOctets, &text); err != nil || b.root.Type != "multipart/report" {
			return err
		}
		b.raw, err = fetchReport(ctx, c, uint32(uid), header.Bytes(), reportPart{"text/plain", mime.Bytes(), text.Bytes()}, b.root)
		return err
	})
	if err != nil {
		return body{}, err
	}
	if b.raw == nil {
		b.raw = assemble(header.Bytes(), mime.Bytes(), text.Bytes())
	}
	b.message = mail.Parse(b.raw)
	b.files = fileLeaves(b.root, textLeaf(b.root))
	return b, nil
}

// textLeaf gives the part to read first: plain text before HTML, nothing that is attached.
func textLeaf(root *mail.Part) *mail.Part {
	var html *mail.Part
	for _, leaf := range leaves(root) {
		if leaf.Disposition == "attachment" {
			continue
		}
		switch leaf.Type {
		case "text/plain":
			return leaf
		case "text/html":
			if html == nil {
				html = leaf
			}
		}
	}
	return html
}

// fileLeaves gives the parts that are offered as files.
func fileLeaves(root, text *mail.Part) []mail.Part {
	var files []mail.Part
	for _, leaf := range leaves(root) {
		if leaf != text && (leaf.FileName != "" || leaf.Disposition == "attachment" || !strings.HasPrefix(leaf.Type, "text/")) {
			files = append(files, *leaf)
		}
	}
	return files
}

func leaves(p *mail.Part) []*mail.Part {
	if p == nil {
		return nil
	}
	if len(p.Children) == 0 {
		return []*mail.Part{p}
	}
	var all []*mail.Part
	for _, c := range p.Children {
		all = append(all, leaves(c)...)
	}
	return all
}

// assemble makes a message of one part of a larger one: the message's header with the part's content fields in the
// place of its own.
func assemble(header, mime, text []byte) []byte {
	if len(mime) == 0 {
		return append(bytes.Clone(header), text...)
	}
	var out bytes.Buffer
	keep := true
	for line := range bytes.Lines(bytes.TrimRight(header, "\r\n")) {
		if line[0] != ' ' && line[0] != '\t' {
			keep = !bytes.HasPrefix(bytes.ToLower(line), []byte("content-"))
		}
		if keep {
			out.Write(bytes.TrimRight(line, "\r\n"))
			out.WriteString("\r\n")
		}
	}
	out.Write(bytes.TrimRight(mime, "\r\n"))
	out.WriteString("\r\n\r\n")
	out.Write(text)
	return out.Bytes()
}

const (
	// bodiesChunk is how many rows are looked at together for missing bodies.
	bodiesChunk = 500
	// ahead is how many of the newest messages are fetched before anybody asks, if they are small: they are what is
	// opened next, and are then there at once, also offline.
	ahead       = 40
	aheadOctets = 128 << 10
)

// fetchBodies fetches messages of the open folder that are not here yet, newest first: all of them, or the newest ones.
// One that vanished meanwhile is no failure.
func (s *Session) fetchBodies(ctx context.Context, c *imap.Client, o SyncOptions) error {
	folder, err := s.Store.Folder(ctx, o.Account, o.Folder)
	if err != nil {
		return err
	}
	limit := ahead
	if o.Bodies {
		limit = max(folder.Rows, ahead)
	}
	tell := paced(s.Now, o.Progress)
	for done := 0; done < limit; done += bodiesChunk {
		rows, err := s.Store.Page(ctx, folder.ID, done, min(bodiesChunk, limit-done))
		if err != nil || len(rows) == 0 {
			return err
		}
		for i, m := range rows {
			if m.Stored || m.ID == "" || !o.Bodies && (m.Size <= 0 || m.Size > aheadOctets) {
				continue
			}
			if _, err := s.fetchOpen(ctx, c, m); err != nil && !errors.Is(err, imap.ErrNoMessage) {
				return err
			}
			if tell != nil {
				tell("bodies", done+i+1, limit)
			}
		}
	}
	return nil
}
