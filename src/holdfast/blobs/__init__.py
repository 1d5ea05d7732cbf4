"""Blobs: immutable files in a directory or a bucket. Places, the cipher, and the vault that checks what it gives."""
