"""Tests on real hosts: OpenSSH and Docker Engine from Debian, as lab/lab.py brings them up."""
