/** What a test is given by whoever runs it; `make test` gives all of it. */

/**
 * @param {string} name
 * @returns {string}
 */
function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run 'make test ONLY=console'`);
  return value;
}

/** The server with a clock that a test holds in its hand. */
export const testNode = () => given("SIGNET_TEST_NODE");

/** A PostgreSQL in which databases may be made, as `postgres://…/postgres`. */
export const postgresUrl = () => given("SIGNET_TEST_POSTGRES_URL");

/** The folder for pictures of what tests look at, if anybody wants them. */
export const shotsFolder = () => process.env.SIGNET_TEST_SHOTS || undefined;
