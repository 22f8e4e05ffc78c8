package simulator

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Plan is a kind of Zoom account, as far as rate limits go.
type Plan string

// The plans. The zero Plan limits nothing.
const (
	PlanNone     Plan = "none"
	PlanPro      Plan = "pro"
	PlanBusiness Plan = "business" // and above
)

// RetryAfter is a way of writing the Retry-After header of a 429.
type RetryAfter string

// The forms of Retry-After. By default only the refusal for the day has one, as
// an ISO date.
const (
	RetryAfterDefault  RetryAfter = ""
	RetryAfterSeconds  RetryAfter = "seconds"
	RetryAfterHTTPDate RetryAfter = "http-date"
	RetryAfterISO      RetryAfter = "iso"
	RetryAfterAbsent   RetryAfter = "absent"
)

// write sets the header for a moment that is a while after now.
func (f RetryAfter) write(h http.Header, now, until time.Time) {
	switch f {
	case RetryAfterSeconds:
		h.Set("Retry-After", strconv.FormatInt(int64((until.Sub(now)+time.Second-1)/time.Second), 10))
	case RetryAfterHTTPDate:
		h.Set("Retry-After", until.UTC().Format(http.TimeFormat))
	case RetryAfterISO:
		h.Set("Retry-After", until.UTC().Format(time.RFC3339))
	}
}

// label is the class of a path in Zoom's rate limits.
type label string

const (
	light     label = "LIGHT"
	medium    label = "MEDIUM"
	heavy     label = "HEAVY"
	intensive label = "RESOURCE-INTENSIVE"
)

// category is how the headers call a label.
func (l label) category() string {
	switch l {
	case medium:
		return "Medium"
	case heavy:
		return "Heavy"
	case intensive:
		return "Resource-intensive"
	}
	return "Light"
}

// daily reports whether the label draws on the budget of the day.
func (l label) daily() bool { return l == heavy || l == intensive }

// window is how long the label's windows are, in seconds.
func (l label) window() int64 {
	if l == intensive {
		return 60
	}
	return 1
}

// figures are the limits of a plan: requests in a window of each label, and in a
// UTC day for HEAVY and RESOURCE-INTENSIVE together.
type figures struct {
	perWindow map[label]int
	perDay    int
}

// figures returns nil for a plan without limits.
func (p Plan) figures() *figures {
	switch p {
	case "", PlanNone:
		return nil
	case PlanPro:
		return &figures{map[label]int{light: 20, medium: 10, heavy: 5, intensive: 5}, 15_000}
	case PlanBusiness:
		return &figures{map[label]int{light: 40, medium: 20, heavy: 10, intensive: 10}, 30_000}
	}
	panic(fmt.Sprintf("simulator: no plan %q", string(p)))
}

// Refusals of too many requests.
const (
	tooManyInSecond = "You have reached the maximum per-second rate limit for this API. Try again later."
	tooManyInDay    = "You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."
)

// limiter counts requests in fixed windows, which begin with the clock's
// seconds, minutes and UTC days.
type limiter struct {
	*figures // nil for no limits

	mu      sync.Mutex
	windows map[label]count
	day     count
}

// count is how many requests fell into the window that began at a Unix time.
type count struct {
	start int64
	n     int
}

func (c count) at(start int64) count {
	if c.start != start {
		return count{start: start}
	}
	return c
}

func newLimiter(p Plan, perDay int) *limiter {
	l := &limiter{figures: p.figures(), windows: make(map[label]count)}
	if l.figures != nil && perDay > 0 {
		l.perDay = perDay
	}
	return l
}

// take counts a request, and tells what is left of the day afterwards. Refused
// requests are not counted.
func (l *limiter) take(of label, now time.Time) (left int, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	unix := now.Unix()
	l.day = l.day.at(unix - unix%86400)
	if of.daily() && l.day.n >= l.perDay {
		return 0, tooManyInDay
	}
	w := l.windows[of].at(unix - unix%of.window())
	if w.n >= l.perWindow[of] {
		return l.perDay - l.day.n, tooManyInSecond
	}
	w.n++
	l.windows[of] = w
	if of.daily() {
		l.day.n++
	}
	return l.perDay - l.day.n, ""
}

// throttle counts a request of the Phone API, sets the headers that tell of the
// limits, and refuses what is too much. Paths without a label are free.
func (s *Simulator) throttle(h http.Header, v *visit) error {
	of := v.route.label
	if s.limits.figures == nil || of == "" {
		return nil
	}
	left, message := s.limits.take(of, v.now)
	switch {
	case message == tooManyInDay:
		return s.refuseDay(h, v, s.opts.RetryAfter)
	case message != "":
		return s.refuseSecond(h, v, s.opts.RetryAfter)
	case of.daily():
		s.dailyHeader(h, of, left)
	default:
		h.Set("X-RateLimit-Category", of.category())
		h.Set("X-RateLimit-Type", "QPS")
	}
	return nil
}

// refuseSecond is the answer to too many requests in a window.
func (s *Simulator) refuseSecond(h http.Header, v *visit, form RetryAfter) error {
	of := v.label()
	h.Set("X-RateLimit-Category", of.category())
	h.Set("X-RateLimit-Type", "QPS")
	wait := of.window() - v.now.Unix()%of.window()
	form.write(h, v.now, v.now.Add(time.Duration(wait)*time.Second))
	return refuse(http.StatusTooManyRequests, 429, tooManyInSecond)
}

// refuseDay is the answer when the budget of the day is used up.
func (s *Simulator) refuseDay(h http.Header, v *visit, form RetryAfter) error {
	of := v.label()
	s.dailyHeader(h, of, 0)
	if form == RetryAfterDefault {
		form = RetryAfterISO
	}
	form.write(h, v.now, v.now.Truncate(24*time.Hour).Add(24*time.Hour))
	return refuse(http.StatusTooManyRequests, 429, tooManyInDay)
}

func (s *Simulator) dailyHeader(h http.Header, of label, left int) {
	perDay := PlanPro.figures().perDay
	if s.limits.figures != nil {
		perDay = s.limits.perDay
	}
	h.Set("X-RateLimit-Category", of.category())
	h.Set("X-RateLimit-Type", "Daily-limit")
	h.Set("X-RateLimit-Limit", strconv.Itoa(perDay))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
}

// label is that of the path, and LIGHT for paths without one.
func (v *visit) label() label {
	if v.route == nil || v.route.label == "" {
		return light
	}
	return v.route.label
}
