package download_test

import (
	"testing"

	"zoom-phone-mcp/internal/download"
)

func TestTypes(t *testing.T) {
	for _, c := range []struct{ head, declared, want string }{
		{"RIFF\x00\x00\x00\x00WAVEfmt ", "application/octet-stream", "audio/wav"},
		{"RIFF\x00\x00\x00\x00WAVEfmt ", "text/html", "audio/wav"},
		{"ID3\x04\x00\x00\x00\x00", "", "audio/mpeg"},
		{"\xff\xfb\x90\x00", "", "audio/mpeg"},
		{"\xff\xf3\x28\xc0", "", "audio/mpeg"},               // version 2
		{"\xff\xe3\x28\xc0", "", "audio/mpeg"},               // version 2.5
		{"\xff\xeb\x90\x00", "", "application/octet-stream"}, // a version that is reserved
		{"\xff\xfd\x90\x00", "", "application/octet-stream"}, // layer II
		{"\xff\xfb\xf0\x00", "", "application/octet-stream"}, // no such bit rate
		{"\xff\xfb\x9c\x00", "", "application/octet-stream"}, // no such sample rate
		{"\xff\xf1\x50\x80", "", "audio/aac"},
		{"\xff\xfeH\x00i\x00", "", "text/plain"},
		{"\x00\x00\x00\x20ftypM4A \x00", "audio/x-m4a", "audio/mp4"},
		{"\x00\x00\x00\x20ftypmp42\x00", "audio/mp4", "audio/mp4"},
		{"\x00\x00\x00\x20ftypmp42\x00", "", "video/mp4"},
		{"\x00\x00\x00\x20ftypisom\x00", "", "video/mp4"},
		{"OggS\x00", "audio/ogg", "application/ogg"},
		{"fLaC\x00", "", "audio/flac"},
		{"#!AMR\n\x3c", "", "audio/amr"},
		{"II*\x00", "", "image/tiff"},
		{"MM\x00*", "", "image/tiff"},
		{"%PDF-1.4", "application/octet-stream", "application/pdf"},
		{"\x89PNG\r\n\x1a\n", "", "image/png"},
		{`{"a":1`, "", "application/json"},
		{`[{"a":"cut o`, "text/plain", "application/json"},
		{"[00:01] Hello", "text/plain", "text/plain"},
		{"a,b\n1,2\n", "text/csv; charset=utf-8", "text/csv"},
		{"hello", "application/json", "text/plain"},
		{"<html>", "audio/mpeg", "text/html"},
		{"\x00\x01\x02", "audio/x-gsm", "audio/x-gsm"},
		{"\x00\x01\x02", "Audio/X-WAV", "audio/wav"},
		{"\x00\x01\x02", "text/html", "application/octet-stream"},
		{"\x00\x01\x02", "nonsense", "application/octet-stream"},
		{"\x00\x01\x02", "", "application/octet-stream"},
	} {
		if got := download.Sniff([]byte(c.head), c.declared); got != c.want {
			t.Errorf("%q as %q: %s, want %s", c.head, c.declared, got, c.want)
		}
	}
}
