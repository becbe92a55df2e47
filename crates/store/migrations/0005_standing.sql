-- What an administrator has written of authenticators. The highest number counts; the others are what counted before.
CREATE TABLE authenticator_rules (
    number @int NOT NULL PRIMARY KEY,
    text @text NOT NULL,
    made_at @int NOT NULL
) @rows;

-- Groups have no row of their own: one is there as long as somebody is in it.
CREATE TABLE memberships (
    account_id @bytes NOT NULL REFERENCES accounts (id),
    name       @text NOT NULL,
    since      @int NOT NULL,
    PRIMARY KEY (account_id, name)
) @keyed;

-- Accounts whose passkeys are to be judged again, because other rules count for them.
CREATE TABLE judgements (
    account_id @bytes NOT NULL PRIMARY KEY,
    asked_at   @int NOT NULL
) @keyed;

-- How much a passkey is worth by what became known since, and why. `said`: what stays of it until somebody releases it,
-- whatever becomes known. `released`: what an administrator has set aside.
-- `replaces`: the older passkey of the same provider that goes when this one has proved itself.
-- `batch`: of a token of the first generation, the key by which its batch is known.
ALTER TABLE credentials ADD COLUMN standing @text NOT NULL DEFAULT 'good';
ALTER TABLE credentials ADD COLUMN standing_because @text NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN said @text NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN released @text NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN batch @bytes;
ALTER TABLE credentials ADD COLUMN replaces @bytes;
