package paginate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/paginate"
)

// syncUpstream synchronizes the numbers 1 to n, the largest the newest. Its token
// is the stretch that was seen.
type syncUpstream struct {
	n      int
	asked  []string
	before func(call int)
	refuse map[int]*apierror.Error
}

func (u *syncUpstream) page(_ context.Context, set map[string]any) (json.RawMessage, error) {
	call := len(u.asked) + 1
	if u.before != nil {
		u.before(call)
	}
	u.asked = append(u.asked, fmt.Sprintf("%v %v %v", set["sync_type"], set["sync_token"], set["count"]))
	if e := u.refuse[call]; e != nil {
		return nil, e
	}
	count := 100
	if n, ok := set["count"].(int64); ok {
		count = int(n)
	}
	low, high := u.n+1, u.n
	token, _ := set["sync_token"].(string)
	if token != "" {
		if _, err := fmt.Sscanf(token, "%d-%d", &low, &high); err != nil {
			return nil, refused("The sync token is invalid or expired. Please resync with the `FSync` method.")
		}
	}
	var out []string
	switch set["sync_type"] {
	case "ISync":
		if u.n-high > count {
			return nil, &apierror.Error{Kind: apierror.ZoomError, ZoomCode: 7035, Message: "too many"}
		}
		for i := u.n; i > high; i-- {
			out = append(out, fmt.Sprint(i))
		}
		high = u.n
	default:
		for ; low > 1 && len(out) < count; low-- {
			out = append(out, fmt.Sprint(low-1))
		}
	}
	body := fmt.Sprintf(`{"sync_token":"%d-%d"`, low, high)
	if len(out) > 0 {
		body += `,"items":[` + strings.Join(out, ",") + `]`
	}
	return json.RawMessage(body + "}"), nil
}

func (u *syncUpstream) query(params map[string]any) paginate.Query {
	return paginate.Query{
		Method: paginate.Method{Name: "sync", Items: "items", Next: "sync_token", Size: "count", MaxSize: 250, Sync: true},
		Params: params, MaxRecords: paginate.MostRecords,
	}
}

func numbers(from, to int) []string {
	out := []string{}
	for i := from; i >= to; i-- {
		out = append(out, fmt.Sprint(i))
	}
	return out
}

func collectSync(t *testing.T, u *syncUpstream, q paginate.Query) *paginate.Result {
	t.Helper()
	res, err := paginate.All(t.Context(), q, u.page, paginate.Options{})
	if err != nil {
		t.Fatalf("%+v: %v, asked %q", q, err, u.asked)
	}
	return res
}

func TestSynchronization(t *testing.T) {
	for _, c := range []struct {
		name   string
		n      int
		params map[string]any
		want   []string
		asked  string
		token  string
	}{
		{"anew", 600, nil, numbers(600, 1), "FSync <nil> 250|BSync 351-600 250|BSync 101-600 250|BSync 1-600 250", "1-600"},
		{"anew, whatever was before", 3, map[string]any{"sync_type": "FSync", "sync_token": "old", "count": 2}, numbers(3, 1), "FSync <nil> 250|BSync 1-3 250", "1-3"},
		{"older ones", 600, map[string]any{"sync_type": "BSync", "sync_token": "301-600"}, numbers(300, 1), "BSync 301-600 250|BSync 51-600 250|BSync 1-600 250", "1-600"},
		{"newer ones", 600, map[string]any{"sync_type": "ISync", "sync_token": "1-500"}, numbers(600, 501), "ISync 1-500 250|ISync 1-600 250", "1-600"},
		{"nothing at all", 0, nil, []string{}, "FSync <nil> 250", "1-0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := &syncUpstream{n: c.n}
			res := collectSync(t, u, u.query(c.params))
			if !res.Complete || !slices.Equal(texts(res.Records), c.want) || strings.Join(u.asked, "|") != c.asked || res.Token != c.token {
				t.Errorf("%d records, token %q, asked %q", len(res.Records), res.Token, u.asked)
			}
			if want := `{"items":[` + strings.Join(c.want, ",") + `],"sync_token":"` + c.token + `"}`; string(res.Body()) != want {
				t.Errorf("body %.200s", res.Body())
			}
		})
	}
}

func TestSynchronizationInParts(t *testing.T) {
	u := &syncUpstream{n: 700}
	q := u.query(map[string]any{"userId": "x"})
	q.MaxRecords = 300
	var got []string
	for parts := 1; ; parts++ {
		res := collectSync(t, u, q)
		if len(res.Records) > 300 || res.Before != len(got) {
			t.Fatalf("%d records after %d", len(res.Records), res.Before)
		}
		if !res.Complete && len(res.Records) != 300 {
			t.Errorf("%d records, and there was room for 300", len(res.Records))
		}
		got = append(got, texts(res.Records)...)
		if q.Cursor = res.Cursor; res.Complete {
			if parts != 3 || res.Token != "1-700" {
				t.Errorf("%d parts, token %s", parts, res.Token)
			}
			break
		}
	}
	if !slices.Equal(got, numbers(700, 1)) {
		t.Errorf("%d records", len(got))
	}
}

// The position lies in the token alone: a page of newer records is not cut.
func TestNewerRecordsAreNotCut(t *testing.T) {
	u := &syncUpstream{n: 600}
	q := u.query(map[string]any{"sync_type": "ISync", "sync_token": "1-500"})
	q.MaxRecords = 10
	res := collectSync(t, u, q)
	if len(res.Records) != 100 || res.Complete || res.Token != "1-600" {
		t.Fatalf("%+v", res)
	}
	q.Cursor = res.Cursor
	u.n = 620
	res = collectSync(t, u, q)
	if !slices.Equal(texts(res.Records), numbers(620, 601)) {
		t.Errorf("the rest: %s", res.Records)
	}
}

func TestSyncTokensThatEnd(t *testing.T) {
	ended := refused("The sync token is invalid or expired.")
	u := &syncUpstream{n: 600, refuse: map[int]*apierror.Error{3: ended}}
	if res := collectSync(t, u, u.query(nil)); !res.Complete || res.Restarts != 1 || !slices.Equal(texts(res.Records), numbers(600, 1)) {
		t.Errorf("anew: %+v", res)
	}
	u = &syncUpstream{n: 600, refuse: map[int]*apierror.Error{2: ended}}
	res := collectSync(t, u, u.query(map[string]any{"sync_type": "BSync", "sync_token": "301-600"}))
	if res.Complete || len(res.Records) != 250 || res.Err != ended || res.Cursor == "" {
		t.Errorf("from the caller's token on: %+v", res)
	}
	u.refuse = nil
	q := u.query(map[string]any{"sync_type": "BSync", "sync_token": "301-600"})
	q.Cursor = res.Cursor
	if rest := collectSync(t, u, q); !slices.Equal(texts(rest.Records), numbers(50, 1)) {
		t.Errorf("the rest: %s", rest.Records)
	}
	for _, params := range []map[string]any{
		{"sync_type": "ISync", "sync_token": "nonsense"}, {"sync_type": "ISync", "sync_token": "1-2"}, // more than a page of new ones
	} {
		u := &syncUpstream{n: 600}
		if _, err := paginate.All(t.Context(), u.query(params), u.page, paginate.Options{}); apierror.From(err).Kind != apierror.ZoomError {
			t.Errorf("%v: %v", params, err)
		}
	}
	for _, params := range []map[string]any{{"sync_token": "1-2"}, {"sync_type": "ISync"}, {"sync_type": "XSync"}} {
		u := &syncUpstream{n: 600}
		if _, err := paginate.All(t.Context(), u.query(params), u.page, paginate.Options{}); apierror.From(err).Kind != apierror.InvalidParams || len(u.asked) > 0 {
			t.Errorf("%v: %v", params, err)
		}
	}
}

// What was read before a synchronization begins anew is not known any more.
func TestASynchronizationThatBeginsAnewHasEveryRecordOnce(t *testing.T) {
	calls := 0
	page := func(context.Context, map[string]any) (json.RawMessage, error) {
		switch calls++; calls {
		case 1, 3:
			return json.RawMessage(`{"items":[{"id":"c"},{"id":"b"}],"sync_token":"1"}`), nil
		case 2:
			return nil, refused("The sync token is invalid or expired.")
		case 4:
			return json.RawMessage(`{"items":[{"id":"b"},{"id":"a"}],"sync_token":"2"}`), nil
		}
		return json.RawMessage(`{"sync_token":"2"}`), nil
	}
	q := (&syncUpstream{}).query(nil)
	q.Method.ID = []string{"id"}
	res, err := paginate.All(t.Context(), q, page, paginate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts(res.Records), []string{`{"id":"c"}`, `{"id":"b"}`, `{"id":"a"}`}; !slices.Equal(got, want) || res.Restarts != 1 || !res.Complete {
		t.Errorf("got %s after %d restarts, complete %v; want %s after 1, complete", got, res.Restarts, res.Complete, want)
	}
}

func TestASyncTokenThatStaysTheSameIsTheEnd(t *testing.T) {
	page, asked := pages(`{"items":[2],"sync_token":"a"}`, `{"items":[1],"sync_token":"a"}`)
	u := &syncUpstream{}
	res, err := paginate.All(t.Context(), u.query(nil), page, paginate.Options{})
	if err != nil || !res.Complete || len(*asked) != 2 || !slices.Equal(texts(res.Records), []string{"2", "1"}) {
		t.Errorf("%d pages: %+v %v", len(*asked), res, err)
	}
}
