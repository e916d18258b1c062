# One word for each habit. Every target sets up what it needs from a machine with rustup, Go, Python 3 and make;
# what it builds and installs is kept in a per-user cache, so that only the first run is slow.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

cache := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dms-network-controller
# One target folder for each checkout: Cargo tells by times alone whether a workspace member is fresh, and would take
# the binaries of another checkout for its own.
export CARGO_TARGET_DIR ?= $(cache)/target/$(shell printf '%s' '$(CURDIR)' | cksum | cut -d ' ' -f 1)
binaries := $(CARGO_TARGET_DIR)/debug

cargo_deny_version := 0.20.2
cargo_deny := $(cache)/cargo-deny-$(cargo_deny_version)/bin/cargo-deny
cargo_mutants_version := 27.1.0
cargo_mutants := $(cache)/cargo-mutants-$(cargo_mutants_version)/bin/cargo-mutants

.PHONY: help demo test bench prove lint crds tools build ready clean

help: ## List the targets
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand --tabs=16

demo: ready ## Watch a MigrationNetwork of each topology turn Ready on a local control plane and AWS counterpart
	$(binaries)/dms-network-harness up --aws sandbox --load examples -- tests/demo/run

test: ready $(cargo_mutants) ## Run every test
	CARGO_MUTANTS=$(cargo_mutants) tests/mutants/run --file core/src/network/acl.rs --baseline skip -- --lib -- network
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	cargo test --locked --workspace --no-fail-fast 2>&1 | tee "$$log"; \
	awk '/^test result:/ { passed += $$4; failed += $$6; skipped += $$8 } \
		END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$$log"

bench: ## Measure reading, tracing and planning, built for speed, and print the figures
	cargo bench --locked --package dms-network-bench --benches -- --quiet

prove: ready $(cargo_mutants) ## Prove in the long form what the tests prove in a bounded one: takes hours
	CARGO_MUTANTS=$(cargo_mutants) tests/prove

lint: build $(cargo_deny) ## Check format, lints, licences, bans, sources and generated files
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	$(cargo_deny) --workspace --locked check --hide-inclusion-graph licenses bans sources
	generated=$$(mktemp -d); trap 'rm -rf "$$generated"' EXIT; \
	$(binaries)/dms-network-controller crds -o "$$generated"; \
	diff -r crds "$$generated" && diff -r crds charts/dms-network-controller/files/crds || { echo "crds/ is not what the types say: run make crds" >&2; exit 1; }

crds: build ## Generate crds/ and the chart's copy of it from the types
	$(binaries)/dms-network-controller crds -o crds
	cp crds/*.yaml charts/dms-network-controller/files/crds/

tools: ## Build or find etcd, kube-apiserver, kubectl and helm; install moto and the AWS CLI
	@tests/tools/build
	@tests/aws/venv

# All targets, so that dependencies have the features that the tests give them, and are built but once.
build: ## Build the controller and what the tests and the demo run
	cargo build --locked --workspace --all-targets

# The Go and the Rust builds each have stretches that keep one core busy, so they run side by side.
ready:
	@$(MAKE) --no-print-directory --jobs=2 tools build

clean: ## Remove everything that was built, installed and cached
	cargo clean
	rm -rf $(cache)

# Built without optimisation, and outside our target folder: they are quick enough, and compile in less time.
install = env -u CARGO_TARGET_DIR cargo install --quiet --locked --debug --root $(cache)/$(1)-$(2) $(1) --version $(2)

$(cargo_deny):
	$(call install,cargo-deny,$(cargo_deny_version))

$(cargo_mutants):
	$(call install,cargo-mutants,$(cargo_mutants_version))
