package walbuffer

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// log is an open log: what SQLite calls, what the system does, and what was written and is not in the file yet.
type log struct {
	methods sqlite3.Tsqlite3_io_methods
	system  uintptr // the methods that the file was opened with
	buffer  uintptr // pieceOctets; 0 before the first write
	begins  int64   // where in the file the buffer goes
	held    int32   // octets in the buffer
}

// begin lets the calls for a file that was just opened go through the log at that address.
func begin(file, address uintptr) {
	f, l := at[sqlite3.Tsqlite3_file](file), at[log](address)
	*l = log{methods: *at[sqlite3.Tsqlite3_io_methods](f.FpMethods), system: f.FpMethods}
	l.methods.FxWrite, l.methods.FxRead = pointer(writeLog), pointer(readLog)
	l.methods.FxSync, l.methods.FxTruncate = pointer(syncLog), pointer(truncateLog)
	l.methods.FxFileSize, l.methods.FxClose = pointer(sizeLog), pointer(closeLog)
	f.FpMethods = address // the methods are the log's first field
}

// of is the log of an open file, and the system's methods for it.
func of(file uintptr) (*log, *sqlite3.Tsqlite3_io_methods) {
	l := at[log](at[sqlite3.Tsqlite3_file](file).FpMethods)
	return l, at[sqlite3.Tsqlite3_io_methods](l.system)
}

// writeLog keeps what continues the buffer, and writes the buffer when it is full or something else comes.
func writeLog(tls *libc.TLS, file, data uintptr, octets int32, offset int64) int32 {
	l, system := of(file)
	if l.buffer == 0 {
		l.buffer = sqlite3.Xsqlite3_malloc(tls, pieceOctets)
	}
	if offset != l.begins+int64(l.held) || l.held+octets > pieceOctets {
		if rc := flush(tls, file); rc != sqlite3.SQLITE_OK {
			return rc
		}
		l.begins = offset
	}
	if l.buffer == 0 || octets > pieceOctets {
		l.begins += int64(octets)
		return function[transfer](system.FxWrite)(tls, file, data, octets, offset)
	}
	copy(unsafe.Slice(at[byte](l.buffer), pieceOctets)[l.held:], unsafe.Slice(at[byte](data), octets))
	l.held += octets
	return sqlite3.SQLITE_OK
}

// transfer is the type of xRead and xWrite.
type transfer = func(tls *libc.TLS, file, data uintptr, octets int32, offset int64) int32

// flush brings the file to what SQLite wrote. What cannot be written is given up: SQLite rolls back.
func flush(tls *libc.TLS, file uintptr) int32 {
	l, system := of(file)
	octets := l.held
	if octets == 0 {
		return sqlite3.SQLITE_OK
	}
	l.held = 0
	return function[transfer](system.FxWrite)(tls, file, l.buffer, octets, l.begins)
}

func readLog(tls *libc.TLS, file, data uintptr, octets int32, offset int64) int32 {
	if rc := flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	_, system := of(file)
	return function[transfer](system.FxRead)(tls, file, data, octets, offset)
}

func syncLog(tls *libc.TLS, file uintptr, flags int32) int32 {
	if rc := flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	_, system := of(file)
	return function[func(*libc.TLS, uintptr, int32) int32](system.FxSync)(tls, file, flags)
}

func truncateLog(tls *libc.TLS, file uintptr, size int64) int32 {
	if rc := flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	_, system := of(file)
	return function[func(*libc.TLS, uintptr, int64) int32](system.FxTruncate)(tls, file, size)
}

func sizeLog(tls *libc.TLS, file, size uintptr) int32 {
	if rc := flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	_, system := of(file)
	return function[func(*libc.TLS, uintptr, uintptr) int32](system.FxFileSize)(tls, file, size)
}

// closeLog closes the file. What is held then was rolled back.
func closeLog(tls *libc.TLS, file uintptr) int32 {
	l, system := of(file)
	sqlite3.Xsqlite3_free(tls, l.buffer)
	l.buffer, l.held = 0, 0
	return function[func(*libc.TLS, uintptr) int32](system.FxClose)(tls, file)
}
