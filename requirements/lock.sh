#!/usr/bin/env bash
# Compile the two pyproject.toml into requirement files with pins and hashes. They contain no index URL: pip's configuration provides it.
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

# The smaller sets take their pins from the largest, so that installing a larger set over a smaller one changes no version.
project=(pyproject.toml packages/local-cloud/pyproject.toml --group build)
compile all "${project[@]}" --group examples --group dev --extra sagemaker --extra spark --extra awswrangler
compile dev "${project[@]}" --group examples --group dev --extra sagemaker --constraint requirements/all.txt
compile run "${project[@]}" --group examples --group pytest --constraint requirements/all.txt
# The emulator of `make test-ministack`, for a separate environment, because its pins conflict with this project's.
compile ministack --group ministack
