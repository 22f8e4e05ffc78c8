package mcptransport

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// readBuffer is the size of the read buffer in bytes; shorter lines are not
// copied.
const readBuffer = 64 << 10

// errLongLine is the error for a line that exceeds the bound. The line has been
// skipped, and the next one can be read.
var errLongLine = errors.New("line too long")

// lineReader reads lines of bounded length.
type lineReader struct {
	in  *bufio.Reader
	max int
}

func newLineReader(in io.Reader, max int) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(in, readBuffer), max: max}
}

// bare returns a message without the space around it and the byte order mark that
// some shells and libraries put in front.
func bare(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\ufeff")))
}

// next returns the next line without its end and what bare takes off. The line is
// valid until the following call. A last line may lack its end; io.EOF comes
// alone.
func (r *lineReader) next() ([]byte, error) {
	piece, err := r.in.ReadSlice('\n')
	if err == nil || (err == io.EOF && len(piece) > 0) {
		return r.check(piece)
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	long := bytes.Clone(piece)
	for errors.Is(err, bufio.ErrBufferFull) {
		piece, err = r.in.ReadSlice('\n')
		// Some more for the line's end and a byte order mark.
		if len(long)+len(piece) > r.max+5 {
			return nil, r.skip(err)
		}
		long = append(long, piece...)
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	return r.check(long)
}

func (r *lineReader) check(line []byte) ([]byte, error) {
	line = bare(line)
	if len(line) > r.max {
		return nil, errLongLine
	}
	return line, nil
}

// skip reads to the end of a line of which err was the last outcome.
func (r *lineReader) skip(err error) error {
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.in.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return err
	}
	return errLongLine
}
