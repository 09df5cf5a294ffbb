"""Likely secrets never leave the program; what only looks like one does."""

import pytest

from usagectl.failures.secrets import masked_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Incorrect API key provided: sk-proj-Zx81kqLmPq92", "Incorrect API key provided: sk-***"),
        ("Authorization: Bearer qwertyuiop12345", "Authorization: Bearer ***"),
        ("authorization: bearer qwertyuiopas", "authorization: bearer ***"),
        ("authorization=Basic dXNlcjpwYXNzd29yZA==", "authorization=Basic ***"),
        ('{"api_key": "0123456789abcdef"}', '{"api_key": "***"}'),
        ("{'x-api-key': 'k3y-of-some-length'}", "{'x-api-key': '***'}"),
        ("https://host/v1?key=AIzaSyD4x9kqLmPq92Zx81kq&a=1", "https://host/v1?key=AIza***&a=1"),
        ("postgres://root:hunter22@db.local/x", "postgres://***@db.local/x"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIbPxRfiC", "AWS_SECRET_ACCESS_KEY=***"),
        ("key AKIAQWERTYUIOPASDFGH used", "key AKIA*** used"),
        ("tokens=abcdef0123456789", "tokens=***"),
        ("password=correct-horse", "password=***"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln", "Bearer ***"),
        ("api_key =\n    0123456789abcdef", "api_key =\n    ***"),
        ("hf_qwertyuiopasdfghjkl", "hf_***"),
        ("max_tokens=40960000, tokens: 123456789", "max_tokens=40960000, tokens: 123456789"),
        ("input_tokens: 123456789", "input_tokens: 123456789"),
        ("the api key is missing", "the api key is missing"),
        ("Incorrect API key provided: 0f9e8d7c6b5a4938", "Incorrect API key provided: ***"),
        ("api key:\n  0f9e8d7c6b5a4938", "api key:\n  ***"),
        ("the token 0f9e8d7c6b5a49382716 has expired", "the token *** has expired"),
        ("Set-Cookie: session-91827364", "Set-Cookie: ***"),
        # A word behind such a name is none.
        ("no API key: [VendorSdk Error]: nothing was sent", None),
        ("API key: unauthorized", None),
        ("credentials: insufficient_permissions for the project", None),
        ("the password: incorrect or expired", None),
        ("Bearer authentication is required, basic functionality is off", None),
        ("Unexpected token: identifier at the end", None),
        ("secret: <redacted by the gateway>", None),
        ("sk-learn-pipeline failed in sk_buffer_overflow, npm_config_registry is unset", None),
        ("Authorization: required. Cookie: missing-or-empty", None),
        ("lone \ud800 surrogate", "lone ? surrogate"),
    ],
)
def test_masking(text, expected):
    assert masked_text(text) == (text if expected is None else expected)


def test_a_private_key_goes_whole():
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"

    assert masked_text(f"before {key} after") == "before *** private key after"
