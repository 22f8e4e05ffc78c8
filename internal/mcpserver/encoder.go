package mcpserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"unicode/utf8"
)

const (
	// flushAt is how much an encoder with an output collects before it writes:
	// what a pipe takes at once on most systems.
	flushAt = 64 << 10
	// escapeChunk is how much source is escaped at a time. A byte becomes six at
	// most, so that a buffer of encoderSize never grows.
	escapeChunk = 8 << 10
	encoderSize = flushAt + 6*escapeChunk
	// base64Chunk is a multiple of three: pieces join without padding.
	base64Chunk = 24 << 10
)

// encoder appends JSON piece by piece. With an output it writes as it goes and
// its buffer stays as large as it was made, however long a message is; without
// one everything stays in the buffer.
type encoder struct {
	out io.Writer
	buf []byte
	err error // the first error of out; nothing is written after it
}

func newEncoder(out io.Writer) *encoder {
	return &encoder{out: out, buf: make([]byte, 0, encoderSize)}
}

// flush writes what was collected.
func (e *encoder) flush() {
	if e.out == nil || len(e.buf) == 0 {
		return
	}
	e.write(e.buf)
	e.buf = e.buf[:0]
}

func (e *encoder) write(b []byte) {
	if e.err == nil {
		_, e.err = e.out.Write(b)
	}
}

func (e *encoder) flushIfFull() {
	if len(e.buf) >= flushAt {
		e.flush()
	}
}

// literal appends JSON that is known to be short.
func (e *encoder) literal(s string) {
	e.buf = append(e.buf, s...)
	e.flushIfFull()
}

// raw appends JSON that exists already; long values are written without a copy.
func (e *encoder) raw(b []byte) {
	if e.out != nil && len(b) >= flushAt/2 {
		e.flush()
		e.write(b)
		return
	}
	e.buf = append(e.buf, b...)
	e.flushIfFull()
}

// quoted appends valid UTF-8 as a JSON string.
func (e *encoder) quoted(text []byte) {
	e.buf = append(e.buf, '"')
	for len(text) > 0 {
		n := min(len(text), escapeChunk)
		e.buf = appendEscaped(e.buf, text[:n])
		text = text[n:]
		e.flushIfFull()
	}
	e.buf = append(e.buf, '"')
}

// base64 appends data as a JSON string in standard base64.
func (e *encoder) base64(data []byte) {
	e.buf = append(e.buf, '"')
	for len(data) > 0 {
		n := min(len(data), base64Chunk)
		e.buf = base64.StdEncoding.AppendEncode(e.buf, data[:n])
		data = data[n:]
		e.flushIfFull()
	}
	e.buf = append(e.buf, '"')
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, validUTF8([]byte(s)))
	return append(dst, '"')
}

const hex = "0123456789abcdef"

// appendEscaped appends text as it stands inside a JSON string. Only ASCII needs
// escaping there, so the text may be cut anywhere as long as the whole is valid
// UTF-8.
func appendEscaped(dst, text []byte) []byte {
	start := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	return append(dst, text[start:]...)
}

// validUTF8 gives b itself where it is valid, and else a copy with U+FFFD for
// every byte that is not part of a character, as encoding/json has it.
func validUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		out = utf8.AppendRune(out, r)
		b = b[size:]
	}
	return out
}

// marshal is json.Marshal without the escaping for HTML, which would only make
// a model read \u003c.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'}), nil
}
