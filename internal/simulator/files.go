package simulator

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// signatureLife is how long a signed URL works.
const signatureLife = 10 * time.Minute

// hand returns a file out, directly or by a redirect to a signed URL; which one
// depends on the file and never changes for it.
func (s *Simulator) hand(q *query, kind, id string) *download {
	redirect := id[len(id)-2]%2 == 1
	switch s.opts.Downloads {
	case DownloadDirect:
		redirect = false
	case DownloadRedirect:
		redirect = true
	}
	if redirect || q.visit.downloads != "" {
		return &download{location: s.signedURL(q, kind, id)}
	}
	f, _ := s.file(kind, id)
	d := &download{media: f.media, bytes: f.content()}
	if kind == "fax" {
		d.name = f.name // audio comes without a Content-Disposition, as it mostly does
	}
	return d
}

// signedURL is the address of a file for a while, without a token.
func (s *Simulator) signedURL(q *query, kind, id string) string {
	base := cmp.Or(q.visit.downloads, s.opts.FilesURL, origin(q.r))
	expires := s.now().Add(signatureLife).Unix()
	f, _ := s.file(kind, id)
	v := url.Values{"filename": {f.name}, "expires": {strconv.FormatInt(expires, 10)}, "signature": {s.signature(kind, id, expires)}}
	return base + "/files/" + kind + "/" + url.PathEscape(id) + "?" + v.Encode()
}

func (s *Simulator) signature(kind, id string, expires int64) string {
	return s.keys.seal("file "+kind+" "+id, binary.BigEndian.AppendUint64(nil, uint64(expires)))
}

// serveFile is the download host: whoever has a signed URL gets the file.
func (s *Simulator) serveFile(w http.ResponseWriter, r *http.Request) {
	kind, id, v := r.PathValue("kind"), r.PathValue("id"), r.URL.Query()
	expires, err := strconv.ParseInt(v.Get("expires"), 10, 64)
	switch {
	case s.opts.FilesURL != "" && r.Header.Get("Authorization") != "":
		s.leaks.Add(1)
		http.Error(w, "only one way of authorization is allowed", http.StatusBadRequest)
	case err != nil || !same(v.Get("signature"), s.signature(kind, id, expires)):
		http.Error(w, "the signature does not fit", http.StatusForbidden)
	case s.now().Unix() > expires:
		http.Error(w, "the signature has expired", http.StatusForbidden)
	default:
		f, ok := s.file(kind, id)
		if !ok {
			http.NotFound(w, r)
			return
		}
		(&download{media: f.media, bytes: f.content()}).write(w) // the name is in the URL
	}
}

// file is something to download; its content is made when it is asked for.
type file struct {
	media, name string
	content     func() []byte
}

// file finds the file that an identifier names.
func (s *Simulator) file(kind, id string) (file, bool) {
	switch kind {
	case "recording":
		r, ok := s.recordingByID(id, refRecordingFile)
		if !ok {
			return file{}, false
		}
		return file{"audio/wav", "call_recording_" + s.keys.hex(r.ref(refRecording)) + ".wav", func() []byte { return wav(r.duration, r.start) }}, true
	case "voicemail":
		v, ok := s.voicemailByID(id, refVoicemailFile)
		if !ok {
			return file{}, false
		}
		return file{"audio/wav", "voicemail_" + s.keys.hex(v.ref(refVoicemail)) + ".wav", func() []byte { return wav(v.duration, v.start) }}, true
	case "transcript":
		r, ok := s.recordingByID(id, refRecording)
		if !ok || r.script != scriptReady {
			return file{}, false
		}
		return file{"application/json", "transcript_" + id + ".json", func() []byte { return s.transcript(r).encode() }}, true
	case "fax":
		f, ok := s.faxByRef(id, refFaxFile)
		if !ok {
			return file{}, false
		}
		return file{"application/pdf", "fax_" + f.createdName() + ".pdf", f.pdf}, true
	case "attachment":
		m, ok := s.messageByRef(id, refAttachment)
		if !ok || !m.picture {
			return file{}, false
		}
		return file{"image/png", "photo.png", func() []byte { return picture(m.at) }}, true
	case "picture":
		for _, x := range s.company.contacts {
			if x.id == id {
				return file{"image/png", "profile.png", func() []byte { return picture(int64(x.number)) }}, true
			}
		}
	}
	return file{}, false
}

type transcript struct {
	Type           string           `json:"type"`
	Version        int              `json:"ver"`
	RecordingID    string           `json:"recording_id"`
	MeetingID      string           `json:"meeting_id"`
	AccountID      string           `json:"account_id"`
	HostID         string           `json:"host_id"`
	RecordingStart string           `json:"recording_start"`
	RecordingEnd   string           `json:"recording_end"`
	Timeline       []transcriptLine `json:"timeline"`
}

type transcriptLine struct {
	Text  string           `json:"text"`
	TS    string           `json:"ts"`
	EndTS string           `json:"end_ts"`
	Users []transcriptUser `json:"users"`
}

type transcriptUser struct {
	Username string `json:"username"`
	Multiple bool   `json:"multiple_people"`
	UserID   string `json:"user_id,omitempty"`
	ZoomID   string `json:"zoom_userid,omitempty"`
	Avatar   string `json:"avatar_url,omitempty"`
	Client   int    `json:"client_type"`
}

func (t transcript) encode() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // strings and numbers can always be encoded
	}
	return b
}

// transcript spreads the dialogue of the call's topic over the recording.
func (s *Simulator) transcript(r *recording) transcript {
	c := r.call
	e := &c.elements[r.element]
	other := e.from
	if c.direction == "outbound" {
		other = e.to
	}
	t := transcript{
		Type: "zoom_transcript", Version: 1, RecordingID: s.keys.hex(r.ref(refRecording)), MeetingID: s.keys.short(r.ref(refMeeting)) + "==",
		AccountID: s.opts.AccountID, HostID: r.taker.id, RecordingStart: stamp(r.start), RecordingEnd: stamp(r.end()),
		Timeline: []transcriptLine{},
	}
	first, _, _ := strings.Cut(r.taker.name, " ")
	lines := c.topic.dialogue
	// A short call ends early: a line takes at least three seconds.
	lines = lines[:max(1, min(len(lines), r.duration/3))]
	step := time.Duration(r.duration) * time.Second / time.Duration(len(lines))
	for i, text := range lines {
		speaker := transcriptUser{Username: r.taker.name, UserID: r.taker.id, ZoomID: r.taker.id}
		if i%2 == 1 {
			speaker = transcriptUser{Username: other.name}
		}
		from := step * time.Duration(i)
		text = fill(text, first, c.says(&other), other.company)
		spoken := min(step*9/10, time.Duration(len(text))*70*time.Millisecond)
		line := transcriptLine{Text: text, TS: clock(from), EndTS: clock(from + spoken), Users: []transcriptUser{speaker}}
		if i == len(lines)-1 && r.duration%5 == 0 {
			line.Users = []transcriptUser{} // the speaker was not recognized
		}
		t.Timeline = append(t.Timeline, line)
	}
	return t
}

// clock writes a time within a recording.
func clock(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}
