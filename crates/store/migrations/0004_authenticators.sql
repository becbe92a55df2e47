-- What is known of models of authenticators: a signed list, whole as it was published.
CREATE TABLE authenticator_lists (
    name @text NOT NULL PRIMARY KEY,
    number @int NOT NULL,
    list @bytes NOT NULL,
    imported_at @int NOT NULL
) @rows;

-- In which format something was stated of where a passkey was made, and the domain it is bound to. The domain of those
-- made before is the one that is configured; a server writes it down when it starts.
ALTER TABLE credentials ADD COLUMN format @text NOT NULL DEFAULT 'none';
ALTER TABLE credentials ADD COLUMN rp_id @text NOT NULL DEFAULT '';
