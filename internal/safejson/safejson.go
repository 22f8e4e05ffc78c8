// Package safejson writes JSON that every client can read. All JSON that leaves the
// program is made or checked here.
//
// JSON may hold characters that break its transport. U+2028, U+2029 and U+0085
// end a line for many readers of lines and events, so that a message arrives in
// pieces: here they are always escapes, which mean the same. A surrogate without
// its partner, and bytes that are not UTF-8, make strict readers refuse the whole
// document or crash: here U+FFFD stands in their place, in strings and in keys.
//
// It must not know what is written.
package safejson

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// top has the highest bit of each of eight bytes: those of bytes beyond ASCII.
const top = 0x8080808080808080

// replacement stands for what is not a character.
const replacement = "\ufffd"

// Marshal returns v as compact JSON, without the escapes for HTML, which would only
// make people and models read \u003c.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return Document(bytes.TrimSuffix(b.Bytes(), []byte{'\n'})), nil
}

// Document returns a JSON document in the form that is safe to send: doc itself
// where it is so already, and else a copy. Everything but the characters in
// question stays byte for byte.
func Document(doc []byte) []byte {
	var out []byte
	kept := 0 // doc[:kept] is in out
	replace := func(at, size int, instead string) {
		if out == nil {
			out = make([]byte, 0, len(doc)+len(doc)/8+16)
		}
		out = append(append(out, doc[kept:at]...), instead...)
		kept = at + size
	}
	// Outside its strings a document has neither backslashes nor bytes beyond ASCII.
	for slash, high := backslash(doc, 0), beyondASCII(doc, 0); slash < len(doc) || high < len(doc); {
		if slash < high {
			size, instead := escape(doc[slash:])
			if instead != "" {
				replace(slash, size, instead)
			}
			slash = backslash(doc, slash+size)
			continue
		}
		run, size := foreign(doc[high:])
		if high += run; size > 0 {
			replace(high, size, substitute(doc[high:]))
			high += size
		}
		high = beyondASCII(doc, high)
	}
	if out == nil {
		return doc
	}
	return append(out, doc[kept:]...)
}

// backslash returns the first place from i on of a backslash.
func backslash(d []byte, i int) int {
	if i < len(d) {
		if n := bytes.IndexByte(d[i:], '\\'); n >= 0 {
			return i + n
		}
	}
	return len(d)
}

// escape returns the length of the escape, or of the pair of them, that d begins
// with, and what has to stand in its place if it is no character.
func escape(d []byte) (size int, instead string) {
	r := unit(d)
	if r < 0 {
		return 2, ""
	}
	if !utf16.IsSurrogate(r) {
		return 6, ""
	}
	if utf16.DecodeRune(r, unit(d[6:])) != utf8.RuneError {
		return 12, ""
	}
	return 6, replacement
}

// unit reads an escape of four hexadecimal digits, and returns -1 where d begins with anything else.
func unit(d []byte) rune {
	if len(d) < 6 || d[0] != '\\' || d[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(d[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// plain returns how many bytes of text, from the first on, can stay as they are
// but for what JSON itself escapes, and how many behind them have to be replaced;
// none at the end.
func plain(text []byte) (n, size int) {
	for n = beyondASCII(text, 0); n < len(text); n = beyondASCII(text, n) {
		run, size := foreign(text[n:])
		if n += run; size > 0 {
			return n, size
		}
	}
	return n, 0
}

// beyondASCII returns the first place from i on of a byte that is not ASCII.
func beyondASCII(text []byte, i int) int {
	for ; i+32 <= len(text); i += 32 {
		four := text[i : i+32]
		if (binary.LittleEndian.Uint64(four)|binary.LittleEndian.Uint64(four[8:])|binary.LittleEndian.Uint64(four[16:])|binary.LittleEndian.Uint64(four[24:]))&top != 0 {
			break
		}
	}
	for ; i+8 <= len(text); i += 8 {
		if m := binary.LittleEndian.Uint64(text[i:]) & top; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// foreign returns how many bytes of a run beyond ASCII, with which text begins, can
// stay, and how many behind them have to be replaced; none where the run ends.
func foreign(text []byte) (n, size int) {
	for n < len(text) && text[n] >= utf8.RuneSelf {
		// The letters of two bytes, of which many texts are made.
		if c := text[n]; c > 0xc2 && c < 0xe0 && n+1 < len(text) && text[n+1]&0xc0 == 0x80 {
			n += 2
			continue
		}
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return n, size
		}
		n += size
	}
	return n, 0
}

// substitute returns what has to stand in a string for the character, or the byte
// that is none, that text begins with.
func substitute(text []byte) string {
	switch r, _ := utf8.DecodeRune(text); r {
	case '\u0085':
		return `\u0085`
	case '\u2028':
		return `\u2028`
	case '\u2029':
		return `\u2029`
	}
	return replacement
}
