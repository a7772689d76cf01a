package mailsync

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/pop3"
)

// Questions that a POP3 sync asks before it goes on; the answer yes is the code in POP3.Agreed.
const (
	AskUIDLChanged = "pop3.uidl-all-changed" // the server names every known message anew
	AskExpireZero  = "pop3.expire-zero"      // the server may delete what was fetched (RFC 2449 section 6.7)
)

// What a POP3 sync tells beside its questions; it goes on.
const (
	CodeNoUIDL        = "pop3.no-uidl"        // messages have no names of their own, so nothing is deleted there
	CodeUIDLDuplicate = "pop3.uidl-duplicate" // several messages bear one name, so nothing is deleted there
	CodeTooLarge      = "pop3.too-large"      // a message stays on the server
)

// nameOctets is how much of a message is read to name it where the server has neither UIDL nor TOP.
const nameOctets = 256 << 10

// keptOctets is how much of what was fetched whole to be named is kept, so that it need not be fetched again.
const keptOctets = 8 << 20

// pop3MessageOctets bounds one message; a larger one stays on the server and is reported.
const pop3MessageOctets = 256 << 20

// LeavePolicy says when a message that is stored here is deleted there. The zero value never deletes.
type LeavePolicy struct {
	Deleted bool          // once the person deleted it here
	After   time.Duration // so long after *we* stored it; 0 means never by age
}

// deletes reports whether the policy ever deletes.
func (p LeavePolicy) deletes() bool { return p.Deleted || p.After > 0 }

// POP3 synchronises one account: log in, list, fetch what is missing, delete by policy, QUIT.
type POP3 struct {
	Store    *store.Store
	Client   *pop3.Client
	Account  string
	Inbox    string
	Policy   LeavePolicy
	Agreed   map[string]bool
	Now      func() time.Time
	Progress func(doing string, done, of int)

	kept map[int][]byte // whole messages by number, read while they were named
}

// Sync runs one whole session. Deletions are committed by QUIT only, after everything they concern is durable here.
func (m *POP3) Sync(ctx context.Context) (Result, error) {
	var r Result
	here, err := m.Store.EnsureFolder(ctx, m.Account, mail.Folder{Name: m.Inbox, Role: mail.RoleInbox})
	if err != nil {
		return r, err
	}
	entries, unsure, err := m.listing(ctx)
	if errors.Is(err, errFetchesFirst) {
		r.Asks = append(r.Asks, expireZero(len(entries), 0))
		return r, m.Client.Quit(ctx)
	}
	if err != nil {
		return r, err
	}
	ledger, err := m.Store.Ledger(ctx, m.Account)
	if err != nil {
		return r, err
	}
	r.Total = len(entries)
	missing := missingEntries(entries, ledger)
	if ask := m.ask(entries, missing, ledger); ask != nil {
		r.Asks = append(r.Asks, *ask)
		return r, m.Client.Quit(ctx)
	}
	missing, r.Asks = withoutHuge(missing)
	if r.New, err = m.retrieve(ctx, here, missing); err != nil {
		return r, err
	}
	if unsure == "" {
		r.Removed, err = m.deleteThere(ctx, entries, ledger)
	} else {
		if m.Policy.deletes() {
			r.Asks = append(r.Asks, trace.Finding{Code: unsure, Level: trace.Warn, Args: map[string]string{"count": strconv.Itoa(len(entries))}})
		}
		err = m.Client.Quit(ctx)
	}
	if err != nil {
		return r, err
	}
	return r, m.Store.MarkSynced(ctx, here.ID, m.Now())
}

// listing gives every message with an id. unsure is the reason why the ids cannot prove which message is which: then
// nothing may be deleted. Messages without an id of their own get one made from the header and the size.
func (m *POP3) listing(ctx context.Context) (entries []pop3.Entry, unsure string, err error) {
	m.kept = nil
	l, err := m.Client.Listing(ctx)
	switch {
	case err != nil:
		return nil, "", err
	case !l.HasUIDL:
		return l.Entries, CodeNoUIDL, m.nameByHeader(ctx, l.Entries, func(pop3.Entry) bool { return true })
	case len(l.Duplicates) > 0:
		twice := func(e pop3.Entry) bool { return slices.Contains(l.Duplicates, e.UIDL) }
		return l.Entries, CodeUIDLDuplicate, m.nameByHeader(ctx, l.Entries, twice)
	}
	return l.Entries, "", nil
}

// withoutHuge leaves out, and reports, what is larger than any message that is taken.
func withoutHuge(missing []pop3.Entry) (rest []pop3.Entry, found []trace.Finding) {
	rest = make([]pop3.Entry, 0, len(missing))
	for _, e := range missing {
		if e.Octets <= pop3MessageOctets {
			rest = append(rest, e)
			continue
		}
		found = append(found, trace.Finding{Code: CodeTooLarge, Level: trace.Warn, Args: map[string]string{
			"octets": strconv.FormatInt(e.Octets, 10), "limit": strconv.Itoa(pop3MessageOctets >> 20),
		}})
	}
	return rest, found
}

// errFetchesFirst says that messages can be named by fetching them only, and that the server may then delete them.
var errFetchesFirst = errors.New("naming the messages would fetch them from a server that may delete what was fetched")

// mayExpire reports whether the server may delete what is fetched (EXPIRE 0, RFC 2449 section 6.7), and nobody agreed.
func (m *POP3) mayExpire() bool {
	return m.Client.Capabilities().Expire == 0 && !m.Agreed[AskExpireZero]
}

func expireZero(missing, known int) trace.Finding {
	return trace.Finding{Code: AskExpireZero, Level: trace.Warn,
		Args: map[string]string{"count": strconv.Itoa(missing), "known": strconv.Itoa(known)}}
}

// nameByHeader gives the entries that need it an id of ours: "~" and the digest of size and header.
func (m *POP3) nameByHeader(ctx context.Context, entries []pop3.Entry, needs func(pop3.Entry) bool) error {
	byNumber := make(map[int]*pop3.Entry, len(entries))
	var numbers []int
	for i, e := range entries {
		if needs(e) {
			numbers = append(numbers, e.Number)
			byNumber[e.Number] = &entries[i]
		}
	}
	name := func(n int, header []byte, refused *pop3.Error) error {
		if refused != nil {
			return refused
		}
		e := byNumber[n]
		sum := sha256.Sum256(append(strconv.AppendInt(nil, e.Octets, 10), header...))
		e.UIDL = "~" + hex.EncodeToString(sum[:16])
		return nil
	}
	err := m.Client.Headers(ctx, numbers, name)
	if !errors.Is(err, pop3.ErrNoTOP) {
		return err
	}
	if m.mayExpire() {
		return errFetchesFirst
	}
	m.kept = make(map[int][]byte)
	room := keptOctets
	return m.Client.Retrieve(ctx, numbers, func(n int, _ int64, body io.Reader) error {
		raw, err := io.ReadAll(io.LimitReader(body, int64(max(room, nameOctets))+1))
		if err != nil {
			return err
		}
		if len(raw) <= room {
			m.kept[n], room = raw, room-len(raw)
		}
		return name(n, mail.HeaderOf(raw[:min(len(raw), nameOctets)]), nil)
	})
}

func missingEntries(entries []pop3.Entry, ledger map[string]store.Ledger) []pop3.Entry {
	missing := make([]pop3.Entry, 0, len(entries))
	taken := make(map[string]bool, len(entries))
	for i := len(entries) - 1; i >= 0; i-- { // newest first
		e := entries[i]
		if _, known := ledger[e.UIDL]; !known && !taken[e.UIDL] {
			missing = append(missing, e)
			taken[e.UIDL] = true
		}
	}
	return missing
}

// ask gives the question that must be answered before anything is fetched, or nil.
func (m *POP3) ask(entries, missing []pop3.Entry, ledger map[string]store.Ledger) *trace.Finding {
	expected := 0
	for _, l := range ledger {
		if l.DeletedThere.IsZero() {
			expected++
		}
	}
	f := expireZero(len(missing), expected)
	if expected > 0 && len(entries) > 1 && !anyKnown(entries, ledger) && !m.Agreed[AskUIDLChanged] {
		f.Code = AskUIDLChanged
		return &f
	}
	if len(missing) > 0 && m.mayExpire() {
		return &f
	}
	return nil
}

func anyKnown(entries []pop3.Entry, ledger map[string]store.Ledger) bool {
	return slices.ContainsFunc(entries, func(e pop3.Entry) bool {
		_, known := ledger[e.UIDL]
		return known
	})
}

// retrieve fetches what is missing and commits it batch by batch.
func (m *POP3) retrieve(ctx context.Context, here store.Folder, missing []pop3.Entry) (int, error) {
	b := startBatches(missing, func(some []store.Fetched) error {
		return m.Store.PutFetched(context.WithoutCancel(ctx), m.Account, here.ID, some) // what was fetched is not thrown away
	})
	var numbers []int
	var asked []pop3.Entry
	for _, e := range missing {
		raw, kept := m.kept[e.Number]
		if !kept {
			numbers, asked = append(numbers, e.Number), append(asked, e)
		} else if err := b.add(fetched(e, raw, m.Now())); err != nil {
			err = cmp.Or(b.end(), err)
			return b.stored, err
		}
	}
	come, done := 0, len(missing)-len(asked)
	err := m.Client.Retrieve(ctx, numbers, func(n int, size int64, body io.Reader) error {
		e := asked[come] // messages come in the order in which they are asked for
		come++
		raw, err := b.read(body, size)
		var refused *pop3.Error
		if errors.As(err, &refused) {
			return nil // gone or locked meanwhile: the next sync asks again
		}
		if err != nil {
			return err
		}
		if len(raw) > pop3MessageOctets {
			return fmt.Errorf("message %d is larger than %d MiB; it stays on the server", n, pop3MessageOctets>>20)
		}
		done++
		if m.Progress != nil {
			m.Progress("bodies", done, len(missing))
		}
		return b.add(fetched(e, raw, m.Now()))
	})
	err = cmp.Or(err, b.end())
	return b.stored, err
}

// fetched is a retrieved message as the store takes it.
func fetched(e pop3.Entry, raw []byte, now time.Time) store.Fetched {
	row, mayReport := mail.RowOf(raw, now)
	row.ID = mail.ID(e.UIDL)
	reports := mayReport && mail.Parse(raw).IsReport() // parsing every message would halve the speed
	return store.Fetched{UIDL: e.UIDL, Octets: e.Octets, Raw: raw, Message: row, Bounced: reports}
}

// deleteThere sends DELE for what the policy allows, then QUIT; only after its +OK is the ledger told.
func (m *POP3) deleteThere(ctx context.Context, entries []pop3.Entry, before map[string]store.Ledger) (int, error) {
	ledger := before
	if m.Policy.deletes() {
		var err error
		if ledger, err = m.Store.Ledger(ctx, m.Account); err != nil {
			return 0, err
		}
	}
	var numbers []int
	var uidls []string
	for _, e := range entries {
		if l, stored := ledger[e.UIDL]; stored && m.due(l) {
			numbers = append(numbers, e.Number)
			uidls = append(uidls, e.UIDL)
		}
	}
	refused, err := m.Client.DeleteMany(ctx, numbers)
	if err != nil {
		return 0, err
	}
	if err := m.Client.Quit(ctx); err != nil {
		return 0, err
	}
	gone := uidls[:0]
	for i, n := range numbers {
		if refused[n] == nil {
			gone = append(gone, uidls[i])
		}
	}
	return len(gone), m.Store.MarkDeletedThere(context.WithoutCancel(ctx), m.Account, gone, m.Now())
}

// due reports whether the policy deletes a stored message on the server now.
func (m *POP3) due(l store.Ledger) bool {
	if l.StoredAt.IsZero() {
		return false
	}
	if m.Policy.Deleted && !l.DeletedHere.IsZero() {
		return true
	}
	return m.Policy.After > 0 && m.Now().Sub(l.StoredAt) >= m.Policy.After
}
