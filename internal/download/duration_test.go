package download_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/download"
)

func chunk(kind string, body []byte) []byte {
	b := append([]byte(kind), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func riff(chunks ...[]byte) []byte {
	return append([]byte("RIFF\xff\xff\xff\xffWAVE"), bytes.Join(chunks, nil)...)
}

// format is the fmt chunk of a format with some bytes a second.
func format(perSecond uint32) []byte {
	b := make([]byte, 18)
	binary.LittleEndian.PutUint32(b[8:], perSecond)
	return chunk("fmt ", b)
}

func atom(kind string, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(all))), kind...), all...)
}

// mvhd is the header of a film with units of which there are scale in a second.
func mvhd(version byte, scale uint32, units uint64) []byte {
	b := make([]byte, 100)
	b[0] = version
	if version == 1 {
		binary.BigEndian.PutUint32(b[20:], scale)
		binary.BigEndian.PutUint64(b[24:], units)
	} else {
		binary.BigEndian.PutUint32(b[12:], scale)
		binary.BigEndian.PutUint32(b[16:], uint32(units))
	}
	return atom("mvhd", b)
}

// mp3 makes frames of version 2, layer III, 16 kHz, mono: 576 samples each.
func mp3(frames int, bits ...byte) []byte {
	var b []byte
	for i := range frames {
		index := bits[i%len(bits)]
		frame := make([]byte, 72*int(index)*8000/16000)
		copy(frame, []byte{0xff, 0xf3, index<<4 | 0x08, 0xc0})
		b = append(b, frame...)
	}
	return b
}

// xing puts an index into the first frame.
func xing(b []byte, magic string, frames uint32) []byte {
	copy(b[4+9:], magic)
	binary.BigEndian.PutUint32(b[4+9+4:], 1)
	binary.BigEndian.PutUint32(b[4+9+8:], frames)
	return b
}

func id3(n int) []byte {
	return append([]byte{'I', 'D', '3', 4, 0, 0, byte(n >> 21), byte(n >> 14 & 127), byte(n >> 7 & 127), byte(n & 127)}, make([]byte, n)...)
}

func TestDurations(t *testing.T) {
	const frame = 36 * time.Millisecond
	m4a := atom("ftyp", []byte("M4A \x00\x00\x00\x00"))
	sound := make([]byte, 100_000)
	for _, c := range []struct {
		name, mediaType string
		data            []byte
		want            time.Duration
	}{
		{"WAV", "audio/wav", riff(format(8000), chunk("data", sound)), 12500 * time.Millisecond},
		{"WAV with other chunks", "audio/wav", riff(chunk("LIST", []byte("odd")), format(1625), chunk("fact", sound[:4]), chunk("data", sound[:16250])), 10 * time.Second},
		{"WAV whose length was not known", "audio/wav", append(riff(format(8000)), append([]byte("data\xff\xff\xff\xff"), sound...)...), 12500 * time.Millisecond},
		{"WAV that promises nothing", "audio/wav", append(riff(format(8000)), append([]byte("data\x00\x00\x00\x00"), sound...)...), 12500 * time.Millisecond},
		{"WAV without a rate", "audio/wav", riff(format(0), chunk("data", sound)), 0},
		{"WAV without sound", "audio/wav", riff(format(8000)), 0},
		{"MP3 of a constant rate", "audio/mpeg", mp3(100, 2), 100 * frame},
		{"MP3 with tags around", "audio/mpeg", append(append(append(id3(3000), id3(20)...), mp3(100, 2)...), append([]byte("TAG"), make([]byte, 125)...)...), 100 * frame},
		{"MP3 of changing rates", "audio/mpeg", mp3(1000, 2, 4, 8), 1000 * frame},
		{"MP3 with an index", "audio/mpeg", xing(mp3(3, 8), "Xing", 5000), 5000 * frame},
		{"MP3 with another index", "audio/mpeg", xing(mp3(3, 8), "Info", 5000), 5000 * frame},
		{"MP3 behind rubbish", "audio/mpeg", append(bytes.Repeat([]byte{0xff, 0, 0}, 500), mp3(100, 4)...), 100 * frame},
		{"MP3, long, constant", "audio/mpeg", mp3(40_000, 8), 40_000 * frame},
		{"MP3, long, changing", "audio/mpeg", mp3(60_000, 8, 7), 0},
		{"not an MP3", "audio/mpeg", sound, 0},
		{"M4A", "audio/mp4", bytes.Join([][]byte{m4a, atom("moov", atom("udta"), mvhd(0, 1000, 61_500))}, nil), 61500 * time.Millisecond},
		{"M4A, index at the end", "audio/mp4", bytes.Join([][]byte{m4a, atom("mdat", sound), atom("moov", mvhd(1, 48000, 96_000))}, nil), 2 * time.Second},
		{"M4A of fragments", "audio/mp4", bytes.Join([][]byte{m4a, atom("moov", mvhd(0, 1000, 0), atom("mvex", atom("mehd", []byte{0, 0, 0, 0, 0, 0, 0x0f, 0xa0})))}, nil), 4 * time.Second},
		{"M4A that does not know", "audio/mp4", bytes.Join([][]byte{m4a, atom("moov", mvhd(0, 1000, 0xffffffff))}, nil), 0},
		{"M4A without a scale", "audio/mp4", bytes.Join([][]byte{m4a, atom("moov", mvhd(0, 0, 7))}, nil), 0},
		{"M4A of boxes without length", "audio/mp4", bytes.Join([][]byte{m4a, []byte("\x00\x00\x00\x02free")}, nil), 0},
		{"MP4 of 64 bits", "video/mp4", bytes.Join([][]byte{m4a, append([]byte("\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x01\x86\xb0"), sound...), atom("moov", mvhd(0, 10, 33))}, nil), 3300 * time.Millisecond},
		{"a fax", "application/pdf", []byte("%PDF-1.7"), 0},
	} {
		r := &counting{r: bytes.NewReader(c.data)}
		got := download.Duration(r, int64(len(c.data)), c.mediaType)
		if diff := got - c.want; diff < -frame || diff > frame {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if r.n > 9<<20 {
			t.Errorf("%s: %d bytes read", c.name, r.n)
		}
		if got := download.Sniff(c.data[:min(512, len(c.data))], ""); got != c.mediaType && c.want > 0 && !strings.HasPrefix(c.name, "MP3 behind") && c.name != "MP4 of 64 bits" {
			t.Errorf("%s: looks like %s", c.name, got)
		}
	}
}

// counting counts the bytes that are read.
type counting struct {
	r io.ReaderAt
	n int
}

func (c *counting) ReadAt(b []byte, offset int64) (int, error) {
	n, err := c.r.ReadAt(b, offset)
	c.n += n
	return n, err
}

func TestTypes(t *testing.T) {
	for _, c := range []struct{ head, declared, want string }{
		{"RIFF\x00\x00\x00\x00WAVEfmt ", "application/octet-stream", "audio/wav"},
		{"RIFF\x00\x00\x00\x00WAVEfmt ", "text/html", "audio/wav"},
		{"ID3\x04\x00\x00\x00\x00", "", "audio/mpeg"},
		{"\xff\xfb\x90\x00", "", "audio/mpeg"},
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

func FuzzDurations(f *testing.F) {
	f.Add(riff(format(8000), chunk("data", make([]byte, 100))))
	f.Add(append(id3(5), xing(mp3(3, 8), "Xing", 100)...))
	f.Add(mp3(20, 2, 4))
	f.Add(append(atom("ftyp", []byte("M4A ")), atom("moov", mvhd(1, 7, 9), atom("mvex", atom("mehd", make([]byte, 12))))...))
	f.Fuzz(func(t *testing.T, data []byte) {
		download.Sniff(data[:min(512, len(data))], "")
		for _, mediaType := range []string{"audio/wav", "audio/mpeg", "audio/mp4"} {
			r := &counting{r: bytes.NewReader(data)}
			d := download.Duration(r, int64(len(data)), mediaType)
			if d < 0 || d > 1000*time.Hour {
				t.Fatalf("%s: %s", mediaType, d)
			}
			if r.n > 8*len(data)+1<<20 {
				t.Fatalf("%s: %d bytes read of %d", mediaType, r.n, len(data))
			}
		}
	})
}
