package session

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"todoku/diag/headers"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// rawOctets is how much of the source HeaderRaw shows.
const rawOctets = 256 << 10

// Read gives a message, from the store or, if it is not there, from the server, and marks it read.
func (s *Session) Read(ctx context.Context, span *trace.Span, o ReadOptions) (r Reading, err error) {
	defer func() { span.End(err) }()
	m, err := s.message(ctx, o.Key)
	if err != nil {
		return r, err
	}
	b, err := s.body(ctx, span, m)
	if err != nil {
		return Reading{Row: row(m)}, err
	}
	r = reading(m, b, o)
	if r.Bounce != nil {
		s.link(ctx, m.Account, r.Bounce)
		s.noteLarge(ctx, m, b)
	}
	if shown, err := s.rows(ctx, []store.Message{m}); err == nil {
		r.Row = shown[0]
	}
	if !o.Peek && !m.Flags.Has(mail.Seen) {
		// A store that cannot be written (full, locked) is no reason not to read.
		if _, err := s.flag(ctx, FlagOptions{Keys: []int64{o.Key}, Flags: mail.Seen, On: true}); err == nil {
			r.Row.Flags |= mail.Seen
		}
	}
	return r, nil
}

// reading makes what is drawn from what is here.
func reading(m store.Message, b body, o ReadOptions) Reading {
	r := Reading{Row: row(m), Parts: b.root, Files: b.files, Partial: b.partial}
	text := b.message.Text(mail.TextOptions{Charset: o.Charset})
	r.Text, r.FromHTML, r.Remote, r.Links = text.Body, text.FromHTML, text.Remote, text.Links
	r.Charset, r.Labelled, r.Charsets = text.Charset, text.Labelled, text.Charsets
	r.Damages = append(b.message.Damages, text.Damages...)
	r.Bounce = readBounce(b.message)
	r.Path = headers.ParsePath(b.message.Header, headers.PathOptions{})
	r.ServerAuth = headers.ServerAuth(b.message.Header, "")
	switch o.Header {
	case HeaderAll:
		for _, f := range b.message.Header {
			r.Header = append(r.Header, HeaderField{f.Name, f.Value})
		}
	case HeaderRaw:
		r.Raw = b.raw[:min(len(b.raw), rawOctets)]
	}
	return r
}

// message loads one row.
func (s *Session) message(ctx context.Context, key int64) (store.Message, error) {
	m, err := s.Store.Message(ctx, key)
	if store.IsCode(err, store.CodeNotFound) {
		err = NoSuchMessage(key)
	}
	return m, err
}

// SourceOptions names a message.
type SourceOptions struct{ Key int64 }

// Source gives a message's octets as the server has them.
func (s *Session) Source(ctx context.Context, span *trace.Span, o SourceOptions) (raw []byte, err error) {
	defer func() { span.End(err) }()
	m, err := s.message(ctx, o.Key)
	if err != nil {
		return nil, err
	}
	if m.Stored {
		return s.Store.Body(ctx, m.Key)
	}
	l, protocol, err := s.receiving(m.Account)
	if err != nil {
		return nil, err
	}
	if protocol == protocolPOP3 || m.ID == "" {
		return nil, NoSuchMessage(o.Key)
	}
	return s.fetchWhole(ctx, span, l, m)
}

// SaveFile writes an attachment to disk under a name that is still free, and gives its path.
func (s *Session) SaveFile(ctx context.Context, span *trace.Span, o SaveFileOptions) (string, error) {
	raw, err := s.Source(ctx, span, SourceOptions{o.Key})
	if err != nil {
		return "", err
	}
	message := mail.Parse(raw)
	content, _, err := message.Decode(o.Part)
	if err != nil {
		return "", err
	}
	path := o.Path
	if info, err := os.Stat(path); path == "" || err == nil && info.IsDir() {
		path = filepath.Join(path, fileName(message, o.Part))
	}
	return writeNew(path, content)
}

func fileName(message *mail.Parsed, path string) string {
	for _, f := range message.Files() {
		if f.Path == path && f.FileName != "" {
			return f.FileName
		}
	}
	return "part-" + strings.ReplaceAll(path, ".", "-")
}

// writeNew writes a file that does not exist yet; "name.pdf" becomes "name-2.pdf" where it does.
func writeNew(path string, content []byte) (string, error) {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(path, ext)
	for n := 2; ; n++ {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if os.IsExist(err) && n < 1000 {
			path = base + "-" + itoa(n) + ext
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(content)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		return path, err
	}
}
