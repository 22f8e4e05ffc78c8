package zoom

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// request is one call being put together: the generated operations fill it.
type request struct {
	method string // the product's name of the method, for errors and logs
	label  string // Zoom's rate-limit label, empty where Zoom gives none
	path   string // escaped, below the base URL
	query  []string
	me     bool   // an id in the path is "me"
	file   bool   // the answer is a file
	fields string // those at the top of the answer, separated by spaces
	part   part   // of the file; the zero value for all of it
}

// newRequest takes the path as literal, value, literal, …: each value becomes
// one path segment, percent-encoded once.
func newRequest(method, label string, path ...string) *request {
	r := &request{method: method, label: label}
	var b strings.Builder
	for i, part := range path {
		if i%2 == 1 {
			r.me = r.me || part == "me"
			part = escapeSegment(part)
		}
		b.WriteString(part)
	}
	r.path = b.String()
	return r
}

// escapeSegment percent-encodes everything but unreserved characters. Zoom wants
// the plus of an email address encoded too, which url.PathEscape leaves alone.
func escapeSegment(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// add puts one pair behind the query, in the order of the calls.
func (r *request) add(key, value string) {
	r.query = append(r.query, url.QueryEscape(key)+"="+url.QueryEscape(value))
}

// resumes reports whether the request goes on with a list, by a token of Zoom's.
func (r *request) resumes() bool {
	return slices.ContainsFunc(r.query, func(pair string) bool {
		return strings.HasPrefix(pair, "next_page_token=") || strings.HasPrefix(pair, "sync_token=")
	})
}

func (r *request) addString(key, value string) *request {
	if value != "" {
		r.add(key, value)
	}
	return r
}

func (r *request) addInt(key string, value *int64) *request {
	if value != nil {
		r.add(key, strconv.FormatInt(*value, 10))
	}
	return r
}

func (r *request) addBool(key string, value *bool) *request {
	if value != nil {
		r.add(key, strconv.FormatBool(*value))
	}
	return r
}

// addStrings repeats the key for every value.
func (r *request) addStrings(key string, values []string) *request {
	for _, v := range values {
		r.add(key, v)
	}
	return r
}

// addInts repeats the key for every value.
func (r *request) addInts(key string, values []int64) *request {
	for _, v := range values {
		r.add(key, strconv.FormatInt(v, 10))
	}
	return r
}

// answers names the fields at the top of the answer, separated by spaces.
func (r *request) answers(fields string) *request {
	r.fields = fields
	return r
}

// url returns the address below a base.
func (r *request) url(base *url.URL) string {
	u := base.String() + r.path
	if len(r.query) > 0 {
		u += "?" + strings.Join(r.query, "&")
	}
	return u
}
