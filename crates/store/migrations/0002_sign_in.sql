-- Signing in: what an account may do, its passkeys, its sessions, and links that do one thing once.

ALTER TABLE accounts ADD COLUMN role @text NOT NULL DEFAULT 'person' CHECK (role IN ('person', 'owner'));

CREATE TABLE credentials (
    account_id         @bytes NOT NULL REFERENCES accounts (id),
    id                 @bytes NOT NULL,
    raw_id             @bytes NOT NULL,
    public_key         @bytes NOT NULL,
    algorithm          @int NOT NULL,
    sign_count         @int NOT NULL,
    aaguid             @bytes NOT NULL,
    attestation        @text NOT NULL,
    transports         @text NOT NULL,
    attachment         @text,
    is_discoverable    @bool,
    is_backup_eligible @bool NOT NULL,
    is_backed_up       @bool NOT NULL,
    is_user_verified   @bool NOT NULL,
    name               @text NOT NULL,
    state              @text NOT NULL CHECK (state IN ('active', 'removed')),
    rev                @int NOT NULL,
    made_at            @int NOT NULL,
    last_used_at       @int,
    removed_at         @int,
    PRIMARY KEY (account_id, id)
) @keyed;

-- The lookup from an authenticator's own id to our record. A row stays for ever: an id is never registered again.
CREATE TABLE credential_ids (
    raw_id        @bytes PRIMARY KEY,
    account_id    @bytes NOT NULL,
    credential_id @bytes NOT NULL
) @keyed;

CREATE TABLE sessions (
    account_id    @bytes NOT NULL REFERENCES accounts (id),
    id            @bytes NOT NULL,
    digest        @bytes NOT NULL,
    credential_id @bytes NOT NULL,
    opened_at     @int NOT NULL,
    verified_at   @int NOT NULL,
    ends_at       @int NOT NULL,
    last_seen_at  @int NOT NULL,
    device        @text NOT NULL,
    address       @text,
    ended_at      @int,
    PRIMARY KEY (account_id, id)
) @keyed;

CREATE INDEX sessions_by_end ON sessions (ends_at);

-- `digest` is of the secret in the link. `typed` and `canonical` are the address that a link of that purpose confirms.
CREATE TABLE links (
    account_id @bytes NOT NULL,
    id         @bytes NOT NULL,
    purpose    @text NOT NULL CHECK (purpose IN ('setup', 'setup_again', 'confirm_address')),
    digest     @bytes NOT NULL,
    canonical  @text,
    typed      @text,
    attempts   @int NOT NULL,
    made_at    @int NOT NULL,
    ends_at    @int NOT NULL,
    ended_at   @int,
    PRIMARY KEY (account_id, id)
) @keyed;

CREATE INDEX links_by_end ON links (ends_at);
CREATE INDEX links_by_address ON links (canonical, made_at);
