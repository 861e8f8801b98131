"""The two ceremonies of WebAuthn: what a browser is asked, and whether its answer is good.

The library checks signatures and shapes; here is all that it leaves to us. That a challenge was asked by
us, here and just now, is the matter of challenges.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from flask_babel import gettext as _
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from campus.errors import NotAllowed
from campus.people.keychain import Passkey
from campus.people.webauthn.answers import LONGEST_ID, Credential
from campus.people.webauthn.relying_party import Party

_MADE_UP = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_UNREADABLE = (WebAuthnException, UnsupportedAlgorithm, *_MADE_UP)
"""What the library and those below it raise for bytes that a stranger made up."""


def creation_options(
    party: Party, challenge: str, *, handle: bytes, email: str, name: str, known: Sequence[Passkey]
) -> dict[str, Any]:
    """What navigator.credentials.create() is asked: a discoverable key that checks who holds it."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name="Campus",
        user_id=handle,
        user_name=email,
        user_display_name=name,
        challenge=base64url_to_bytes(challenge),
        timeout=300_000,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(passkey) for passkey in known],
    )
    return options_to_json_dict(options)


def request_options(party: Party, challenge: str, known: Sequence[Passkey] = ()) -> dict[str, Any]:
    """What navigator.credentials.get() is asked: any key for this place, or one of the `known`."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=base64url_to_bytes(challenge),
        timeout=300_000,
        allow_credentials=[_descriptor(passkey) for passkey in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def verify_new(party: Party, credential: Credential, challenge: str) -> VerifiedRegistration:
    """The new key, if the answer is good. Raises NotAllowed, whatever is wrong with it."""
    try:
        verified = verify_registration_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
        decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    except _UNREADABLE:
        raise NotAllowed(
            _("This passkey cannot be taken. Nothing was saved; please try once more.")
        ) from None
    if verified.fmt not in (AttestationFormat.NONE, AttestationFormat.PACKED):
        raise NotAllowed(_("This passkey cannot be taken. Nothing was saved; please try once more."))
    if len(verified.credential_id) > LONGEST_ID:
        raise NotAllowed(_("This passkey cannot be taken. Nothing was saved; please try once more."))
    return verified


def verify_shown(
    party: Party, credential: Credential, challenge: str, public_key: bytes
) -> VerifiedAuthentication:
    """What the key says, if its signature and all it signed are good. Raises NotAllowed.

    The counter is the caller's to look at: only a good signature says anything about it.
    """
    try:
        return verify_authentication_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise NotAllowed(_("That passkey was not accepted. Please try once more.")) from None


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    ways = [AuthenticatorTransport(way) for way in passkey.transports]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=ways or None)
