package gateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/gateway"
)

// audio is a second of sound.
var audio = append([]byte("RIFF\x64\x1f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x40\x1f\x00\x00"), make([]byte, 8000)...)

// keeping makes a gateway that keeps files in a folder.
func keeping(t *testing.T, o gateway.Options, answer http.HandlerFunc) (*gateway.Gateway, string) {
	t.Helper()
	dir := t.TempDir()
	o.Files = download.NewStore(download.StoreOptions{Dir: dir, Limits: download.Limits{Tries: 2, Pause: time.Millisecond}})
	t.Cleanup(func() { o.Files.Close() })
	g, _ := connect(t, o, answer)
	return g, dir
}

func sendAudio(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Disposition", `attachment; filename="../a b.wav"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(audio)
}

func request(method, params string) gateway.CallRequest {
	return gateway.CallRequest{Method: method, Params: json.RawMessage(params)}
}

func TestAFileIsKeptAndAnsweredAsALink(t *testing.T) {
	g, _ := keeping(t, gateway.Options{}, sendAudio)
	a, err := g.Call(t.Context(), request("phone_download_recording_file", `{"fileId":"f"}`))
	if err != nil {
		t.Fatal(err)
	}
	f := a.File
	if f == nil || f.Data != nil || f.Name != "a b.wav" || f.MediaType != "audio/wav" || f.Bytes != int64(len(audio)) || len(f.SHA256) != 64 {
		t.Fatalf("%+v", f)
	}
	onDisk, err := os.ReadFile(f.Path)
	if err != nil || !bytes.Equal(onDisk, audio) {
		t.Errorf("%d bytes on disk, %v", len(onDisk), err)
	}
	whole, err := g.FileContent(t.Context(), f.ID)
	if err != nil || !bytes.Equal(whole.Data, audio) {
		t.Errorf("%+v, %v", whole, err)
	}
	_, r, err := g.KeptFile(f.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if read, err := io.ReadAll(r); err != nil || !bytes.Equal(read, audio) {
		t.Errorf("%d bytes, %v", len(read), err)
	}
	if _, err := g.FileContent(t.Context(), f.ID+"x"); apierror.From(err).Kind != apierror.NotFound {
		t.Errorf("%v", err)
	}
}

func TestASmallFileIsInlineWhereItIsAskedFor(t *testing.T) {
	g, _ := keeping(t, gateway.Options{}, sendAudio)
	inline := request("phone_download_voicemail_file", `{"fileId":"f"}`)
	inline.Inline = true
	for _, r := range []gateway.CallRequest{inline, request("phone_download_voicemail_file", `{"fileId":"f","inline":"true"}`)} {
		if a, err := g.Call(t.Context(), r); err != nil || !bytes.Equal(a.File.Data, audio) {
			t.Errorf("%+v, %v", a, err)
		}
	}
	g, _ = keeping(t, gateway.Options{MaxFile: 100}, sendAudio)
	if a, err := g.Call(t.Context(), inline); err != nil || a.File.Data != nil || len(a.Notes) != 1 || a.File.Bytes != int64(len(audio)) {
		t.Errorf("%+v, %v", a, err)
	} else if _, err := g.FileContent(t.Context(), a.File.ID); apierror.From(err).Kind != apierror.TooLarge {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoFileLeavesNothingBehind(t *testing.T) {
	for _, c := range []struct {
		what, method string
		kind         apierror.Kind
		answer       http.HandlerFunc
	}{
		{"empty", "phone_download_voicemail_file", apierror.ZoomError, func(http.ResponseWriter, *http.Request) {}},
		{"a web page", "phone_download_voicemail_file", apierror.ZoomError, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<html>Sign in</html>")
		}},
		{"broken off again and again", "phone_download_voicemail_file", apierror.Network, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9000")
			_, _ = w.Write(audio[:1000])
		}},
		{"a document instead of sound", "phone_download_recording_file", apierror.ZoomError, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "%PDF-1.7 ...") }},
		{"sound instead of a document", "downloadfaxfile", apierror.ZoomError, sendAudio},
	} {
		t.Run(c.what, func(t *testing.T) {
			g, dir := keeping(t, gateway.Options{}, c.answer)
			params := `{"fileId":"f"}`
			if c.method == "downloadfaxfile" {
				params = `{"fileId":"f","faxLogId":"l"}`
			}
			_, err := g.Call(t.Context(), request(c.method, params))
			if e := apierror.From(err); e == nil || e.Kind != c.kind || e.Method != c.method {
				t.Errorf("%+v, want %s", e, c.kind)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

func TestAGatewayWithoutAStoreSaysWhatToDo(t *testing.T) {
	g, sent := connect(t, gateway.Options{}, sendAudio)
	_, err := g.Call(t.Context(), request("phone_download_recording_file", `{"fileId":"f"}`))
	if e := apierror.From(err); e == nil || e.Kind != apierror.Storage || !strings.Contains(e.Hint, "--download-dir") || sent.Load() != 0 {
		t.Errorf("%+v, sent %d", e, sent.Load())
	}
}

// A caller who learns the id of a file that another fetched must not read it.
func TestFilesOfOneViewAreNotThoseOfAnother(t *testing.T) {
	g, _ := keeping(t, gateway.Options{}, sendAudio)
	views := viewsAround(t, g, "phone_download_recording_file", "recordings")
	for owner, own := range views {
		if owner == forbidding {
			continue
		}
		a, err := own.Call(t.Context(), request("phone_download_recording_file", `{"fileId":"f"}`))
		if err != nil {
			t.Fatal(err)
		}
		for reader, other := range views {
			_, err := other.FileContent(t.Context(), a.File.ID)
			_, content, keptErr := other.KeptFile(a.File.ID)
			if reader == owner {
				if err != nil || keptErr != nil {
					t.Fatalf("%s reads its own file: got %v and %v", owner, err, keptErr)
				}
				content.Close()
				continue
			}
			for _, err := range []error{err, keptErr} {
				if e := apierror.From(err); e == nil || e.Kind != apierror.NotFound {
					t.Errorf("%s reads a file of %s: got %v, want %s", reader, owner, err, apierror.NotFound)
				}
			}
		}
	}
}

func TestLinksAreTakenInThePlaceOfIDs(t *testing.T) {
	var asked string
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		switch {
		case strings.Contains(asked, "/fax/"):
			fmt.Fprint(w, "%PDF-1.7 ...")
		case strings.Contains(asked, "transcript"):
			fmt.Fprint(w, `{"type":"zoom_transcript","timeline":[]}`)
		default:
			sendAudio(w, r)
		}
	})
	const id, hex = "AbCdEfGhIjKlMnOpQrStUv", "0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ method, params, asked string }{
		{"phone_download_recording_file", `{"fileId":"https://zoom.us/v2/phone/recording/download/` + id + `"}`, "/phone/recording/download/" + id},
		{"phone_download_recording_file", `"{\"fileId\":\"https://zoom.us/v2/phone/recording/download/` + id + `\"}"`, "/phone/recording/download/" + id},
		{"phone_download_voicemail_file", `{"fileId":"https://zoom.us/v2/phone/voice_mails/download/` + id + `"}`, "/phone/voice_mails/download/" + id},
		{"phone_download_recording_transcript", `{"recordingId":"https://zoom.us/v2/phone/recording_transcript/download/` + hex + `"}`, "/phone/recording_transcript/download/" + hex},
		{"downloadfaxfile", `{"fileId":"https://zoom.us/v2/phone/fax/logs/` + hex + `/file/` + id + `"}`, "/phone/fax/logs/" + hex + "/file/" + id},
	} {
		asked = ""
		if _, err := g.Call(t.Context(), request(c.method, c.params)); err != nil || asked != c.asked {
			t.Errorf("%s: asked for %q, %v", c.params, asked, err)
		}
	}
	for _, c := range []struct{ method, params, says string }{
		{"phone_download_recording_file", `{"fileId":"https://example.com/v2/phone/recording/download/` + id + `"}`, "only https addresses of Zoom"},
		{"phone_download_recording_file", `{"fileId":"https://zoom.us.example.com/file/x"}`, "only https addresses of Zoom"},
		{"phone_download_recording_file", `{"fileId":"http://zoom.us/v2/phone/recording/download/` + id + `"}`, "only https addresses of Zoom"},
		{"phone_download_recording_file", `{"fileId":"https://zoom.us/v2/phone/voice_mails/download/` + id + `"}`, "this link is for phone_download_voicemail_file"},
		{"phone_download_recording_file", `{"fileId":"https://zoom.us/j/123"}`, "not that of a recording"},
		{"downloadfaxfile", `{"faxLogId":"other","fileId":"https://zoom.us/v2/phone/fax/logs/` + hex + `/file/` + id + `"}`, "another faxLogId"},
		{"phone_download_recording_transcript", `{"recordingId":"https://file.zoom.us/file/signed"}`, "no id"},
		{"phone_user", `{"userId":"https://zoom.us/v2/phone/recording/download/` + id + `"}`, "userId"},
	} {
		asked = ""
		_, err := g.Call(t.Context(), request(c.method, c.params))
		if e := apierror.From(err); e == nil || e.Kind != apierror.InvalidParams || !strings.Contains(e.Text(), c.says) || asked != "" {
			t.Errorf("%s: %v, asked for %q", c.params, err, asked)
		}
	}
}

func TestALinkOfAHiddenMethodDoesNotNameIt(t *testing.T) {
	g, sent := connect(t, gateway.Options{}, sendAudio)
	params := `{"fileId":"https://zoom.us/v2/phone/voice_mails/download/AbCdEfGhIjKlMnOpQrStUv"}`
	for _, c := range []struct {
		allow string
		names bool
	}{{"phone_download_recording_file", false}, {"phone_download_*", true}} {
		_, err := view(t, g, c.allow, "").Call(t.Context(), request("phone_download_recording_file", params))
		e := apierror.From(err)
		if e == nil || e.Kind != apierror.InvalidParams || strings.Contains(e.Text(), "phone_download_voicemail_file") != c.names || sent.Load() != 0 {
			t.Errorf("view of %s: got %v after %d requests, want an error before the first that names the other method: %v", c.allow, err, sent.Load(), c.names)
		}
	}
}

func TestASignedLinkIsFetchedWithoutTheToken(t *testing.T) {
	var base, token string
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
		base = "http://" + r.Host
		if strings.HasPrefix(r.URL.Path, "/file/") {
			token = r.Header.Get("Authorization")
			fmt.Fprint(w, "\x89PNG\r\n\x1a\nrest")
			return
		}
		fmt.Fprint(w, `{}`)
	})
	if _, err := g.Call(t.Context(), request("phone_setting", `{}`)); err != nil {
		t.Fatal(err)
	}
	a, err := g.Call(t.Context(), request("phone_download_recording_file", `{"fileId":"`+base+`/file/sms?sig=1"}`))
	if err != nil || a.File.MediaType != "image/png" || token != "" {
		t.Errorf("%+v, %v, token %q", a, err, token)
	}
}

const spoken = `{"type":"zoom_transcript","recording_id":"r","recording_start":"2026-03-01T10:00:00Z","timeline":[
 {"text":"Hello.","ts":"00:00:01.000","end_ts":"00:00:02.000","users":[{"username":"Ada"}]},
 {"text":"It is me.","ts":"00:00:02.100","end_ts":"00:00:03.000","users":[{"username":"Ada"}]}]}`

func TestTranscriptsHaveForms(t *testing.T) {
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, spoken) })
	compact := new(bytes.Buffer)
	if err := json.Compact(compact, []byte(spoken)); err != nil {
		t.Fatal(err)
	}
	const text = "Recorded 2026-03-01 10:00:00 UTC. Times count from there.\n\n[00:01] Ada: Hello. It is me.\n"
	const vtt = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ada>Hello.\n\n00:00:02.100 --> 00:00:03.000\n<v Ada>It is me.\n"
	const method = "phone_download_recording_transcript"
	for _, c := range []struct {
		what    string
		request gateway.CallRequest
		text    string
		json    string
	}{
		{"text by default", request(method, `{"recordingId":"r"}`), text, ""},
		{"vtt", gateway.CallRequest{Method: method, Params: json.RawMessage(`{"recordingId":"r"}`), As: "vtt"}, vtt, ""},
		{"as among the parameters", request(method, `{"recordingId":"r","as":"vtt"}`), vtt, ""},
		{"json", gateway.CallRequest{Method: method, Params: json.RawMessage(`{"recordingId":"r"}`), As: "json"}, "", compact.String()},
		{"json for programs", gateway.CallRequest{Method: method, Params: json.RawMessage(`{"recordingId":"r"}`), Exact: true}, "", compact.String()},
		{"the default form and a select, which works on json", gateway.CallRequest{Method: method, Params: json.RawMessage(`{"recordingId":"r"}`), As: "text", Select: "timeline[].text"}, "", `["Hello.","It is me."]`},
		{"select on json", gateway.CallRequest{Method: method, Params: json.RawMessage(`{"recordingId":"r"}`), Select: "timeline[].text"}, "", `["Hello.","It is me."]`},
	} {
		t.Run(c.what, func(t *testing.T) {
			a, err := g.Call(t.Context(), c.request)
			if err != nil || a.Text != c.text || string(a.JSON) != c.json {
				t.Errorf("%q %s, %v", a.Text, a.JSON, err)
			}
		})
	}
	for _, r := range []gateway.CallRequest{
		request(method, `{"recordingId":"r","as":"srt"}`),
		{Method: method, Params: json.RawMessage(`{"recordingId":"r"}`), As: "vtt", Select: "timeline"},
		{Method: "phone_setting", As: "vtt"},
		{Method: "phone_setting", Inline: true},
	} {
		if _, err := g.Call(t.Context(), r); apierror.From(err) == nil || apierror.From(err).Kind != apierror.InvalidParams {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestInvisibleWordsOfATranscriptAreTakenOut(t *testing.T) {
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"timeline":[{"text":"a\udb40\udd00\udb40\udd01b","ts":"00:00:01.000","users":[{"username":"Ada"}]}]}`)
	})
	for _, as := range []string{"text", "vtt"} {
		r := request("phone_download_recording_transcript", `{"recordingId":"r"}`)
		r.As = as
		if a, err := g.Call(t.Context(), r); err != nil || strings.ContainsAny(a.Text, "\U000E0100\U000E0101") || !strings.Contains(a.Text, "ab") || a.Meta.Removed != 2 {
			t.Errorf("%q, %+v, %v", a.Text, a.Meta, err)
		}
	}
}

func TestALongTranscriptIsReadInPages(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, `,{"text":"Line %d of a long conversation.","ts":"%02d:%02d:00.000","users":[{"username":"U%d"}]}`, i, i/60, i%60, i%2)
	}
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"timeline":[`+b.String()[1:]+`]}`)
	})
	a, err := g.Call(t.Context(), request("phone_download_recording_transcript", `{"recordingId":"r"}`))
	if err != nil || len(a.Text) > gateway.DefaultMaxResult || a.Incomplete == "" {
		t.Fatalf("%d bytes, %v, %v", len(a.Text), a.Incomplete, err)
	}
	_, rest, _ := strings.Cut(a.Incomplete, "zoom-phone://results/")
	id, _, _ := strings.Cut(rest, ".")
	var whole strings.Builder
	for n := 1; ; n++ {
		page, err := g.Result(id, n)
		if err != nil {
			t.Fatal(err)
		}
		if whole.Write(page.Data); n == page.Pages {
			break
		}
	}
	if text := whole.String(); !strings.HasPrefix(text, a.Text) || !strings.Contains(text, "Line 2999 of") {
		t.Errorf("%d bytes of the whole", len(text))
	}
}

func TestATranscriptInProgressIsAnAnswerThatSaysWhenToComeBack(t *testing.T) {
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"code":12002,"message":"in progress"}`)
	})
	r := request("phone_download_recording_transcript", `{"recordingId":"r"}`)
	a, err := g.Call(t.Context(), r)
	if err != nil || !strings.Contains(a.Text, "2026-03-14T12:02:00Z") {
		t.Fatalf("%+v, %v", a, err)
	}
	var status struct {
		Status  string
		RetryAt time.Time `json:"retry_at"`
		Seconds int       `json:"retry_after_seconds"`
	}
	if err := json.Unmarshal(a.Status, &status); err != nil || status.Status != "in_progress" || status.Seconds != 120 || !status.RetryAt.Equal(now().Add(2*time.Minute)) {
		t.Errorf("%s, %v", a.Status, err)
	}
	r.Exact = true
	if _, err := g.Call(t.Context(), r); apierror.From(err) == nil || apierror.From(err).Kind != apierror.NotReady {
		t.Errorf("%v", err)
	}
}

func TestBytesOfAFileAreProgress(t *testing.T) {
	g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(audio)))
		_, _ = w.Write(audio)
	})
	var last gateway.Progress
	r := request("phone_download_recording_file", `{"fileId":"f"}`)
	r.Progress = func(p gateway.Progress) { last = p }
	if _, err := g.Call(t.Context(), r); err != nil || last.Bytes != int64(len(audio)) || last.TotalBytes != last.Bytes {
		t.Errorf("%+v, %v", last, err)
	}
}

func TestATranscriptThatIsATextIsGivenAsItIs(t *testing.T) {
	const (
		method = "phone_download_recording_transcript"
		vtt    = "WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\n<v Ann>a\u202eb \\u202e \U000E0041\r\n"
		seen   = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>ab \\u202e \n"
		plain  = "[00:01] Ann: hi\nBen: Grüße\n"
	)
	for _, c := range []struct {
		what, came, as, sel  string
		exact                bool
		text, media, problem string
		note                 string
	}{
		{what: "WebVTT", came: vtt, text: seen, media: "text/vtt"},
		{what: "WebVTT, behind a byte order mark", came: "\ufeff" + vtt, text: seen, media: "text/vtt"},
		{what: "WebVTT as WebVTT", came: vtt, as: "vtt", text: seen, media: "text/vtt"},
		{what: "WebVTT as JSON", came: vtt, as: "json", text: seen, media: "text/vtt", note: "as WebVTT, not as JSON"},
		{what: "WebVTT for a program", came: vtt, exact: true, text: seen, media: "text/vtt", note: "as WebVTT"},
		{what: "plain text", came: plain, text: plain, media: "text/plain"},
		{what: "plain text for a program", came: plain, exact: true, text: plain, media: "text/plain", note: "as plain text"},
		{what: "plain text as WebVTT", came: plain, as: "vtt", problem: "no WebVTT of it"},
		{what: "a choice of fields", came: vtt, sel: "timeline[].text", problem: "no fields to select"},
		{what: "a document that breaks off", came: `{"timeline":[{"text":"Hal`, problem: "breaks off"},
	} {
		t.Run(c.what, func(t *testing.T) {
			g, _ := keeping(t, gateway.Options{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.came) })
			a, err := g.Call(t.Context(), gateway.CallRequest{Method: method, Params: json.RawMessage(`{"recordingId":"r"}`), As: c.as, Select: c.sel, Exact: c.exact})
			if c.problem != "" {
				if e := apierror.From(err); e == nil || e.Kind != apierror.ZoomError || !strings.Contains(e.Message, c.problem) || e.Hint == "" {
					t.Fatalf("%+v, %v", a, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a.Text != c.text || a.MediaType != c.media || a.JSON != nil || (a.Meta.Removed == 2) != (c.text == seen) {
				t.Errorf("%q, %s, %d removed", a.Text, a.MediaType, a.Meta.Removed)
			}
			if notes := strings.Join(a.Notes, " "); !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// A folder that cannot take files is found before a call is spent.
func TestAFolderThatTakesNoFilesCostsNoCall(t *testing.T) {
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := download.NewStore(download.StoreOptions{Dir: filepath.Join(inTheWay, "downloads")})
	g, sent := connect(t, gateway.Options{Files: store}, sendAudio)
	_, err := g.Call(t.Context(), request("phone_download_recording_file", `{"fileId":"f"}`))
	if e := apierror.From(err); e == nil || e.Kind != apierror.Storage || sent.Load() != 0 {
		t.Errorf("got %v after %d requests, want %s after none", err, sent.Load(), apierror.Storage)
	}
}
