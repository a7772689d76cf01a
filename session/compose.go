package session

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"time"

	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/session/outbox"
)

// FileLimit bounds one attachment, in octets.
const FileLimit = 64 << 20

// Compose begins a draft: empty, an answer, a forward, or a message's refused recipients once more.
func (s *Session) Compose(ctx context.Context, span *trace.Span, o ComposeOptions) (Draft, error) {
	a, _, ok := s.find(o.Account)
	if !ok {
		return Draft{}, NoSuchAccount(o.Account)
	}
	d := Draft{Account: a.Name, From: sender(a).String(), Kind: o.Kind, Text: signature(a)}
	switch o.Kind {
	case DraftReply, DraftReplyAll, DraftReplyList, DraftForward:
		return s.composeFrom(ctx, span, d, a, o)
	case DraftResend:
		return s.composeAgain(ctx, d, o.Key)
	case DraftReturned:
		return s.composeReturned(ctx, span, d, o)
	}
	return d, nil
}

func sender(a config.Account) mail.Address { return mail.Address{Name: a.FullName, Addr: a.Address} }

func signature(a config.Account) string {
	if a.Signature == "" {
		return ""
	}
	return "\n\n-- \n" + strings.TrimRight(a.Signature, "\n") + "\n"
}

// composeFrom begins an answer to a message or a forward of it.
func (s *Session) composeFrom(ctx context.Context, span *trace.Span, d Draft, a config.Account, o ComposeOptions) (Draft, error) {
	ro := mail.ReplyOptions{
		From: sender(a), Own: []string{a.Address}, All: o.Kind == DraftReplyAll, List: o.Kind == DraftReplyList,
		Lang: s.Config.Lang, Zone: s.Now().Location(),
	}
	var out mail.Outgoing
	if o.Kind == DraftForward {
		raw, err := s.Source(ctx, span, SourceOptions{o.Key})
		if err != nil {
			return d, err
		}
		out = mail.Forward(mail.Parse(raw), ro)
		d.Forwards = o.Key
	} else {
		m, err := s.message(ctx, o.Key)
		if err != nil {
			return d, err
		}
		b, err := s.body(ctx, span, m)
		if err != nil {
			return d, err
		}
		out = mail.Reply(b.message, ro)
		d.Answers = o.Key
	}
	d.To, d.Cc = join(out.To), join(out.Cc)
	d.Subject, d.InReplyTo, d.References = out.Subject, out.InReplyTo, out.References
	d.Text += out.Text
	d.Files = draftFiles(out.Files)
	return d, nil
}

func draftFiles(files []mail.File) []DraftFile {
	var all []DraftFile
	for _, f := range files {
		all = append(all, DraftFile{Name: f.Name, Type: f.Type, Size: int64(len(f.Data)), content: f.Data})
	}
	return all
}

// composeAgain makes a draft of an outbox entry for the recipients that were refused. Each stays in its field: who was
// hidden before stays hidden.
func (s *Session) composeAgain(ctx context.Context, d Draft, key int64) (Draft, error) {
	e, err := s.Store.OutboxEntry(ctx, key)
	if err != nil {
		return d, err
	}
	back := draftOf(e)
	back.Account, back.From = d.Account, d.From
	if e.State == store.StateRefused {
		back.Replaces = e.Key
	}
	refused := map[string]bool{}
	for _, r := range e.To {
		if r.State == outbox.Fail {
			refused[strings.ToLower(r.Addr)] = true
		}
	}
	for _, field := range []*string{&back.To, &back.Cc, &back.Bcc} {
		list, err := mail.ParseAddressList(*field)
		if err != nil {
			return d, fieldError("to", *field, err)
		}
		*field = join(slices.DeleteFunc(list, func(a mail.Address) bool { return !refused[strings.ToLower(a.Addr)] }))
	}
	return back, nil
}

// draftOf makes a draft of the message that an outbox entry holds. Bcc is known from the envelope only.
func draftOf(e store.OutboxEntry) Draft {
	message := mail.Parse(e.Raw)
	env := message.Envelope
	d := draftLike(message)
	d.Account, d.Answers, d.Forwards = e.Account, e.Answers, e.Forwards
	shown := map[string]bool{}
	for _, a := range append(env.To, env.Cc...) {
		shown[strings.ToLower(a.Addr)] = true
	}
	var hidden []string
	for _, r := range e.To {
		if !shown[strings.ToLower(r.Addr)] {
			hidden = append(hidden, r.Addr)
		}
	}
	d.Bcc = strings.Join(hidden, ", ")
	return d
}

// draftLike makes a draft of a whole message, with its files.
func draftLike(message *mail.Parsed) Draft {
	env := message.Envelope
	d := Draft{
		Kind: DraftResend, From: join(env.From), To: join(env.To), Cc: join(env.Cc), Subject: env.Subject,
		Text: message.Text(mail.TextOptions{}).Body, InReplyTo: env.InReplyTo, References: env.References,
	}
	for _, p := range message.Files() {
		if content, _, err := message.Decode(p.Path); err == nil {
			d.Files = append(d.Files, DraftFile{Name: p.FileName, Type: p.Type, Size: int64(len(content)), content: content})
		}
	}
	return d
}

func join(list []mail.Address) string {
	all := make([]string, len(list))
	for i, a := range list {
		all[i] = a.String()
	}
	return strings.Join(all, ", ")
}

// SaveDraft stores a draft durably, its files too, and gives it back with its key.
func (s *Session) SaveDraft(ctx context.Context, _ *trace.Span, d Draft) (Draft, error) {
	stored, contents, err := s.storable(d)
	if err != nil {
		return d, err
	}
	if stored, err = s.Store.PutDraft(ctx, stored, contents); err != nil {
		return d, err
	}
	return opened(stored)
}

// storable gives a draft as the store takes it, with the content of its new files by their place.
func (s *Session) storable(d Draft) (store.Draft, map[int][]byte, error) {
	stored := store.Draft{Key: d.Key, Account: d.Account}
	contents := map[int][]byte{}
	for i, f := range d.Files {
		if f.ID == 0 {
			content, err := f.read()
			if err != nil {
				return stored, nil, err
			}
			contents[i], f.Size = content, int64(len(content))
		}
		stored.Files = append(stored.Files, store.DraftFile{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size})
	}
	d.Saved = s.Now()
	text, err := json.Marshal(d)
	stored.JSON = text
	return stored, contents, err
}

// read gives the content of a file that is not in the store yet.
func (f DraftFile) read() ([]byte, error) {
	if f.content != nil {
		return f.content, nil
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return nil, err
	}
	if info.Size() > FileLimit {
		return nil, &Error{"file.too-large", map[string]string{"path": f.Path, "limit": itoa(FileLimit >> 20)}, nil}
	}
	return os.ReadFile(f.Path)
}

// opened turns a stored draft into one that can be written on.
func opened(stored store.Draft) (Draft, error) {
	var d Draft
	if err := json.Unmarshal(stored.JSON, &d); err != nil {
		return d, &Error{"draft.damaged", map[string]string{"key": itoa(int(stored.Key))}, err}
	}
	d.Key, d.Account, d.Saved = stored.Key, stored.Account, stored.Saved
	d.Files = nil
	for _, f := range stored.Files {
		d.Files = append(d.Files, DraftFile{Name: f.Name, Type: f.Type, Size: f.Size, ID: f.ID})
	}
	return d, nil
}

// DropDraft forgets a draft.
func (s *Session) DropDraft(ctx context.Context, _ *trace.Span, d Draft) (Draft, error) {
	if d.Key == 0 {
		return d, nil
	}
	err := s.Store.DropDraft(ctx, d.Key)
	d.Key, d.Saved = 0, time.Time{}
	return d, err
}

// Drafts lists the account's drafts, newest first.
func (s *Session) Drafts(ctx context.Context, _ *trace.Span, o FoldersOptions) ([]Draft, error) {
	stored, err := s.Store.Drafts(ctx, o.Account)
	if err != nil {
		return nil, err
	}
	var all []Draft
	for _, one := range stored {
		d, err := opened(one)
		if err != nil {
			return all, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Complete suggests addresses from the mail that is here.
func (s *Session) Complete(ctx context.Context, _ *trace.Span, o CompleteOptions) ([]Contact, error) {
	limit := o.Limit
	if limit <= 0 {
		limit = 5
	}
	found, err := s.Store.Complete(ctx, o.Account, o.Prefix, limit)
	all := make([]Contact, len(found))
	for i, c := range found {
		all[i] = Contact{mail.Address{Name: c.Name, Addr: c.Addr}, c.Count, c.Last}
	}
	return all, err
}
