# The program's version is what the Go toolchain notes of the source; releases set it.
BIN := bin/zoom-phone-mcp
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: build test race load generate lint bench clean

build:
	go build -trimpath -ldflags="-s -w" -o $(BIN) ./cmd/zoom-phone-mcp

# Everything, and once more with the race detector, which needs a C compiler.
test:
	go test ./...
	$(MAKE) race

race:
	CGO_ENABLED=1 go test -race ./...

# 500 sessions of each kind over HTTP, 64 of them calling, for two minutes.
load:
	ZOOM_PHONE_LOAD=2m go test -v -count=1 -timeout 10m -run TestManyClientsAtOnceLeaveNothingBehind ./internal/e2e

generate:
	go run ./tools/generate

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted: $$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go run ./tools/generate -check
	go mod tidy -diff

bench:
	go test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf bin
