-- Version 4. What came back of what was sent: a row for each recipient that a bounce reports. It outlives the bounce, as
-- long as it is known which message was meant.
CREATE TABLE bounces (
  account TEXT NOT NULL,
  original TEXT NOT NULL,                -- Message-ID of what was sent, '' when it is not known
  recipient TEXT NOT NULL,
  reason TEXT NOT NULL,
  hard INTEGER NOT NULL,
  bounce INTEGER NOT NULL                -- key of the message that reports it, 0 when it is gone
);
CREATE INDEX bounces_original ON bounces (account, original);
CREATE INDEX bounces_bounce ON bounces (bounce);
CREATE INDEX messages_bounced ON messages (folder) WHERE bounced AND stored;
CREATE TRIGGER messages_delete_bounce AFTER DELETE ON messages WHEN OLD.bounced BEGIN
  DELETE FROM bounces WHERE bounce = OLD.key AND original = '';
  UPDATE bounces SET bounce = 0 WHERE bounce = OLD.key;
END;
