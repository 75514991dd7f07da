# Every target installs first what is missing and says so. The scripts behind them can be run alone.
# Without debugging information and symbols, which are half of the file.
SWIFT_BUILD = swift build -c release --static-swift-stdlib -Xlinker -s --product ringdove
DEPENDENCIES = scripts/install-dependencies
DIFFERENTIAL = swift run -c release differential --server $(BINARY) --commands $(COMMANDS) --seed $(SEED)
BINARY ?= $(CURDIR)/.build/release/ringdove
PORT ?= 6379
KILLS ?= 1000
SCHEDULES ?= 200
REPLICAS ?= 3
# Random commands compared with redis-server in an everyday run: TARGETS T3.
COMMANDS ?= 1000000
SEED ?= 1

.PHONY: help build serve cluster sentinel test test-full crash faults check format suite differential bench compare

help: ## what there is (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the server, at .build/release/ringdove; runs where no Swift is installed
	@$(DEPENDENCIES) build
	$(SWIFT_BUILD)

serve: build ## a server in the foreground (PORT=6379, ARGS="--requirepass secret")
	exec .build/release/ringdove --port $(PORT) $(ARGS)

cluster: build ## one primary and its replicas, their state in the terminal, more and fewer while it runs (REPLICAS=3 PORT=6379)
	@$(DEPENDENCIES) live
	exec scripts/cluster $(REPLICAS) $(PORT)

sentinel: build ## the same under three Redis sentinels: kill the primary and watch (REPLICAS=3 PORT=6379)
	@$(DEPENDENCIES) sentinel
	exec scripts/sentinel $(REPLICAS) $(PORT)

test: ## everything: unit, tidiness, server and compatibility tests (about a quarter of an hour on two cores)
	@$(DEPENDENCIES) build test
	$(SWIFT_BUILD)
	swift build --build-tests
	RINGDOVE_BINARY=$(BINARY) swift test --skip-build
	BINARY=$(BINARY) Tests/Compatibility/suite
	$(DIFFERENTIAL)

test-full: ## the same, with the long scenes at full length
	RINGDOVE_FULL=1 $(MAKE) test COMMANDS=10000000

crash: build ## kills the server again and again, under load and at named points, and looks for what it acknowledged (KILLS=1000)
	swift build --build-tests
	RINGDOVE_BINARY=$(BINARY) RINGDOVE_KILLS=$(KILLS) swift test --skip-build --filter CrashTests

faults: build ## clusters broken by seeded schedules, under writers: all agree again and keep what was promised (SCHEDULES=200 SEED=1)
	@$(DEPENDENCIES) build test
	swift build --build-tests
	RINGDOVE_BINARY=$(BINARY) RINGDOVE_SCHEDULES=$(SCHEDULES) RINGDOVE_SEED=$(SEED) swift test --skip-build --filter FaultTests

check: ## formatting and tidiness, without a server
	@$(DEPENDENCIES) build
	swift format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Tests
	swift test --filter TidyTests

format: ## all Swift sources, in place
	swift format --in-place --recursive --parallel --configuration .swift-format Package.swift Sources Tests bench

suite: build ## Redis 7.0's own test suite (UNITS="unit/scan", BINARY=redis-server for the reference)
	@$(DEPENDENCIES) build test
	BINARY=$(BINARY) Tests/Compatibility/suite $(UNITS)

differential: build ## random commands beside redis-server, every reply compared (COMMANDS=1000000 SEED=1 ARGS="--phase 7")
	@$(DEPENDENCIES) build test
	$(DIFFERENTIAL) $(ARGS)

bench: ## the load generator and the replica sinks, at bench/.build/release
	@$(DEPENDENCIES) build bench
	swift build --package-path bench -c release

compare: build bench ## ringdove beside redis-server: speed, latency, fan-out, as one HTML page
	bench/compare $(ARGS)
