"""The certificate authorities that this machine trusts, read once."""

from __future__ import annotations

import ssl
import warnings
from functools import cache
from pathlib import Path

from cryptography import x509


@cache
def system_roots() -> tuple[x509.Certificate, ...]:
    """Every root of the system's bundle; none when there is no bundle, and then nothing is called trusted."""
    path = ssl.get_default_verify_paths().cafile or "/"  # None when there is no file, whatever its type says
    try:
        with warnings.catch_warnings(action="ignore"):  # some old roots are encoded oddly
            return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except (OSError, ValueError):
        return ()
