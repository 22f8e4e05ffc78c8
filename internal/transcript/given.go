package transcript

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
)

// The media types of transcripts that Zoom sends as text.
const (
	PlainText = "text/plain"
	WebVTT    = "text/vtt"
)

// jsonLike is how a document begins that is JSON, whole or not. A line of plain text
// may begin with a bracket too, around its time.
var jsonLike = regexp.MustCompile(`^\s*(\{|\[\s*[\[\]{"])`)

// Given returns a transcript that is a text already, WebVTT or plain, and which of
// them it is. It reports whether data is such a text, and not JSON or no text at all.
func Given(data []byte) (text, mediaType string, ok bool) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if rest, found := bytes.CutPrefix(data, []byte("WEBVTT")); found && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0) {
		mediaType = WebVTT
	} else if jsonLike.Match(data) || !strings.HasPrefix(http.DetectContentType(data), PlainText) || len(bytes.TrimSpace(data)) == 0 {
		return "", "", false
	} else {
		mediaType = PlainText
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", "", false // binary, or another encoding
	}
	return strings.ToValidUTF8(string(data), "\ufffd"), mediaType, true
}
