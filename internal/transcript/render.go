package transcript

import (
	"fmt"
	"strings"
	"time"
)

// A turn is one speaker's, until somebody else speaks. A long pause or a long
// speech divides it, so that times stay easy to find.
const (
	longPause  = 30 * time.Second
	longSpeech = time.Minute
)

// turns joins the lines of one speaker that follow one another.
func (t *Transcript) turns() []Line {
	var turns []Line
	var b strings.Builder
	for i, l := range t.Lines {
		if i > 0 {
			last := &turns[len(turns)-1]
			if l.Speaker == last.Speaker && l.Start-last.End < longPause && l.Start-last.Start < longSpeech {
				b.WriteByte(' ')
				b.WriteString(l.Text)
				last.End = max(last.End, l.End)
				continue
			}
			last.Text = b.String()
		}
		b.Reset()
		b.WriteString(l.Text)
		turns = append(turns, l)
	}
	if len(turns) > 0 {
		turns[len(turns)-1].Text = b.String()
	}
	return turns
}

// Text renders the transcript for reading: when the recording began, and a line
// for every turn with its time within the recording, the speaker and the words.
func (t *Transcript) Text() string {
	var b strings.Builder
	if !t.Start.IsZero() {
		fmt.Fprintf(&b, "Recorded %s UTC. Times count from there.\n\n", t.Start.Format("2006-01-02 15:04:05"))
	}
	turns := t.turns()
	if len(turns) == 0 {
		b.WriteString("Nothing was said, or nothing was recognized.\n")
		return b.String()
	}
	hours := turns[len(turns)-1].Start >= time.Hour
	for _, l := range turns {
		s := int64(l.Start / time.Second)
		if hours {
			fmt.Fprintf(&b, "[%d:%02d:%02d]", s/3600, s/60%60, s%60)
		} else {
			fmt.Fprintf(&b, "[%02d:%02d]", s/60, s%60)
		}
		fmt.Fprintf(&b, " %s: %s\n", l.Speaker, l.Text)
	}
	return b.String()
}

// VTT renders the transcript as WebVTT, a cue for every line.
func (t *Transcript) VTT() string {
	var b strings.Builder
	b.WriteString("WEBVTT\n")
	for _, l := range t.Lines {
		fmt.Fprintf(&b, "\n%s --> %s\n<v %s>%s\n", stamp(l.Start), stamp(l.End), escape.Replace(l.Speaker), escape.Replace(l.Text))
	}
	return b.String()
}

// escape writes the characters that mean something in a cue.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// stamp writes a time of WebVTT.
func stamp(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}
