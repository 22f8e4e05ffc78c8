package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"time"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/tools/load"
)

// A month that lies behind: what is asked of it stays the same.
func month() (from, to string) {
	now := time.Now().UTC()
	return now.AddDate(0, 0, -20).Format(time.DateOnly), now.AddDate(0, 0, -3).Format(time.DateOnly)
}

// truth is what right answers are, learned before anything misbehaves.
type truth struct {
	methods []string          // all of them
	calls   []string          // arguments of call_zoom-phone
	answers map[string][]byte // by the arguments
	files   map[string]string // SHA-256 by the arguments of a download
}

// learn asks once for everything, and once more to see that it stays.
func (t *truth) learn(ctx context.Context, s *soak) error {
	for m := range catalog.All() {
		t.methods = append(t.methods, m.Name)
	}
	from, to := month()
	span := fmt.Sprintf(`"from":%q,"to":%q`, from, to)
	t.calls = []string{
		`{"method":"list_phone_sites"}`, `{"method":"list_call_queues"}`, `{"method":"phone_setting"}`, `{"method":"list_auto_receptionists"}`,
		`{"method":"list_shared_line_groups"}`, `{"method":"list_calling_plans"}`,
		`{"method":"list_phone_users","params":{"page_size":100}}`,
		`{"method":"list_phone_users","all_pages":true,"params":{"page_size":10}}`,
		`{"method":"list_phone_users","select":"users[].{name: name, number: extension_number}"}`,
		`{"method":"list_phone_users","sql":"SELECT status, count(*) AS n FROM records GROUP BY 1"}`,
		`{"method":"list_phone_users","all_pages":true,"format":"csv"}`,
		`{"method":"account_call_history","all_pages":true,"select":"call_history[].call_result","params":{` + span + `}}`,
		`{"method":"account_call_history","sql":"SELECT call_result, count(*) AS n FROM records GROUP BY 1 ORDER BY 1","params":{` + span + `}}`,
		`{"method":"get_phone_recordings","all_pages":true,"params":{` + span + `}}`,
	}
	t.answers, t.files = map[string][]byte{}, map[string]string{}
	for _, arguments := range t.calls {
		a, err := s.line.request(ctx, "tools/call", call(arguments))
		if err == nil {
			err = good(a)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", arguments, err)
		}
		t.answers[arguments] = plain(a)
	}
	for _, arguments := range t.calls {
		a, err := s.line.request(ctx, "tools/call", call(arguments))
		if err != nil || !bytes.Equal(plain(a), t.answers[arguments]) {
			return fmt.Errorf("%s is answered in another way the second time: %v", arguments, err)
		}
	}
	return t.learnFiles(ctx, s, span)
}

func (t *truth) learnFiles(ctx context.Context, s *soak, span string) error {
	a, err := s.line.request(ctx, "tools/call", call(`{"method":"get_phone_recordings","params":{"page_size":12,`+span+`}}`))
	if err != nil {
		return err
	}
	var list struct {
		Recordings []struct {
			URL string `json:"download_url"`
		}
	}
	if err := json.Unmarshal(a.Result.Structured, &list); err != nil || len(list.Recordings) == 0 {
		return fmt.Errorf("no recordings: %v", err)
	}
	for _, r := range list.Recordings {
		arguments := fmt.Sprintf(`{"method":"phone_download_recording_file","params":{"fileId":%q}}`, r.URL)
		a, err := s.line.request(ctx, "tools/call", call(arguments))
		if err == nil {
			err = good(a)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", arguments, err)
		}
		t.files[arguments] = digest(a)
	}
	return nil
}

func call(arguments string) string { return `{"name":"call_zoom-phone","arguments":` + arguments + `}` }

// keptResult is the address of a result that is kept.
var keptResult = regexp.MustCompile(`zoom-phone://results/\w+`)

// plain is what an answer says, without the ids of results that are kept.
func plain(a *load.Answer) []byte {
	if len(a.Result.Content) == 0 {
		return nil
	}
	return keptResult.ReplaceAll([]byte(a.Result.Content[0].Text), []byte("zoom-phone://results/"))
}

// difference shows where two texts part.
func difference(want, got []byte) string {
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf("%q, want %q", got[from:min(len(got), i+40)], want[from:min(len(want), i+40)])
}

// brokenOff reports whether an answer says that a collection broke off.
func brokenOff(a *load.Answer) bool {
	for _, c := range a.Result.Content {
		if strings.Contains(c.Text, `"collected":{"complete":false`) || strings.HasPrefix(c.Text, `Collected: {"complete":false`) {
			return true
		}
	}
	return false
}

// digest is the SHA-256 of a file that was answered with.
func digest(a *load.Answer) string {
	var f struct{ SHA256 string }
	_ = json.Unmarshal(a.Result.Structured, &f) // empty is wrong anyway
	return f.SHA256
}

// kind is the kind of a failure.
func kind(a *load.Answer) string {
	var f struct{ Error struct{ Kind string } }
	_ = json.Unmarshal(a.Result.Structured, &f) // empty is not expected anyway
	return f.Error.Kind
}

func good(a *load.Answer) error {
	switch {
	case a.Error != nil:
		return fmt.Errorf("protocol error %d", a.Error.Code)
	case a.Result.IsError:
		return failure{kind(a)}
	case len(a.Result.Content) == 0:
		return errors.New("an empty answer")
	}
	return nil
}

// failure is an answer that says why there is none.
type failure struct{ kind string }

func (f failure) Error() string { return "failed: " + f.kind }

// wrong is an answer that is not the right one.
type wrong struct{ what string }

func (w wrong) Error() string { return "wrong answer: " + w.what }

// actor is a client at work. On HTTP its sessions come and go.
func (s *soak) actor(ctx context.Context, transport string, n uint64) {
	random := rand.New(rand.NewPCG(n, uint64(len(transport))))
	var at session
	left := 0 // calls until the session ends
	defer func() {
		if at != nil && transport != "stdio" {
			at.close(context.Background())
		}
	}()
	for ctx.Err() == nil {
		if left == 0 {
			if at != nil && transport != "stdio" && random.IntN(8) > 0 { // some are forgotten
				at.close(ctx)
			} else if st, ok := at.(*stream); ok && transport == "sse" {
				st.stop()
			}
			var err error
			if at, err = s.open(transport); err != nil {
				s.tally.unexpected(transport, "open", err)
				rest(ctx, time.Second)
				at = nil
				continue
			}
			s.tally.count(transport, "session", nil)
			left = 1 + random.IntN(40)
		}
		left--
		s.step(ctx, transport, at, random)
		rest(ctx, time.Duration(random.Int64N(int64(s.pause)+1)))
	}
}

func (s *soak) open(transport string) (session, error) {
	switch transport {
	case "http":
		return openStreamable(s.webURL)
	case "sse":
		return openSSE(s.webURL)
	}
	return s.line, nil
}

// step is one thing that a client does. Calls under way at the end of a phase are
// finished.
func (s *soak) step(ctx context.Context, transport string, at session, random *rand.Rand) {
	ctx = context.WithoutCancel(ctx)
	begin := time.Now()
	what, err := s.do(ctx, at, random)
	var f failure
	switch {
	case err == nil:
		s.tally.count(transport, what, nil)
	case errors.As(err, &f) && explained[f.kind] && s.faults.during(begin):
		s.tally.count(transport, what, f)
	default:
		s.tally.unexpected(transport, what, err)
	}
}

// incomplete counts the collections that broke off and said so.
const incomplete = "incomplete"

// explained are the kinds of failures that the faults below lead to.
var explained = map[string]bool{incomplete: true, "network": true, "zoom_error": true, "rate_limited": true, "timeout": true, "auth": true, "too_large": true}

func (s *soak) do(ctx context.Context, at session, random *rand.Rand) (what string, err error) {
	ask := func(arguments string) (*load.Answer, error) {
		long, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		a, err := at.request(long, "tools/call", call(arguments))
		if err == nil {
			err = good(a)
		}
		return a, err
	}
	switch p := random.IntN(100); {
	case p < 20:
		a, err := at.request(ctx, "tools/call", `{"name":"describe_method","arguments":{"method":"`+s.truth.methods[random.IntN(len(s.truth.methods))]+`"}}`)
		if err == nil {
			if err = good(a); err != nil {
				err = wrong{err.Error()} // no fault of Zoom explains it
			}
		}
		return "describe", err
	case p < 70:
		arguments := s.truth.calls[random.IntN(len(s.truth.calls))]
		a, err := ask(arguments)
		if err == nil && brokenOff(a) {
			err = failure{incomplete} // and it says so
		}
		if err == nil && !bytes.Equal(plain(a), s.truth.answers[arguments]) {
			err = wrong{arguments + ": " + difference(s.truth.answers[arguments], plain(a))}
		}
		return "call", err
	case p < 75:
		for arguments, sum := range s.truth.files {
			a, err := ask(arguments)
			if err == nil && digest(a) != sum {
				err = wrong{fmt.Sprintf("%s: %.300s", arguments, a.Result.Structured)}
			}
			return "download", err
		}
		return "download", nil
	case p < 85:
		short, cancel := context.WithTimeout(ctx, time.Duration(random.Int64N(int64(30*time.Millisecond))))
		defer cancel()
		_, err := at.request(short, "tools/call", call(s.truth.calls[random.IntN(len(s.truth.calls))]))
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
		return "cancel", err
	case p < 95:
		bad := badCalls[random.IntN(len(badCalls))]
		a, err := at.request(ctx, "tools/call", bad.params)
		if err == nil && (bad.kind == "" && a.Error == nil || bad.kind != "" && kind(a) != bad.kind) {
			err = wrong{fmt.Sprintf("%.100s: not refused as it has to be", bad.params)}
		}
		return "bad call", err
	case p < 98:
		return "nonsense", at.nonsense(ctx)
	default:
		a, err := at.request(ctx, "tools/list", `{}`)
		if err == nil && a.Error != nil {
			err = wrong{"no list of tools"}
		}
		return "list", err
	}
}

// badCalls are wrong without Zoom being asked; an empty kind is a protocol error.
var badCalls = []struct{ params, kind string }{
	{`{"name":"no_such_tool","arguments":{}}`, ""},
	{call(`{"method":"no_such_method"}`), "unknown_method"},
	{call(`{"method":"list_phone_users","params":{"page_size":"many"}}`), "invalid_params"},
	{call(`{"method":"phone_user","params":{"userId":"../../users"}}`), "invalid_params"},
	{call(`{"method":"phone_user"}`), "invalid_params"},
	{call(`{"method":"list_phone_users","sql":"DROP TABLE records"}`), "invalid_params"},
	{call(`{"method":"list_phone_users","select":"users[?"}`), "invalid_params"},
	{call(`{"method":"account_call_history","params":{"keyword":"` + strings.Repeat("x", 100_000) + `"}}`), "invalid_params"},
}

// misbehave lets the account misbehave for two thirds of every minute.
func (s *soak) misbehave(ctx context.Context) {
	script := make([]map[string]any, 0, len(misdeeds))
	for i, m := range misdeeds {
		f := map[string]any{"path": "/v2/phone/**", "seed": i + 1}
		for k, v := range m {
			f[k] = v
		}
		script = append(script, f)
	}
	for ctx.Err() == nil {
		s.faults.begin()
		if err := s.inject(script); err != nil {
			s.tally.unexpected("account", "faults", err)
			return
		}
		part, cancel := context.WithTimeout(ctx, 40*time.Second)
		for part.Err() == nil {
			rest(part, 5*time.Second)
			if part.Err() == nil {
				if err := s.inject(map[string]any{"fault": "token_revoked", "count": 1}); err != nil {
					s.tally.unexpected("account", "faults", err)
				}
			}
		}
		cancel()
		s.forgetFaults()
		rest(ctx, 20*time.Second)
	}
}

// misdeeds are the faults, each by chance.
var misdeeds = []map[string]any{
	{"fault": "reset", "rate": 0.01}, {"fault": "reset", "rate": 0.01, "bytes": 100}, {"fault": "hangup", "rate": 0.01},
	{"fault": "truncated", "rate": 0.01}, {"fault": "html", "rate": 0.005}, {"fault": "html_error", "rate": 0.01},
	{"fault": "empty", "rate": 0.005}, {"fault": "not_json", "rate": 0.005}, {"fault": "not_http", "rate": 0.005}, {"fault": "endless", "rate": 0.001},
	{"fault": "slow", "rate": 0.01, "delay": "500ms"}, {"fault": "hang", "rate": 0.002}, {"fault": "server_error", "rate": 0.01},
	{"fault": "unavailable", "rate": 0.01}, {"fault": "rate_limit", "rate": 0.001, "retry_after": "seconds"}, {"fault": "expired_token", "rate": 0.002},
	// A file that is short and says that it is whole cannot be told from a whole one.
	{"fault": "cut_json", "rate": 0.01, "path": "/v2/phone/users"}, {"fault": "cut_json", "rate": 0.01, "path": "/v2/phone/call_history"},
	{"fault": "redirect_loop", "rate": 0.002}, {"fault": "redirect_private", "rate": 0.002}, {"fault": "redirect_nowhere", "rate": 0.002},
	{"fault": "unavailable", "rate": 0.02, "path": "/oauth/token"}, {"fault": "token_rate_limit", "rate": 0.01, "path": "/oauth/token"},
}

// faultTimes are when the account misbehaved.
type faultTimes struct {
	mu    sync.Mutex
	on    bool
	until time.Time
}

func (f *faultTimes) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on = true
}

func (f *faultTimes) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on {
		f.on, f.until = false, time.Now()
	}
}

// during reports whether a call that began at a time and is over now can have met a
// fault. Answers that were under way when the faults ended still can.
func (f *faultTimes) during(begin time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.on || begin.Before(f.until.Add(time.Second))
}
