#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image of the assignment.
set -euo pipefail
source=/autograder/source

apt-get update
apt-get install --yes python3 python3-venv
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed: choose Ubuntu 24.04 as the base image of the assignment." >&2
    exit 1
fi
python3 -m venv /autograder/venv
pip="/autograder/venv/bin/python -m pip install --no-cache-dir"
# PyTorch for processors alone: the usual build is some gigabytes larger.
$pip "$(grep '^torch==' "$source/requirements.txt")" --index-url https://download.pytorch.org/whl/cpu
$pip --constraint "$source/constraints.txt" --requirement "$source/requirements.txt"
# A student's program runs as nobody, and sees neither solutions nor hidden tests.
chmod -R go-rwx "$source/grading/sources"
