// Package download takes files that come over the network to disk: as a stream,
// with a buffer of a fixed size, whatever the file's length. It looks at what
// comes, goes on where a transfer broke, names the file safely, and reports what it
// got: type, size and SHA-256.
//
// A Store keeps such files for a while, under ids that nobody can guess, within a
// quota. Save writes one to a place of the caller's choice.
//
// It must not know Zoom, HTTP, models or tools: the caller brings a Source.
package download

import (
	"cmp"
	"context"
	"io"
	"time"
)

// Source is a file on its way. Whoever takes it closes Body.
type Source struct {
	Body io.ReadCloser
	// Name is what somebody else calls the file; it may be empty or hostile.
	Name string
	// MediaType is what the sender says of it, empty when nothing.
	MediaType string
	// Size of the whole file in bytes, -1 when unknown.
	Size int64
	// Offset is where in the file Body begins.
	Offset int64
	// Reopen asks for the file again, from an offset on, from before it, or, where
	// that cannot be, from its beginning; Offset of the result says where. What comes
	// again from before the offset has to be the same, else the file is another one
	// by now. It is nil where a broken transfer is the end of it.
	Reopen func(ctx context.Context, offset int64) (*Source, error)
}

// Want says what sort of file is expected. Another one is refused: an error page
// or a message that comes in the place of a file would look like one.
type Want uint8

// The sorts of files.
const (
	Anything Want = iota // but a web page
	Sound                // recordings and voicemails, video messages too
	Document             // faxes: PDF or pictures
)

// Options say how a file is taken.
type Options struct {
	Want Want
	// Name is the name, without extension, for a file that comes without one.
	Name string
	// Owner is the only one who can read the file in a store, by comparison.
	Owner any
	// Progress is told how many bytes there are, of how many (-1 when unknown),
	// once a second and at the end. The bytes never become fewer. It is called by
	// the goroutine that takes the file.
	Progress func(done, total int64)
}

// Limits bound and time the taking of files. The zero value of a field means its
// default.
type Limits struct {
	// Tries is how often a transfer may break without bringing a mebibyte in
	// between, and how often it may start from the beginning, default DefaultTries.
	Tries int
	// Pause is the time before the first new try, doubled for every further one,
	// default DefaultPause.
	Pause time.Duration
	// Now is the clock, default time.Now.
	Now func() time.Time
}

// Defaults of Limits.
const (
	DefaultTries = 5
	DefaultPause = 500 * time.Millisecond
)

func (l Limits) filled() Limits {
	l.Tries = cmp.Or(max(l.Tries, 0), DefaultTries)
	l.Pause = cmp.Or(max(l.Pause, 0), DefaultPause)
	if l.Now == nil {
		l.Now = time.Now
	}
	return l
}

// Facts are what is known of a file that has come.
type Facts struct {
	// Name is safe on every system, and its extension fits the type.
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"` // in hex
}

// Text reports whether the file is text, in UTF-8 as far as its type says.
func (f *Facts) Text() bool { return isText(f.MediaType) }
