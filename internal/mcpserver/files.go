package mcpserver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/safejson"
)

type fileURLKey struct{}

// WithFileURL returns a context whose calls answer with the addresses that f makes
// of files; without one a file has no address but that of the resource.
func WithFileURL(ctx context.Context, f func(id, name string) string) context.Context {
	return context.WithValue(ctx, fileURLKey{}, f)
}

// fileFacts are what is told of a file.
type fileFacts struct {
	URI string `json:"uri"`
	*gateway.File
	Path    string `json:"path,omitempty"`
	Expires string `json:"expires,omitempty"`
}

// fileResult is the result for a file: the link to it, the facts as a text for
// models whose host does not show links, and the content itself where it was asked
// for. Over HTTP the link is an address of this server; elsewhere the reader is on
// the same machine, and is told the path.
func fileResult(ctx context.Context, f *gateway.File) *mcp.CallToolResult {
	told := fileFacts{URI: gateway.FileURI(f.ID), File: f, Path: f.Path}
	if address, ok := ctx.Value(fileURLKey{}).(func(id, name string) string); ok {
		told.URI, told.Path = address(f.ID, f.Name), ""
	}
	if !f.Expires.IsZero() {
		told.Expires = f.Expires.UTC().Format(time.RFC3339)
	}
	facts, err := safejson.Marshal(told)
	if err != nil {
		facts = mcptransport.Document("{}") // texts and numbers always have an encoding
	}
	result := &mcp.CallToolResult{Content: []mcp.Content{textContent{doc: facts}}, StructuredContent: structured{body: facts}}
	version := server.RequestProtocolVersion(ctx)
	if knows(version, mcp.ProtocolVersion20250618) {
		link := linkContent{uri: told.URI, name: f.Name, mediaType: f.MediaType, size: f.Bytes}
		result.Content = append([]mcp.Content{link}, result.Content...)
	}
	if f.Data != nil {
		result.Content = append(result.Content, fileContent(f, told.URI, knows(version, mcp.ProtocolVersion20250326)))
	}
	return result
}

// knows reports whether a client that speaks a version of the protocol knows what
// came with another one: a client refuses a result with content of a type that is
// new to it. Versions are dates; a client that does not say is taken for a new one.
func knows(version, since string) bool { return version == "" || version >= since }

// linkContent is a link to a resource.
type linkContent struct {
	mcp.ResourceLink
	uri, name, mediaType string
	size                 int64
}

func (c linkContent) Encode(e *mcptransport.Encoder) {
	link, err := safejson.Marshal(struct {
		Type      string `json:"type"`
		URI       string `json:"uri"`
		Name      string `json:"name"`
		MediaType string `json:"mimeType,omitempty"`
		Size      int64  `json:"size"`
	}{"resource_link", c.uri, c.name, c.mediaType, c.size})
	if err != nil {
		link = mcptransport.Document(`{"type":"text","text":""}`) // cannot be: see above
	}
	e.Raw(link)
}

// MarshalJSON implements json.Marshaler.
func (c linkContent) MarshalJSON() ([]byte, error) { return mcptransport.MarshalPart(c) }

// The addresses of files: as a resource, and as a link of an HTTP server.
const (
	keptURI  = "zoom-phone://files/{id}"
	linkURI  = "https://{+host}/files/{id}/{name}"
	plainURI = "http://{+host}/files/{id}/{name}"
)

func (g guide) readFile(ctx context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	f, err := g.FileContent(ctx, fileID(r.Params.URI))
	if err != nil {
		return nil, unread(ctx, err)
	}
	meta := map[string]any{"name": f.Name, "bytes": f.Bytes, "sha256": f.SHA256, "expires": f.Expires.UTC().Format(time.RFC3339)}
	if f.Text {
		maps.Copy(meta, metaFields(gateway.Meta{Untrusted: []string{"text"}, Removed: f.Removed}))
		return []mcp.ResourceContents{mcp.TextResourceContents{Meta: meta, URI: r.Params.URI, MIMEType: f.MediaType, Text: string(fileText(f))}}, nil
	}
	return []mcp.ResourceContents{mcp.BlobResourceContents{Meta: meta, URI: r.Params.URI, MIMEType: f.MediaType, Blob: base64.StdEncoding.EncodeToString(f.Data)}}, nil
}

// fileID takes the id out of an address of a file. The host of a link does not
// matter: nothing is asked there.
func fileID(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		return path.Base(path.Dir(u.Path))
	}
	return strings.TrimPrefix(u.Path, "/")
}

// statusResult is the result for something that is not there yet: a text, and the
// same as structured content.
func statusResult(text string, status json.RawMessage) *mcp.CallToolResult {
	return &mcp.CallToolResult{
		Content:           []mcp.Content{contentOf(text)},
		StructuredContent: structured{body: safejson.Document(status)},
	}
}
