package simulator

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

const (
	wavRate    = 8000 // samples a second, one byte each
	wavLongest = 300  // seconds; longer recordings have only their beginning as sound
)

// wav makes two voices that take turns, as two tones: mono, 8 bit, 8 kHz. It is
// as long as the recording, but not longer than wavLongest.
func wav(seconds int, seed int64) []byte {
	n := wavRate * max(1, min(seconds, wavLongest))
	b := make([]byte, 0, 44+n)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+n))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, 1) // mono
	b = binary.LittleEndian.AppendUint32(b, wavRate)
	b = binary.LittleEndian.AppendUint32(b, wavRate)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 8)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	var sine [256]int
	for i := range sine {
		sine[i] = int(math.Round(40 * math.Sin(2*math.Pi*float64(i)/256)))
	}
	pitch := [2]int{180 + int(seed%40), 260 + int(seed%50)}
	for i := range n {
		phrase, within := i/12000, i%12000
		if within > 10400 {
			b = append(b, 128) // a breath
			continue
		}
		syllable := sine[(within*4*256/wavRate)%256] + 60 // four syllables a second
		tone := sine[(i*pitch[phrase%2]*256/wavRate)%256]
		b = append(b, byte(128+tone*syllable/100))
	}
	return b
}

// picture makes a small photograph of nothing in particular.
func picture(seed int64) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			img.Set(x, y, color.RGBA{uint8(x*5) ^ uint8(seed), uint8(y * 7), uint8(x*y) ^ uint8(seed>>8), 255})
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return buf.Bytes()
}

// pdf makes a document with one line of text on each page.
func pdf(lines []string) []byte {
	var b bytes.Buffer
	var offsets []int
	add := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	b.WriteString("%PDF-1.4\n")
	add("<< /Type /Catalog /Pages 2 0 R >>")
	kids := ""
	for i := range lines {
		kids += fmt.Sprintf("%d 0 R ", 4+2*i)
	}
	add("<< /Type /Pages /Kids [ %s] /Count %d >>", kids, len(lines))
	add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, line := range lines {
		add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i)
		text := fmt.Sprintf("BT /F1 14 Tf 72 700 Td (%s) Tj ET", line)
		add("<< /Length %d >>\nstream\n%s\nendstream", len(text), text)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}
