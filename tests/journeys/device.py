"""A device that keeps passkeys: Chromium's virtual authenticator."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import CDPSession

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}

NO_AUTOFILL = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
"""The virtual device answers a waiting autofill as soon as it may, before anybody clicks."""


class Device:
    """Chromium's virtual authenticator: whose finger it sees is ours to say."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        session.send("WebAuthn.enable")
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self._name = {"authenticatorId": made["authenticatorId"]}
        self.touch(there=False)

    def touch(self, *, there: bool) -> None:
        """Whether a finger lies on it: without one it waits, as for a request that nobody answers."""
        self._session.send("WebAuthn.setAutomaticPresenceSimulation", {**self._name, "enabled": there})

    def knows(self, *, its_owner: bool) -> None:
        self._session.send("WebAuthn.setUserVerified", {**self._name, "isUserVerified": its_owner})

    def held(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._session.send("WebAuthn.getCredentials", self._name)["credentials"]
        return found
