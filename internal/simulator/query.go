package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const defaultPage = 30

// query is one call of the Phone API with its parameters.
type query struct {
	r      *http.Request
	route  *route
	visit  *visit
	values url.Values
	// now is the moment the first page was asked for, so that pages of one
	// query fit together.
	now    time.Time
	size   int // records to a page
	offset int // records already handed out
}

func (s *Simulator) newQuery(rt *route, r *http.Request) (*query, error) {
	v := visitOf(r)
	q := &query{r: r, route: rt, visit: v, values: r.URL.Query(), now: v.now, size: defaultPage}
	if rt.maxPage == 0 {
		return q, nil
	}
	// Zoom does not complain about a page size: what is no number counts as
	// absent, what is too large is cut.
	if n, err := strconv.Atoi(q.get("page_size")); err == nil && n > 0 {
		q.size = min(n, rt.maxPage)
	}
	if token := q.get("next_page_token"); token != "" {
		if err := s.resume(q, token); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// path returns a path parameter, decoded.
func (q *query) path(name string) string { return q.r.PathValue(name) }

// get returns a query parameter, empty when absent.
func (q *query) get(name string) string { return q.values.Get(name) }

// is reports whether a parameter is absent or equal to value.
func (q *query) is(name, value string) bool {
	want := q.get(name)
	return want == "" || want == value
}

// isFold is is without regard to case.
func (q *query) isFold(name, value string) bool {
	want := q.get(name)
	return want == "" || strings.EqualFold(want, value)
}

// flag returns a boolean parameter and whether it was given at all.
func (q *query) flag(name string) (value, given bool) {
	value, err := strconv.ParseBool(q.get(name))
	return value, err == nil
}

// has reports whether an array parameter is absent or contains one of values.
func (q *query) has(name string, values ...string) bool {
	wanted := q.values[name]
	if len(wanted) == 0 {
		return true
	}
	return slices.ContainsFunc(values, func(v string) bool { return v != "" && slices.Contains(wanted, v) })
}

// oneOf refuses values of a parameter outside its list.
func (q *query) oneOf(name string, allowed ...string) error {
	for _, v := range q.values[name] {
		if !slices.Contains(allowed, v) {
			return invalidField(name, "Invalid field.")
		}
	}
	return nil
}

// url makes an absolute URL on the host that was called.
func (q *query) url(path string) string { return origin(q.r) + path }

func stamp(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

// stampOr is stamp, and empty for a moment that never came.
func stampOr(unix int64) string {
	if unix == 0 {
		return ""
	}
	return stamp(unix)
}

func date(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.DateOnly) }
