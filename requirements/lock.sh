#!/usr/bin/env bash
# Compile the two pyproject.toml into the pinned, hashed requirement files. They carry no address: whoever installs brings their own index.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

compile() {
    local output=$1
    shift
    env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL uv pip compile --no-config --universal \
        --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet \
        "$@" --output-file "requirements/$output.txt"
}

# The largest set decides, and each smaller one takes its pins from it: installing a larger set over a smaller changes nothing.
project=(pyproject.toml packages/local-cloud/pyproject.toml --group build)
compile all "${project[@]}" --group examples --group dev --extra sagemaker --extra spark --extra awswrangler
compile dev "${project[@]}" --group examples --group dev --extra sagemaker --constraint requirements/all.txt
compile run "${project[@]}" --group examples --group pytest --constraint requirements/all.txt
# The emulator of `make test-ministack`, in an environment of its own: what it pins, this project need not have.
compile ministack --group ministack
