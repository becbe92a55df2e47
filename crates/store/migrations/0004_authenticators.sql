-- What is known of models of authenticators: a signed list, whole as it was published.
CREATE TABLE authenticator_lists (
    -- Who signs it: numbers are each signer's own.
    signer @text NOT NULL PRIMARY KEY,
    number @int NOT NULL,
    list @bytes NOT NULL,
    imported_at @int NOT NULL
) @rows;

-- In which format something was stated of where a passkey was made, and the domain it is bound to. Those made before this
-- was kept are bound to the domain that was configured first.
ALTER TABLE credentials ADD COLUMN format @text NOT NULL DEFAULT 'none';
ALTER TABLE credentials ADD COLUMN rp_id @text NOT NULL DEFAULT '';
