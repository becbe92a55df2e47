"""Runs recorded WebAuthn ceremonies through py_webauthn: cases in, one verdict a line out."""

import argparse
import importlib
import json
import ssl
import statistics
import sys
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from time import perf_counter_ns
from unittest.mock import patch

from OpenSSL.crypto import X509Store
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    base64url_to_bytes,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import InvalidCertificateChain, WebAuthnException
from webauthn.helpers.structs import AttestationFormat, CredentialDeviceType
from webauthn.helpers.tpm.structs import TPM_MANUFACTURERS, TPMManufacturerInfo

# The package re-exports a function under the name of this module, so a plain import would find the function.
chains = importlib.import_module("webauthn.helpers.validate_certificate_chain")

ACCEPT, REJECT, UNSUPPORTED = "accept", "reject", "unsupported"


def split(text):
    """The cases of a file; a line that is no JSON stands for itself, so that it does not hide the others."""
    try:
        return listed(json.loads(text))
    except ValueError:
        return [parsed(line) for line in text.splitlines() if line.strip()]


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return line


def listed(whole):
    if not isinstance(whole, dict):
        return whole if isinstance(whole, list) else [whole]
    if "vectors" in whole:
        return [case for vector in whole["vectors"] for case in listed(vector)]
    return whole.get("cases", [whole])


def arguments(case):
    """The verifying function with everything but the response."""
    common = {
        "expected_challenge": base64url_to_bytes(case["challenge"]),
        "expected_rp_id": case["rp_id"],
        "expected_origin": case["origins"],
        "require_user_verification": case["require_uv"],
    }
    if case["kind"] == "registration":
        return partial(
            verify_registration_response,
            require_user_presence=case.get("require_up", True),
            supported_pub_key_algs=algorithms(case.get("allowed_algs")),
            pem_root_certs_bytes_by_fmt=roots(case.get("trust_roots")),
            **common,
        )
    if case["kind"] == "assertion":
        return partial(
            verify_authentication_response,
            credential_public_key=base64url_to_bytes(case["stored"]["public_key"]),
            credential_current_sign_count=case["stored"]["sign_count"],
            **common,
        )
    raise ValueError(f"kind {case['kind']!r}")


def algorithms(allowed):
    return [known for known in COSEAlgorithmIdentifier if allowed is None or known in allowed]


def roots(trusted):
    pem = [ssl.DER_cert_to_PEM_cert(base64url_to_bytes(root)).encode() for root in trusted or []]
    return {form: pem for form in AttestationFormat}


def parser(case):
    registers = case["kind"] == "registration"
    return parse_registration_credential_json if registers else parse_authentication_credential_json


@contextmanager
def surroundings(case):
    """What the library has no parameter for, but a table or a hook of its own: the clock and the TPM vendors."""

    def store():
        made = X509Store()
        if case.get("verify_time") is not None:
            made.set_time(datetime.fromtimestamp(case["verify_time"], timezone.utc))
        return made

    allowed = case.get("allowed_tpm_vendors") or []
    vendors = {f"id:{vendor.upper()}": TPMManufacturerInfo(name=vendor, id=vendor) for vendor in allowed}
    with patch.dict(TPM_MANUFACTURERS, vendors), patch.object(chains, "_generate_new_cert_store", store):
        yield


def judge(case):
    try:
        return judged(case)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return UNSUPPORTED, f"bad case: {error!r}"


def judged(case):
    """The library is judged by what it could be told: a refusal for want of a permission that it has no parameter for,
    or a consent against something that it was never shown, is neither."""
    verify, parse, answer = arguments(case), parser(case), case["response"]
    with surroundings(case):
        try:
            verified = verify(credential=parse(answer))
        except WebAuthnException as error:
            missing = missing_setting(case, error)
            return (UNSUPPORTED, missing) if missing else (REJECT, reason(error))
        except KeyboardInterrupt:
            raise
        # A panic in the Rust code beneath is no Exception.
        except BaseException as error:
            return REJECT, f"panic: {reason(error)}"
    left = left_to_caller(case, verified)
    return (UNSUPPORTED, left) if left else (ACCEPT, "")


def missing_setting(case, error):
    unchained = isinstance(error.__context__, InvalidCertificateChain) or "known root certificate" in str(error)
    if unchained and case.get("trust_roots") is None:
        return "this format is always chained to roots built in"
    if "User was not present" in str(error) and not case.get("require_up", True):
        return "user presence cannot be waived"
    return None


def left_to_caller(case, verified):
    if case["kind"] == "registration":
        return "an empty list of roots means no chain" if case.get("trust_roots") == [] else None
    stored, answer = case["stored"], case["response"]
    allowed = case.get("allow_credentials") or [answer["id"]]
    if answer["id"] != stored["credential_id"] or answer["id"] not in allowed:
        return "finding the credential by its id is left to the caller"
    owner, named = stored.get("user_handle"), answer["response"].get("userHandle")
    if owner is not None and named is not None and owner != named:
        return "comparing userHandle is left to the caller"
    if stored["backup_eligible"] != (verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE):
        return "comparing backup eligibility is left to the caller"
    return None


def reason(error):
    told = []
    while error is not None:
        told.append(f"{type(error).__name__}: {error}")
        error = error.__cause__ or error.__context__
    return " ".join(" <- ".join(told).split())


def bench(cases, iterations):
    accepted = [case for case in cases if judge(case)[0] == ACCEPT]
    if not accepted or iterations < 1:
        sys.exit("oracle.py: no accepted case, or no iteration")
    passes = [0] * iterations
    for case in accepted:
        verify = partial(arguments(case), credential=parser(case)(case["response"]))
        with surroundings(case):
            for index in range(iterations):
                start = perf_counter_ns()
                verify()
                passes[index] += perf_counter_ns() - start
    per_case = [spent / 1000 / len(accepted) for spent in passes]
    return {
        "cases": len(accepted),
        "iterations": iterations,
        "median_us": statistics.median(per_case),
        "min_us": min(per_case),
    }


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bench", type=int, metavar="N", help="time the accepted cases N times instead")
    options.add_argument("file", help="cases as JSON or JSON lines; - for standard input")
    given = options.parse_args()
    cases = split(sys.stdin.read() if given.file == "-" else Path(given.file).read_text(encoding="utf-8"))
    if given.bench is not None:
        print(json.dumps(bench(cases, given.bench)))
        return
    for case in cases:
        verdict, why = judge(case)
        name = case.get("id") if isinstance(case, dict) else None
        print(json.dumps({"id": name, "verdict": verdict, "reason": why}))


if __name__ == "__main__":
    main()
