"""Whether a chain keeps what its issuers allow: how long it may be, and for which names."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from daoflow_core.parse.certificate_chain import Chain, issued_by

PATH_LENGTH, NAMES, NOT_CHECKED = "path-length", "name-constraints", "constraints-not-checked"
_SAID = (("path length constraint violated", PATH_LENGTH), ("name constraint", NAMES))
_DEEPEST = 16


def broken_constraint(chain: Chain, roots: Sequence[x509.Certificate]) -> str | None:
    """The constraint of an issuer that the chain breaks, `NOT_CHECKED` where that can't be told, None for neither.

    The library's own path validation decides, over DNS names and addresses; with every other demand of its
    web policy lifted, because those have judgements of their own here.
    """
    anchor = _anchor(chain, roots)
    issuers = [one for one in chain.issuers if one != anchor]
    if anchor is None or not any(_constrains(one) for one in (*issuers, anchor)):
        return None
    begun = max(one.not_valid_before_utc for one in (chain.leaf, *issuers, anchor))
    issuer_policy = ExtensionPolicy.permit_all().require_present(
        x509.BasicConstraints, Criticality.AGNOSTIC, None
    )
    policy = (
        PolicyBuilder()
        .store(Store([anchor]))
        .time(begun)
        .max_chain_depth(_DEEPEST)
        .extension_policies(ca_policy=issuer_policy, ee_policy=ExtensionPolicy.permit_all())
    )
    try:
        policy.build_client_verifier().verify(chain.leaf, issuers)
    except (VerificationError, ValueError) as error:
        return next((code for words, code in _SAID if words in str(error)), NOT_CHECKED)
    return None


def _anchor(chain: Chain, roots: Sequence[x509.Certificate]) -> x509.Certificate | None:
    """The root of this machine that the chain ends at, else the last issuer that came along; None without one."""
    top = chain.issuers[-1] if chain.issuers else chain.leaf
    if top in roots:
        return top if chain.issuers else None
    above = (root for root in roots if root.subject == top.issuer and issued_by(top, root))
    return next(above, top if chain.issuers else None)


def _constrains(one: x509.Certificate) -> bool:
    try:
        basic = one.extensions.get_extension_for_class(x509.BasicConstraints).value
        if basic.path_length is not None:
            return True
        one.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return False
    except (x509.DuplicateExtension, ValueError):
        return True  # what can't be read may constrain: the library says so
    return True
