-- The ground: accounts and what names them, the record of every security act, work to be done, keys, settings.

CREATE TABLE accounts (
    id           @bytes PRIMARY KEY,
    state        @text NOT NULL CHECK (state IN ('active', 'disabled')),
    display_name @text NOT NULL,
    rev          @int NOT NULL,
    made_at      @int NOT NULL,
    disabled_at  @int
) @keyed;

-- The lookup from a name to an account. `canonical` decides equality; `typed` is what mail is sent to.
CREATE TABLE identifiers (
    kind       @text NOT NULL CHECK (kind IN ('username', 'email', 'phone')),
    canonical  @text NOT NULL,
    account_id @bytes NOT NULL REFERENCES accounts (id),
    typed      @text NOT NULL,
    made_at    @int NOT NULL,
    PRIMARY KEY (kind, canonical)
) @keyed;

CREATE INDEX identifiers_of_account ON identifiers (account_id, kind, canonical);

-- One key per account: its audit details are sealed under it and its pseudonym is made with it. Erasing the account
-- is destroying this row.
CREATE TABLE subject_keys (
    account_id @bytes PRIMARY KEY REFERENCES accounts (id),
    key_id     @bytes NOT NULL,
    wrapped    @bytes NOT NULL
) @keyed;

CREATE INDEX subject_keys_under ON subject_keys (key_id, account_id);

-- `bytes` is the entry; the other columns only find it. `leaf` is NULL until the entry is sealed into the log.
CREATE TABLE audit_entries (
    account_id @bytes NOT NULL,
    id         @bytes NOT NULL,
    at         @int NOT NULL,
    event      @int NOT NULL,
    bytes      @bytes NOT NULL,
    digest     @bytes NOT NULL,
    details    @bytes NOT NULL,
    leaf       @int,
    PRIMARY KEY (account_id, id)
) @rows;

CREATE INDEX audit_entries_pending ON audit_entries (id) WHERE leaf IS NULL;
CREATE UNIQUE INDEX audit_entries_leaf ON audit_entries (leaf) WHERE leaf IS NOT NULL;

CREATE TABLE outbox (
    account_id    @bytes NOT NULL,
    id            @bytes NOT NULL,
    kind          @text NOT NULL,
    body          @text NOT NULL,
    state         @text NOT NULL CHECK (state IN ('due', 'done', 'given_up')),
    due_at        @int NOT NULL,
    claimed_until @int NOT NULL,
    attempts      @int NOT NULL,
    made_at       @int NOT NULL,
    ended_at      @int,
    last_failure  @text,
    PRIMARY KEY (account_id, id)
) @keyed;

CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'due';
CREATE INDEX outbox_done ON outbox (ended_at) WHERE state = 'done';

-- A key is never changed, only followed by the next serial. Two nodes that rotate at once collide on the serial.
CREATE TABLE keys (
    use_for    @text NOT NULL CHECK (use_for IN ('sealing', 'cookie', 'decoy', 'audit')),
    serial     @int NOT NULL,
    id         @bytes NOT NULL UNIQUE,
    wrapped    @bytes NOT NULL,
    state      @text NOT NULL CHECK (state IN ('live', 'retired')),
    not_before @int NOT NULL,
    made_at    @int NOT NULL,
    PRIMARY KEY (use_for, serial)
) @keyed;

CREATE TABLE settings (
    name  @text PRIMARY KEY,
    value @text NOT NULL,
    rev   @int NOT NULL
) @keyed;

CREATE TABLE spent_ceremonies (
    id       @bytes PRIMARY KEY,
    spent_at @int NOT NULL
) @keyed;

CREATE INDEX spent_ceremonies_by_age ON spent_ceremonies (spent_at);
