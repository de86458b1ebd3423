"""Tests of the rules for names and variables, and of names that look like secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.spec.checks.names import environment_problem, is_secret_word, name_problem

_TOKEN = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("name", ["a", "a1", "feature_table", "a_", "a__b", "x" * 40])
def test_good_names(name: str) -> None:
    assert name_problem(name, 40) is None


@given(st.text(max_size=50))
def test_what_is_proposed_instead_is_a_name(text: str) -> None:
    problem = name_problem(text, 100)
    if problem is not None:
        proposed = problem.rpartition("such as ")[2].strip("'")
        assert name_problem(proposed, 100) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "INFO"),
        ("log_level", ""),
        ("_X", "${HOME} $$.Execution <aws.scheduler.scheduled-time>"),
        ("DB_SECRET_ARN", "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:x"),
        ("DB_SECRET_NAME", "prod/db"),
        ("PASSWORD_FILE", "/opt/x"),
        ("MAX_TOKENS", "4096"),
        ("TOKEN_LIMIT", "4096"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("PRIMARY_KEY", "id"),
        ("SORT_KEY", "dt"),
        ("SECRETARY", "x"),
        ("API_URL", "https://api.example.com/v1?x=a:b@c"),
        ("X", "x" * 256),
    ],
)
def test_good_variables(name: str, value: str) -> None:
    assert environment_problem(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("PASSWORD", "x", id="password"),
        pytest.param("DB_PASSWORD", "x", id="password-of-something"),
        pytest.param("DB_PASSWORD_PROD", "x", id="password-of-something-somewhere"),
        pytest.param("dbPassword", "x", id="camel-case"),
        pytest.param("PGPASSWD", "postgres://u:p@h/d", id="url-with-a-password"),
        pytest.param("GITHUB_TOKEN", "x", id="token"),
        pytest.param("CLIENT_SECRET", "x", id="secret"),
        pytest.param("API_KEY", "x", id="api-key"),
        pytest.param("OPENAI_APIKEY", "x", id="api-key-in-one-word"),
        pytest.param("AWS_SECRET_ACCESS_KEY", "x", id="aws"),
        pytest.param("GOOGLE_CREDENTIALS", "{}", id="credentials"),
        pytest.param("X", "AKIAIOSFODNN7EXAMPLE", id="aws-key-by-its-looks"),
        pytest.param("X", f"ghp_{_TOKEN}", id="github-token-by-its-looks"),
        pytest.param("X", "xoxb-123456789012-abcdef", id="slack-token-by-its-looks"),
        pytest.param("X", "-----BEGIN RSA PRIVATE KEY-----\nx", id="private-key-by-its-looks"),
    ],
)
def test_secrets(name: str, value: str) -> None:
    problem = environment_problem(name, value) or ""
    assert "Secrets Manager" in problem
    assert value not in problem or len(value) < 3, "a secret is not repeated"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        pytest.param("", "x", "is not a variable name", id="empty"),
        pytest.param("A B", "x", "is not a variable name", id="space"),
        pytest.param("1A", "x", "is not a variable name", id="digit-first"),
        pytest.param("A=B", "x", "is not a variable name", id="equals-sign"),
        pytest.param("X" * 257, "x", "is not a variable name", id="257-characters"),
        pytest.param("RUN_ID", "x", "is set by each run", id="set-by-the-run"),
        pytest.param("X", "x" * 257, "has 257 characters: SageMaker takes at most 256", id="long-value"),
    ],
)
def test_bad_variables(name: str, value: str, says: str) -> None:
    assert says in (environment_problem(name, value) or "")


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        pytest.param(["--db-password", "x"], 1, id="after-the-option"),
        pytest.param(["--apiKey=x"], 0, id="in-the-option"),
        pytest.param(["x", "AKIAIOSFODNN7EXAMPLE"], 1, id="access-key"),
        pytest.param(["--password", "--verbose"], None, id="an-option-of-no-value"),
        pytest.param(["--secret-arn", "arn:aws:secretsmanager:…"], None, id="where-it-is"),
        pytest.param(["--token", "{run_id}"], None, id="a-placeholder"),
        pytest.param(["--since", "x", "password"], None, id="a-word-of-no-option"),
    ],
)
def test_secrets_among_a_command_s_words(words: list[str], secret: int | None) -> None:
    assert [index for index in range(len(words)) if is_secret_word(words, index)] == (
        [] if secret is None else [secret]
    )
