package mcpserver

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const (
	// flushAt is how much an encoder with an output collects before it writes:
	// what a pipe takes at once on most systems.
	flushAt = 64 << 10
	// escapeChunk is how much source is escaped at a time. A byte becomes six at
	// most, so that a buffer of encoderSize hardly ever grows.
	escapeChunk = 8 << 10
	encoderSize = flushAt + 6*escapeChunk + 1024
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
//
// Most of the time of a large answer is spent here, and there most of it on
// guesses of the processor where the next quotation mark comes. Eight bytes are
// therefore looked at together, and copied together as far as they stand side by
// side in the end.
func appendEscaped(dst, text []byte) []byte {
	for len(text) > escapeChunk {
		dst = appendEscaped(dst, text[:escapeChunk])
		text = text[escapeChunk:]
	}
	from := len(dst)
	dst = slices.Grow(dst, 6*len(text)+8)
	out := dst[from:cap(dst)]
	o, i := 0, 0 // written and read
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		binary.LittleEndian.PutUint64(out[o:], w)
		next := 0 // of the eight, the first that is not in its place yet
		for m := special(w); m != 0; m &= m - 1 {
			n := bits.TrailingZeros64(m) >> 3
			o += n - next
			o += putEscape(out[o:], text[i+n])
			next = n + 1
			binary.LittleEndian.PutUint64(out[o:], w>>(8*n)>>8)
		}
		o += 8 - next
	}
	for ; i < len(text); i++ {
		if c := text[i]; c >= ' ' && c != '"' && c != '\\' {
			out[o] = c
			o++
		} else {
			o += putEscape(out[o:], c)
		}
	}
	return dst[:from+o]
}

// special gives a word that has the highest bit set of each byte which has to be
// escaped in w: of quotation marks, backslashes and control characters.
func special(w uint64) uint64 {
	const (
		each = 0x0101010101010101
		low  = 0x7f * each
	)
	quote, slash, high := w^'"'*each, w^'\\'*each, w&(0xe0*each)
	// Adding 0x7f sets the highest bit of all bytes but zero, without a carry.
	return ^((quote&low+low|quote)&(slash&low+low|slash)&(high&low+low|high) | low)
}

// putEscape writes the escape of a byte and gives its length, six at most.
func putEscape(out []byte, c byte) int {
	switch c {
	case '"', '\\':
	case '\n':
		c = 'n'
	case '\r':
		c = 'r'
	case '\t':
		c = 't'
	default:
		return copy(out, []byte{'\\', 'u', '0', '0', hex[c>>4], hex[c&0xf]})
	}
	out[0], out[1] = '\\', c
	return 2
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
