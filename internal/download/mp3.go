package download

import (
	"encoding/binary"
	"io"
	"time"
)

const (
	// maxTag bounds the tags in front of the sound, in bytes.
	maxTag = 64 << 20
	// maxGap is how far the first frame may lie behind them.
	maxGap = 64 << 10
	// maxWalk is how much of a file is walked through, frame by frame, where it
	// does not say its length. What is longer counts if its rate is constant so far.
	maxWalk = 8 << 20
)

// frame is the header of a frame of MPEG audio.
type frame struct {
	layer, rate, bitrate, samples int // samples a second, bits a second, samples in it
	length                        int // bytes
	side                          int // bytes between the header and an index
}

var bitrates = [2][4][15]int{ // of version 1, of versions 2 and 2.5; by layer; kbit/s
	{
		1: {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
		2: {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
		3: {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	},
	{
		1: {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
		2: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		3: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	},
}

// parseFrame reads the header of a frame.
func parseFrame(b []byte) (frame, bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return frame{}, false
	}
	version, layer := b[1]>>3&3, 4-int(b[1]>>1&3) // versions: 0 is 2.5, 2 is 2, 3 is 1
	rate, bits := b[2]>>2&3, b[2]>>4
	if version == 1 || layer == 4 || rate == 3 || bits == 0 || bits == 15 {
		return frame{}, false
	}
	f := frame{layer: layer, rate: []int{44100, 48000, 32000}[rate], samples: 1152}
	old := 0
	switch version {
	case 2:
		f.rate, old = f.rate/2, 1
	case 0:
		f.rate, old = f.rate/4, 1
	}
	f.bitrate = 1000 * bitrates[old][layer][bits]
	mono, padding := b[3]>>6 == 3, int(b[2]>>1&1)
	switch {
	case layer == 1:
		f.samples = 384
		f.length = (12*f.bitrate/f.rate + padding) * 4
	case layer == 3 && old == 1:
		f.samples = 576
		f.length = 72*f.bitrate/f.rate + padding
	default:
		f.length = 144*f.bitrate/f.rate + padding
	}
	switch {
	case old == 0 && mono, old == 1 && !mono:
		f.side = 17
	case old == 0:
		f.side = 32
	default:
		f.side = 9
	}
	return f, f.length >= 4
}

// mp3Duration takes the number of frames from an index (Xing, Info, VBRI), or
// counts them, or divides the length by a rate that does not change.
func mp3Duration(f io.ReaderAt, size int64) time.Duration {
	at := skipTags(f)
	var last [3]byte
	if readAt(f, last[:], size-128) && string(last[:]) == "TAG" {
		size -= 128
	}
	first, at, ok := firstFrame(f, at)
	if !ok {
		return 0
	}
	if n := indexed(f, at, first); n > 0 {
		return playtime(float64(n)*float64(first.samples), float64(first.rate))
	}
	r := &window{f: f}
	start, samples, constant := at, 0.0, true
	for at < size {
		if at-start > maxWalk {
			if !constant {
				return 0
			}
			return playtime(float64(size-start)*8, float64(first.bitrate))
		}
		h, ok := parseFrame(r.at(at))
		if !ok {
			break
		}
		constant = constant && h.bitrate == first.bitrate
		samples += float64(h.samples)
		at += int64(h.length)
	}
	return playtime(samples, float64(first.rate))
}

// skipTags gives where the ID3v2 tags in front end.
func skipTags(f io.ReaderAt) int64 {
	var at int64
	for at < maxTag {
		var b [10]byte
		if !readAt(f, b[:], at) || string(b[:3]) != "ID3" || (b[6]|b[7]|b[8]|b[9])&0x80 != 0 {
			break
		}
		at += 10 + (int64(b[6])<<21 | int64(b[7])<<14 | int64(b[8])<<7 | int64(b[9]))
		if b[5]&0x10 != 0 {
			at += 10 // a footer
		}
	}
	return at
}

// firstFrame finds a frame behind which another one of its kind follows.
func firstFrame(f io.ReaderAt, at int64) (frame, int64, bool) {
	r := &window{f: f}
	for end := at + maxGap; at < end; at++ {
		b := r.at(at)
		if len(b) < 4 {
			return frame{}, 0, false
		}
		h, ok := parseFrame(b)
		if !ok {
			continue
		}
		var next [4]byte
		if !readAt(f, next[:], at+int64(h.length)) {
			return h, at, h.layer == 3 // the only frame there is
		}
		if g, ok := parseFrame(next[:]); ok && g.layer == h.layer && g.rate == h.rate {
			return h, at, true
		}
	}
	return frame{}, 0, false
}

// indexed gives the number of frames that an index in the first one tells, or 0.
func indexed(f io.ReaderAt, at int64, h frame) uint32 {
	var b [18]byte
	if readAt(f, b[:12], at+4+int64(h.side)) && (string(b[:4]) == "Xing" || string(b[:4]) == "Info") {
		if b[7]&1 != 0 {
			return binary.BigEndian.Uint32(b[8:])
		}
		return 0
	}
	if readAt(f, b[:], at+4+32) && string(b[:4]) == "VBRI" {
		return binary.BigEndian.Uint32(b[14:])
	}
	return 0
}

// window reads a file piece by piece, forwards.
type window struct {
	f     io.ReaderAt
	start int64
	b     []byte
	buf   [32 << 10]byte
}

// at gives the bytes from a place on: four, or fewer at the end of the file.
func (w *window) at(offset int64) []byte {
	if offset < w.start || offset+4 > w.start+int64(len(w.b)) {
		n, _ := w.f.ReadAt(w.buf[:], offset) // an error shows as too few bytes
		w.start, w.b = offset, w.buf[:n]
	}
	b := w.b[offset-w.start:]
	return b[:min(4, len(b))]
}
