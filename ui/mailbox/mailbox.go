// Package mailbox is the screen of folders, messages and the message under the cursor.
package mailbox

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// Mail is what the screen asks of the session.
type Mail interface {
	Accounts() []session.Account
	Account(name string) (session.Account, bool)
	Folders(context.Context, *trace.Span, session.FoldersOptions) ([]mail.Folder, error)
	List(context.Context, *trace.Span, session.ListOptions) (session.ListResult, error)
	Rows(context.Context, *trace.Span, session.RowsOptions) ([]session.Row, error)
	Read(context.Context, *trace.Span, session.ReadOptions) (session.Reading, error)
	Sync(context.Context, *trace.Span, session.SyncOptions) (session.SyncResult, error)
	Watch(context.Context, *trace.Span, session.WatchOptions) (struct{}, error)
	Outbox(context.Context, *trace.Span, session.FoldersOptions) ([]session.Sent, error)
	Drafts(context.Context, *trace.Span, session.FoldersOptions) ([]session.Draft, error)
	deed.Mail
}

// pane is a part of the screen that can have the focus.
type pane int

const (
	folderPane pane = iota
	listPane
	readerPane
)

// Screen is the mailbox.
type Screen struct {
	env   *screen.Env
	mail  Mail
	deeds *deed.Doer

	accounts []session.Account
	acct     session.Account
	folders  map[string][]mail.Folder // by account name
	folder   mail.Folder
	folderAt int // row under the cursor in the folder pane
	kept     kept

	list   widget.List
	rows   map[int64]session.Row
	stale  map[int64]session.Row // as the rows were before the list was read anew
	marks  map[int64]bool
	from   int64 // where a range began; 0 for none
	limit  string
	words  string // what / looks for
	hits   map[int64]bool
	order  order
	sorted map[int64]int // places in the order chosen, where it is not that of time

	preview preview
	pane    pane
	blurred bool
	width   int
	height  int

	state   state
	loaded  bool
	failure error
	synced  time.Time
	offline time.Time         // zero while the server answers
	tries   int               // failed tries to reach it in a row
	agree   []string          // questions that the next sync may take as answered with yes
	told    map[askAgree]bool // what a sync found and was said already
	leaving bool              // rows go because the person asked for it: no need to say that they vanish
	coming  bool              // rows come because the person took something back: they are not new
	above   int               // new messages above the cursor since it was moved
}

// state holds the jobs that the screen waits for; what other jobs bring is dropped.
type state struct {
	list, rows, sync, watch, walk, order, bounce jobs.ID
	kept                                         jobs.ID
	filing                                       bool               // the sync is one of the folder of a copy
	folders                                      map[jobs.ID]string // account asked for
	again                                        bool               // the list changed while it was read
	asked                                        bool               // the sync was asked for with ctrl+r
	stopRetry, stopPush                          func()
}

// New makes the screen for an account and folder; the first account's inbox if they are empty.
func New(env *screen.Env, m Mail, args screen.MailboxArgs) *Screen {
	s := &Screen{env: env, mail: m, deeds: deed.New(env, m), accounts: m.Accounts(), pane: listPane, width: 80, height: 21,
		folders: map[string][]mail.Folder{}, told: map[askAgree]bool{}}
	s.state.folders = map[jobs.ID]string{}
	if acct, ok := m.Account(args.Account); ok {
		s.acct = acct
	} else if len(s.accounts) > 0 {
		s.acct = s.accounts[0]
	}
	s.clearFolder(mail.Folder{Name: args.Folder})
	return s
}

// clearFolder forgets everything of the folder shown and names the next one.
func (s *Screen) clearFolder(f mail.Folder) {
	s.folder = f
	s.list = widget.List{}
	s.rows, s.stale = map[int64]session.Row{}, nil
	s.marks, s.hits = map[int64]bool{}, nil
	s.from, s.limit, s.words, s.order, s.sorted = 0, "", "", newestFirst, nil
	s.loaded, s.failure, s.above = false, nil, 0
	s.preview = preview{}
	s.SetSize(s.width, s.height)
}

// Init reads what the store has, then asks the server.
func (s *Screen) Init() tea.Cmd {
	cmds := []tea.Cmd{s.loadList(), s.loadKept()}
	for _, a := range s.accounts {
		cmds = append(cmds, s.loadFolders(a.Name))
	}
	return tea.Batch(append(cmds, s.sync(false))...)
}

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.list.SetHeight(s.bodyRows())
	s.preview.lay(s)
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title says whose folder this is, how many are new, and how the line is.
func (s *Screen) Title(width int) screen.Title {
	w := s.env.Words.Mailbox
	left := text.Clean(s.acct.Address) + "  " + protocol(s.acct.Protocol) + "  " + s.folderName(s.folder)
	switch {
	case s.limit != "":
		left += "  " + text.F(w.Hits, text.Num(s.list.Len()), text.Num(max(s.folder.Total, 0)), s.limit)
	case s.loaded && s.folder.Total >= 0:
		left += "  " + text.F(w.Count, text.Num(max(s.folder.Unread, 0)), text.Num(s.folder.Total))
	}
	left += s.outboxTitle()
	if n := len(s.marks); n > 0 {
		left += "  " + text.F(w.Marked, text.Num(n))
	}
	return screen.Title{Left: left, Right: s.line(width)}
}

// line says how the line to the server is.
func (s *Screen) line(width int) text.Safe {
	w := s.env.Words.Mailbox
	zone := s.env.Now().Location()
	switch {
	case s.folder.Local:
		return w.OnDisk
	case !s.offline.IsZero():
		return text.F(w.OfflineSince, text.Clock(s.offline.In(zone)))
	case s.synced.IsZero():
		return w.NeverSynced
	case width < 120:
		return text.Clock(s.synced.In(zone))
	}
	return w.Online + "  " + text.F(w.Synced, text.Clock(s.synced.In(zone)))
}

func protocol(p string) text.Safe {
	switch p {
	case "imap":
		return "IMAP"
	case "pop3":
		return "POP3"
	}
	return text.Clean(p)
}

func (s *Screen) folderName(f mail.Folder) text.Safe { return deed.FolderName(s.env.Words, f) }
