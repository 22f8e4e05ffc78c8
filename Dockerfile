# A static binary on a base without a shell, as a user who is not root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /zoom-phone-mcp ./cmd/zoom-phone-mcp

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /zoom-phone-mcp /zoom-phone-mcp
USER nonroot:nonroot
# The home cannot be written where the root is read-only; /tmp is a tmpfs or a volume then.
ENV ZOOM_DOWNLOAD_DIR=/tmp/zoom-phone-mcp
ENTRYPOINT ["/zoom-phone-mcp"]
CMD ["stdio"]
