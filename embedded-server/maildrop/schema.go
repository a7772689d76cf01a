package maildrop

import (
	"context"
	"database/sql"
	"fmt"
)

// schemaVersion is kept in SQLite's user_version.
const schemaVersion = 1

// A message is three rows: messages is narrow, so that opening a folder reads little; contents has what lists and
// header searches need; bodies has the rest. Copies share contents and body (refs). A folder's id is never used again,
// because sessions and change logs hold it.
const schema = `
CREATE TABLE users (address TEXT PRIMARY KEY, password TEXT NOT NULL, quota INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE folders (
	id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
	uid_validity INTEGER NOT NULL, uid_next INTEGER NOT NULL, total INTEGER NOT NULL, unseen INTEGER NOT NULL,
	bytes INTEGER NOT NULL, modseq INTEGER NOT NULL, subscribed INTEGER NOT NULL, UNIQUE (user, name));
CREATE TABLE messages (
	folder INTEGER NOT NULL, uid INTEGER NOT NULL, flags INTEGER NOT NULL, keywords TEXT NOT NULL,
	size INTEGER NOT NULL, tail INTEGER NOT NULL, received INTEGER NOT NULL, zone INTEGER NOT NULL,
	modseq INTEGER NOT NULL, content INTEGER NOT NULL, PRIMARY KEY (folder, uid)) WITHOUT ROWID;
CREATE TABLE contents (
	id INTEGER PRIMARY KEY, refs INTEGER NOT NULL, message_id TEXT, envelope BLOB NOT NULL, header BLOB NOT NULL);
CREATE INDEX contents_message_id ON contents (message_id) WHERE message_id IS NOT NULL;
CREATE TABLE bodies (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE queue (
	id TEXT PRIMARY KEY, host TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, data BLOB NOT NULL,
	accepted INTEGER NOT NULL, next INTEGER NOT NULL, attempts INTEGER NOT NULL, last TEXT NOT NULL);
CREATE INDEX queue_host ON queue (host, next);
CREATE TABLE uid_validity (last INTEGER NOT NULL);
INSERT INTO uid_validity VALUES (0);
`

func migrate(ctx context.Context, c *sql.Conn) error {
	var version int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch {
	case version == schemaVersion:
		return nil
	case version != 0:
		return fmt.Errorf("the store has version %d, this program reads %d: start with another folder", version, schemaVersion)
	}
	_, err := c.ExecContext(ctx, "BEGIN IMMEDIATE;"+schema+fmt.Sprintf("PRAGMA user_version = %d; COMMIT;", schemaVersion))
	return err
}
