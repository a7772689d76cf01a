-- Version 3. What an account's submission server announced at its newest EHLO: size in octets (RFC 1870; 0: no fixed limit,
-- -1: not said), recipients of one message (RFC 9422; 0: not said).
CREATE TABLE announced (
  account TEXT PRIMARY KEY,
  server TEXT NOT NULL,
  size INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  learned INTEGER NOT NULL
) WITHOUT ROWID;
