# The commands of the house. What they need to know stands in the programs they run.

export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/signet/target

.PHONY: help run test test-firefox oracles fuzz bench

help:
	@echo 'make run                 build and serve on http://localhost:8080, data in ./var'
	@echo 'make run ARGS="..."      the same with more flags of `signet serve`'
	@echo 'make test                run every test; installs what they need where it may'
	@echo 'make test ONLY=store     run the tests of one room, or of several: ONLY=store,app'
	@echo 'make test ONLY=console   run the browser tests, or one file of them: ONLY=console/sign-in'
	@echo 'make test-firefox        look at the pages in Firefox ESR, which make test leaves out'
	@echo 'make test ONLY=oracles   compare us with other verifiers over 500 generated ceremonies'
	@echo 'make oracles CASES=10000 SEED=7   the same over more of them, and others'
	@echo 'make fuzz                fuzz every parser, a minute each; needs a C++ compiler'
	@echo 'make fuzz TIME=600       the same for another number of seconds each; ONLY=chain for one target'
	@echo 'make bench               measure; ARGS="..." goes to the bench'

run:
	@cargo build --locked --package server
	@exec "$(CARGO_TARGET_DIR)/debug/signet" serve --data ./var --listen 127.0.0.1:8080 --public-url http://localhost:8080 $(ARGS)

test:
	@cargo xtask test $(if $(ONLY),"ONLY=$(ONLY)")

test-firefox:
	@cargo xtask test ONLY=firefox

oracles:
	@cargo xtask oracles $(if $(CASES),"CASES=$(CASES)") $(if $(SEED),"SEED=$(SEED)")

fuzz:
	@cargo xtask fuzz $(if $(TIME),"TIME=$(TIME)") $(if $(ONLY),"ONLY=$(ONLY)")

bench:
	@cargo run --release --locked --package bench -- $(ARGS)
