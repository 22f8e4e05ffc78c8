package zoom

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// longestPause bounds what Zoom can make a label or a day's budget wait.
const longestPause = 25 * time.Hour

// clockDoubt is how far our clock may be from Zoom's before dates are taken
// relative to Zoom's.
const clockDoubt = time.Minute

// retryAfter reads Retry-After, which Zoom writes as seconds, as an HTTP date or
// as an ISO date. It is false without one, and for one that has passed.
func retryAfter(h http.Header, now time.Time) (time.Time, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return time.Time{}, false
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) { // nor NaN
			return time.Time{}, false
		}
		return now.Add(time.Duration(min(seconds, longestPause.Seconds()) * float64(time.Second))), true
	}
	at, ok := parseDate(text)
	if !ok {
		return time.Time{}, false
	}
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		if off := now.Sub(theirs); off.Abs() > clockDoubt {
			at = at.Add(off)
		}
	}
	if !at.After(now) {
		return time.Time{}, false
	}
	if latest := now.Add(longestPause); at.After(latest) {
		at = latest
	}
	return at, true
}

func parseDate(text string) (time.Time, bool) {
	if at, err := http.ParseTime(text); err == nil {
		return at, true
	}
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", time.DateOnly,
	} {
		if at, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// dailyCount is what Zoom says of the day's budget.
type dailyCount struct {
	known            bool
	limit, remaining int
}

// readDailyCount reads the X-RateLimit headers. They tell of the day only where
// their type says so; otherwise they tell of the second.
func readDailyCount(h http.Header) dailyCount {
	if !saysDaily(h.Get("X-RateLimit-Type")) {
		return dailyCount{}
	}
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	if err != nil || limit <= 0 {
		return dailyCount{}
	}
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil || remaining < 0 {
		return dailyCount{}
	}
	return dailyCount{true, limit, min(remaining, limit)}
}

var daily = regexp.MustCompile(`(?i)daily|\b(?:per|a|each|one|this)[- ]day\b|\btoday\b|\b24[- ]hours?\b`)

func saysDaily(s string) bool { return daily.MatchString(s) }

// isDaily reports whether a limit with a text means the day and not the second. A
// date an hour away or more can only be the day's end.
func isDaily(h http.Header, said string, now time.Time) bool {
	switch kind := h.Get("X-RateLimit-Type"); {
	case saysDaily(kind), saysDaily(said):
		return true
	case strings.EqualFold(kind, "QPS"):
		return false
	}
	at, ok := retryAfter(h, now)
	return ok && at.Sub(now) >= time.Hour
}

// timestamp is how errors say a time. Fractions of a second are rounded up:
// nobody should come too early.
func timestamp(t time.Time) string {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		t = whole.Add(time.Second)
	}
	return t.UTC().Format(time.RFC3339)
}
