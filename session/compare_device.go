package session

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"todoku/diag/compare"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/wire"
	"todoku/session/mailsync"
)

// errNoNetwork is what a device that is offline gets for every connection.
var errNoNetwork = errors.New("this device has no network")

// device is a simulated device of a comparison: a session of its own, with a store, connections and a clock of its own.
// It is used by one goroutine at a time.
type device struct {
	*Session
	name    string
	span    *trace.Span // of its connections, metered
	naive   bool
	lost    bool
	ahead   time.Duration // of this machine's clock
	mailbox compare.Mailbox
	friend  string // who gets what it sends
	dir     string
}

// deviceOptions say what a device is.
type deviceOptions struct {
	Account config.Account // its name is the device's: "A"
	Net     *wire.Net
	Naive   bool
	Span    *trace.Span
	Mailbox compare.Mailbox
	Friend  string
}

func (s *Session) newDevice(o deviceOptions) (*device, error) {
	dir, err := os.MkdirTemp("", "todoku-device-")
	if err != nil {
		return nil, err
	}
	d := &device{name: o.Account.Name, span: o.Span.Child("device " + o.Account.Name), naive: o.Naive, mailbox: o.Mailbox, friend: o.Friend, dir: dir}
	now := func() time.Time { return s.Now().Add(d.ahead) }
	st, err := store.Open(filepath.Join(dir, "mail.db"), store.Options{Now: now, Scratch: true})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c := config.Default()
	c.Accounts = []config.Account{o.Account}
	d.Session = &Session{Config: &c, Store: st, Net: o.Net, Now: now, lines: mailsync.NewLines(now)}
	if o.Naive {
		d.Session.ignore = naiveIgnores()
	}
	return d, nil
}

// naiveIgnores are the capabilities that a naive client does not know.
func naiveIgnores() []string {
	return []string{"PIPELINING", "UIDL", "TOP",
		"LIST-STATUS", "SPECIAL-USE", "CONDSTORE", "QRESYNC", "ESEARCH", "MOVE", "SASL-IR", "LITERAL+", "LITERAL-"}
}

// leave ends its connections and removes its store.
func (d *device) leave() error {
	return errors.Join(d.Session.Close(), os.RemoveAll(d.dir))
}

// has asks its server what it offers, beside what is measured.
func (d *device) has(ctx context.Context, p compare.Protocol) ([]string, error) {
	l, _, err := d.receiving(d.name)
	if err != nil {
		return nil, err
	}
	told, err := newOwn(d.Session, p, d.span, l, nil).ask(ctx)
	return told.Capabilities, err
}

// Do does one step.
func (d *device) Do(ctx context.Context, s compare.Step) (compare.Done, error) {
	switch s.Do {
	case compare.Visit, compare.Look:
		return d.look(ctx)
	case compare.Days:
		d.ahead += time.Duration(s.Days) * 24 * time.Hour
		return compare.Done{}, nil
	case compare.Lose:
		return d.lose(ctx)
	case compare.Offline:
		return d.offline(ctx)
	case compare.Search:
		return d.search(ctx, s.Words)
	case compare.Send:
		return d.send(ctx, s.Message)
	}
	return d.onMessage(ctx, s)
}

// onMessage does what is done to one message, and tells the server what it is told of that.
func (d *device) onMessage(ctx context.Context, s compare.Step) (done compare.Done, err error) {
	m, err := d.find(ctx, s.Message)
	if err != nil {
		return done, err
	}
	switch s.Do {
	case compare.Read:
		done, err = d.read(ctx, m)
	case compare.Mark:
		_, err = d.Flag(ctx, d.span, FlagOptions{Keys: []int64{m.Key}, Flags: mail.Seen, On: true})
	case compare.Delete:
		_, err = d.Delete(ctx, d.span, DeleteOptions{Keys: []int64{m.Key}})
	case compare.Move:
		_, err = d.Move(ctx, d.span, MoveOptions{Keys: []int64{m.Key}, Folder: s.Folder})
	}
	if err != nil {
		return done, err
	}
	told, err := d.Sync(ctx, d.span.Child("tell"), SyncOptions{Account: d.name, PendingOnly: true})
	if s.Do == compare.Delete {
		done.Count = told.Removed
	}
	return done, err
}

// look brings the device's store up to date with the server.
func (d *device) look(ctx context.Context) (compare.Done, error) {
	before, err := d.Sees(ctx)
	if err != nil {
		return compare.Done{}, err
	}
	if d.pop3() {
		if _, err = d.Sync(ctx, d.span.Child("look"), SyncOptions{Account: d.name}); err == nil {
			_, err = d.Index(ctx, d.span, FoldersOptions{d.name})
		}
	} else {
		err = d.lookIMAP(ctx)
	}
	if err != nil {
		return compare.Done{}, err
	}
	after, err := d.Sees(ctx)
	done := compare.Done{Count: max(after.Total-before.Total, 0), Total: after.Total, Octets: max(after.Octets-before.Octets, 0)}
	for _, m := range after.Messages {
		done.Of += m.Octets
	}
	return done, err
}

func (d *device) pop3() bool { return d.Config.Accounts[0].Receive == config.ReceivePOP3 }

// lookIMAP gets the rows of every folder that changed, or, as a naive client does, of every folder, with all messages.
func (d *device) lookIMAP(ctx context.Context) error {
	l, _, err := d.receiving(d.name)
	if err != nil {
		return err
	}
	return d.overIMAP(ctx, d.span, l, d.name, func(c *imap.Client) error {
		folders, err := c.Folders(ctx)
		if err != nil {
			return err
		}
		if err := d.Store.PutFolders(ctx, d.name, folders); err != nil {
			return err
		}
		m := &mailsync.IMAP{Store: d.Store, Client: c, Account: d.name, Now: d.Now}
		for _, there := range folders {
			if there.NoSelect || !d.naive && !d.changed(ctx, there) {
				continue
			}
			if _, err := m.Folder(ctx, there.Name); err != nil {
				return err
			}
			if !d.naive {
				continue
			}
			if err := d.fetchBodies(ctx, c, SyncOptions{Account: d.name, Folder: there.Name, Bodies: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// changed reports whether what STATUS said of a folder differs from what is stored of it.
func (d *device) changed(ctx context.Context, there mail.Folder) bool {
	here, err := d.Store.Folder(ctx, d.name, there.Name)
	if err != nil || here.Synced.IsZero() {
		return err != nil || there.Total != 0
	}
	return there.Total != here.Rows || there.UIDNext != here.UIDNext || there.UIDValidity != here.UIDValidity ||
		there.HighestModSeq == 0 || there.HighestModSeq != here.HighestModSeq
}

// read shows a message: what is here, the text alone of one with files, or all of it.
func (d *device) read(ctx context.Context, m store.Message) (done compare.Done, err error) {
	done = compare.Done{Of: m.Size}
	var b body
	switch {
	case !m.Stored && m.HasFile && !d.naive:
		var l line
		if l, _, err = d.receiving(d.name); err == nil {
			b, err = d.fetchText(ctx, d.span, l, m)
		}
	default:
		b, err = d.body(ctx, d.span, m)
	}
	if err != nil {
		return done, err
	}
	if !m.Stored {
		done.Octets = int64(len(b.raw))
	}
	_, err = d.Flag(ctx, d.span, FlagOptions{Keys: []int64{m.Key}, Flags: mail.Seen, On: true})
	return done, err
}

// search asks the server, or over POP3 looks through what was downloaded.
func (d *device) search(ctx context.Context, words string) (done compare.Done, err error) {
	v, err := d.Sees(ctx)
	if err != nil {
		return done, err
	}
	done.Total, done.Of = v.Total, v.Octets
	if d.pop3() {
		r, err := d.List(ctx, d.span, ListOptions{Account: d.name, Search: words})
		done.Count = len(r.Rows)
		return done, err
	}
	l, _, err := d.receiving(d.name)
	if err != nil {
		return done, err
	}
	return done, d.overIMAP(ctx, d.span, l, d.name, func(c *imap.Client) error {
		if _, err := c.Open(ctx, inboxName, true); err != nil {
			return err
		}
		found, err := c.Search(ctx, words)
		done.Count = len(found)
		return err
	})
}

// send sends a short message and keeps a copy where the protocol can.
func (d *device) send(ctx context.Context, subject string) (compare.Done, error) {
	sent, err := d.Send(ctx, d.span.Child("send"), SendOptions{Draft: Draft{Account: d.name, To: d.friend, Subject: subject,
		Text: "They are at the desk.\n"}})
	if err != nil {
		return compare.Done{}, err
	}
	done := compare.Done{Count: 1, Where: sent.CopyFolder}
	if sent.Error != nil {
		return done, &Error{sent.Error.Code, sent.Error.Args, nil}
	}
	if d.pop3() {
		return done, nil
	}
	return done, d.lookIMAP(ctx)
}

// offline reads every message while no server can be reached.
func (d *device) offline(ctx context.Context) (done compare.Done, err error) {
	online, resolver, lines := d.Net, d.resolver, d.lines
	d.Net, d.resolver, d.lines = noNetwork(), nil, mailsync.NewLines(d.Now)
	defer func() { d.Net, d.resolver, d.lines = online, resolver, lines }()
	rows, err := d.rows(ctx)
	if err != nil {
		return done, err
	}
	for _, m := range rows {
		done.Total++
		if _, err := d.Read(ctx, nil, ReadOptions{Key: m.Key, Peek: true}); err == nil {
			done.Count++
		} else {
			done.Octets += m.Size // what fetching everything beforehand would have brought
		}
	}
	return done, ctx.Err()
}

func noNetwork() *wire.Net {
	return &wire.Net{
		Dial:    func(context.Context, string, string) (net.Conn, error) { return nil, errNoNetwork },
		Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, errNoNetwork },
	}
}

// lose loses the device. Count are the messages that are nowhere else, Total those that it had.
func (d *device) lose(ctx context.Context) (done compare.Done, err error) {
	had, err := d.Sees(ctx)
	if err != nil {
		return done, err
	}
	there, err := d.mailbox.Holds(ctx)
	if err != nil {
		return done, err
	}
	for _, m := range had.Messages {
		done.Total++
		if _, safe := there.Of(m.Subject); !safe {
			done.Count++
		}
	}
	d.lost = true
	return done, nil
}

// Sees is what the device would show now, read from its store.
func (d *device) Sees(ctx context.Context) (compare.View, error) {
	if d.lost {
		return compare.View{Known: true, Lost: true}, nil
	}
	rows, err := d.rows(ctx)
	if err != nil {
		return compare.View{}, err
	}
	v := compare.View{Known: true}
	for _, m := range rows {
		v.Messages = append(v.Messages, compare.Seen{Subject: m.Envelope.Subject, Folder: m.Folder, Flags: m.Flags, Octets: m.Size, Stored: m.Stored})
		v.Total++
		if !m.Flags.Has(mail.Seen) {
			v.Unread++
		}
		if m.Stored {
			v.Stored++
			v.Octets += m.Size
		}
	}
	return v, nil
}

// deviceRows bounds what is read of one folder of a device.
const deviceRows = 10_000

// rows are the messages of all folders, those of each newest first.
func (d *device) rows(ctx context.Context) ([]store.Message, error) {
	folders, err := d.Store.Folders(ctx, d.name)
	if err != nil {
		return nil, err
	}
	var all []store.Message
	for _, f := range folders {
		page, err := d.Store.Page(ctx, f.ID, 0, deviceRows)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	return all, nil
}

// find gives the message with the subject.
func (d *device) find(ctx context.Context, subject string) (store.Message, error) {
	rows, err := d.rows(ctx)
	if err != nil {
		return store.Message{}, err
	}
	i := slices.IndexFunc(rows, func(m store.Message) bool { return m.Envelope.Subject == subject })
	if i < 0 {
		return store.Message{}, NoSuchMessage(0)
	}
	return rows[i], nil
}
