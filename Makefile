# The program's version is what the Go toolchain notes of the source; releases set it.
BIN := bin/zoom-phone-mcp
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# What a release is made with; the flags stand in .goreleaser.yaml and tools/release too.
VERSION ?= 0.0.0
OWNER ?= unreleased
RELEASE_FLAGS = -trimpath -buildvcs=false -ldflags="-s -w -X main.release=$(VERSION)"
GORELEASER := github.com/goreleaser/goreleaser/v2@v2.16.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: build test race load worst generate golden new-method lint fuzz bench microbench soak clean licences supply vuln reproducible share mcpb check-mcpb check-container snapshot

build:
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o $(BIN) ./cmd/zoom-phone-mcp

# Everything, and once more with the race detector, which needs a C compiler.
test:
	go test ./...
	$(MAKE) race

race:
	CGO_ENABLED=1 go test -race ./...

# 500 sessions of each kind over HTTP, 64 of them calling, for two minutes.
load:
	ZOOM_PHONE_LOAD=2m go test -v -count=1 -timeout 10m -run TestManyClientsAtOnceLeaveNothingBehind ./internal/e2e

# The worst that 64 callers can ask for five minutes.
worst:
	ZOOM_PHONE_WORST=5m go test -v -count=1 -timeout 15m -run TestTheWorstQuestions ./internal/e2e

generate:
	go run ./tools/generate

# Golden files, anew.
golden:
	UPDATE_GOLDEN=1 go test $$(grep -rl --include='*_test.go' UPDATE_GOLDEN internal | xargs -n1 dirname | sort -u | sed 's|^|./|')

# Two more methods in a copy of the repository: nothing but the spec needs a hand.
new-method:
	NEW_METHOD_TEST=1 go test -v -count=1 -run TestNewMethodNeedsNoOtherFile ./tools/generate

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted: $$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go run ./tools/generate -check
	go mod tidy -diff

# Every fuzz target whose name begins with FUZZ, one after another; docs/fuzzing.md says what they hold. Without its
# bound, making inputs smaller takes most of the time.
FUZZ ?= Fuzz
FUZZTIME ?= 5m
fuzz:
	@grep -rEo --include='*_test.go' '^func $(FUZZ)[A-Za-z0-9_]*' cmd internal spec | sed 's|/[^/]*:func | |' | sort | { \
		failed=; \
		while read -r dir target; do \
			echo "== $$target in $$dir"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$dir" || failed="$$failed $$target"; \
		done; \
		[ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }; }

# How fast it is, beside bare GETs and a minimal mcp-go server; BENCHFLAGS="-docs docs/performance.md" keeps the figures.
bench: build
	go run ./tools/bench -json bin/bench.json $(BENCHFLAGS)

# The benchmarks of single functions.
microbench:
	go test -run '^$$' -bench . -benchmem ./...

# Mixed load with faults over all transports; docs/soak.txt has the report.
SOAKTIME ?= 10m
soak: build
	go run ./tools/soak -time $(SOAKTIME) -out docs/soak.txt

# The list of licences, from the libraries that are linked.
licences:
	tools/licences/licences.sh

# Licences, and the configuration of the release.
supply:
	tools/licences/licences.sh check
	cd tools/supply && go run . ../../.goreleaser.yaml

# Known vulnerabilities in what the program calls, from Go's database on the network.
vuln:
	GOVULNCHECK=$(GOVULNCHECK) packaging/test/vuln.sh

# Two builds from different folders have the same bytes.
reproducible:
	packaging/test/reproducible.sh

# Completion scripts, manual page and licences for archives and packages, in bin/share.
share:
	rm -rf bin/share
	mkdir -p bin/share/completions bin/share/man
	CGO_ENABLED=0 go build $(RELEASE_FLAGS) -o bin/share/program ./cmd/zoom-phone-mcp
	bin/share/program completion bash >bin/share/completions/zoom-phone-mcp.bash
	bin/share/program completion zsh >bin/share/completions/_zoom-phone-mcp
	bin/share/program completion fish >bin/share/completions/zoom-phone-mcp.fish
	bin/share/program completion powershell >bin/share/completions/zoom-phone-mcp.ps1
	bin/share/program man | gzip -9n >bin/share/man/zoom-phone-mcp.1.gz
	rm bin/share/program
	tools/licences/licences.sh texts >bin/share/third-party-licences.txt

# The MCPB bundle, in bin/mcpb. MCPB_MADE says that it is there, made where nothing can be published.
mcpb: share
	test -n "$(MCPB_MADE)" || go run ./tools/release bundle --version=$(VERSION) --owner=$(OWNER)

# A bundle for this machine is packed, unpacked and started, and its entry in the registry is validated.
check-mcpb: share
	go run ./tools/release bundle --version=$(VERSION) --owner=$(OWNER) --platforms=host --output=bin/mcpb
	go run ./tools/release check-bundle bin/mcpb/zoom-phone-mcp-$(VERSION).mcpb
	go run ./tools/release server --version=$(VERSION) --owner=$(OWNER) --bundle=bin/mcpb/zoom-phone-mcp-$(VERSION).mcpb

# The program runs as in a container: a read-only root with nothing but the binary.
check-container:
	CGO_ENABLED=0 go build $(RELEASE_FLAGS) -o bin/static/zoom-phone-mcp ./cmd/zoom-phone-mcp
	packaging/test/readonly-root.sh bin/static/zoom-phone-mcp

# Everything that a release has, without publishing it, in dist. Building goreleaser takes minutes the first time;
# SKIP=docker where there is no Docker engine.
SKIP ?=
snapshot:
	go run $(GORELEASER) release --snapshot --clean $(if $(SKIP),--skip=$(SKIP))

clean:
	rm -rf bin dist
