# A static binary on a base without a shell, as a user who is not root.
FROM golang:1.26@sha256:3aff6657219a4d9c14e27fb1d8976c49c29fddb70ba835014f477e1c70636647 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /zoom-phone-mcp ./cmd/zoom-phone-mcp

FROM gcr.io/distroless/static-debian12:nonroot@sha256:afa5c872c891853ca7fcf1f12c3edb23f7eeef36189728842dd51042ff57f7ab
COPY --from=build /zoom-phone-mcp /zoom-phone-mcp
USER nonroot:nonroot
# The home cannot be written where the root is read-only; /tmp is a tmpfs or a volume then.
ENV ZOOM_DOWNLOAD_DIR=/tmp/zoom-phone-mcp
ENTRYPOINT ["/zoom-phone-mcp"]
CMD ["stdio"]
