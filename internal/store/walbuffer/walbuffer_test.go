package walbuffer

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	_ "modernc.org/sqlite"
)

// openBoth gives a writer over the buffer, with a page cache of 40 KiB, and a reader by the system's own way.
func openBoth(t *testing.T) (writer *sql.Conn, reader *sql.DB) {
	t.Helper()
	vfs, err := VFS()
	if err != nil {
		t.Fatal(err)
	}
	file := "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "a.db")) + "?_pragma=synchronous(FULL)&_pragma=journal_mode(WAL)"
	w := connect(t, file+"&_pragma=cache_size(10)&vfs="+vfs)
	if writer, err = w.Conn(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	do(t, writer, "CREATE TABLE a (n INTEGER PRIMARY KEY, b BLOB)")
	return writer, connect(t, file)
}

func connect(t *testing.T, name string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

type database interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func do(t *testing.T, db database, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// says wants the first value of the first row.
func says(t *testing.T, db database, query, want string) {
	t.Helper()
	var got string
	if err := db.QueryRowContext(context.Background(), query).Scan(&got); err != nil || got != want {
		t.Fatalf("%s: %q, %v; want %q", query, got, err, want)
	}
}

// TestLogIsWhole writes transactions that do not fit into SQLite's cache, so that their pages go to the log before the
// commit, are read from there, written a second time, or rolled back. Another connection sees what is committed and no more.
func TestLogIsWhole(t *testing.T) {
	w, r := openBoth(t)
	const sum = "SELECT count(*) || ' ' || coalesce(sum(length(b) * n), 0) FROM a"
	total, want := 0, 0
	for round := range 5 {
		do(t, w, "BEGIN IMMEDIATE")
		before := fmt.Sprintf("%d %d", total, want)
		n, octets := total, want
		for range 30 {
			n++
			size := n * 7919 % 9000
			if n%29 == 0 {
				size = pieceOctets + n
			}
			octets += n * size
			do(t, w, "INSERT INTO a VALUES (?, ?)", n, bytes.Repeat([]byte{byte(n)}, size))
		}
		do(t, w, "UPDATE a SET b = b WHERE n % 3 = 0")
		says(t, w, sum, fmt.Sprintf("%d %d", n, octets))
		says(t, r, sum, before)
		if round%4 == 2 {
			do(t, w, "ROLLBACK")
		} else {
			do(t, w, "COMMIT")
			total, want = n, octets
		}
		says(t, w, sum, fmt.Sprintf("%d %d", total, want))
		says(t, r, sum, fmt.Sprintf("%d %d", total, want))
		if round%4 == 3 {
			do(t, w, "PRAGMA wal_checkpoint(TRUNCATE)")
		}
	}
	says(t, r, "PRAGMA integrity_check", "ok")
	says(t, r, "SELECT count(*) FROM a WHERE replace(hex(b), printf('%02X', n % 256), '') <> ''", "0")
}

// TestFewWrites counts the system calls of a commit.
func TestFewWrites(t *testing.T) {
	w, _ := openBoth(t)
	do(t, w, "PRAGMA cache_size = 1000")
	do(t, w, "BEGIN IMMEDIATE")
	do(t, w, "INSERT INTO a VALUES (1, zeroblob(1000000))")
	before := writes(t)
	do(t, w, "COMMIT")
	if n := writes(t) - before; n < 1 || n > 30 {
		t.Errorf("%d writes for 1 MB", n)
	}
}

// writes is how often this process wrote.
func writes(t *testing.T) int {
	t.Helper()
	io, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip("the system does not count writes: ", err)
	}
	n, err := strconv.Atoi(string(regexp.MustCompile(`syscw: (\d+)`).FindSubmatch(io)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
