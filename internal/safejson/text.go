package safejson

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// chunk is how much text is escaped at a time. A byte becomes six at most, so that
// no more than that is asked of a buffer at once.
const chunk = 8 << 10

// short is the length up to which a text is looked at first, in bytes: names and ids
// have nothing to escape most often, and should take no more room than they need.
const short = 256

// AppendString appends any text as a JSON string.
func AppendString[T ~string | ~[]byte](dst []byte, text T) []byte {
	dst = append(dst, '"')
	dst = AppendText(dst, []byte(text))
	return append(dst, '"')
}

// Quote returns text as a JSON string.
func Quote[T ~string | ~[]byte](text T) []byte { return AppendString(nil, text) }

// AppendDocument appends a document that Document or Marshal returned as it stands
// inside a JSON string: as the text of a document in a document. It may be appended
// in pieces, cut anywhere.
func AppendDocument(dst, doc []byte) []byte {
	for len(doc) > 0 {
		n := min(len(doc), chunk)
		dst = appendEscaped(dst, doc[:n])
		doc = doc[n:]
	}
	return dst
}

// AppendText appends any text as it stands inside a JSON string. A text that is
// appended in pieces has to be cut between characters.
func AppendText(dst, text []byte) []byte {
	if len(text) <= short && asIs(text) {
		return append(dst, text...)
	}
	for len(text) > 0 {
		piece := text[:Cut(text, chunk)]
		text = text[len(piece):]
		for {
			n, size := plain(piece)
			if dst = appendEscaped(dst, piece[:n]); size == 0 {
				break
			}
			dst = append(dst, substitute(piece[n:])...)
			piece = piece[n+size:]
		}
	}
	return dst
}

// asIs reports whether text stands in a JSON string as it is. It may say no of texts
// beyond ASCII that do.
func asIs(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if w := binary.LittleEndian.Uint64(text); special(w)|w&top != 0 {
			return false
		}
	}
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Cut returns the length of a piece of text that has most bytes at most and does
// not end within a character.
func Cut(text []byte, most int) int {
	if len(text) <= most {
		return len(text)
	}
	for n := most; n > most-utf8.UTFMax; n-- {
		if utf8.RuneStart(text[n]) {
			return n
		}
	}
	return most // there is no character here
}

const hex = "0123456789abcdef"

// appendEscaped appends text of at most chunk bytes with what JSON wants escaped.
//
// Most of the time of a large answer is spent here, and most of that on
// mispredicted branches at quotation marks. Eight bytes are
// therefore looked at together, and copied together as far as they stand side by
// side in the end.
func appendEscaped(dst, text []byte) []byte {
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

// special returns a word that has the highest bit set of each byte which has to be
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

// putEscape writes the escape of a byte and returns its length, six at most.
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
