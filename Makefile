# Run make without a target for the list of targets.

GO            = go
FUZZTIME      = 30s
BENCH         = .
LINT_VERSION  = 2.15.0
LINT_PACKAGE  = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION)

.PHONY: help check format vet lint test race examples bench bench-tags fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Variables: FUZZTIME=$(FUZZTIME) for each fuzz target, BENCH=$(BENCH) for the benchmarks to run.'

check: format vet lint race examples ## everything a change must pass

format: ## fail if gofmt would change a file
	@changed=$$(gofmt -l .) && if [ -n "$$changed" ]; then \
	  echo "gofmt would change:"; echo "$$changed"; exit 1; fi

vet: ## go vet
	$(GO) vet ./...

lint: ## golangci-lint, the installed one if it has the right version
	@if golangci-lint version 2>/dev/null | grep -qF ' $(LINT_VERSION) '; then \
	  set -x; golangci-lint run ./...; \
	else \
	  set -x; $(GO) run $(LINT_PACKAGE) run ./...; \
	fi

test: ## the tests
	$(GO) test ./...

race: ## the tests with the race detector, which needs a C compiler
	$(GO) test -race ./...

examples: ## run the example programs
	$(GO) run ./examples/quickstart </dev/null
	$(GO) run ./examples/policycheck -config examples/policycheck/testdata/hub.conf -cases examples/policycheck/testdata/cases.yaml
	$(GO) run ./examples/tagtool explain dist-rocky8-updates-build kernel </dev/null

bench: ## the benchmarks, with allocations
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

fuzz: ## every fuzz target, one after the other
	@GO='$(GO)' .ci/fuzz '$(FUZZTIME)'

bench-tags: ## time questions about tags over DSN=..., a Koji database, or over one made for it
	$(GO) run ./internal/benchtags $(if $(DSN),-dsn '$(DSN)') $(if $(TAG),-tag '$(TAG)') $(if $(SCALE),-scale $(SCALE))
