package session

import (
	"context"
	"time"

	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/wire"
	"todoku/session/account"
	"todoku/session/mailsync"
)

// inboxName is the one mailbox name that every server has (RFC 9051 section 5.1).
const inboxName = "INBOX"

// Sync brings the store up to date with the server, and the server with pending changes. Only one sync of an account
// runs at a time, over all todoku processes.
func (s *Session) Sync(ctx context.Context, span *trace.Span, o SyncOptions) (r SyncResult, err error) {
	defer func() { span.End(err) }()
	l, protocol, err := s.receiving(o.Account)
	if err != nil {
		return r, err
	}
	unlock, err := s.Store.LockSync(ctx, o.Account)
	if err != nil {
		return r, err
	}
	defer unlock()
	if o.Folder == "" {
		o.Folder = inboxName
	}
	if protocol != protocolPOP3 {
		return s.syncIMAP(ctx, span, l, o)
	}
	if r, err = s.syncPOP3(ctx, span, l, o); err != nil {
		return r, err
	}
	return r, s.noteBounces(ctx, o.Account)
}

// syncIMAP shows the folder's newest rows before it asks for the folder list: the person waits for the rows.
func (s *Session) syncIMAP(ctx context.Context, span *trace.Span, l line, o SyncOptions) (SyncResult, error) {
	var result mailsync.Result
	err := s.overIMAP(ctx, span, l, o.Account, func(c *imap.Client) error {
		m := &mailsync.IMAP{Store: s.Store, Client: c, Account: o.Account, Now: s.Now, Progress: paced(s.Now, o.Progress)}
		var err error
		if o.PendingOnly {
			result, err = m.Push(ctx)
			return err
		}
		if result, err = m.Folder(ctx, o.Folder); err != nil {
			return folderMissing(err, o.Folder)
		}
		if o.Folders || s.foldersUnknown(ctx, o.Account) {
			if err = m.Folders(ctx); err != nil {
				return err
			}
		}
		return s.fetchBodies(ctx, c, o)
	})
	return syncResult(result), err
}

// foldersUnknown reports that the server's folder list was never stored: at most the folder that was just synced is
// known. Moving and deleting need the others.
func (s *Session) foldersUnknown(ctx context.Context, account string) bool {
	known, err := s.Store.Folders(ctx, account)
	return err == nil && len(known) < 2
}

func (s *Session) syncPOP3(ctx context.Context, span *trace.Span, l line, o SyncOptions) (SyncResult, error) {
	if err := s.localFolders(ctx, o.Account, l.account); err != nil {
		return SyncResult{}, err
	}
	if o.PendingOnly && l.account.LeaveOnServer != config.LeaveDelete {
		return SyncResult{}, nil // nothing that is done here concerns the server
	}
	c, err := s.dialPOP3(ctx, span, l)
	if err != nil {
		s.polls.heard(o.Account, 0, err)
		return SyncResult{}, err
	}
	defer c.Abort()
	m := &mailsync.POP3{
		Store: s.Store, Client: c, Account: o.Account, Inbox: inboxName, Policy: leavePolicy(l.account),
		Agreed: set(o.Agree), Now: s.Now, Progress: paced(s.Now, o.Progress),
	}
	result, err := m.Sync(ctx)
	s.polls.heard(o.Account, time.Duration(c.Capabilities().LoginDelay)*time.Second, err)
	return syncResult(result), s.reached(ctx, err, l.account, l.server, stepPickUp)
}

func syncResult(r mailsync.Result) SyncResult {
	return SyncResult{New: r.New, Changed: r.Changed, Removed: r.Removed, Total: r.Total, Refused: r.Refused, Asks: r.Asks}
}

func leavePolicy(a config.Account) mailsync.LeavePolicy {
	switch a.LeaveOnServer {
	case config.LeaveDelete:
		return mailsync.LeavePolicy{Deleted: true}
	case config.LeaveDays:
		return mailsync.LeavePolicy{After: time.Duration(a.LeaveDays) * 24 * time.Hour}
	}
	return mailsync.LeavePolicy{}
}

// localFolders makes the folders that a POP3 account keeps on this disk.
func (s *Session) localFolders(ctx context.Context, name string, a config.Account) error {
	return s.Store.EnsureFolders(ctx, name,
		mail.Folder{Name: inboxName, Role: mail.RoleInbox},
		mail.Folder{Name: named(a.Folders.Sent, "Sent"), Role: mail.RoleSent, Local: true},
		mail.Folder{Name: named(a.Folders.Archive, "Archive"), Role: mail.RoleArchive, Local: true},
		mail.Folder{Name: named(a.Folders.Junk, "Junk"), Role: mail.RoleJunk, Local: true},
		mail.Folder{Name: named(a.Folders.Trash, "Trash"), Role: mail.RoleTrash, Local: true},
	)
}

func named(configured, usual string) string {
	if configured != "" {
		return configured
	}
	return usual
}

func set(words []string) map[string]bool {
	all := make(map[string]bool, len(words))
	for _, w := range words {
		all[w] = true
	}
	return all
}

// paced calls progress at most 4 times a second, and at the end of each part.
func paced(now func() time.Time, progress func(Progress)) func(string, int, int) {
	if progress == nil {
		return nil
	}
	var last time.Time
	return func(doing string, done, of int) {
		if t := now(); t.Sub(last) >= time.Second/4 || done == of {
			last = t
			progress(Progress{doing, done, of})
		}
	}
}

// overIMAP runs fn on a logged-in connection of the account.
func (s *Session) overIMAP(ctx context.Context, span *trace.Span, l line, name string, fn func(*imap.Client) error) error {
	dial := func(ctx context.Context) (*imap.Client, error) {
		secret, err := account.Credentials(ctx, l.account, l.server)
		if err != nil {
			return nil, err
		}
		return imap.Dial(ctx, imap.Options{
			Net: s.watched(span), Span: span, Host: l.server.Host, Port: l.server.Port, TLS: wire.TLSMode(l.server.TLS),
			Credentials: secret, Auth: l.server.Auth, Ignore: s.ignore,
		})
	}
	return s.reached(ctx, s.lines.Use(ctx, name, dial, fn), l.account, l.server, stepPickUp)
}

func (s *Session) dialPOP3(ctx context.Context, span *trace.Span, l line) (*pop3.Client, error) {
	secret, err := account.Credentials(ctx, l.account, l.server)
	if err != nil {
		return nil, reaching(err, l.account, l.server, stepPickUp)
	}
	c, err := pop3.Dial(ctx, pop3.Options{
		Net: s.watched(span), Span: span, Host: l.server.Host, Port: l.server.Port, TLS: wire.TLSMode(l.server.TLS),
		Credentials: secret, Auth: l.server.Auth, Ignore: s.ignore,
	})
	return c, s.reached(ctx, err, l.account, l.server, stepPickUp)
}

// Watch returns nil when the server says that the folder changed (IDLE), or after two minutes where it cannot say; a
// maildrop that is in use is left alone for longer.
func (s *Session) Watch(ctx context.Context, span *trace.Span, o WatchOptions) (struct{}, error) {
	l, protocol, err := s.receiving(o.Account)
	if err != nil {
		return struct{}{}, err
	}
	if protocol == protocolPOP3 {
		return struct{}{}, wait(ctx, s.polls.every(o.Account))
	}
	return struct{}{}, s.overIMAP(ctx, span, l, o.Account, func(c *imap.Client) error {
		if _, err := c.Open(ctx, o.Folder, true); err != nil {
			return err
		}
		return c.Watch(ctx)
	})
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
