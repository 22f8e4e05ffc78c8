// Package transcript reads the transcripts of recordings as Zoom writes them, and
// renders them as text for people and models and as WebVTT for players.
//
// It must not know where transcripts come from.
package transcript

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"zoom-phone-mcp/internal/apierror"
)

// Transcript is what was said, in the order of its times.
type Transcript struct {
	RecordingID string
	// Start is when the recording began; zero when unknown.
	Start time.Time
	Lines []Line
}

// Line is a sentence or a piece of one.
type Line struct {
	// Start and End are times within the recording; End is behind Start.
	Start, End time.Duration
	// Speaker is a name, the same for everything that one speaker says.
	Speaker string
	// Text is not empty, and on one line.
	Text string
}

// fields are the members of an object, by their names in small letters without
// anything between words: transcripts have user_id, userId and UserID. What varies
// is decoded by hand: a field of another type than expected counts as missing.
type fields map[string]json.RawMessage

func (f *fields) UnmarshalJSON(data []byte) error {
	var named map[string]json.RawMessage
	if err := json.Unmarshal(data, &named); err != nil || named == nil {
		return err
	}
	*f = make(fields, len(named))
	for _, name := range slices.Sorted(maps.Keys(named)) {
		short := strings.ToLower(betweenWords.Replace(name))
		switch string((*f)[short]) {
		case "", "null", `""`, "[]": // of two ways to write a name, that which says something counts
			(*f)[short] = named[name]
		}
	}
	return nil
}

var betweenWords = strings.NewReplacer("_", "", "-", "", " ", "")

// text returns the first of some fields that has a text.
func (f fields) text(names ...string) string {
	for _, name := range names {
		if s := clean(text(f[name])); s != "" {
			return s
		}
	}
	return ""
}

// Parse reads a transcript. Entries without text are left out; something that is
// not a transcript is a *apierror.Error of kind zoom_error.
func Parse(data []byte) (*Transcript, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !json.Valid(data) {
		return nil, notATranscript("it breaks off or is not JSON")
	}
	var d fields
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, notATranscript("it is not a JSON object")
	}
	var timeline []json.RawMessage
	if err := json.Unmarshal(d["timeline"], &timeline); err != nil {
		return nil, notATranscript("it has no timeline")
	}
	t := &Transcript{RecordingID: d.text("recordingid")}
	if start, err := time.Parse(time.RFC3339, d.text("recordingstart")); err == nil {
		t.Start = start.UTC()
	}
	var spoken []utterance
	var last time.Duration
	for _, raw := range timeline {
		var e fields
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		u := utterance{speaker: speakerOf(e)}
		u.Text = e.text("text", "rawtext")
		var ok bool
		if u.Start, ok = clock(e["ts"]); !ok {
			u.Start = last // where it stands among the others
		}
		if u.End, ok = clock(e["endts"]); !ok {
			u.End = -1
		}
		last = u.Start
		if u.Text != "" {
			spoken = append(spoken, u)
		}
	}
	slices.SortStableFunc(spoken, func(a, b utterance) int { return cmp.Compare(a.Start, b.Start) })
	endings(spoken)
	t.Lines = named(spoken)
	return t, nil
}

func notATranscript(why string) *apierror.Error {
	e := apierror.New(apierror.ZoomError, "what came is not a transcript: %s", why)
	e.Hint = "Call again; with as=json the answer is given as it came."
	return e
}

// utterance is a line whose speaker has no name yet.
type utterance struct {
	Line
	speaker speaker
}

// Ends that are missing or wrong are made up from the length of the text.
const (
	perLetter = 70 * time.Millisecond
	shortest  = time.Second
)

// endings fixes ends that are missing or not behind the start: a line then lasts
// as long as it takes to say, or until the next one begins.
func endings(lines []utterance) {
	for i := range lines {
		l := &lines[i]
		if l.End > l.Start {
			continue
		}
		l.End = l.Start + max(shortest, time.Duration(len(l.Text))*perLetter)
		if i+1 < len(lines) && lines[i+1].Start > l.Start {
			l.End = min(l.End, lines[i+1].Start)
		}
	}
}

// text returns a string, or a number as one; empty for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// maxClock is the latest time within a recording that is believed.
const maxClock = 1000 * time.Hour

// clock reads a time within a recording: hours, minutes and seconds with a
// fraction, of which those in front may be missing; a number is seconds.
func clock(raw json.RawMessage) (time.Duration, bool) {
	s := strings.Replace(strings.TrimSpace(text(raw)), ",", ".", 1)
	parts := strings.Split(s, ":")
	if s == "" || len(parts) > 3 {
		return 0, false
	}
	var whole int64
	for _, part := range parts[:len(parts)-1] {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return 0, false
		}
		whole = (whole + int64(n)) * 60
	}
	seconds, err := strconv.ParseFloat(parts[len(parts)-1], 64)
	if err != nil || !(seconds >= 0 && seconds < maxClock.Seconds()) {
		return 0, false
	}
	d := time.Duration(whole)*time.Second + time.Duration(seconds*1000+0.5)*time.Millisecond
	return d, d < maxClock
}

// clean puts a text on one line: blanks become one, and what cannot be seen or
// turns the direction of writing is left out.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200c' || r == '\u200d': // they join letters in some scripts
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(s), " ")
}
