"""The broker's own authority and the certificates that it gives: PEM in, PEM out, pure. Keys: ECDSA P-256."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS, CLIENT_DAYS = 365 * 20, 365 * 10
"""Nobody goes round a hub with a ladder every year. Who may no longer come loses the password."""
SERVER_DAYS, RENEWED_DAYS = 825, 120
"""What browsers and phones take at most; and how long before its end it is made anew."""
BACK = timedelta(days=1)
"""Good since yesterday: a device's clock may be behind."""
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes


def make_authority(now: datetime) -> Certified:
    """A new authority, which signs for this broker only."""
    key = generate_private_key(SECP256R1())
    name = _name(f"Campus broker {x509.random_serial_number() % 16**8:08x}")
    built = (
        _begin(name, name, key.public_key(), (now, now + timedelta(days=AUTHORITY_DAYS)))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _pem(built.sign(key, SHA256()), key)


def certify_server(authority: Certified, hosts: Sequence[str], now: datetime) -> Certified:
    """A certificate of the broker, good for every one of `hosts` (names, addresses)."""
    names = x509.SubjectAlternativeName([_host(host) for host in hosts])
    span = (now, now + timedelta(days=SERVER_DAYS))
    return _certify(authority, hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, span, names)


def certify_client(authority: Certified, user: str, now: datetime) -> Certified:
    """A certificate of one of the broker's users."""
    span = (now, now + timedelta(days=CLIENT_DAYS))
    return _certify(authority, user, ExtendedKeyUsageOID.CLIENT_AUTH, span, None)


def is_good(made: Certified, authority: Certified, now: datetime, hosts: Sequence[str] = ()) -> bool:
    """True if the authority gave it, its key fits, it lasts a while, and is for just these hosts.

    Raises ValueError for what is no PEM.
    """
    certificate, signer = _certificate(made), _certificate(authority)
    if certificate.public_key() != _key(made).public_key():
        return False
    try:
        certificate.verify_directly_issued_by(signer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    if certificate.not_valid_after_utc - now < timedelta(days=RENEWED_DAYS):
        return False
    if not hosts:
        return True
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) == {_host(host) for host in hosts}


def ends(made: Certified) -> datetime:
    """Until when it is good. Raises ValueError for what is no PEM."""
    return _certificate(made).not_valid_after_utc


def check_authority(made: Certified, now: datetime) -> None:
    """Raises ValueError that says why this cannot sign."""
    certificate = _certificate(made)
    if certificate.public_key() != _key(made).public_key():
        raise ValueError("key and certificate do not belong together")
    if certificate.not_valid_after_utc <= now:
        raise ValueError("it has ended")


def _certify(
    authority: Certified,
    name: str,
    purpose: x509.ObjectIdentifier,
    span: tuple[datetime, datetime],
    names: x509.SubjectAlternativeName | None,
) -> Certified:
    key, signer = generate_private_key(SECP256R1()), _certificate(authority)
    by = _key(authority)
    built = (
        _begin(_name(name), signer.subject, key.public_key(), span)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if names is not None:
        built = built.add_extension(names, critical=False)
    return _pem(built.sign(by, SHA256()), key)


def _begin(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePublicKey, span: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0] - BACK)
        .not_valid_after(span[1])
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:LONGEST_NAME])])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> Certified:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certified(certificate.public_bytes(Encoding.PEM), private)


def _certificate(made: Certified) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.certificate)


def _key(made: Certified) -> EllipticCurvePrivateKey:
    key = load_pem_private_key(made.key, None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError("not a key of an elliptic curve")
    return key
