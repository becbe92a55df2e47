/**
 * What a ceremony can end in, other than success. Each class is one thing that a page can tell a person, with one next
 * step; what the browser and the server call it stays here.
 */

import { shortCode } from "./short-code.js";

/**
 * A problem document (RFC 9457), as far as we read it.
 * @typedef {object} Problem
 * @property {string} [type]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {string} [request_id]
 * @property {string} [member]
 */

export class SignetError extends Error {
  /**
   * @param {Problem} [problem]
   * @param {unknown} [cause] what the browser threw
   */
  constructor(problem = {}, cause) {
    super(problem.detail ?? problem.title ?? "", { cause });
    this.name = new.target.name;
    /** What to say at the help desk; empty when the server never heard of it. */
    this.code = problem.request_id ? shortCode(problem.request_id) : "";
  }
}

/** Cancelled, timed out or refused on the device: the browser does not say which. */
export class Closed extends SignetError {}
/** This browser, or this page in it, cannot use passkeys. */
export class Unsupported extends SignetError {}
/** The device holds a passkey for this account already. */
export class AlreadyHere extends SignetError {}
/** The ceremony took too long, or was finished elsewhere. */
export class BeginAgain extends SignetError {}
export class NotAccepted extends SignetError {}
/** The passkey was removed from the account earlier. */
export class PasskeyRemoved extends SignetError {}
/** No account here has the passkey, and none ever had. */
export class PasskeyUnknown extends SignetError {}
/** The passkey is genuine, and is on hold. */
export class PasskeyOnHold extends SignetError {}
/** The rules let no passkey of this kind in; `message` says what would be accepted. */
export class KindNotAccepted extends SignetError {}
export class SignInRequired extends SignetError {}
export class StepUpRequired extends SignetError {}
/** The passkey that was used is in doubt: another one of this account must be used. */
export class OtherPasskeyRequired extends StepUpRequired {}
export class LinkEnded extends SignetError {}
/** Accounts are made by an administrator here. */
export class SignUpClosed extends SignetError {}
/** No answer: the network, most likely. */
export class Unreachable extends SignetError {}
/** The server failed. */
export class Ours extends SignetError {}

/** One thing that was typed cannot be used. */
export class FieldFault extends SignetError {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem);
    /** Which one, or `whole` for all of them together. */
    this.member = problem.member ?? "whole";
    this.sentence = sentence(problem.detail ?? problem.title ?? "");
  }
}

export class TooMany extends SignetError {
  /**
   * @param {Problem} problem
   * @param {number} seconds
   */
  constructor(problem, seconds) {
    super(problem);
    /** When it can be tried again. */
    this.until = new Date(Date.now() + seconds * 1000);
  }
}

/** @type {Map<string, new (problem: Problem) => SignetError>} */
const BY_SLUG = new Map([
  ["already-registered", AlreadyHere],
  ["authenticator-not-accepted", KindNotAccepted],
  ["begin-again", BeginAgain],
  ["conflict", FieldFault],
  ["link-ended", LinkEnded],
  ["not-accepted", NotAccepted],
  ["other-passkey-required", OtherPasskeyRequired],
  ["passkey-on-hold", PasskeyOnHold],
  ["passkey-removed", PasskeyRemoved],
  ["passkey-unknown", PasskeyUnknown],
  ["sign-in-required", SignInRequired],
  ["sign-up-closed", SignUpClosed],
  ["step-up-required", StepUpRequired],
  ["unusable", FieldFault],
]);

/**
 * The error that an answer of 400 or more stands for.
 *
 * @param {Response} response
 * @param {Problem} problem
 */
export function refusal(response, problem) {
  const slug = problem.type?.split("/").pop() ?? "";
  if (slug === "too-many-requests") {
    return new TooMany(problem, Number(response.headers.get("retry-after")) || 60);
  }
  return new (BY_SLUG.get(slug) ?? Ours)(problem);
}

/**
 * The error that a rejected call of `navigator.credentials` stands for.
 *
 * @param {unknown} error
 */
export function fromBrowser(error) {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "AbortError":
    case "TimeoutError":
    case "UnknownError":
      return new Closed({}, error);
    case "InvalidStateError":
      return new AlreadyHere({}, error);
    case "SecurityError":
    case "NotSupportedError":
    case "ConstraintError":
      return new Unsupported({}, error);
    default:
      return error;
  }
}

/**
 * The server names the member for programs (“email”: this is too long.); under the field itself that is noise.
 *
 * @param {string} detail
 */
function sentence(detail) {
  const plain = detail.replace(/^“[^”]*”: /, "");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
