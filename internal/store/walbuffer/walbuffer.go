// Package walbuffer is SQLite's own way to its files with one difference: a write-ahead log is written in pieces of
// 128 KiB. SQLite writes a log with two calls a page, 24 octets and 4 KiB; for a commit of some megabytes they take
// longer than the disk.
//
// Nobody can tell the difference. A log's frames are looked at only after the commit was published in the -shm file, and
// with PRAGMA synchronous=FULL SQLite syncs the log before that: what is held here has been written then, and synced. So
// this is for connections with synchronous=FULL only. A process that dies before loses frames of a commit that nobody was
// told of, as it would have without.
package walbuffer

import (
	"errors"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// pieceOctets is how much of a log is written at once. SQLite's own way to files on Unix takes no more in one call: it
// looks at 17 bits of the length.
const pieceOctets = 128<<10 - 1

// VFS gives the name for the parameter vfs of a SQLite URI (sqlite.org/uri.html, sqlite.org/vfs.html).
func VFS() (name string, err error) { return vfsName, register() }

const vfsName = "todoku-walbuffer"

// register tells SQLite of the VFS, once a process: it can be looked up for as long as the process lives.
var register = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	if rc := sqlite3.Xsqlite3_initialize(tls); rc != sqlite3.SQLITE_OK {
		return errors.New("SQLite does not start")
	}
	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	own := sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(vfs{})))
	name, err := libc.CString(vfsName)
	if system == 0 || own == 0 || err != nil {
		return errors.New("no memory for SQLite's way to files")
	}
	v := at[vfs](own)
	v.Tsqlite3_vfs = *at[sqlite3.Tsqlite3_vfs](system) // everything but opening is the system's
	v.FpNext, v.FzName, v.system = 0, name, system
	v.logAt = (v.FszOsFile + 7) &^ 7
	v.FszOsFile = v.logAt + int32(unsafe.Sizeof(log{}))
	v.FxOpen = pointer(open)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, own, 0); rc != sqlite3.SQLITE_OK {
		return errors.New("SQLite does not take another way to files")
	}
	return nil
})

// vfs is what SQLite sees of us, and the system's own, which does the work. It lies in SQLite's memory, as log does: to
// the garbage collector neither holds a pointer.
type vfs struct {
	sqlite3.Tsqlite3_vfs
	system uintptr
	logAt  int32 // where in a file of ours the log begins: behind the system's file
}

// open opens a file as the system does, and lets the writes of a log go through a buffer.
func open(tls *libc.TLS, own, name, file uintptr, flags int32, out uintptr) int32 {
	v := at[vfs](own)
	system := at[sqlite3.Tsqlite3_vfs](v.system)
	rc := function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](system.FxOpen)(tls, v.system, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return rc
	}
	begin(file, file+uintptr(v.logAt))
	return rc
}

// at is what lies at an address in SQLite's memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function is the C function at an address, as ccgo calls it; F must be its type. pointer is the address of one of ours.
func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }

func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }
