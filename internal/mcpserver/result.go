package mcpserver

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/safejson"
)

// An answer can be half a megabyte, and it goes out twice: as structuredContent
// and escaped in a text. The pieces of a result therefore hold the gateway's
// bytes and encode themselves: over mcptransport straight into the output, elsewhere
// through MarshalJSON.

// textContent is text content. The embedded type makes it an mcp.Content, which
// is an interface that no other package can satisfy; its fields stay empty.
type textContent struct {
	mcp.TextContent
	text []byte
	doc  mcptransport.Document // instead of text
}

func contentOf(s string) textContent { return textContent{text: []byte(s)} }

func (c textContent) Encode(e *mcptransport.Encoder) {
	e.Literal(`{"type":"text","text":`)
	if c.doc != nil {
		e.QuotedDocument(c.doc)
	} else {
		e.Quoted(c.text)
	}
	e.Literal(`}`)
}

// MarshalJSON implements json.Marshaler.
func (c textContent) MarshalJSON() ([]byte, error) { return mcptransport.MarshalPart(c) }

// mediaContent is audio or image content.
type mediaContent struct {
	mcp.AudioContent
	kind      string // audio or image
	mediaType string
	data      []byte
}

func (c mediaContent) Encode(e *mcptransport.Encoder) {
	e.Literal(`{"type":"` + c.kind + `","mimeType":`)
	e.Quoted([]byte(c.mediaType))
	e.Literal(`,"data":`)
	e.Base64(c.data)
	e.Literal(`}`)
}

// MarshalJSON implements json.Marshaler.
func (c mediaContent) MarshalJSON() ([]byte, error) { return mcptransport.MarshalPart(c) }

// blobContent is any other file, embedded as a resource.
type blobContent struct {
	mcp.EmbeddedResource
	uri       string
	mediaType string
	data      []byte
}

func (c blobContent) Encode(e *mcptransport.Encoder) {
	e.Literal(`{"type":"resource","resource":{"uri":`)
	e.Quoted([]byte(c.uri))
	e.Literal(`,"mimeType":`)
	e.Quoted([]byte(c.mediaType))
	e.Literal(`,"blob":`)
	e.Base64(c.data)
	e.Literal(`}}`)
}

// MarshalJSON implements json.Marshaler.
func (c blobContent) MarshalJSON() ([]byte, error) { return mcptransport.MarshalPart(c) }

// structured is structuredContent: a JSON object, or any other JSON value as the
// only member of one.
type structured struct {
	body   mcptransport.Document // on one line
	member string                // the member that holds body; empty where body is an object
}

func (s structured) Encode(e *mcptransport.Encoder) {
	if s.member == "" {
		e.Raw(s.body)
		return
	}
	e.Literal(`{"` + s.member + `":`)
	e.Raw(s.body)
	e.Literal(`}`)
}

// MarshalJSON implements json.Marshaler.
func (s structured) MarshalJSON() ([]byte, error) { return mcptransport.MarshalPart(s) }

// documentResult is the result for a JSON body: the body as text, and the same
// as structured content.
func documentResult(body json.RawMessage) (*mcp.CallToolResult, error) {
	line, err := oneLine(body)
	if err != nil {
		return nil, err
	}
	s := structured{body: line}
	switch line[0] {
	case '{':
	case '[':
		s.member = "items"
	default:
		s.member = "value"
	}
	return &mcp.CallToolResult{Content: []mcp.Content{textContent{doc: line}}, StructuredContent: s}, nil
}

// oneLine makes sure that a body can stand in a line of its own. Valid JSON has line
// breaks only between its tokens, compact JSON has none.
func oneLine(body json.RawMessage) (mcptransport.Document, error) {
	if bytes.IndexByte(body, '\n') >= 0 || bytes.IndexByte(body, '\r') >= 0 {
		var compact bytes.Buffer
		if err := json.Compact(&compact, body); err != nil {
			return nil, &apierror.Error{Kind: apierror.Internal, Message: "the gateway's answer is not JSON", Err: err}
		}
		body = compact.Bytes()
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, apierror.New(apierror.Internal, "the gateway's answer is empty")
	}
	return safejson.Document(body), nil
}

// fileContent is a file in the form that fits its media type, and that the client
// knows: audio is younger than images.
func fileContent(f *gateway.File, uri string, audio bool) mcp.Content {
	mediaType := f.MediaType
	plain, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		plain, _, _ = strings.Cut(mediaType, ";")
		plain = strings.ToLower(strings.TrimSpace(plain))
	}
	class, subtype, _ := strings.Cut(plain, "/")
	switch {
	case class == "audio" && audio || class == "image":
		return mediaContent{kind: class, mediaType: mediaType, data: f.Data}
	case class == "text", subtype == "json", strings.HasSuffix(subtype, "+json"):
		return textContent{text: fileText(f)}
	default:
		return blobContent{uri: uri, mediaType: mediaType, data: f.Data}
	}
}

// fileText returns the text of a file. A text that is JSON is safe for those too who
// take it out of the message.
func fileText(f *gateway.File) []byte {
	if json.Valid(f.Data) {
		return safejson.Document(f.Data)
	}
	return f.Data
}
