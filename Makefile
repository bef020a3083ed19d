# irsa: build it, see it work, test it.
#
#   make demo    builds irsa and runs the main job, start to end
#   make test    installs what the tests need (in the tree) and runs all of them
#   make build   the release binary: target/release/irsa
#   make lint    formatting, clippy, layers, generated code and tables
#   make bench   the speed rows

SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

VENV := .venv
PYTHON ?= python3
IRSA := target/release/irsa
STAMP := $(VENV)/.ready

.PHONY: build demo test test-rust test-client lint bench codegen venv clean need-cargo

need-cargo:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or later from https://rustup.rs" >&2; exit 1; }
	command -v cc >/dev/null || { echo "a C compiler is missing: apt-get install gcc" >&2; exit 1; }

build: need-cargo
	@cargo build --release --locked -p irsa

demo: build
	@$(IRSA) demo

test: test-rust test-client

test-rust: need-cargo
	@cargo test --workspace --locked

test-client: build venv
	@IRSA_BIN="$(CURDIR)/$(IRSA)" $(VENV)/bin/python -m pytest -q tests/client

lint: need-cargo venv
	@cargo fmt --version >/dev/null 2>&1 || { echo "rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	cargo clippy --version >/dev/null 2>&1 || { echo "clippy is missing: rustup component add clippy" >&2; exit 1; }
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo run -q --locked -p xtask -- layers
	cargo run -q --locked -p xtask -- codegen --check
	cargo run -q --locked -p xtask -- reference --check
	if cargo deny --version >/dev/null 2>&1; then cargo deny --offline check bans licenses sources; else echo "left out: cargo-deny is not installed (cargo install cargo-deny)"; fi

bench: build
	@cargo run --release --locked -p bench -- --irsa $(IRSA)

codegen: need-cargo venv
	@cargo run -q --locked -p xtask -- codegen

venv: $(STAMP)

$(STAMP): tests/requirements.txt models/botocore-version
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then
	    if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -yq python3-venv;
	    else echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; fi
	fi
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check "botocore==$$(cat models/botocore-version)" -r tests/requirements.txt
	touch $(STAMP)

clean:
	@cargo clean
	rm -rf $(VENV)
