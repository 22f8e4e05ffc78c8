package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The worst that callers can ask, by many of them at once. In the normal run it is
// short; "make worst" sets the variable to a duration, makes it 64 callers and wants a
// well-behaved caller's small calls answered in time.
const worstVariable = "ZOOM_PHONE_WORST"

func TestTheWorstQuestionsStayWithinTheMemoryAndLetOthersThrough(t *testing.T) {
	callers, duration, patience := 16, 3*time.Second, 20*time.Second
	if v := os.Getenv(worstVariable); v != "" {
		var err error
		if duration, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
		callers, patience = 64, 500*time.Millisecond
	}
	const bound = 512 << 20
	var file strings.Builder
	key := func(i int) string { return fmt.Sprintf("key-%d-%s", i, strings.Repeat("x", 40)) }
	for i := range 9 {
		fmt.Fprintf(&file, "k%d %x\n", i, sha256.Sum256([]byte(key(i))))
	}
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	u := newUpstream(t, operations(t, loadSpec(t)))
	s := serveWeb(t, environment(u), "--demo", "--api-keys", keys, "--max-memory", fmt.Sprint(bound))
	ask := func(key, body string) (status int, answer []byte, err error) {
		r, err := http.NewRequest(http.MethodPost, s.url+"/mcp", strings.NewReader(body))
		if err != nil {
			return 0, nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, nil, err
		}
		defer resp.Body.Close()
		answer, err = io.ReadAll(resp.Body)
		return resp.StatusCode, answer, err
	}
	message := func(method, params string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":` + params + `}`
	}
	call := func(arguments string) string {
		return message("tools/call", `{"name":"call_zoom-phone","arguments":`+arguments+`}`)
	}
	sql := func(statement string) string {
		return message("tools/call", fmt.Sprintf(`{"name":"query_zoom-phone","arguments":{"sql":%q}}`, statement))
	}
	var unknown strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&unknown, `,"k%d":1`, i)
	}
	const numbers = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 300000) "
	worst := []string{
		call(`{"method":"list_phone_users","all_pages":true,"max_records":100000,"select":"sort_by(users, &to_string(@))"}`),
		sql(numbers + "SELECT x, printf('%0800d',x) FROM c ORDER BY 2 DESC"),
		sql("SELECT printf('%.*c', 1000000, 'a') REGEXP '(?:a?){600}b'"),
		sql(numbers + "SELECT group_concat(printf('%.*c',1000,'a'),'') OVER (ORDER BY x) FROM c"),
		call("{" + unknown.String()[1:] + "}"),
		"[" + strings.Repeat(message("tools/list", "{}")+",", 99) + message("tools/list", "{}") + "]",
		message("resources/read", `{"uri":"zoom-phone://results/`+strings.Repeat("x", 3<<20)+`"}`),
	}
	small := call(`{"method":"list_phone_users","params":{"page_size":1}}`)
	if status, answer, err := ask(key(8), small); err != nil || status != http.StatusOK || bytes.Contains(answer, []byte(`"isError"`)) {
		t.Fatalf("%d %.300s, %v", status, answer, err)
	}
	var asking sync.WaitGroup
	end := time.Now().Add(duration)
	for i := range callers {
		asking.Go(func() {
			for n := i; time.Now().Before(end); n++ {
				if status, _, err := ask(key(n%8), worst[n%len(worst)]); err != nil || status == http.StatusInternalServerError {
					t.Errorf("%.100s: %d, %v", worst[n%len(worst)], status, err)
				}
			}
		})
	}
	var took []time.Duration
	peak, l := 0.0, &load{t: t, url: s.url, client: &http.Client{Transport: bearer(key(8))}}
	for time.Now().Before(end) {
		start := time.Now()
		status, answer, err := ask(key(8), small)
		if err != nil || status != http.StatusOK || bytes.Contains(answer, []byte(`"isError"`)) {
			t.Errorf("a small call: %d %.300s, %v", status, answer, err)
		}
		took = append(took, time.Since(start))
		peak = max(peak, l.gauges().memory)
		time.Sleep(20 * time.Millisecond)
	}
	asking.Wait()
	slices.Sort(took)
	late := took[len(took)*99/100]
	t.Logf("%d small calls, median %s, 99 of 100 within %s; at most %.0f MB", len(took), took[len(took)/2], late, peak/1e6)
	if late > patience {
		t.Errorf("small calls: 99 of 100 within %s, want %s", late, patience)
	}
	if peak > bound {
		t.Errorf("the process took %.0f MB of %d", peak/1e6, bound/1_000_000)
	}
}

// bearer sends requests with a key.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
