#!/usr/bin/env bash
# Compile pyproject.toml into the pinned, hashed requirement files. They carry no address: whoever installs brings their own index.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

compile() {
    local output=$1
    shift
    env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL uv pip compile pyproject.toml --no-config --universal \
        --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet \
        --group build "$@" --output-file "requirements/$output.txt"
}

# The largest set decides, and each smaller one takes its pins from it: installing a larger set over a smaller changes nothing.
compile all --group examples --group dev --all-extras
compile dev --group examples --group dev --extra sagemaker --constraint requirements/all.txt
compile run --group examples --constraint requirements/all.txt
