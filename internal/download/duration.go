package download

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strings"
	"time"
)

// longest is the longest duration that is believed.
const longest = 1000 * time.Hour

// duration reads how long a file plays from what its format says of itself; 0
// where that cannot be read. It reads a bounded part of the file.
func duration(f io.ReaderAt, size int64, mediaType string) time.Duration {
	var d time.Duration
	switch {
	case mediaType == "audio/wav":
		d = wavDuration(f, size)
	case mediaType == "audio/mpeg":
		d = mp3Duration(f, size)
	case mediaType == "audio/mp4", strings.HasPrefix(mediaType, "video/"), mediaType == "audio/3gpp":
		d = mp4Duration(f, size)
	}
	if d < 0 || d > longest {
		return 0
	}
	return d.Round(time.Millisecond)
}

// playtime is n units of which there are rate in a second.
func playtime(n, rate float64) time.Duration {
	if s := n / rate; s >= 0 && s < longest.Seconds() { // false for NaN too
		return time.Duration(s * float64(time.Second))
	}
	return 0
}

// readAt fills b from an offset; it is false where the file ends before.
func readAt(f io.ReaderAt, b []byte, offset int64) bool {
	if offset < 0 {
		return false
	}
	n, err := f.ReadAt(b, offset)
	return n == len(b) && (err == nil || err == io.EOF)
}

// maxChunks bounds the chunks or boxes of a file that are looked at.
const maxChunks = 256

// wavDuration divides the length of the sound by its bytes a second. A length
// that was not known when the header was written is the rest of the file.
func wavDuration(f io.ReaderAt, size int64) time.Duration {
	var head [12]byte
	if !readAt(f, head[:], 0) || string(head[8:]) != "WAVE" {
		return 0
	}
	var perSecond uint32
	var long int64 // the length of the sound in RF64, which does not fit elsewhere
	at := int64(len(head))
	for range maxChunks {
		var chunk [8]byte
		if !readAt(f, chunk[:], at) {
			return 0
		}
		at += int64(len(chunk))
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "ds64":
			var b [16]byte
			if readAt(f, b[:], at) {
				long = int64(binary.LittleEndian.Uint64(b[8:]))
			}
		case "fmt ":
			var b [12]byte
			if readAt(f, b[:], at) {
				perSecond = binary.LittleEndian.Uint32(b[8:])
			}
		case "data":
			if length == math.MaxUint32 && long > 0 {
				length = long
			}
			if length == 0 || length > size-at {
				length = size - at
			}
			if perSecond == 0 {
				return 0
			}
			return playtime(float64(length), float64(perSecond))
		}
		at += length + length&1
	}
	return 0
}

// mp4Duration finds moov.mvhd, or moov.mvex.mehd in a file of fragments.
func mp4Duration(f io.ReaderAt, size int64) time.Duration {
	moov, end, ok := box(f, 0, size, "moov")
	if !ok {
		return 0
	}
	at, _, ok := box(f, moov, end, "mvhd")
	if !ok {
		return 0
	}
	var b [32]byte
	if !readAt(f, b[:], at) {
		return 0
	}
	scale, units := binary.BigEndian.Uint32(b[12:]), uint64(binary.BigEndian.Uint32(b[16:]))
	unknown := units == math.MaxUint32
	if b[0] == 1 {
		scale, units = binary.BigEndian.Uint32(b[20:]), binary.BigEndian.Uint64(b[24:])
		unknown = units == math.MaxUint64
	}
	if units == 0 || unknown {
		units = fragments(f, moov, end)
	}
	if scale == 0 {
		return 0
	}
	return playtime(float64(units), float64(scale))
}

// fragments is the length that a file of fragments gives as a whole.
func fragments(f io.ReaderAt, moov, end int64) uint64 {
	mvex, mvexEnd, ok := box(f, moov, end, "mvex")
	if !ok {
		return 0
	}
	var b [12]byte
	at, _, ok := box(f, mvex, mvexEnd, "mehd")
	switch {
	case !ok || !readAt(f, b[:8], at):
		return 0
	case b[0] == 1 && readAt(f, b[:], at):
		return binary.BigEndian.Uint64(b[4:])
	}
	return uint64(binary.BigEndian.Uint32(b[4:]))
}

// box finds a box between two places and gives where its content begins and ends.
func box(f io.ReaderAt, at, end int64, kind string) (from, to int64, ok bool) {
	for range maxChunks {
		var b [16]byte
		if end-at < 8 || !readAt(f, b[:8], at) {
			return 0, 0, false
		}
		header, length := int64(8), int64(binary.BigEndian.Uint32(b[:]))
		switch length {
		case 0:
			length = end - at // to the end
		case 1:
			if !readAt(f, b[:], at) {
				return 0, 0, false
			}
			header, length = 16, int64(binary.BigEndian.Uint64(b[8:]))
		}
		if length < header || length > end-at {
			return 0, 0, false
		}
		if bytes.Equal(b[4:8], []byte(kind)) {
			return at + header, at + length, true
		}
		at += length
	}
	return 0, 0, false
}
