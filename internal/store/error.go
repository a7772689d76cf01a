package store

import (
	"errors"
	"fmt"
	"io/fs"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Code says in one word why the store could not do what was asked.
type Code string

const (
	CodeBusy     Code = "busy"     // another process holds the file's write lock for longer than busyTimeout
	CodeCorrupt  Code = "corrupt"  // the file is damaged, or is no todoku store
	CodeFull     Code = "full"     // no room on the disk
	CodeNewer    Code = "newer"    // written by a newer todoku
	CodeReadOnly Code = "readonly" // the file or its folder cannot be written
	CodeIO       Code = "io"       // any other fault of the disk or of SQLite
	CodeNotFound Code = "notfound" // no such folder, message, entry or draft
	CodeState    Code = "state"    // the row is not in a state that permits this step
	CodeLost     Code = "lost"     // the outbox entry is claimed by another process
	CodeFinal    Code = "final"    // the change cannot be taken back
	CodeInput    Code = "input"    // the caller's value cannot be stored
)

// Error is what every method of this package returns when it fails, except for a context's own error and BusyError.
type Error struct {
	Op   string // what was being done, "put messages"
	Path string // the store file
	Code Code
	Err  error // the cause; nil for our own refusals
	Hint string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("store %s: %s: %s", e.Path, e.Op, e.words())
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) words() string {
	switch e.Code {
	case CodeBusy:
		return "another program is writing to it; wait until it has finished, or end it"
	case CodeCorrupt:
		return "the file is damaged or is not a todoku store; move it away and sync again, or put a .bak copy in its place"
	case CodeFull:
		return "the disk is full; make room, nothing that was confirmed is lost"
	case CodeNewer:
		return "it was written by a newer todoku; use that version, or put the .bak copy in its place"
	case CodeReadOnly:
		return "it cannot be written; check the permissions of the file and its folder"
	case CodeNotFound:
		return "not there any more"
	case CodeState:
		return "its state does not permit this"
	case CodeLost:
		return "another process has taken it over"
	case CodeFinal:
		return "this cannot be taken back"
	case CodeInput:
		return "this value cannot be stored"
	}
	return "the disk or the database failed; check the disk"
}

// IsCode reports whether err is an *Error with this code.
func IsCode(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// BusyError says that another sync of the same account is running.
type BusyError struct {
	Account string
	PID     int // 0 when unknown
}

func (e *BusyError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("account %s is being synced by another process; wait until it has finished", e.Account)
	}
	return fmt.Sprintf("account %s is being synced by process %d; wait until it has finished, or end that process", e.Account, e.PID)
}

// codeOf maps SQLite's result codes (sqlite.org/rescode.html) and the file system's errors to ours.
func codeOf(err error) Code {
	var se *sqlite.Error
	switch {
	case errors.As(err, &se):
		return codeOfSQLite(se.Code())
	case errors.Is(err, fs.ErrPermission):
		return CodeReadOnly
	}
	return CodeIO
}

// isConstraint reports that SQLite refused a row because of another one.
func isConstraint(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

func codeOfSQLite(rc int) Code {
	switch rc & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return CodeBusy
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return CodeCorrupt
	case sqlite3.SQLITE_FULL:
		return CodeFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return CodeReadOnly
	}
	return CodeIO
}
