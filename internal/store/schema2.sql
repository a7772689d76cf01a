-- Version 2. New rows are counted once a transaction (tx.arrive), not once a row.
DROP TRIGGER messages_insert;
