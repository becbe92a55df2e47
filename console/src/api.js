import { Closed, Ours, Unreachable, refusal } from "./errors.js";

/** A proxy that swallowed the request must not leave a person waiting for ever. */
const LONGEST_WAIT = 30_000;

/**
 * Ask the server for a change. Whatever is not success is thrown as one of the classes of errors.js.
 *
 * @param {string} path below /api/v1/
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function post(path, body, signal) {
  const headers = { "content-type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) }, signal);
}

/**
 * Ask the server what it knows.
 *
 * @param {string} path below /api/v1/
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function get(path, signal) {
  return ask(path, {}, signal);
}

/**
 * @param {string} path
 * @param {RequestInit} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
async function ask(path, request, signal) {
  const patience = new AbortController();
  const giveUp = () => patience.abort();
  const timer = setTimeout(giveUp, LONGEST_WAIT);
  signal?.addEventListener("abort", giveUp);
  try {
    if (signal?.aborted) throw new Closed({}, signal.reason);
    const response = await fetch(`/api/v1/${path}`, {
      ...request,
      headers: { accept: "application/json", ...request.headers },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: patience.signal,
    });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    throw response.ok ? new Ours() : refusal(response, answer ?? {});
  } catch (error) {
    if (signal?.aborted) throw new Closed({}, signal.reason);
    // `fetch` rejects with a TypeError whatever broke on the way, and with an AbortError when our patience ended.
    throw error instanceof TypeError || patience.signal.aborted ? new Unreachable({}, error) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
