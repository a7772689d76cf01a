package imap

import (
	"context"
	"errors"
	"slices"
	"strings"

	imaplib "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

const (
	// listBytes bounds the reply to one LIST: Limits.Folders of them with their counts, some 500 octets each.
	listBytes = 10 * mib
	// statusAtOnce is how many STATUS commands are under way together; their order does not matter to a server.
	statusAtOnce = 20
)

// Folders lists the server's folders with their counts: in one command with LIST-STATUS (RFC 5819), else by a STATUS
// each. Roles are the server's (RFC 6154), and guessed by well-known names only where it lacks SPECIAL-USE. A folder
// whose counts the server refuses has -1. What STATUS says of the open folder may be no newer than what the server told of
// it last (RFC 9051 section 6.3.11), so a NOOP comes first; Dovecot does not heed one in the same flight.
func (c *Client) Folders(ctx context.Context) ([]mail.Folder, error) {
	if c.isOpen() {
		if err := c.Noop(ctx); err != nil {
			return nil, err
		}
	}
	return c.folders(ctx)
}

func (c *Client) folders(ctx context.Context) ([]mail.Folder, error) {
	o := &imaplib.ListOptions{}
	if c.has("SPECIAL-USE") && c.has("LIST-EXTENDED") {
		o.ReturnSpecialUse = true
	}
	if c.has("LIST-STATUS") {
		o.ReturnStatus = c.statusOptions()
	}
	folders, err := c.list(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.ReturnStatus == nil {
		if err := c.statuses(ctx, folders); err != nil {
			return nil, err
		}
	}
	if !c.named("SPECIAL-USE") && !anyRole(folders) {
		guessRoles(folders)
	}
	return folders, nil
}

func (c *Client) isOpen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

func (c *Client) statusOptions() *imaplib.StatusOptions {
	return &imaplib.StatusOptions{
		NumMessages: true, NumUnseen: true, UIDNext: true, UIDValidity: true, HighestModSeq: c.has("CONDSTORE"),
	}
}

func (c *Client) list(ctx context.Context, o *imaplib.ListOptions) ([]mail.Folder, error) {
	var folders []mail.Folder
	over := false
	err := c.do(ctx, budget{verb: "LIST", size: listBytes}, func(l *link) error {
		cmd := l.lib.List("", "*", o)
		for d := cmd.Next(); d != nil; d = cmd.Next() {
			if over = len(folders) >= c.opt.Limits.Folders; !over {
				folders = append(folders, folderOf(d))
			}
		}
		return cmd.Close()
	})
	if err == nil && over {
		err = c.plainError(wire.CodeFlood, "LIST", &tooLong{what: "a list of folders", most: int64(c.opt.Limits.Folders)})
	}
	return folders, err
}

func folderOf(d *imaplib.ListData) mail.Folder {
	f := mail.Folder{Name: d.Mailbox, Total: -1, Unread: -1}
	if d.Delim != 0 {
		f.Delimiter = string(d.Delim)
	}
	for _, a := range d.Attrs {
		if a == imaplib.MailboxAttrNoSelect || a == imaplib.MailboxAttrNonExistent {
			f.NoSelect = true
		}
		if role, ok := roleOf(string(a)); ok && f.Role == mail.RoleNone {
			f.Role = role
		}
	}
	if strings.EqualFold(d.Mailbox, "INBOX") {
		f.Role = mail.RoleInbox
	}
	if d.Status != nil {
		counts(&f, d.Status)
	}
	return f
}

func counts(f *mail.Folder, s *imaplib.StatusData) {
	if s.NumMessages != nil {
		f.Total = int(*s.NumMessages)
	}
	if s.NumUnseen != nil {
		f.Unread = int(*s.NumUnseen)
	}
	f.UIDValidity, f.UIDNext, f.HighestModSeq = s.UIDValidity, uint32(s.UIDNext), s.HighestModSeq
}

// statuses asks for the counts of folders, some at a time in one round trip. A refusal leaves them unknown.
func (c *Client) statuses(ctx context.Context, folders []mail.Folder) error {
	var ask []*mail.Folder
	for i := range folders {
		if !folders[i].NoSelect {
			ask = append(ask, &folders[i])
		}
	}
	for len(ask) > 0 {
		some := ask[:min(len(ask), statusAtOnce)]
		ask = ask[len(some):]
		err := c.do(ctx, budget{verb: "STATUS", size: mib}, func(l *link) error { return c.statusesOn(l, some) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) statusesOn(l *link, folders []*mail.Folder) error {
	var cmds []*imapclient.StatusCommand
	for _, f := range folders {
		cmds = append(cmds, l.lib.Status(f.Name, c.statusOptions()))
	}
	var failed error
	for i, cmd := range cmds {
		d, err := cmd.Wait()
		var refused *imaplib.Error
		switch {
		case err == nil:
			counts(folders[i], d)
		case !errors.As(err, &refused):
			failed = err
		}
	}
	return failed
}

// roleOf reads a special-use attribute.
func roleOf(attr string) (mail.Role, bool) {
	role, ok := map[string]mail.Role{
		`\all`: mail.RoleAll, `\archive`: mail.RoleArchive, `\drafts`: mail.RoleDrafts, `\flagged`: mail.RoleFlagged,
		`\junk`: mail.RoleJunk, `\sent`: mail.RoleSent, `\trash`: mail.RoleTrash,
	}[strings.ToLower(attr)]
	return role, ok
}

// wellKnown are folder names that clients and servers make for a use, in lower case.
var wellKnown = map[string]mail.Role{
	"drafts": mail.RoleDrafts, "draft": mail.RoleDrafts, "下書き": mail.RoleDrafts,
	"sent": mail.RoleSent, "sent items": mail.RoleSent, "sent messages": mail.RoleSent, "sent mail": mail.RoleSent,
	"sent-mail": mail.RoleSent, "送信済み": mail.RoleSent, "送信済みメール": mail.RoleSent, "送信済みアイテム": mail.RoleSent,
	"送信済みトレイ": mail.RoleSent, "送信済": mail.RoleSent,
	"trash": mail.RoleTrash, "deleted items": mail.RoleTrash, "deleted messages": mail.RoleTrash, "bin": mail.RoleTrash,
	"ゴミ箱": mail.RoleTrash, "ごみ箱": mail.RoleTrash, "削除済みアイテム": mail.RoleTrash,
	"junk": mail.RoleJunk, "spam": mail.RoleJunk, "junk e-mail": mail.RoleJunk, "junk email": mail.RoleJunk,
	"bulk mail": mail.RoleJunk, "迷惑メール": mail.RoleJunk, "スパム": mail.RoleJunk,
	"archive": mail.RoleArchive, "archives": mail.RoleArchive, "アーカイブ": mail.RoleArchive,
	"all mail": mail.RoleAll, "すべてのメール": mail.RoleAll,
}

// anyRole tells whether the server said of any folder what it is for.
func anyRole(folders []mail.Folder) bool {
	return slices.ContainsFunc(folders, func(f mail.Folder) bool { return f.Role != mail.RoleNone && f.Role != mail.RoleInbox })
}

// guessRoles gives each role to the first folder at the top, or directly under INBOX, that has a well-known name.
func guessRoles(folders []mail.Folder) {
	given := map[mail.Role]bool{}
	for i := range folders {
		f := &folders[i]
		name := f.Name
		if f.Delimiter != "" {
			if head, rest, ok := strings.Cut(name, f.Delimiter); ok && strings.EqualFold(head, "INBOX") {
				name = rest
			}
		}
		role, ok := wellKnown[strings.ToLower(name)]
		if !ok || f.Role != mail.RoleNone || f.NoSelect || given[role] {
			continue
		}
		f.Role, given[role] = role, true
	}
}
