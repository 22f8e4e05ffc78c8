// Package sanitize removes invisible characters from text written by outside
// parties.
//
// It must not know which texts those are.
package sanitize

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"zoom-phone-mcp/internal/rawjson"
	"zoom-phone-mcp/internal/safejson"
)

// JSON removes invisible characters from the strings of a JSON document:
// control characters but line feed and tab, controls of writing direction, tag
// characters, byte order marks, zero-width and other default-ignorable
// characters, and noncharacters. Characters and \u escapes are treated alike. A
// joiner stays between characters that it joins (emoji, and scripts that need it), a
// variation selector behind a character that it varies.
//
// The document is one that safejson made safe: no halves of characters are left in
// it that could come together. Everything else stays byte for byte; with nothing to remove the result is body
// itself. The count is of the characters removed.
func JSON(body []byte) ([]byte, int) {
	// Outside its strings a document has neither backslashes nor bytes above 0x7e,
	// so there is no need to know where strings begin.
	var out []byte
	kept, removed := 0, 0 // body[:kept] is in out
	for i := suspicious(body, 0); i < len(body); i = suspicious(body, i) {
		r, size := character(body, i)
		if !hidden(r, func() rune { return before(out, body[kept:i]) }, func() rune { n, _ := character(body, i+size); return n }) {
			i += size
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(body))
		}
		out = append(out, body[kept:i]...)
		i += size
		kept = i
		removed++
	}
	if removed == 0 {
		return body, 0
	}
	return append(out, body[kept:]...), removed
}

// Text is JSON for a text that is not JSON. The lines of the result end with line feeds.
func Text(text string) (string, int) {
	text = lineEnds.Replace(text)
	clean, removed := JSON(safejson.Quote(text))
	if removed == 0 {
		return text, 0
	}
	return rawjson.Unquote(clean), removed
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// suspects are the bytes that a character may begin with that has to be looked at.
var suspects = func() (t [256]bool) {
	t['\\'], t[0x7f] = true, true
	// C1 and U+00AD; U+034F; U+061C; U+115F, U+17B4, U+180B; U+2000; U+3164; U+FE00,
	// U+FEFF, U+FFA0, U+FFF0; plane 1 (U+1BCA0, U+1D173) and plane 14.
	for _, b := range []byte{0xc2, 0xcd, 0xd8, 0xe1, 0xe2, 0xe3, 0xef, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4} {
		t[b] = true
	}
	return t
}()

func suspicious(d []byte, i int) int {
	const (
		each = 0x0101010101010101
		top  = 0x80 * each
	)
	for {
		// Eight bytes at a time, as long as they are plain ASCII.
		for i+8 <= len(d) {
			w := binary.LittleEndian.Uint64(d[i:])
			slash, del := w^'\\'*each, w^0x7f*each
			if m := (w | (slash-each)&^slash | (del-each)&^del) & top; m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(d) || suspects[d[i]] {
			return i
		}
		i++
	}
}

// noRune stands for the end of a string, and for everything that is no character.
const noRune rune = -1

// character reads the character at d[i], which may be an escape, and its length
// in bytes. A lone surrogate comes as itself.
func character(d []byte, i int) (rune, int) {
	if i >= len(d) || d[i] == '"' {
		return noRune, 1
	}
	if d[i] != '\\' {
		return utf8.DecodeRune(d[i:])
	}
	if i+1 >= len(d) {
		return noRune, 1
	}
	switch d[i+1] {
	case 'u':
		r := hex4(d, i+2)
		if r < 0 {
			return noRune, 2
		}
		if utf16.IsSurrogate(r) {
			if i+7 < len(d) && d[i+6] == '\\' && d[i+7] == 'u' {
				if both := utf16.DecodeRune(r, hex4(d, i+8)); both != utf8.RuneError {
					return both, 12
				}
			}
		}
		return r, 6
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'r':
		return '\r', 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	}
	return rune(d[i+1]), 2
}

func hex4(d []byte, i int) rune {
	if i+4 > len(d) {
		return -1
	}
	n, err := strconv.ParseUint(string(d[i:i+4]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// before returns the last character of what was kept, which ends in the tail.
func before(out, tail []byte) rune {
	if len(tail) == 0 {
		tail = out
	}
	// Escapes have at most 12 bytes; start at a place that is surely no middle.
	from := max(0, len(tail)-64)
	for from > 0 && !utf8.RuneStart(tail[from]) {
		from--
	}
	if n := len(tail); n > 0 && tail[n-1] < utf8.RuneSelf {
		// ASCII, or the end of an escape.
		for back := 6; back <= 12 && back <= n; back += 6 {
			if tail[n-back] == '\\' {
				if r, size := character(tail, n-back); size == back {
					if back == 6 && utf16.IsSurrogate(r) {
						continue
					}
					return r
				}
			}
		}
		return rune(tail[n-1])
	}
	r, size := utf8.DecodeLastRune(tail[from:])
	if size == 0 {
		return noRune
	}
	return r
}

// hidden reports whether a character has to be removed, between the one before and the next.
func hidden(r rune, before, next func() rune) bool {
	switch {
	case r == noRune || r == '\n' || r == '\t':
		return false
	case r < ' ', r >= 0x7f && r <= 0x9f:
		return true
	case r < 0xad:
		return false
	case r == 0x200c || r == 0x200d: // zero-width non-joiner and joiner
		return !(joins(before()) && joins(next()))
	case r >= 0xfe00 && r <= 0xfe0f: // variation selectors
		return !varies(r, before(), next)
	case r == 0x00ad, // soft hyphen
		r == 0x034f,                                        // combining grapheme joiner
		r == 0x061c,                                        // direction
		r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, // Hangul fillers
		r == 0x17b4, r == 0x17b5, // Khmer vowels that are not shown
		r >= 0x180b && r <= 0x180f,            // Mongolian selectors and separator
		r == 0x200b, r == 0x200e, r == 0x200f, // zero-width space, direction
		r >= 0x202a && r <= 0x202e, // direction
		r >= 0x2060 && r <= 0x206f, // word joiner, invisible operators, direction
		r == 0xfeff,
		r >= 0xfff0 && r <= 0xfffb,                                 // unassigned, interlinear annotation
		r >= 0x1bca0 && r <= 0x1bca3, r >= 0x1d173 && r <= 0x1d17a, // shorthand, musical
		r >= 0xe0000 && r <= 0xe0fff: // tags, more variation selectors
		return true
	}
	return r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe // noncharacters
}

// varies reports whether a variation selector has a function behind a character: 15 and
// 16 choose between text and emoji, the first three a form of ideographs, of mathematical
// signs and of the letters of a few scripts. Elsewhere sixteen of them spell a message.
func varies(selector, r rune, next func() rune) bool {
	if selector >= 0xfe0e {
		return r >= 0x203c && r <= 0x2bff || r >= 0x3030 && r <= 0x3299 || r >= 0x1f000 && r <= 0x1faff || r == 0xa9 || r == 0xae ||
			r >= '#' && r <= '9' && next() == 0x20e3 // a keycap
	}
	return selector <= 0xfe02 && (r >= 0x1000 && r <= 0x109f || r >= 0x2190 && r <= 0x2aff || r >= 0x3000 && r <= 0x9fff ||
		r >= 0xa840 && r <= 0xa87f || r >= 0xf900 && r <= 0xfaff || r >= 0x10ac0 && r <= 0x10aff || r >= 0x20000 && r <= 0x3ffff)
}

// joining are the scripts and signs in which joiners have a function, as pairs of
// first and last.
var joining = [][2]rune{
	{0x0600, 0x08ff}, // Arabic, Syriac, N'Ko, Mandaic and their like
	{0x0900, 0x0dff}, // the scripts of India
	{0x0f00, 0x109f}, // Tibetan, Burmese
	{0x1780, 0x18af}, // Khmer, Mongolian
	{0x1900, 0x1cff}, // Limbu to Vedic
	{0x2190, 0x27bf}, // signs that are emoji too
	{0x2b00, 0x2bff},
	{0xa840, 0xabff},
	{0xfb50, 0xfdcf}, {0xfe0e, 0xfe0f}, {0xfe70, 0xfefc},
	{0x10a00, 0x11fff}, // Kharoshthi to the younger scripts of India
	{0x1e900, 0x1e95f}, // Adlam
	{0x1f000, 0x1faff}, // emoji
}

func joins(r rune) bool {
	return slices.ContainsFunc(joining, func(p [2]rune) bool { return p[0] <= r && r <= p[1] }) && r != 0x061c && (r < 0x180b || r > 0x180f) && r != 0x17b4 && r != 0x17b5
}
