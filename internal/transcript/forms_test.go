package transcript_test

import (
	"strings"
	"testing"

	"zoom-phone-mcp/internal/transcript"
)

func TestSpeakersAreFoundWhereverTheyStand(t *testing.T) {
	for _, c := range []struct{ entry, want string }{
		{`"username":"Ann"`, "Ann"},
		{`"userName":"Ann"`, "Ann"},
		{`"user_name":"Ann"`, "Ann"},
		{`"UserName":"Ann"`, "Ann"},
		{`"speaker":"Ann"`, "Ann"},
		{`"speakerName":"Ann"`, "Ann"},
		{`"speaker_name":"Ann"`, "Ann"},
		{`"display_name":"Ann"`, "Ann"},
		{`"speaker":{"name":"Ann","id":"x"}`, "Ann"},
		{`"user":{"displayName":"Ann"}`, "Ann"},
		{`"users":[],"username":"Ann"`, "Ann"},
		{`"users":null,"username":"Ann"`, "Ann"},
		{`"users":[{"username":""}],"username":"Ann"`, "Ann"},
		{`"users":[{"user_id":"z"}],"username":"Ann"`, "Ann"},
		{`"users":[{"user_name":"Ann"},{"displayName":"Ben"}]`, "Ann and Ben"},
		{`"users":[{"userName":"Ann"}],"username":"Ben"`, "Ann"},
		{`"users":["Ann"]`, "Ann"},
		{`"username":"","userName":"Ann"`, "Ann"},
		{`"username":"Ann","userId":"1042"`, "Ann"},
		{`"username":"+14155550100"`, "+14155550100"},
		{`"username":" ","user_id":"1042"`, "Extension 1042"},
		{`"speaker":0`, "Speaker 1"},
		{`"speaker":"1","channelMark":"R"`, "Speaker 1"},
		{`"speaker":"Speaker 2"`, "Speaker 2"},
		{`"speaker_id":"spk_0"`, "Speaker 1"},
		{`"channel_mark":"L"`, "Speaker 1"},
		{`"speaker":["Ann"]`, "Unknown speaker"},
	} {
		for _, text := range []string{`"text":"hi"`, `"raw_text":"hi"`, `"rawText":"hi"`, `"text":"","RawText":"hi"`} {
			doc := "\ufeff" + `{"recordingId":"R","recordingStart":"2026-03-18T19:00:00Z","timeline":[{` + text + `,"ts":"00:00:01.000","endTs":2.5,` + c.entry + `}]}`
			parsed, err := transcript.Parse([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			if got := parsed.Text(); got != "Recorded 2026-03-18 19:00:00 UTC. Times count from there.\n\n[00:01] "+c.want+": hi\n" || parsed.RecordingID != "R" {
				t.Errorf("%s: %s", doc, got)
			}
			if got := parsed.VTT(); !strings.Contains(got, "00:00:01.000 --> 00:00:02.500\n") {
				t.Errorf("%s: %s", doc, got)
			}
		}
	}
}

func TestTextsAreToldFromDocuments(t *testing.T) {
	for _, c := range []struct{ what, data, text, mediaType string }{
		{"WebVTT", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>hi\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>hi\n", transcript.WebVTT},
		{"WebVTT with a byte order mark and CR LF", "\ufeffWEBVTT - title\r\n\r\n", "WEBVTT - title\r\n\r\n", transcript.WebVTT},
		{"WebVTT without cues", "WEBVTT", "WEBVTT", transcript.WebVTT},
		{"plain text", "Ann: hi\nBen: Grüße\u2028\n", "Ann: hi\nBen: Grüße\u2028\n", transcript.PlainText},
		{"plain text of times", "[00:01] Ann: hi\n", "[00:01] Ann: hi\n", transcript.PlainText},
		{"a word like that of WebVTT", "WEBVTTS are fine\n", "WEBVTTS are fine\n", transcript.PlainText},
		{"subtitles of another kind", "1\n00:00:01,000 --> 00:00:02,000\nhi\n", "1\n00:00:01,000 --> 00:00:02,000\nhi\n", transcript.PlainText},
		{"bytes that are no characters", "Ann: Gr\xfc\xdfe\n", "Ann: Gr�e\n", transcript.PlainText},
		{"JSON", ` {"timeline":[]}`, "", ""},
		{"JSON that breaks off", `{"timeline":[{"text":"Hal`, "", ""},
		{"an array", `[ {"text":"hi"}]`, "", ""},
		{"an array that breaks off", `[{"text":`, "", ""},
		{"a web page", "<html>Sign in</html>", "", ""},
		{"sound", "ID3\x04\x00\x00", "", ""},
		{"another encoding", "\xff\xfeA\x00n\x00n\x00", "", ""},
		{"nothing", "", "", ""},
		{"blanks", "\ufeff \n", "", ""},
	} {
		text, mediaType, ok := transcript.Given([]byte(c.data))
		if text != c.text || mediaType != c.mediaType || ok != (c.mediaType != "") {
			t.Errorf("%s: %q %q %v", c.what, text, mediaType, ok)
		}
	}
}
