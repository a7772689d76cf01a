package store

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
)

// applicationID marks a SQLite file as a todoku store (PRAGMA application_id): the letters "tdok".
const applicationID = 0x74646f6b

//go:embed schema.sql
var schemaV1 string

//go:embed schema2.sql
var schemaV2 string

//go:embed schema3.sql
var schemaV3 string

//go:embed schema4.sql
var schemaV4 string

//go:embed schema5.sql
var schemaV5 string

// step brings a store from one version to the next; steps are never changed once released.
type step string

// steps lists every migration in order: after steps()[n-1] the store has version n.
func steps() []step {
	return []step{step(schemaV1), step(schemaV2), step(schemaV3), step(schemaV4), step(schemaV5)}
}

// checkIdentity refuses files that are not ours, before anything is written to them.
func checkIdentity(ctx context.Context, conn *sql.Conn, version, id int) error {
	if id == applicationID {
		return nil
	}
	var tables int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if id != 0 || version != 0 || tables != 0 {
		return refuse(CodeCorrupt, "this SQLite file belongs to another program")
	}
	return nil
}

// migrate runs the missing steps: all in one transaction for a new store, else each in its own, with a copy of the store
// before each.
func migrate(ctx context.Context, conn *sql.Conn, path string, version int, all []step) error {
	if version > len(all) {
		return refuse(CodeNewer, "schema version %d, this todoku knows %d", version, len(all))
	}
	if version == 0 {
		return migrateBy(ctx, conn, 0, all)
	}
	for v := version; v < len(all); v++ {
		if err := backup(ctx, conn, v, fmt.Sprintf("%s.v%d.bak", path, v)); err != nil {
			return fmt.Errorf("copy before the migration from version %d: %w", v, err)
		}
		if err := migrateBy(ctx, conn, v, all[v:v+1]); err != nil {
			return fmt.Errorf("migration from version %d: %w", v, err)
		}
	}
	return nil
}

// migrateBy runs steps in one transaction. It asks for the version again under the write lock: another process may have
// been faster.
func migrateBy(ctx context.Context, conn *sql.Conn, from int, some []step) (err error) {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
		}
	}()
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version == from {
		for _, s := range some {
			if _, err := conn.ExecContext(ctx, string(s)); err != nil {
				return err
			}
		}
		mark := fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", applicationID, from+len(some))
		if _, err := conn.ExecContext(ctx, mark); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// backup copies a store of this version. VACUUM INTO writes into an existing file only when that is empty, and syncs
// it; the file is made first so that nobody else can read it. When another process has migrated meanwhile, its own
// copy stays.
func backup(ctx context.Context, conn *sql.Conn, version int, to string) error {
	part := fmt.Sprintf("%s.%d.part", to, os.Getpid())
	if err := os.Remove(part); err != nil && exists(part) {
		return err
	}
	if err := createPrivate(part); err != nil {
		return err
	}
	defer os.Remove(part) // gone already when all went well
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return err
	}
	copied, err := fileVersion(part)
	if err != nil || copied != version {
		return err
	}
	return os.Rename(part, to)
}

// fileVersion reads PRAGMA user_version out of a database file (sqlite.org/fileformat.html section 1.3: offset 60).
func fileVersion(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var b [4]byte
	if _, err := f.ReadAt(b[:], 60); err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint32(b[:])), nil
}
