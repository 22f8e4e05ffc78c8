package mcptransport

import (
	"encoding/base64"
	"io"

	"zoom-phone-mcp/internal/safejson"
)

const (
	// flushAt is how much an Encoder with an output collects before it writes:
	// what a pipe takes at once on most systems.
	flushAt = 64 << 10
	// escapeChunk is how much source is escaped at a time. A byte becomes six at
	// most, so that a buffer of encoderSize hardly ever grows.
	escapeChunk = 8 << 10
	encoderSize = flushAt + 6*escapeChunk + 1024
	// base64Chunk is a multiple of three: pieces join without padding.
	base64Chunk = 24 << 10
)

// Document is JSON that is safe for every client. What is written to one is made of
// documents, of texts that the Encoder itself escapes, and of literals.
type Document []byte

// Part is a part of a result that encodes itself, content or structured content. A
// result of such parts is written to a client without a copy of what they hold; other
// transports encode it through json.Marshaler.
type Part interface{ Encode(*Encoder) }

// MarshalPart encodes a part on its own, for its MarshalJSON.
func MarshalPart(p Part) ([]byte, error) {
	e := &Encoder{}
	p.Encode(e)
	return e.buf, nil
}

// Encoder appends JSON piece by piece. With an output it writes as it goes and
// its buffer stays as large as it was made, however long a message is; without
// one everything stays in the buffer.
type Encoder struct {
	out io.Writer
	buf []byte
	err error // the first error of out; nothing is written after it
}

func newEncoder(out io.Writer) *Encoder {
	return &Encoder{out: out, buf: make([]byte, 0, encoderSize)}
}

// flush writes what was collected.
func (e *Encoder) flush() {
	if e.out == nil || len(e.buf) == 0 {
		return
	}
	e.write(e.buf)
	e.buf = e.buf[:0]
}

func (e *Encoder) write(b []byte) {
	if e.err == nil {
		_, e.err = e.out.Write(b)
	}
}

func (e *Encoder) flushIfFull() {
	if len(e.buf) >= flushAt {
		e.flush()
	}
}

// Literal appends JSON that is known to be short.
func (e *Encoder) Literal(s string) {
	e.buf = append(e.buf, s...)
	e.flushIfFull()
}

// Raw appends a document; long ones are written without a copy.
func (e *Encoder) Raw(d Document) {
	if e.out != nil && len(d) >= flushAt/2 {
		e.flush()
		e.write(d)
		return
	}
	e.buf = append(e.buf, d...)
	e.flushIfFull()
}

// Quoted appends any text as a JSON string.
func (e *Encoder) Quoted(text []byte) {
	e.buf = append(e.buf, '"')
	for len(text) > 0 {
		n := safejson.Cut(text, escapeChunk)
		e.buf = safejson.AppendText(e.buf, text[:n])
		text = text[n:]
		e.flushIfFull()
	}
	e.buf = append(e.buf, '"')
}

// QuotedDocument appends a Document as the text of a JSON string.
func (e *Encoder) QuotedDocument(d Document) {
	e.buf = append(e.buf, '"')
	for len(d) > 0 {
		n := min(len(d), escapeChunk)
		e.buf = safejson.AppendDocument(e.buf, d[:n])
		d = d[n:]
		e.flushIfFull()
	}
	e.buf = append(e.buf, '"')
}

// Base64 appends data as a JSON string in standard base64.
func (e *Encoder) Base64(data []byte) {
	e.buf = append(e.buf, '"')
	for len(data) > 0 {
		n := min(len(data), base64Chunk)
		e.buf = base64.StdEncoding.AppendEncode(e.buf, data[:n])
		data = data[n:]
		e.flushIfFull()
	}
	e.buf = append(e.buf, '"')
}
