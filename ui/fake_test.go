package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"todoku/diag/headers"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
)

var jst = time.FixedZone("JST", 9*60*60)

// fixedNow is the clock of every test: a Monday morning in Japan.
func fixedNow() time.Time { return time.Date(2026, 11, 23, 9, 42, 10, 0, jst) }

// fake is a session with a believable mailbox.
type fake struct {
	mu       sync.Mutex
	accounts []session.Account
	folders  map[string][]mail.Folder
	keys     map[string][]int64 // by account/folder
	rows     map[int64]session.Row
	make     func(key int64) session.Row // for rows that are made on demand
	listErr  error
	syncErr  error
	readErr  error
	question trace.Finding // what Sync asks until it is agreed to
	reading  func(session.Row) session.Reading
	calls    []string
	last     session.Change
	gate     chan struct{} // if set, Sync waits for it
	listGate chan struct{} // if set, List waits for it
	entered  chan string   // tells that a gate was reached
	drafts   []session.Draft
	outbox   []session.Sent
	saved    session.Draft
	saveErr  error
	checks   []session.Check
	ahead    []session.Check
	asked    []string // the recipients of each CheckAhead
	sendErr  error
	sendGate chan struct{} // if set, Send waits for it
	fate     func(*session.Sent)
	became   *session.Sent // what Fate tells; nil: it knows no such message
	journey  *journey      // what Trace plays
	checkup  *checkup      // what Doctor plays
	addErr   error         // of AddAccount
	editErr  error         // of EditServer
	editDone bool          // another program changed the settings already
	box      *box          // the small Internet; nil: there is none
	contest  *contest      // what Compare plays
}

func newFake() *fake {
	f := &fake{
		accounts: []session.Account{
			{Name: "sakura", Address: "alice@sakura.test", FullName: "Alice", Protocol: "imap", Twin: "sakura-pop",
				Receiving: "mail.sakura.test:993", Submission: "mail.sakura.test:587"},
			{Name: "fuji", Address: "alice@fuji.test", Protocol: "pop3", Receiving: "pop.fuji.test:995", Submission: "smtp.fuji.test:587"},
		},
		folders: map[string][]mail.Folder{}, keys: map[string][]int64{}, rows: map[int64]session.Row{},
	}
	role := func(name string, r mail.Role, unread, total int) mail.Folder {
		return mail.Folder{Name: name, Role: r, Unread: unread, Total: total, Delimiter: "/"}
	}
	f.folders["sakura"] = []mail.Folder{role("INBOX", mail.RoleInbox, 4, 1284), role("Drafts", mail.RoleDrafts, 1, 1),
		role("Sent", mail.RoleSent, 0, 311), role("Archive", mail.RoleArchive, 0, 5120), role("Junk", mail.RoleJunk, 9, 40),
		role("Trash", mail.RoleTrash, 0, 12), role("仕事", mail.RoleNone, 0, 80), role("仕事/見積もり", mail.RoleNone, 2, 14)}
	f.folders["sakura-pop"] = []mail.Folder{role("INBOX", mail.RoleInbox, 4, 10)}
	f.folders["fuji"] = []mail.Folder{role("INBOX", mail.RoleInbox, 1, 41),
		{Name: "Sent", Role: mail.RoleSent, Local: true, Total: 3}}
	f.fill()
	return f
}

func (f *fake) fill() {
	at := func(d, h, m int) time.Time { return time.Date(2026, 11, d, h, m, 0, 0, jst) }
	type one struct {
		name, addr, subject string
		flags               mail.Flags
		at                  time.Time
		file, bounced, wait bool
	}
	list := []one{
		{"田中 花子", "hanako@tsuru.test", "来週の打ち合わせ", 0, at(23, 9, 38), true, false, false},
		{"Bob Fuji", "bob@fuji.test", "Re: printer in room 2", 0, at(23, 9, 12), false, false, false},
		{"経理部", "keiri@sakura.test", "11月分請求書の件（締切 25日）", 0, at(23, 8, 55), true, false, false},
		{"Mail Delivery", "mailer-daemon@sakura.test", "bounced: carol@tsuru.test, her mailbox is full", mail.Seen,
			at(23, 8, 40), false, true, false},
		{"佐藤 由紀", "yuki@tsuru.test", "Re: 木曜のお昼", mail.Seen | mail.Answered, at(22, 18, 2), false, false, false},
		{"Carol Tsuru", "carol@tsuru.test", "Contract, signed", mail.Seen | mail.Flagged, at(22, 11, 30), false, false, false},
		{"山本 健", "ken@fuji.test", "写真を送ります", mail.Seen, at(21, 20, 15), true, false, false},
		{"Bob Fuji", "bob@fuji.test", "Minutes of 18 Nov", mail.Seen, at(20, 17, 0), false, false, true},
		{"ﾌｼﾞ書店", "info@fuji.test", "今週の新刊 8冊", mail.Seen, at(20, 9, 0), false, false, false},
		{"calendar", "calendar@sakura.test", "Invite: 定例 25日", 0, at(20, 8, 0), false, false, false},
		{"田中 花子", "hanako@tsuru.test", "議事録 第12回", mail.Seen | mail.Forwarded, at(18, 10, 0), false, false, false},
	}
	me := []mail.Address{{Addr: "alice@sakura.test"}}
	for i := range 1284 {
		o := list[i%len(list)]
		key := int64(10000 - i)
		r := session.Row{Key: key, Stored: true, Bounced: o.bounced, Pending: o.wait && i < len(list)}
		r.ID, r.Size, r.HasFile, r.Flags = mail.ID(fmt.Sprint(key)), 4000+int64(i), o.file, o.flags
		if i >= len(list) {
			r.Flags |= mail.Seen
		}
		r.Envelope = mail.Envelope{Subject: o.subject, From: []mail.Address{{Name: o.name, Addr: o.addr}}, To: me,
			Date: o.at.AddDate(0, 0, -(i/len(list))*7), MessageID: fmt.Sprintf("m%d@tsuru.test", key)}
		f.rows[key] = r
		f.keys["sakura/INBOX"] = append(f.keys["sakura/INBOX"], key)
	}
	first := f.rows[10000]
	first.Envelope.Cc = []mail.Address{{Name: "Bob Fuji", Addr: "bob@fuji.test"}}
	f.rows[10000] = first
	f.keys["sakura-pop/INBOX"] = f.keys["sakura/INBOX"][:10]
	f.keys["fuji/INBOX"] = f.keys["sakura/INBOX"][20:61]
}

// returned says of every bounce whom it is about.
func (f *fake) returned(who string, why reason.Reason) {
	for key, r := range f.rows {
		if r.Bounced {
			r.Returned = []session.Returned{{Recipient: who, Reason: why, Hard: true, Key: key}}
			f.rows[key] = r
		}
	}
}

func (f *fake) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

func (f *fake) Accounts() []session.Account { return f.accounts }

func (f *fake) Account(name string) (session.Account, bool) {
	if name == "sakura-pop" {
		a := f.accounts[0]
		a.Name, a.Protocol, a.Twin, a.Receiving = "sakura-pop", "pop3", "sakura", "mail.sakura.test:995"
		return a, true
	}
	for _, a := range f.accounts {
		if a.Name == name {
			return a, true
		}
	}
	return session.Account{}, false
}

func (f *fake) Changes() (<-chan session.StoreChange, func()) {
	return make(chan session.StoreChange), func() {}
}

func (f *fake) Folders(_ context.Context, _ *trace.Span, o session.FoldersOptions) ([]mail.Folder, error) {
	return f.folders[o.Account], nil
}

func (f *fake) folder(account, name string) mail.Folder {
	for _, x := range f.folders[account] {
		if x.Name == name || name == "" && x.Role == mail.RoleInbox {
			return x
		}
	}
	return mail.Folder{Name: name}
}

func (f *fake) List(ctx context.Context, _ *trace.Span, o session.ListOptions) (session.ListResult, error) {
	f.note("list %s/%s %q", o.Account, o.Folder, o.Search)
	if f.listGate != nil {
		f.entered <- "list"
		select {
		case <-f.listGate:
		case <-ctx.Done():
			return session.ListResult{}, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listErr != nil {
		return session.ListResult{}, f.listErr
	}
	res := session.ListResult{Folder: f.folder(o.Account, o.Folder), Synced: fixedNow().Add(-time.Minute)}
	all := f.keys[o.Account+"/"+res.Folder.Name]
	if o.Search == "" {
		res.Keys = slices.Clone(all)
	}
	for _, k := range all {
		r := f.row(k)
		who := r.Envelope.From[0].Name + r.Envelope.From[0].Addr + r.Envelope.Subject
		if o.Search != "" && strings.Contains(strings.ToLower(who), strings.ToLower(o.Search)) {
			res.Keys = append(res.Keys, k)
		}
	}
	for _, k := range res.Keys[:min(len(res.Keys), 200)] {
		res.Rows = append(res.Rows, f.row(k))
	}
	return res, nil
}

func (f *fake) row(k int64) session.Row {
	if r, ok := f.rows[k]; ok || f.make == nil {
		return r
	}
	return f.make(k)
}

func (f *fake) Rows(_ context.Context, _ *trace.Span, o session.RowsOptions) ([]session.Row, error) {
	f.note("rows %d", len(o.Keys))
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []session.Row
	for _, k := range o.Keys {
		out = append(out, f.row(k))
	}
	return out, nil
}

const letterText = `お世話になっております。田中です。
来週の打ち合わせは、水曜の10時でいかがでしょうか。
場所は2階の会議室です。資料を添付します。地図は [2] にあります。
Bob, the English summary is on page 3.

On 20 Nov 2026, alice@sakura.test wrote:
> 田中様
> 来週はいかがですか。
> Monday and Tuesday are full.
> Wednesday or Thursday would be fine.
> The room on the second floor is free.
> よろしくお願いします。
> Alice

田中 花子`

func letter(r session.Row) session.Reading {
	sec := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	return session.Reading{Row: r, Text: letterText,
		Files: []mail.Part{{Path: "2", Type: "application/pdf", FileName: "agenda-議題.pdf", Size: 212000}},
		Links: []string{"https://tsuru.test/map"},
		Parts: &mail.Part{Type: "multipart/mixed", Children: []*mail.Part{
			{Path: "1", Type: "text/plain", Size: 812}, {Path: "2", Type: "application/pdf", FileName: "agenda-議題.pdf", Size: 212000}}},
		Charset: "utf-8", Charsets: []string{"utf-8", "iso-2022-jp", "cp932"},
		Header:     []session.HeaderField{{Name: "Subject", Value: r.Envelope.Subject}, {Name: "X-Mailer", Value: "todoku"}},
		Raw:        []byte("Subject: =?utf-8?b?5p2l6YCx?=\r\nX-Odd: \x1b[31mred\r\n\r\nbody\r\n"),
		ServerAuth: "dkim=pass header.d=tsuru.test; spf=pass",
		Path: headers.Path{Total: sec(14), Hops: make([]headers.Hop, 3), Steps: [4]headers.PathStep{
			{Known: true, From: "phone", By: "mail.tsuru.test", Delay: sec(0.6)}, {},
			{Known: true, By: "mx1.sakura.test", TLS: "TLS 1.3", Delay: sec(3.1)},
			{Known: true, By: "IMAP", Delay: sec(10)}}},
	}
}

func (f *fake) Read(_ context.Context, _ *trace.Span, o session.ReadOptions) (session.Reading, error) {
	f.note("read %d %v %s", o.Key, o.Peek, o.Charset)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readErr != nil {
		return session.Reading{}, f.readErr
	}
	make := letter
	if f.reading != nil {
		make = f.reading
	}
	r := make(f.row(o.Key))
	if o.Charset != "" {
		r.Charset = o.Charset
	}
	return r, nil
}

func (f *fake) Sync(ctx context.Context, _ *trace.Span, o session.SyncOptions) (session.SyncResult, error) {
	f.note("sync %s/%s", o.Account, o.Folder)
	if f.gate != nil {
		o.Progress(session.Progress{Doing: "list", Done: 412, Of: 1284})
		f.entered <- "sync"
		select {
		case <-f.gate:
		case <-ctx.Done():
			return session.SyncResult{}, ctx.Err()
		}
	}
	res := session.SyncResult{Total: 1284}
	if f.question.Code != "" && !slices.Contains(o.Agree, f.question.Code) {
		res.Asks = []trace.Finding{f.question}
	}
	return res, f.syncErr
}

func (f *fake) Watch(ctx context.Context, _ *trace.Span, _ session.WatchOptions) (struct{}, error) {
	<-ctx.Done()
	return struct{}{}, ctx.Err()
}

func (f *fake) changed(verb string, keys []int64, folder mail.Folder) session.Change {
	f.last = session.Change{ID: f.last.ID + 1, Verb: verb, Count: len(keys), Folder: folder.Name, Role: folder.Role}
	if len(keys) == 1 {
		f.last.Subject = f.row(keys[0]).Envelope.Subject
	}
	return f.last
}

func (f *fake) Flag(_ context.Context, _ *trace.Span, o session.FlagOptions) (session.Change, error) {
	f.note("flag %v %d %v", o.Keys, o.Flags, o.On)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, k := range o.Keys {
		r := f.row(k)
		r.Pending = true
		if o.On {
			r.Flags |= o.Flags
		} else {
			r.Flags &^= o.Flags
		}
		f.rows[k] = r
	}
	return f.changed("flag", o.Keys, mail.Folder{}), nil
}

func (f *fake) take(keys []int64) {
	in := f.keys["sakura/INBOX"]
	f.keys["sakura/INBOX"] = slices.DeleteFunc(slices.Clone(in), func(k int64) bool { return slices.Contains(keys, k) })
}

func (f *fake) Move(_ context.Context, _ *trace.Span, o session.MoveOptions) (session.Change, error) {
	f.note("move %v %s%s copy=%v", o.Keys, o.Folder, o.Role, o.Copy)
	f.mu.Lock()
	defer f.mu.Unlock()
	if !o.Copy {
		f.take(o.Keys)
	}
	to := mail.Folder{Name: o.Folder, Role: o.Role}
	return f.changed("move", o.Keys, to), nil
}

func (f *fake) Delete(_ context.Context, _ *trace.Span, o session.DeleteOptions) (session.Change, error) {
	f.note("delete %v %v", o.Keys, o.Forever)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.take(o.Keys)
	return f.changed("delete", o.Keys, mail.Folder{Name: "Trash", Role: mail.RoleTrash}), nil
}

func (f *fake) Undo(_ context.Context, _ *trace.Span, o session.UndoOptions) (session.Change, error) {
	f.note("undo")
	return f.last, nil
}

func (f *fake) SaveFile(_ context.Context, _ *trace.Span, o session.SaveFileOptions) (string, error) {
	f.note("save %d %s %s", o.Key, o.Part, o.Path)
	return o.Path, nil
}
