-- Much of something costs those who caused it: an account with many sessions, a past full of sign-ins, an outbox full
-- of letters that strangers asked for.

CREATE INDEX sessions_open ON sessions (account_id, id) WHERE ended_at IS NULL;

-- What an account's owner changed, apart from who came, went, or was turned away (events 9 to 12).
CREATE INDEX audit_entries_of_changes ON audit_entries (account_id, id) WHERE event < 9 OR event > 12;

-- Work that strangers can cause waits behind all other work.
ALTER TABLE outbox ADD COLUMN lane @int NOT NULL DEFAULT 0;
CREATE INDEX outbox_due_by_lane ON outbox (lane, due_at) WHERE state = 'due';
CREATE INDEX outbox_given_up ON outbox (ended_at) WHERE state = 'given_up';
DROP INDEX outbox_due;
