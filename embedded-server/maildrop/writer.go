package maildrop

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
)

// maxJobs bounds one group commit.
const maxJobs = 512

// job is one caller's change. apply must return a refusal before its first write.
type job struct {
	apply func(*writer) error
	err   error
	done  chan struct{}
}

// do hands a change to the writer and waits until it is durable. A change that was handed over is waited for
// even if ctx ends, because its outcome must be known.
func (s *Store) do(ctx context.Context, apply func(*writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{apply: apply, done: make(chan struct{})}
	select {
	case <-s.closed:
		return ErrClosed
	default:
	}
	select {
	case s.jobs <- j:
	case <-s.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-j.done:
		return j.err
	case <-s.ended:
	}
	select {
	case <-j.done:
		return j.err
	default:
		return ErrClosed
	}
}

// writer is the only goroutine that changes the file. It holds the counters of the folders it met, so that a
// message costs three inserts and a folder one update a transaction.
type writer struct {
	store   *Store
	conn    *sql.Conn
	st      statements
	folders map[int64]*folderState
	names   map[folderName]int64
	usage   map[string]int64 // octets of users who have a quota
	batch   []*job
	writes  int // statements that changed something in this transaction
	news    []change
	touched map[string]struct{} // users to wake after the commit
}

type folderName struct{ user, name string }

type folderState struct {
	Folder
	user  string
	dirty bool
}

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	w := &writer{store: s, conn: s.conn, touched: map[string]struct{}{}}
	w.forget()
	return w, w.st.prepare(ctx, s.conn)
}

// forget drops what is remembered of the file, after a rollback or a change of the tree.
func (w *writer) forget() {
	w.folders, w.names, w.usage = map[int64]*folderState{}, map[folderName]int64{}, map[string]int64{}
}

func (w *writer) run() {
	defer close(w.store.ended)
	defer w.st.close()
	for {
		select {
		case j := <-w.store.jobs:
			w.gather(j)
			w.commit()
		case <-w.store.closed:
			w.drain()
			return
		}
	}
}

func (w *writer) drain() {
	for {
		select {
		case j := <-w.store.jobs:
			w.gather(j)
			w.commit()
		default:
			return
		}
	}
}

// gather takes what is waiting and waits for nobody: a single caller is not delayed, and fifty callers queue up
// by themselves while the fsync before theirs runs.
func (w *writer) gather(first *job) {
	w.batch = append(w.batch[:0], first)
	for len(w.batch) < maxJobs {
		select {
		case j := <-w.store.jobs:
			w.batch = append(w.batch, j)
		default:
			return
		}
	}
}

func (w *writer) commit() {
	if err := w.transact(w.batch); err != nil {
		w.commitOneByOne(err)
	}
	for _, j := range w.batch {
		close(j.done)
	}
}

// commitOneByOne finds out whose change spoiled the transaction, so that the others do not suffer from it.
func (w *writer) commitOneByOne(err error) {
	if len(w.batch) == 1 {
		w.batch[0].err = err
		return
	}
	for i := range w.batch {
		j := w.batch[i]
		if err := w.transact(w.batch[i : i+1]); err != nil {
			j.err = err
		}
	}
}

// transact runs the jobs in one transaction. A job that was refused before it wrote has its err set and does not
// hurt the others; any other failure rolls everything back.
func (w *writer) transact(jobs []*job) error {
	w.writes, w.news = 0, w.news[:0]
	clear(w.touched)
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := w.apply(jobs); err != nil {
		w.forget()
		if rollback := w.exec("ROLLBACK"); rollback != nil {
			return fmt.Errorf("%w (and the rollback: %w)", err, rollback)
		}
		return err
	}
	w.store.publish(w.news, w.touched)
	return nil
}

// apply does the jobs. A panic in one fails like any error: in this goroutine nobody else would recover it, and all wait.
func (w *writer) apply(jobs []*job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fault in a change of the store: %v\n%s", p, debug.Stack())
		}
	}()
	for _, j := range jobs {
		before := w.writes
		j.err = j.apply(w)
		if j.err != nil && w.writes != before {
			return j.err
		}
	}
	if err := w.saveFolders(); err != nil {
		return err
	}
	return w.exec("COMMIT")
}

func (w *writer) saveFolders() error {
	for id, f := range w.folders {
		if !f.dirty {
			continue
		}
		f.dirty = false
		if _, err := w.st.saveFolder.Exec(f.UIDNext, f.Total, f.Unseen, f.Bytes, int64(f.ModSeq), id); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.conn.ExecContext(context.Background(), query, args...)
	return err
}

// change runs a prepared statement that changes something.
func (w *writer) change(st *sql.Stmt, args ...any) (sql.Result, error) {
	w.writes++
	return st.Exec(args...)
}

// touch remembers a change for the sessions that watch.
func (w *writer) touch(f *folderState, c change) {
	f.dirty = true
	c.folder, c.before = f.ID, f.ModSeq
	f.ModSeq++
	c.ModSeq = f.ModSeq
	w.news = append(w.news, c)
	w.touched[f.user] = struct{}{}
}

// statements are prepared once on the writer's connection.
type statements struct {
	addContent, addBody, addMessage, saveFolder, setFlags, delMessage, share, unshare, delContent, delBody *sql.Stmt
	folderByName, folderByID, addQueue, delQueue                                                           *sql.Stmt
	all                                                                                                    []*sql.Stmt
}

func (st *statements) prepare(ctx context.Context, c *sql.Conn) error {
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&st.addContent, "INSERT INTO contents (refs, message_id, envelope, header) VALUES (1, ?, ?, ?)"},
		{&st.addBody, "INSERT INTO bodies (id, data) VALUES (?, ?)"},
		{&st.addMessage, "INSERT INTO messages (folder, uid, flags, keywords, size, tail, received, zone, modseq, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		{&st.saveFolder, "UPDATE folders SET uid_next = ?, total = ?, unseen = ?, bytes = ?, modseq = ? WHERE id = ?"},
		{&st.setFlags, "UPDATE messages SET flags = ?, keywords = ?, modseq = ? WHERE folder = ? AND uid = ?"},
		{&st.delMessage, "DELETE FROM messages WHERE folder = ? AND uid = ?"},
		{&st.share, "UPDATE contents SET refs = refs + 1 WHERE id = ?"},
		{&st.unshare, "UPDATE contents SET refs = refs - 1 WHERE id = ?"},
		{&st.delContent, "DELETE FROM contents WHERE id = ? AND refs <= 0"},
		{&st.delBody, "DELETE FROM bodies WHERE id = ?"},
		{&st.folderByName, folderColumns + " WHERE user = ? AND name = ?"},
		{&st.folderByID, folderColumns + " WHERE id = ?"},
		{&st.addQueue, "INSERT OR REPLACE INTO queue (id, host, sender, recipient, data, accepted, next, attempts, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		{&st.delQueue, "DELETE FROM queue WHERE id = ?"},
	} {
		s, err := c.PrepareContext(ctx, p.query)
		if err != nil {
			return err
		}
		*p.to = s
		st.all = append(st.all, s)
	}
	return nil
}

func (st *statements) close() {
	for _, s := range st.all {
		s.Close()
	}
}
