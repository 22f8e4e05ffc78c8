package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// file is what an answer says of a file.
type file struct {
	URI       string
	Path      string
	Name      string
	MediaType string `json:"media_type"`
	Bytes     int64
	SHA256    string
}

// recording is one of the newest recordings of the simulated account.
type recording struct {
	ID          string
	CallID      string `json:"call_id"`
	DownloadURL string `json:"download_url"`
}

func recordings(t *testing.T, c *client.Client) []recording {
	t.Helper()
	var list struct{ Recordings []recording }
	decode(t, c, map[string]any{"method": "get_phone_recordings"}, &list)
	if len(list.Recordings) < 5 {
		t.Fatalf("%d recordings", len(list.Recordings))
	}
	return list.Recordings
}

// decode calls a method and reads the structured answer.
func decode(t *testing.T, c *client.Client, arguments map[string]any, to any) *mcp.CallToolResult {
	t.Helper()
	r, err := call(t.Context(), c, "call_zoom-phone", arguments)
	if err != nil || r.IsError {
		t.Fatalf("%v: %v %v", arguments, err, r)
	}
	if err := json.Unmarshal(r.RawStructuredContent, to); err != nil {
		t.Fatalf("%v: %v in %s", arguments, err, r.RawStructuredContent)
	}
	return r
}

func download(link string) map[string]any {
	return map[string]any{"method": "phone_download_recording_file", "params": map[string]any{"fileId": link}}
}

func TestTheDemosRecordingsPlayAndItsTranscriptsRead(t *testing.T) {
	c := demo(t, "--download-dir", t.TempDir())
	turn := regexp.MustCompile(`^\[\d\d:\d\d(:\d\d)?\] [^:]+: \S.*$`)
	for _, r := range recordings(t, c)[:5] {
		var f file
		answer := decode(t, c, download(r.DownloadURL), &f)
		link, ok := answer.Content[0].(mcp.ResourceLink)
		if !ok || link.URI != f.URI || link.Size == nil || *link.Size != f.Bytes || link.MIMEType != f.MediaType || !strings.HasPrefix(f.URI, "zoom-phone://files/") {
			t.Errorf("%+v, %+v", answer.Content[0], f)
		}
		data, err := os.ReadFile(f.Path)
		sum := sha256.Sum256(data)
		if err != nil || int64(len(data)) != f.Bytes || hex.EncodeToString(sum[:]) != f.SHA256 || !bytes.HasPrefix(data, []byte("RIFF")) {
			t.Errorf("%+v: %d bytes, %v", f, len(data), err)
		}
		if f.MediaType != "audio/wav" || filepath.Ext(f.Name) != ".wav" {
			t.Errorf("%+v", f)
		}
		if info, err := os.Stat(f.Path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		var read mcp.ReadResourceRequest
		read.Params.URI = f.URI
		content, err := c.ReadResource(t.Context(), read)
		if err != nil {
			t.Fatal(err)
		}
		blob, err := base64.StdEncoding.DecodeString(content.Contents[0].(mcp.BlobResourceContents).Blob)
		if err != nil || !bytes.Equal(blob, data) {
			t.Errorf("the resource has %d bytes, %v", len(blob), err)
		}

		answer, err = call(t.Context(), c, "call_zoom-phone", map[string]any{
			"method": "phone_download_recording_transcript", "params": map[string]any{"recordingId": r.ID},
		})
		if err != nil {
			t.Fatal(err)
		}
		if answer.IsError {
			continue // not every recording has one
		}
		words := text(answer)
		if strings.Contains(words, "Not ready") {
			continue
		}
		_, body, ok := strings.Cut(words, "\n\n")
		if !ok || !strings.HasPrefix(words, "Recorded 20") {
			t.Errorf("%s", words)
		}
		for line := range strings.Lines(strings.TrimSpace(body)) {
			if !turn.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%q does not read as a turn", line)
			}
		}
	}
	var one struct {
		FileURL string `json:"file_url"`
	}
	decode(t, c, map[string]any{
		"method": "get_phone_recordings_by_call_id_or_call_log_id", "params": map[string]any{"id": recordings(t, c)[0].CallID},
	}, &one)
	inline := download(one.FileURL)
	inline["inline"] = true
	var f file
	answer := decode(t, c, inline, &f)
	audio, ok := answer.Content[2].(mcp.AudioContent)
	if data, err := base64.StdEncoding.DecodeString(audio.Data); !ok || err != nil || int64(len(data)) != f.Bytes || audio.MIMEType != "audio/wav" {
		t.Errorf("%T, %d bytes, %v", answer.Content[2], len(data), err)
	}
}

func TestDownloadsTellOfTheirBytes(t *testing.T) {
	c := demo(t, "--download-dir", t.TempDir())
	var mu sync.Mutex
	var told []map[string]any
	c.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == "notifications/progress" {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, n.Params.AdditionalFields)
		}
	})
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = "call_zoom-phone", download(recordings(t, c)[0].DownloadURL)
	r.Params.Meta = &mcp.Meta{ProgressToken: "p"}
	if answer, err := c.CallTool(t.Context(), r); err != nil || answer.IsError {
		t.Fatalf("%v, %v", answer, err)
	}
	for range 100 {
		mu.Lock()
		n := len(told)
		mu.Unlock()
		if n > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(told) == 0 || told[len(told)-1]["progress"].(float64) < 1000 {
		t.Errorf("%v", told)
	}
}

// Over HTTP the link is an address of the server, behind the keys.
func TestLinksOfAServerAreBehindItsKeys(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	ann, ben := addKey(t, keys, "ann"), addKey(t, keys, "ben", "--allow", "users")
	s := serveWeb(t, nil, "--demo", "--api-keys", keys, "--download-dir", t.TempDir(), "--download-life", "3s")
	session := func(kind, key string) *client.Client {
		var way transport.Interface
		var err error
		if kind == "SSE" {
			way, err = transport.NewSSE(s.url+"/sse", transport.WithHeaders(map[string]string{"Authorization": "Bearer " + key}))
		} else {
			way, err = transport.NewStreamableHTTP(s.url+"/mcp", transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + key}))
		}
		if err != nil {
			t.Fatal(err)
		}
		c := client.NewClient(way)
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		var hello mcp.InitializeRequest
		hello.Params.ProtocolVersion = "2025-06-18"
		if _, err := c.Initialize(t.Context(), hello); err != nil {
			t.Fatal(err)
		}
		return c
	}
	get := func(link, key, part string) (int, []byte) {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		if part != "" {
			r.Header.Set("Range", part)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body
	}
	for _, kind := range []string{"SSE", "Streamable HTTP"} {
		c := session(kind, ann)
		var f file
		decode(t, c, download(recordings(t, c)[0].DownloadURL), &f)
		if !strings.HasPrefix(f.URI, s.url+"/files/") || f.Path != "" {
			t.Fatalf("%s: %+v", kind, f)
		}
		status, whole := get(f.URI, ann, "")
		if sum := sha256.Sum256(whole); status != 200 || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s: %d, %d bytes", kind, status, len(whole))
		}
		if status, part := get(f.URI, ann, "bytes=100-199"); status != 206 || !bytes.Equal(part, whole[100:200]) {
			t.Errorf("%s: a part: %d, %d bytes", kind, status, len(part))
		}
		if status, _ := get(f.URI, "", ""); status != 401 {
			t.Errorf("%s: without a key: %d", kind, status)
		}
		if status, _ := get(f.URI, ben, ""); status != 404 {
			t.Errorf("%s: with the key of somebody with other limits: %d", kind, status)
		}
		var read mcp.ReadResourceRequest
		read.Params.URI = f.URI
		content, err := c.ReadResource(t.Context(), read)
		if err != nil {
			t.Fatal(err)
		}
		if blob, err := base64.StdEncoding.DecodeString(content.Contents[0].(mcp.BlobResourceContents).Blob); err != nil || !bytes.Equal(blob, whole) {
			t.Errorf("%s: the resource has %d bytes, %v", kind, len(blob), err)
		}
		if _, err := session(kind, ben).ReadResource(t.Context(), read); err == nil {
			t.Errorf("%s: the resource was read with other limits", kind)
		}
		if kind == "SSE" {
			continue
		}
		time.Sleep(3100 * time.Millisecond)
		if status, body := get(f.URI, ann, ""); status != 404 || !bytes.Contains(body, []byte("no longer")) {
			t.Errorf("after its time: %d %s", status, body)
		}
	}
}

func TestTheCommandLineWritesFiles(t *testing.T) {
	run := func(args ...string) (out, said string) {
		t.Helper()
		cmd := program(t, nil, append([]string{"call", "--demo"}, args...)...)
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v %s", args, err, &stderr)
		}
		return stdout.String(), stderr.String()
	}
	list, _ := run("get_phone_recordings", "page_size=5")
	var page struct{ Recordings []recording }
	if err := json.Unmarshal([]byte(list), &page); err != nil {
		t.Fatal(err)
	}
	link := "fileId=" + page.Recordings[0].DownloadURL
	dir := t.TempDir()
	name := filepath.Join(dir, "x.wav")
	_, said := run("phone_download_recording_file", link, "--output", name)
	written, err := os.ReadFile(name)
	sum := sha256.Sum256(written)
	if err != nil || !bytes.HasPrefix(written, []byte("RIFF")) || !strings.Contains(said, name) || !strings.Contains(said, hex.EncodeToString(sum[:])) || !strings.Contains(said, "audio/wav") {
		t.Errorf("%d bytes, %v, %s", len(written), err, said)
	}
	if piped, _ := run("phone_download_recording_file", link); piped != string(written) {
		t.Errorf("%d bytes on standard output, %d in the file", len(piped), len(written))
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	run("phone_download_recording_file", link, "-o", folder)
	run("phone_download_recording_file", link, "-o", folder)
	run("list_phone_sites", "-o", folder)
	run("list_phone_sites", "--format", "csv", "-o", folder)
	left, _ := filepath.Glob(filepath.Join(folder, "*"))
	hidden, _ := filepath.Glob(filepath.Join(folder, ".*"))
	if len(left) != 4 || len(hidden) > 0 {
		t.Errorf("%v %v", left, hidden)
	}
	if sites, err := os.ReadFile(filepath.Join(folder, "list_phone_sites.json")); err != nil || !json.Valid(sites) {
		t.Errorf("%s, %v", sites, err)
	}
	if sites, err := os.ReadFile(filepath.Join(folder, "list_phone_sites.csv")); err != nil || !bytes.Contains(sites, []byte(",")) {
		t.Errorf("%s, %v", sites, err)
	}
	for _, r := range page.Recordings {
		cmd := program(t, nil, "call", "--demo", "phone_download_recording_transcript", "recordingId="+r.ID, "--as", "vtt")
		if out, err := cmd.Output(); err == nil {
			if !bytes.HasPrefix(out, []byte("WEBVTT\n")) {
				t.Errorf("%.200s", out)
			}
			return
		}
	}
	t.Error("no recording has a transcript")
}

// A client refuses a result with content of a type that its version does not have.
func TestOldClientsGetWhatTheyKnow(t *testing.T) {
	for version, want := range map[string][]string{
		"2024-11-05": {"text", "resource"},
		"2025-03-26": {"text", "audio"},
		"2025-06-18": {"resource_link", "text", "audio"},
	} {
		c := client.NewClient(transport.NewStdio(binary, nil, "stdio", "--demo", "--download-dir", t.TempDir()))
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		var hello mcp.InitializeRequest
		hello.Params.ProtocolVersion = version
		if _, err := c.Initialize(t.Context(), hello); err != nil {
			t.Fatal(err)
		}
		inline := download(recordings(t, c)[0].DownloadURL)
		inline["inline"] = true
		var f file
		var got []string
		for _, content := range decode(t, c, inline, &f).Content {
			text, err := json.Marshal(content)
			if err != nil {
				t.Fatal(err)
			}
			var typed struct{ Type string }
			if err := json.Unmarshal(text, &typed); err != nil {
				t.Fatal(err)
			}
			got = append(got, typed.Type)
		}
		if !slices.Equal(got, want) || f.URI == "" {
			t.Errorf("%s: %v, want %v", version, got, want)
		}
	}
}
