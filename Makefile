# irsa: build it, see it work, test it.
#
#   make demo    builds irsa and runs the main job, start to end
#   make test    installs what the tests need (in the tree) and runs all of them; what cannot run
#                here (a cluster's node without root, …) is left out with a line that says why
#   make build   the release binary: target/release/irsa
#   make image   a container image without a daemon: target/image/irsa.tar (IMAGE=registry/name:tag)
#   make test-long   what takes minutes: a million policies in both evaluators
#   make test-k8s    only those on a real Kubernetes cluster, which is built from source once (about
#                5 minutes on two cores; kept in ~/.cache/irsa)
#   make chart   the tests of deploy/ and of the image: chart, alerts, systemd units;
#                `deploy/manifests/render.sh` renders the manifests anew
#   make fuzz    the policy engine under a fuzzer (FUZZ_SECONDS for each target)
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
ORACLE := tests/oracle
MANAGED_POLICIES := target/oracles/managed-policies.json

.PHONY: build image demo oracles test test-rust test-client test-long test-k8s chart fuzz lint bench codegen venv clean need-cargo

need-cargo:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or later from https://rustup.rs" >&2; exit 1; }
	command -v cc >/dev/null || { echo "a C compiler is missing: apt-get install gcc" >&2; exit 1; }

build: need-cargo
	@cargo build --release --locked -p irsa

# `docker load -i` and `ctr images import` read it; the tag is the version when IMAGE has none.
IMAGE ?= irsa
image: build
	@cargo run -q --locked -p xtask -- image --binary $(IRSA) --name $(IMAGE)

demo: build
	@$(IRSA) demo

test: test-rust test-client chart test-k8s

test-rust: need-cargo oracles
	@export IRSA_MANAGED_POLICIES="$(CURDIR)/$(MANAGED_POLICIES)"
	if [ -d $(ORACLE)/node_modules ]; then export IRSA_ORACLE="$(CURDIR)/$(ORACLE)"; fi
	cargo test --workspace --locked

# What the policy engine is held against: AWS's managed policies and other people's evaluator.
oracles: $(MANAGED_POLICIES)
	@if command -v npm >/dev/null; then
	    [ $(ORACLE)/node_modules/.ready -nt $(ORACLE)/package-lock.json ] || { npm --prefix $(ORACLE) ci --no-audit --no-fund --loglevel=error >/dev/null && touch $(ORACLE)/node_modules/.ready; }
	else echo "left out: the comparison with iam-simulate needs Node.js and npm (apt-get install nodejs npm)"; fi

$(MANAGED_POLICIES): $(STAMP)
	@mkdir -p $(@D)
	$(VENV)/bin/python -c 'from moto.iam.aws_managed_policies import aws_managed_policies_data as data; print(data)' >$@

test-client: build venv
	@IRSA_BIN="$(CURDIR)/$(IRSA)" $(VENV)/bin/python -m pytest -q tests/client

test-k8s: build venv
	@if $(MAKE) -s --no-print-directory image >/dev/null; then export IRSA_IMAGE="$(CURDIR)/target/image/irsa.tar";
	else echo "left out: tests with all of irsa in pods need the image (make image)"; fi
	IRSA_BIN="$(CURDIR)/$(IRSA)" suites/kubernetes/run.sh "$(CURDIR)/$(VENV)/bin/python"

# Tools that look at what is deployed, and the packages that have them.
DEPLOY_TOOLS := promtool=prometheus skopeo=skopeo strace=strace systemd-analyze=systemd \
  systemd-nspawn=systemd-container

chart: build venv
	@for tool in $(DEPLOY_TOOLS); do
	    command -v $${tool%=*} >/dev/null || echo "left out: tests with $${tool%=*} (apt-get install $${tool#*=})"
	done
	if $(MAKE) -s --no-print-directory image >/dev/null; then export IRSA_IMAGE="$(CURDIR)/target/image/irsa.tar";
	else echo "left out: tests of the image (make image)"; fi
	export IRSA_BIN="$(CURDIR)/$(IRSA)"
	if helm=$$(deploy/tools/build.sh); then export IRSA_HELM="$$helm/helm" what=tests/chart
	elif [ $$? = 3 ]; then echo "left out: tests of the chart"; what="$$(echo tests/chart/test_{systemd,systemd_boot,image}.py)"
	else exit 1; fi
	$(VENV)/bin/python -m pytest -q $$what

test-long: need-cargo
	@IRSA_POLICY_CASES=1000000 cargo test --release --locked -p policy --test it -- both_evaluators_decide_alike

# WHY: the flags are those of `cargo fuzz`, which needs no more than they say; --target keeps them
# out of build scripts.
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := --cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
FUZZ_TARGETS := document decide glob

fuzz: need-cargo
	@command -v c++ >/dev/null || { echo "a C++ compiler is missing: apt-get install g++" >&2; exit 1; }
	host=$$(rustc -vV | sed -n 's/^host: //p')
	RUSTFLAGS="$(FUZZ_FLAGS)" cargo build --release --locked --manifest-path fuzz/Cargo.toml --target "$$host" --target-dir target/fuzz
	for target in $(FUZZ_TARGETS); do
	    mkdir -p target/fuzz/corpus/$$target
	    target/fuzz/$$host/release/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	      -artifact_prefix=target/fuzz/$$target- -print_final_stats=1 target/fuzz/corpus/$$target fuzz/seeds/$$target
	done

lint: need-cargo venv
	@cargo fmt --version >/dev/null 2>&1 || { echo "rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	cargo clippy --version >/dev/null 2>&1 || { echo "clippy is missing: rustup component add clippy" >&2; exit 1; }
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy -p policy-bench --all-targets --features peers --locked -- -D warnings
	cargo run -q --locked -p xtask -- layers
	cargo run -q --locked -p xtask -- codegen --check
	cargo run -q --locked -p xtask -- reference --check
	if cargo deny --version >/dev/null 2>&1; then cargo deny --offline check bans licenses sources; else echo "left out: cargo-deny is not installed (cargo install cargo-deny)"; fi

bench: build
	@aws=()
	if program=$$(bench/aws-webhook/build.sh); then aws=(--aws-webhook "$$program");
	else echo "left out: AWS's own webhook beside ours needs Go 1.26 (https://go.dev/dl)"; fi
	cargo run --release --locked -p bench -- --irsa $(IRSA) "$${aws[@]}"
	cargo run --release --locked -p policy-bench --features peers
	cargo run --release --locked -p policy-bench --features peers -- instructions

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
