package transcript_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/transcript"
)

func TestTranscriptsReadWell(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := transcript.Parse(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		golden(t, strings.TrimSuffix(file, ".json")+".txt", parsed.Text())
		golden(t, strings.TrimSuffix(file, ".json")+".vtt", parsed.VTT())
		checkVTT(t, parsed.VTT(), len(parsed.Lines))
	}
}

// golden compares with a file, or writes it where UPDATE_GOLDEN is set.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s", file, got)
	}
}

var (
	timing = regexp.MustCompile(`^(\d{2,}):([0-5]\d):([0-5]\d\.\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d\.\d{3})$`)
	cue    = regexp.MustCompile(`^<v ((?:[^&<>]|&amp;|&lt;|&gt;)+)>((?:[^&<>]|&amp;|&lt;|&gt;)+)$`)
)

// checkVTT checks what the format asks for: the signature, cues of two lines
// between empty ones, starts in order, ends behind them, everything escaped.
func checkVTT(t *testing.T, text string, cues int) {
	t.Helper()
	blocks := strings.Split(strings.TrimSuffix(text, "\n"), "\n\n")
	if strings.TrimSuffix(blocks[0], "\n") != "WEBVTT" {
		t.Fatalf("begins with %q", blocks[0])
	}
	if len(blocks)-1 != cues {
		t.Fatalf("%d cues, want %d:\n%s", len(blocks)-1, cues, text)
	}
	last := time.Duration(0)
	at := func(m []string) time.Duration {
		d, err := time.ParseDuration(m[0] + "h" + m[1] + "m" + m[2] + "s")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, block := range blocks[1:] {
		head, body, _ := strings.Cut(block, "\n")
		m := timing.FindStringSubmatch(head)
		if m == nil || !cue.MatchString(body) || strings.ContainsFunc(body, unicode.IsControl) {
			t.Fatalf("cue %q", block)
		}
		start, end := at(m[1:4]), at(m[4:7])
		if start < last || end <= start {
			t.Fatalf("cue %q after %s", block, last)
		}
		last = start
	}
}

func TestWhatIsNotATranscriptIsSaidSo(t *testing.T) {
	for body, says := range map[string]string{
		"":                               "not JSON",
		"<html>Sign in</html>":           "not JSON",
		`{"timeline":[{"text":"Hal`:      "breaks off",
		`[]`:                             "not a JSON object",
		`"text"`:                         "not a JSON object",
		`null`:                           "no timeline",
		`{"code":300,"message":"wrong"}`: "no timeline",
		`{"timeline":"none"}`:            "no timeline",
	} {
		_, err := transcript.Parse([]byte(body))
		if e := apierror.From(err); e == nil || e.Kind != apierror.ZoomError || !strings.Contains(e.Message, says) || e.Hint == "" {
			t.Errorf("%q: %v, want %q", body, err, says)
		}
	}
}

func TestTimes(t *testing.T) {
	for ts, want := range map[string]time.Duration{
		`"00:00:01.500"`: 1500 * time.Millisecond, `"02:03"`: 123 * time.Second, `"7.25"`: 7250 * time.Millisecond, `12.0005`: 12001 * time.Millisecond,
		`"123:00:00"`: 123 * time.Hour, `" 00:00:02,5 "`: 2500 * time.Millisecond,
		// Anything else is no time: the line stands where it stood.
		`"NaN"`: 0, `"-1"`: 0, `"1e300"`: 0, `"99999999:00:00"`: 0, `"1:2:3:4"`: 0, `true`: 0, `null`: 0, `"+Inf"`: 0, `"00:-1:00"`: 0,
	} {
		parsed, err := transcript.Parse([]byte(`{"timeline":[{"text":"x","ts":` + ts + `}]}`))
		if err != nil || len(parsed.Lines) != 1 || parsed.Lines[0].Start != want {
			t.Errorf("%s: %+v %v", ts, parsed, err)
		}
	}
}

// TestTheDemoSpeaks reads every transcript of a month of the simulated account.
func TestTheDemoSpeaks(t *testing.T) {
	now := time.Date(2026, 3, 18, 19, 0, 0, 0, time.UTC)
	account := simulator.New(simulator.Options{Now: func() time.Time { return now }})
	ask := func(method, address, authorization string, body url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, address, strings.NewReader(body.Encode()))
		if body != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth(simulator.ClientID, simulator.ClientSecret)
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		account.ServeHTTP(w, r)
		return w
	}
	var login struct {
		Token string `json:"access_token"`
	}
	w := ask(http.MethodPost, "/oauth/token", "", url.Values{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}})
	if err := json.Unmarshal(w.Body.Bytes(), &login); err != nil {
		t.Fatal(err)
	}
	bearer := "Bearer " + login.Token
	var list struct {
		Recordings []struct{ ID string }
	}
	w = ask(http.MethodGet, "/v2/phone/recordings?page_size=300&from=2026-03-01&to=2026-03-18", bearer, nil)
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, r := range list.Recordings {
		w := ask(http.MethodGet, "/v2/phone/recording_transcript/download/"+r.ID, bearer, nil)
		if w.Code != http.StatusFound {
			continue
		}
		w = ask(http.MethodGet, w.Header().Get("Location"), "", nil)
		parsed, err := transcript.Parse(w.Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		text := parsed.Text()
		if !strings.HasPrefix(text, "Recorded 2026-03-") || !strings.Contains(text, "\n[00:00] ") || parsed.RecordingID != r.ID {
			t.Fatalf("%s", text)
		}
		checkVTT(t, parsed.VTT(), len(parsed.Lines))
		read++
	}
	if read < 20 {
		t.Errorf("%d transcripts", read)
	}
}

func FuzzTranscripts(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"timeline":[{"text":"a-->b\n\n<c>&","ts":1e9,"end_ts":-1,"users":[{"username":"\u2028\u0085>"},"B",7,null]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := transcript.Parse(data)
		if err != nil {
			if e := apierror.From(err); e.Kind != apierror.ZoomError || e.Hint == "" {
				t.Fatalf("%+v", err)
			}
			return
		}
		checkVTT(t, parsed.VTT(), len(parsed.Lines))
		text := parsed.Text()
		for line := range strings.Lines(text) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), unicode.IsControl) {
				t.Fatalf("line %q", line)
			}
		}
		if n := strings.Count(text, "\n"); n > len(parsed.Lines)+3 {
			t.Fatalf("%d lines of text for %d", n, len(parsed.Lines))
		}
	})
}

func TestLinesOfOneSpeakerAreOneTurnUntilAPause(t *testing.T) {
	for _, c := range []struct{ what, lines, want string }{
		{"short pauses", "0-2 10-12 41-42", "[00:00] Ada: a b c\n"},
		{"a long pause", "0-2 32-33", "[00:00] Ada: a\n[00:32] Ada: b\n"},
		{"just not a long pause", "0-2 31-33", "[00:00] Ada: a b\n"},
		{"a pause behind a line that goes on under another", "0-40 1-2 35-36", "[00:00] Ada: a b c\n"},
		{"a long speech", "0-29 30-59 59-61 60-62", "[00:00] Ada: a b c\n[01:00] Ada: d\n"},
	} {
		var timeline []string
		for i, line := range strings.Fields(c.lines) {
			start, end, _ := strings.Cut(line, "-")
			timeline = append(timeline, fmt.Sprintf(`{"text":"%c","ts":%s,"end_ts":%s,"username":"Ada"}`, 'a'+i, start, end))
		}
		parsed, err := transcript.Parse([]byte(`{"timeline":[` + strings.Join(timeline, ",") + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.Text(); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.what, got, c.want)
		}
	}
}

func TestLongNamesAreCutByTheirCharacters(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{strings.Repeat("ж", 80), strings.Repeat("ж", 80)},
		{strings.Repeat("ж", 81), strings.Repeat("ж", 80) + "…"},
	} {
		parsed, err := transcript.Parse([]byte(`{"timeline":[{"text":"a","username":"` + c.name + `"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.Lines[0].Speaker; got != c.want {
			t.Errorf("a name of %d bytes: got %q, want %q", len(c.name), got, c.want)
		}
	}
}
