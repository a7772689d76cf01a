-- Version 1. Times are Unix nanoseconds in UTC, 0 for never; messages.received is Unix seconds.
CREATE TABLE folders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  place INTEGER NOT NULL,                -- order in which the server listed it
  delimiter TEXT NOT NULL,
  role TEXT NOT NULL,
  no_select INTEGER NOT NULL,
  local INTEGER NOT NULL,
  server_total INTEGER NOT NULL DEFAULT -1,
  server_unread INTEGER NOT NULL DEFAULT -1,
  uid_validity INTEGER NOT NULL DEFAULT 0,
  uid_next INTEGER NOT NULL DEFAULT 0,
  highest_mod_seq INTEGER NOT NULL DEFAULT 0,
  synced INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,      -- this and the next two: kept by triggers, and by tx.arrive for new rows
  unread INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0,    -- grows with every change of the folder's rows
  UNIQUE (account, name)
);

-- key holds the second of arrival in its upper bits, so that it sorts as lists do (see newKey).
-- folder is NULL while a row is out of sight, waiting for the server to confirm that it is deleted.
-- server_id is NULL while the server's id is unknown: moved here, or the UIDVALIDITY changed.
CREATE TABLE messages (
  key INTEGER PRIMARY KEY,
  folder INTEGER REFERENCES folders (id) ON DELETE CASCADE,
  server_id TEXT,
  flags INTEGER NOT NULL,                -- as shown: server_flags with the waiting changes applied
  server_flags INTEGER NOT NULL,
  size INTEGER NOT NULL,
  received INTEGER NOT NULL,
  mod_seq INTEGER NOT NULL,
  has_file INTEGER NOT NULL,
  stored INTEGER NOT NULL DEFAULT 0,
  worded INTEGER NOT NULL DEFAULT 0,     -- the text is in the search index
  bounced INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,    -- number of waiting changes
  message_id TEXT NOT NULL,
  envelope BLOB NOT NULL                 -- see envelope.go
);
CREATE UNIQUE INDEX messages_id ON messages (folder, server_id);
CREATE INDEX messages_list ON messages (folder, received);
CREATE INDEX messages_adrift ON messages (folder, message_id) WHERE server_id IS NULL;

CREATE INDEX messages_wordless ON messages (folder) WHERE stored AND NOT worded;

CREATE TABLE bodies (
  message INTEGER PRIMARY KEY REFERENCES messages (key) ON DELETE CASCADE,
  raw BLOB NOT NULL
);
CREATE TABLE parts (
  message INTEGER NOT NULL REFERENCES messages (key) ON DELETE CASCADE,
  path TEXT NOT NULL,
  raw BLOB NOT NULL,
  PRIMARY KEY (message, path)
);
CREATE VIRTUAL TABLE words USING fts5 (
  subject, people, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('automerge', 8); -- twice the segments of the default: inserting is a fifth faster

CREATE TRIGGER messages_insert AFTER INSERT ON messages WHEN NEW.folder IS NOT NULL BEGIN
  UPDATE folders SET total = total + 1, unread = unread + (NEW.flags & 1 = 0), version = version + 1 WHERE id = NEW.folder;
END;
CREATE TRIGGER messages_update
AFTER UPDATE OF flags, size, received, has_file, stored, bounced, pending, envelope ON messages WHEN NEW.folder IS OLD.folder BEGIN
  UPDATE folders SET unread = unread + (NEW.flags & 1 = 0) - (OLD.flags & 1 = 0), version = version + 1 WHERE id = NEW.folder;
END;
CREATE TRIGGER messages_move AFTER UPDATE OF folder ON messages WHEN NEW.folder IS NOT OLD.folder BEGIN
  UPDATE folders SET total = total - 1, unread = unread - (OLD.flags & 1 = 0), version = version + 1 WHERE id = OLD.folder;
  UPDATE folders SET total = total + 1, unread = unread + (NEW.flags & 1 = 0), version = version + 1 WHERE id = NEW.folder;
END;
CREATE TRIGGER messages_delete AFTER DELETE ON messages BEGIN
  UPDATE folders SET total = total - 1, unread = unread - (OLD.flags & 1 = 0), version = version + 1 WHERE id = OLD.folder;
  DELETE FROM words WHERE rowid = OLD.key;
END;

CREATE TABLE ledger (
  account TEXT NOT NULL,
  uidl TEXT NOT NULL,
  message INTEGER REFERENCES messages (key) ON DELETE SET NULL,
  octets INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  deleted_here INTEGER NOT NULL DEFAULT 0,
  deleted_there INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, uidl)
) WITHOUT ROWID;
CREATE INDEX ledger_message ON ledger (message);

CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  made INTEGER NOT NULL,
  undoes INTEGER NOT NULL DEFAULT 0,     -- the change that this one takes back
  undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE pending (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  change_id INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
  account TEXT NOT NULL,
  message INTEGER NOT NULL,              -- the row that shows it; no reference, for it outlives the row
  source INTEGER NOT NULL DEFAULT 0,     -- row that a copy was made from
  folder INTEGER NOT NULL,               -- where the server has the message
  folder_name TEXT NOT NULL,
  server_id TEXT,                        -- there; NULL while unknown
  message_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  verb TEXT NOT NULL,
  flags INTEGER NOT NULL DEFAULT 0,
  is_on INTEGER NOT NULL DEFAULT 0,
  was INTEGER NOT NULL DEFAULT 0,        -- the bits of flags as they were shown before
  target INTEGER NOT NULL DEFAULT 0,
  target_name TEXT NOT NULL DEFAULT '',
  local_only INTEGER NOT NULL,
  state TEXT NOT NULL,                   -- waiting, done, refused, undone
  orphan INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX pending_change ON pending (change_id);
CREATE INDEX pending_message ON pending (message);
CREATE INDEX pending_waiting ON pending (account) WHERE state = 'waiting';

CREATE TABLE outbox (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  state TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,              -- JSON
  message_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  raw BLOB NOT NULL,
  owner TEXT NOT NULL DEFAULT '',
  lease INTEGER NOT NULL DEFAULT 0,
  next INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  reply TEXT NOT NULL DEFAULT '',
  server TEXT NOT NULL DEFAULT '',
  copy_folder TEXT NOT NULL DEFAULT '',
  copy_error TEXT NOT NULL DEFAULT '',
  answers INTEGER NOT NULL DEFAULT 0,
  forwards INTEGER NOT NULL DEFAULT 0,
  draft INTEGER NOT NULL DEFAULT 0,
  note BLOB
);
CREATE INDEX outbox_open ON outbox (next) WHERE state NOT IN ('filed', 'refused', 'unknown');

CREATE TABLE drafts (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  json BLOB NOT NULL,
  saved INTEGER NOT NULL
);
CREATE TABLE draft_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  draft INTEGER NOT NULL REFERENCES drafts (key) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  data BLOB NOT NULL
);
CREATE INDEX draft_files_draft ON draft_files (draft);

CREATE TABLE contacts (
  account TEXT NOT NULL,
  addr TEXT NOT NULL,                    -- lower case
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  last INTEGER NOT NULL,                 -- Unix seconds
  terms TEXT NOT NULL,                   -- folded; each term after U+001F
  PRIMARY KEY (account, addr)
) WITHOUT ROWID;

-- What other processes compare to find out that outbox, drafts or a folder list changed.
CREATE TABLE versions (
  account TEXT NOT NULL,
  what TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (account, what)
) WITHOUT ROWID;
CREATE TRIGGER outbox_insert AFTER INSERT ON outbox BEGIN
  INSERT INTO versions VALUES (NEW.account, 'outbox', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER outbox_update AFTER UPDATE ON outbox BEGIN
  INSERT INTO versions VALUES (NEW.account, 'outbox', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER outbox_delete AFTER DELETE ON outbox BEGIN
  INSERT INTO versions VALUES (OLD.account, 'outbox', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER drafts_insert AFTER INSERT ON drafts BEGIN
  INSERT INTO versions VALUES (NEW.account, 'drafts', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER drafts_update AFTER UPDATE ON drafts BEGIN
  INSERT INTO versions VALUES (NEW.account, 'drafts', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER drafts_delete AFTER DELETE ON drafts BEGIN
  INSERT INTO versions VALUES (OLD.account, 'drafts', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('sequence', 0);
