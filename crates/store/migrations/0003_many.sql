-- Much of something costs those who caused it: a past full of sign-ins, an outbox full of letters that strangers asked
-- for. And nothing is kept in an order that nobody reads.

-- What was changed of an account, apart from names of passkeys (event 7), and from who came, went, or was turned away
-- (9 to 12). Of 12, a passkey that counted backwards, the newest is always shown.
CREATE INDEX audit_entries_of_changes ON audit_entries (account_id, id) WHERE event < 7 OR event = 8 OR event > 12;
CREATE INDEX audit_entries_of_copies ON audit_entries (account_id, id) WHERE event = 12;

-- There is always an owner.
CREATE INDEX accounts_owners ON accounts (id) WHERE role = 'owner';

-- Work that strangers can cause waits behind all other work.
ALTER TABLE outbox ADD COLUMN lane @int NOT NULL DEFAULT 0;
CREATE INDEX outbox_due_by_lane ON outbox (lane, due_at) WHERE state = 'due';
CREATE INDEX outbox_given_up ON outbox (ended_at) WHERE state = 'given_up';
DROP INDEX outbox_due;

-- Ceremonies are forgotten in the order of their ids, which is that of their beginning.
DROP INDEX spent_ceremonies_by_age;

-- What was said needs no saying again, and erasure could not reach it.
UPDATE outbox SET body = '' WHERE state <> 'due';
