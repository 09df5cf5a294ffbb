import pytest

from usagectl.readers.core.provider_names import split_provider


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DeepInfra:qwen/qwen3-30b-a3b-04-28", ("DeepInfra", "qwen/qwen3-30b-a3b-04-28")),
        (
            "Google AI Studio:google/gemini-2.0-flash-001",
            ("Google AI Studio", "google/gemini-2.0-flash-001"),
        ),
        ("Amazon Bedrock:openai/gpt-oss-20b", ("Amazon Bedrock", "openai/gpt-oss-20b")),
        ("Chutes:inclusionai/ling-2.6-1t:free", ("Chutes", "inclusionai/ling-2.6-1t:free")),
        ("anthropic:claude-sonnet-4-6", ("anthropic", "claude-sonnet-4-6")),
        ("lmstudio:qwen3.5-9b", ("lmstudio", "qwen3.5-9b")),
        ("ollama:llama3.1:8b", ("ollama", "llama3.1:8b")),
        ("llama3.1:latest", (None, "llama3.1:latest")),
        ("glm-5.1:cloud", (None, "glm-5.1:cloud")),
        ("qwen/qwen3.5-9b:free", (None, "qwen/qwen3.5-9b:free")),
        ("gpt-5-nano-2025-08-07", (None, "gpt-5-nano-2025-08-07")),
        ("openai:", (None, "openai:")),
        ("", (None, "")),
    ],
)
def test_split_provider(name, expected):
    assert split_provider(name) == expected
