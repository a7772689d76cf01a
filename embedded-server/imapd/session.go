package imapd

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// session is one connection that has logged in.
type session struct {
	store   maildrop.Mailboxes
	ctx     context.Context
	conn    *imapserver.Conn
	wire    *wire
	address string

	mu     sync.Mutex // an IDLE that ends may still run beside the next command
	view   *view      // nil: nothing is selected
	closed bool
}

var (
	_ imapserver.SessionIMAP4rev2   = (*session)(nil)
	_ imapserver.SessionAppendLimit = (*session)(nil)
)

var errNotOurs = errors.New("imapd: this connection did not log in here")

func (s *Server) newSession(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
	w, ok := c.NetConn().(*wire)
	if !ok {
		return nil, nil, errNotOurs
	}
	x := &session{store: s.cfg.Store, ctx: w.Context(), conn: c, wire: w, address: w.address}
	return x, &imapserver.GreetingData{PreAuth: true}, nil
}

// Close is called when the connection is over.
func (x *session) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.view, x.closed = nil, true
	return nil
}

// Login cannot be reached: imapserver gets connections that have logged in.
func (x *session) Login(string, string) error { return imapserver.ErrAuthFailed }

// AppendLimit is in octets.
func (x *session) AppendLimit() uint32 { return maxAppend }

// answer turns the store's refusals into IMAP's.
func answer(err error) error {
	code := imap.ResponseCode("")
	switch {
	case err == nil:
		return nil
	case errors.Is(err, maildrop.ErrNoFolder):
		code = imap.ResponseCodeNonExistent
	case errors.Is(err, maildrop.ErrFolderExist):
		code = imap.ResponseCodeAlreadyExists
	case errors.Is(err, maildrop.ErrFolderName), errors.Is(err, maildrop.ErrInbox), errors.Is(err, maildrop.ErrBareNewline):
		code = imap.ResponseCodeCannot
	case errors.Is(err, maildrop.ErrOverQuota):
		code = imap.ResponseCodeOverQuota
	default:
		return err
	}
	return refuse(code, err.Error())
}

func refuse(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: printable(text)}
}

// printable keeps what RFC 9051 allows in resp-text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

// tryCreate says so when a destination is missing (RFC 9051 section 6.3.12).
func tryCreate(err error) error {
	if errors.Is(err, maildrop.ErrNoFolder) {
		return refuse(imap.ResponseCodeTryCreate, err.Error())
	}
	return answer(err)
}

func (x *session) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f, err := x.store.Folder(x.ctx, x.address, name)
	if err != nil {
		return nil, answer(err)
	}
	if x.wire.renumber.Load() {
		if err := x.store.Renumber(x.ctx, f.ID); err != nil {
			return nil, answer(err)
		}
	}
	f, list, err := x.store.Open(x.ctx, f.ID)
	if err != nil {
		return nil, answer(err)
	}
	x.view = newView(f, list, options.ReadOnly)
	data := &imap.SelectData{
		Flags: allFlags(), NumMessages: uint32(len(list)), UIDNext: imap.UID(f.UIDNext), UIDValidity: f.UIDValidity,
		FirstUnseenSeqNum: firstUnseen(list),
	}
	if !options.ReadOnly {
		data.PermanentFlags = append(allFlags(), imap.FlagWildcard)
	}
	if x.conn.EnabledCaps().Has(imap.CapIMAP4rev2) {
		data.List = &imap.ListData{Mailbox: f.Name, Delim: '/'}
	}
	return data, nil
}

func firstUnseen(list []maildrop.Message) uint32 {
	i := slices.IndexFunc(list, func(m maildrop.Message) bool { return !m.Flags.Has(mail.Seen) })
	return uint32(i + 1)
}

func (x *session) Unselect() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.view = nil
	return nil
}

func (x *session) Create(name string, options *imap.CreateOptions) error {
	role, ok := roleOf(options.SpecialUse)
	if !ok {
		return refuse("USEATTR", "this special use is not known here")
	}
	return answer(x.store.CreateFolder(x.ctx, x.address, name, role))
}

// Delete refuses a folder that has others below it, as RFC 9051 section 6.3.5 allows.
func (x *session) Delete(name string) error {
	all, err := x.store.Folders(x.ctx, x.address)
	if err != nil {
		return err
	}
	for _, f := range all {
		if strings.HasPrefix(f.Name, name+maildrop.Delimiter) {
			return refuse(imap.ResponseCodeHasChildren, "there are folders below it: delete them first")
		}
	}
	return answer(x.store.DeleteFolder(x.ctx, x.address, name))
}

func (x *session) Rename(name, newName string, _ *imap.RenameOptions) error {
	return answer(x.store.RenameFolder(x.ctx, x.address, name, newName))
}

func (x *session) Subscribe(name string) error {
	return answer(x.store.SubscribeFolder(x.ctx, x.address, name, true))
}

func (x *session) Unsubscribe(name string) error {
	return answer(x.store.SubscribeFolder(x.ctx, x.address, name, false))
}

func (x *session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: '/'}}}, nil
}

func (x *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	data := make([]byte, r.Size())
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	flags, keywords := fromFlags(options.Flags)
	validity, uid, err := x.store.Append(x.ctx, maildrop.Delivery{
		Mailbox: x.address, Folder: name, Flags: flags, Keywords: keywords, Received: options.Time, Data: data,
	})
	if err != nil {
		return nil, tryCreate(err)
	}
	return &imap.AppendData{UIDValidity: validity, UID: imap.UID(uid)}, nil
}

func (x *session) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	f, err := x.store.Folder(x.ctx, x.address, name)
	if err != nil {
		return nil, answer(err)
	}
	return x.status(f, options)
}

func (x *session) status(f maildrop.Folder, options *imap.StatusOptions) (*imap.StatusData, error) {
	total, unseen, zero, limit := uint32(f.Total), uint32(f.Unseen), uint32(0), uint32(maxAppend)
	data := &imap.StatusData{
		Mailbox: f.Name, NumMessages: &total, UIDNext: imap.UID(f.UIDNext), UIDValidity: f.UIDValidity, NumUnseen: &unseen,
		NumRecent: &zero, Size: &f.Bytes, AppendLimit: &limit,
	}
	if options.NumDeleted || options.DeletedStorage {
		rows, err := x.store.Rows(x.ctx, f.ID, 1, math.MaxUint32)
		if err != nil {
			return nil, err
		}
		var count uint32
		var octets int64
		for _, m := range rows {
			if m.Flags.Has(mail.Deleted) {
				count++
				octets += m.Size
			}
		}
		data.NumDeleted, data.DeletedStorage = &count, &octets
	}
	return data, nil
}
