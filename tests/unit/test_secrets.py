"""Likely secrets never leave the program; what only looks like one does."""

import pytest

from usagectl.failures.secrets import masked_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Incorrect API key provided: sk-proj-Zx81kqLmPq92", "Incorrect API key provided: sk-***"),
        ("Authorization: Bearer qwertyuiop12345", "Authorization: Bearer ***"),
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
        ("lone \ud800 surrogate", "lone ? surrogate"),
    ],
)
def test_masking(text, expected):
    assert masked_text(text) == expected


def test_a_private_key_goes_whole():
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"

    assert masked_text(f"before {key} after") == "before *** private key after"
