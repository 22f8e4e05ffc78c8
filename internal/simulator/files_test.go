package simulator_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/simulator"
)

func TestRecordingsAreAudio(t *testing.T) {
	for mode, status := range map[simulator.DownloadMode]int{simulator.DownloadDirect: http.StatusOK, simulator.DownloadRedirect: http.StatusFound} {
		a := newAccount(t, simulator.Options{Downloads: mode})
		for _, path := range []string{"/recordings", "/voice_mails"} {
			name := strings.TrimPrefix(path, "/")
			url := text(a.all(path, name, month()...)[0], "download_url")
			if !strings.HasPrefix(url, "http://sim.example.com/v2/phone/") {
				t.Fatalf("download url %s", url)
			}
			rec := a.do(url, nil)
			if rec.Code != status {
				t.Fatalf("%s: %d", url, rec.Code)
			}
			if status == http.StatusFound {
				if !strings.Contains(rec.Header().Get("Location"), "filename=") {
					t.Errorf("location %s", rec.Header().Get("Location"))
				}
				rec = a.do(rec.Header().Get("Location"), nil)
			}
			wav := rec.Body.Bytes()
			if rec.Header().Get("Content-Type") != "audio/wav" || len(wav) < 1000 || string(wav[:4]) != "RIFF" || string(wav[8:12]) != "WAVE" {
				t.Fatalf("%s: %s, %d bytes", path, rec.Header().Get("Content-Type"), len(wav))
			}
			if size := binary.LittleEndian.Uint32(wav[40:]); int(size) != len(wav)-44 {
				t.Errorf("%d bytes of sound announced, %d sent", size, len(wav)-44)
			}
		}
	}
}

func TestTranscripts(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	codes := map[int]int{}
	for _, r := range a.all("/recordings", "recordings", month()...) {
		rec := a.do("/recording_transcript/download/"+text(r, "id"), nil)
		if rec.Code != http.StatusFound {
			var e struct{ Code int }
			_ = json.Unmarshal(rec.Body.Bytes(), &e)
			codes[e.Code]++
			continue
		}
		codes[302]++
		rec = a.do(rec.Header().Get("Location"), nil)
		var got struct {
			Type        string
			RecordingID string `json:"recording_id"`
			Timeline    []struct {
				Text  string
				TS    string
				EndTS string `json:"end_ts"`
				Users []struct{ Username string }
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Type != "zoom_transcript" || got.RecordingID != text(r, "id") || len(got.Timeline) == 0 {
			t.Fatalf("transcript %+v", got)
		}
		last := ""
		for _, line := range got.Timeline {
			if line.TS <= last && last != "" || line.EndTS <= line.TS || strings.Contains(line.Text, "{") {
				t.Errorf("line %+v after %s", line, last)
			}
			last = line.TS
		}
	}
	if codes[302] < 30 || codes[12000] == 0 || codes[12001] == 0 {
		t.Errorf("answers %v", codes)
	}
}

func TestTranscriptsTakeTime(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	for _, r := range a.all("/recordings", "recordings", month("recording_type", "Automatic")...) {
		id, path := text(r, "id"), "/recording_transcript/download/"+text(r, "id")
		if a.do(path, nil).Code != http.StatusFound {
			continue
		}
		end, err := time.Parse(time.RFC3339, text(r, "end_time"))
		if err != nil {
			t.Fatal(err)
		}
		// The same recording, seen by an account for which it just ended.
		early := newAccount(t, simulator.Options{Now: func() time.Time { return end.Add(4 * time.Minute) }})
		rec := early.do(path, nil)
		if !strings.Contains(rec.Body.String(), "12002") && !strings.Contains(rec.Body.String(), "404") {
			t.Errorf("recording %s: %d %s", id, rec.Code, rec.Body)
		}
		return
	}
	t.Fatal("no transcript at all")
}

func TestFaxesArePDF(t *testing.T) {
	a := newAccount(t, simulator.Options{Downloads: simulator.DownloadDirect})
	faxes := a.all("/fax/logs", "fax_logs", month()...)
	for _, f := range faxes {
		rec := a.do("/fax/logs/"+text(f, "fax_log_id")+"/file/"+text(f, "file_id"), nil)
		if rec.Header().Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(rec.Body.Bytes(), []byte("%PDF-1.4")) ||
			!strings.Contains(rec.Body.String(), "/Count "+text(f, "file_pages_count")) {
			t.Fatalf("fax %s: %d %s", text(f, "fax_log_id"), rec.Code, rec.Header())
		}
		if rec.Header().Get("Content-Disposition") == "" {
			t.Error("no Content-Disposition")
		}
		detail := a.do("/fax/logs/"+text(f, "fax_log_id"), nil)
		var attempts []map[string]any
		if err := json.Unmarshal(detail.Body.Bytes(), &attempts); err != nil || len(attempts) == 0 {
			t.Fatalf("detail %s", detail.Body)
		}
		if text(attempts[len(attempts)-1], "status") != text(f, "status") {
			t.Errorf("last attempt %v of fax %v", attempts[len(attempts)-1], f)
		}
	}
	a.refused("/fax/logs/"+text(faxes[0], "fax_log_id")+"/file/AAAAAAAAAAAAAAAAAAAAAA", http.StatusNotFound, 40402)
}

func TestSignedURLs(t *testing.T) {
	a := newAccount(t, simulator.Options{Downloads: simulator.DownloadRedirect, FilesURL: "http://files.example.com"})
	location := a.do(text(a.all("/recordings", "recordings", month()...)[0], "download_url"), nil).Header().Get("Location")
	if !strings.HasPrefix(location, "http://files.example.com/files/recording/") {
		t.Fatalf("location %s", location)
	}
	ask := func(url string, authorized bool) int {
		r := httptest.NewRequest(http.MethodGet, url, nil)
		if authorized {
			r.Header.Set("Authorization", "Bearer "+a.token)
		}
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, r)
		return rec.Code
	}
	if got := ask(location, false); got != http.StatusOK {
		t.Errorf("signed: %d", got)
	}
	if got := ask(location, true); got != http.StatusBadRequest {
		t.Errorf("with a token: %d", got)
	}
	if got := ask(strings.Replace(location, "signature=", "signature=A", 1), false); got != http.StatusForbidden {
		t.Errorf("wrong signature: %d", got)
	}
	a.clock.Advance(11 * time.Minute)
	if got := ask(location, false); got != http.StatusForbidden {
		t.Errorf("expired: %d", got)
	}
}

func TestAttachments(t *testing.T) {
	a := newAccount(t, simulator.Options{})
	found := 0
	for _, c := range a.all("/sms/sessions", "sms_sessions", month("session_type", "all")...) {
		for _, m := range a.all("/sms/sessions/"+text(c, "session_id"), "sms_histories", month()...) {
			for _, f := range objects(m["attachments"]) {
				rec := a.do(text(f, "download_url"), nil)
				if rec.Header().Get("Content-Type") != "image/png" || rec.Body.Len() != int(f["size"].(float64)) {
					t.Fatalf("attachment %v: %d %v", f, rec.Code, rec.Header())
				}
				found++
			}
		}
		if found > 0 {
			return
		}
	}
	t.Fatal("no attachment in a month")
}
