package store

import (
	"context"
	"database/sql"
	"strings"
	"sync"

	"todoku/internal/mail"
)

// preparer is a database or one connection of it.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements prepares each query text once.
type statements struct {
	mu   sync.Mutex
	over preparer
	byQ  map[string]*sql.Stmt
}

func newStatements(over preparer) *statements {
	return &statements{over: over, byQ: map[string]*sql.Stmt{}}
}

// get must only be given query texts from the program, never made of data: each stays for the life of the store.
func (p *statements) get(query string) (*sql.Stmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if stmt, ok := p.byQ[query]; ok {
		return stmt, nil
	}
	stmt, err := p.over.PrepareContext(context.Background(), query)
	if err == nil {
		p.byQ[query] = stmt
	}
	return stmt, err
}

func (p *statements) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var first error
	for _, stmt := range p.byQ {
		if err := stmt.Close(); err != nil && first == nil {
			first = err
		}
	}
	clear(p.byQ)
	if conn, ok := p.over.(*sql.Conn); ok {
		if err := conn.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// tx is a transaction on the writer connection. Its statements ignore cancellation: the work is short, bounded by its
// caller's chunks, and a commit is never interrupted half way. Loops ask stop between rows.
type tx struct {
	s    *Store
	ctx  context.Context
	prep *statements
	came map[int64]arrivals // by folder

	envelope []byte // room for the one being written
}

// arrivals are the rows that a transaction inserted into a folder.
type arrivals struct{ total, unread int }

// arrive counts an inserted row.
func (t *tx) arrive(folderID int64, flags mail.Flags) {
	if t.came == nil {
		t.came = map[int64]arrivals{}
	}
	a := t.came[folderID]
	a.total++
	if !flags.Has(mail.Seen) {
		a.unread++
	}
	t.came[folderID] = a
}

// countArrivals adds the inserted rows to their folders, once a transaction: a trigger would do it once a row, and SQLite
// would copy every page that a row touches for the case that the trigger fails.
func (t *tx) countArrivals() error {
	for folderID, a := range t.came {
		err := t.exec("UPDATE folders SET total = total + ?, unread = unread + ?, version = version + 1 WHERE id = ?", a.total, a.unread, folderID)
		if err != nil {
			return err
		}
	}
	return nil
}

// write runs f in one transaction that is on the disk when write returns nil.
func (s *Store) write(ctx context.Context, op string, f func(*tx) error) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return s.fail(op, refuse(CodeState, "the store is closed"))
	}
	defer func() { s.turn <- struct{}{} }()
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{s: s, ctx: ctx, prep: s.writing}
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return s.fail(op, err)
	}
	err := f(t)
	if err == nil {
		err = t.countArrivals()
	}
	if err == nil {
		err = t.exec("COMMIT")
	}
	if err != nil {
		_ = t.exec("ROLLBACK") // fails when SQLite has already rolled back, as on a full disk
		return s.fail(op, err)
	}
	s.hub.poke()
	return nil
}

// stop is the caller's cancellation.
func (t *tx) stop() error { return t.ctx.Err() }

func (t *tx) exec(query string, args ...any) error {
	_, err := t.run(query, args...)
	return err
}

func (t *tx) run(query string, args ...any) (sql.Result, error) {
	stmt, err := t.prep.get(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

// manyRows is how many rows one statement inserts where there are many: to start a statement takes as long as to insert a
// small row.
const manyRows = 25

// insertRows inserts args, of which columns make a row, into a table with its column names.
func (t *tx) insertRows(into string, columns int, args []any) error {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	one := "INSERT INTO " + into + " VALUES " + row
	many := one + strings.Repeat(", "+row, manyRows-1)
	for len(args) > 0 {
		query, n := one, columns
		if len(args) >= manyRows*columns {
			query, n = many, manyRows*columns
		}
		if err := t.exec(query, args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// affected is run, giving the number of rows changed.
func (t *tx) affected(query string, args ...any) (int, error) {
	res, err := t.run(query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// insert is run, giving the new row's id.
func (t *tx) insert(query string, args ...any) (int64, error) {
	res, err := t.run(query, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

func (t *tx) row(query string, args ...any) scanner {
	return queryRow(context.Background(), t.prep, query, args...)
}

func (t *tx) each(query string, args []any, f func(scanner) error) error {
	return queryEach(context.Background(), t.prep, query, args, f)
}

// row and each read on one of the reader connections, which see the last commit.
func (s *Store) row(ctx context.Context, query string, args ...any) scanner {
	return queryRow(ctx, s.reading, query, args...)
}

func (s *Store) each(ctx context.Context, query string, args []any, f func(scanner) error) error {
	return queryEach(ctx, s.reading, query, args, f)
}

// scanner is a row: *sql.Row, *sql.Rows, or an error that Scan gives.
type scanner interface{ Scan(dest ...any) error }

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

func queryRow(ctx context.Context, p *statements, query string, args ...any) scanner {
	stmt, err := p.get(query)
	if err != nil {
		return failedRow{err}
	}
	return stmt.QueryRowContext(ctx, args...)
}

func queryEach(ctx context.Context, p *statements, query string, args []any, f func(scanner) error) error {
	stmt, err := p.get(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
