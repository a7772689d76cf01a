-- Version 5. All that reports of mail systems say, each beside the message that reports it: a delay notice and the bounce
-- that follows are two rows. What version 4 noted of bounces that are here is read again.
ALTER TABLE bounces ADD COLUMN action TEXT NOT NULL DEFAULT 'failed'; -- or delayed, delivered (RFC 3464 section 2.3.3)
ALTER TABLE bounces ADD COLUMN said TEXT NOT NULL DEFAULT '';         -- the reply that was the cause
ALTER TABLE bounces ADD COLUMN host TEXT NOT NULL DEFAULT '';         -- who said it
ALTER TABLE bounces ADD COLUMN step INTEGER NOT NULL DEFAULT 0;       -- of the delivery path
ALTER TABLE bounces ADD COLUMN at INTEGER NOT NULL DEFAULT 0;         -- when the report arrived, Unix seconds
ALTER TABLE bounces ADD COLUMN until INTEGER NOT NULL DEFAULT 0;      -- how long it is tried again, Unix seconds; 0: not said
ALTER TABLE bounces ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;  -- not brought up again when the recipient is written to
DELETE FROM bounces WHERE bounce IN (SELECT key FROM messages WHERE bounced AND stored);
CREATE INDEX bounces_recipient ON bounces (recipient);

-- Of a message that is sent for one that came back: the Message-ID of that one, and (JSON) whom it had not reached.
ALTER TABLE outbox ADD COLUMN resends TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN resent_for TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_resends ON outbox (resends) WHERE resends <> '';
CREATE INDEX outbox_message ON outbox (message_id);
