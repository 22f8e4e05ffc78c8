package tables

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones, where the system has none
	"unicode/utf8"

	"github.com/ncruces/go-sqlite3"
)

// functions are what a query may call: everything that computes. Missing are
// those that tell of the database or reach out of it, and those whose time grows
// with the square of their input (json_patch).
var functions = sync.OnceValue(func() map[string]bool {
	names := `-> ->> abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling char coalesce concat concat_ws cos cosh
		count cume_dist current_date current_time current_timestamp date datetime degrees dense_rank exp first_value floor format
		glob group_concat hex if ifnull iif instr json json_array json_array_length json_error_position json_extract
		json_group_array json_group_object json_insert json_object json_quote json_remove json_replace json_set json_type
		json_valid julianday lag last_value lead length like likelihood likely ln local log log10 log2 lower ltrim max median
		min mod nth_value ntile nullif octet_length percent_rank percentile percentile_cont percentile_disc pi pow power
		printf quote radians random rank regexp replace round row_number rtrim sign sin sinh sqrt strftime string_agg substr
		substring sum tan tanh time timediff total trim trunc typeof unhex unicode unixepoch unlikely upper`
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
})

// register adds our functions. Some stand for SQLite's own, whose time can grow
// with the square of the texts, out of reach of any timeout.
func (q *question) register() error {
	zones := map[string]*time.Location{}
	patterns := map[string]*pattern{}
	var failed error
	add := func(name string, args int, fn sqlite3.ScalarFunction) {
		if err := q.db.CreateFunction(name, args, sqlite3.DETERMINISTIC|sqlite3.INNOCUOUS, fn); failed == nil {
			failed = err
		}
	}
	fail := func(ctx sqlite3.Context, err error) {
		q.why = err.Error()
		ctx.ResultError(err)
	}
	add("local", 2, func(ctx sqlite3.Context, arg ...sqlite3.Value) {
		name := arg[1].Text()
		zone, ok := zones[name]
		if !ok {
			var err error
			if zone, err = location(name); err != nil {
				fail(ctx, err)
				return
			}
			if len(zones) < 1000 {
				zones[name] = zone
			}
		}
		if t, ok := instant(arg[0]); ok {
			if t = t.In(zone); t.Year() >= 0 && t.Year() <= 9999 {
				ctx.ResultText(t.Format(time.DateTime))
			}
		}
	})
	add("regexp", 2, func(ctx sqlite3.Context, arg ...sqlite3.Value) {
		if anyNull(arg) {
			return
		}
		text := arg[0].Text()
		p := patterns[text]
		if p == nil {
			var err error
			if p, err = compile(text); err != nil {
				fail(ctx, err)
				return
			}
			if len(patterns) < maxPatterns {
				patterns[text] = p
			}
		}
		found, err := p.match(q.ctx, arg[1].RawText())
		if err != nil {
			ctx.ResultError(sqlite3.INTERRUPT)
			return
		}
		ctx.ResultBool(found)
	})
	add("instr", 2, func(ctx sqlite3.Context, arg ...sqlite3.Value) {
		if anyNull(arg) {
			return
		}
		text := arg[0].Text()
		i := strings.Index(text, arg[1].Text())
		if i >= 0 {
			i = utf8.RuneCountInString(text[:i])
		}
		ctx.ResultInt(i + 1)
	})
	add("replace", 3, func(ctx sqlite3.Context, arg ...sqlite3.Value) {
		if anyNull(arg) {
			return
		}
		text, old, with := arg[0].Text(), arg[1].Text(), arg[2].Text()
		if old == "" {
			ctx.ResultText(text)
			return
		}
		if n := strings.Count(text, old); len(text)+n*(len(with)-len(old)) > maxValue {
			ctx.ResultError(sqlite3.TOOBIG)
			return
		}
		ctx.ResultText(strings.ReplaceAll(text, old, with))
	})
	for name, trim := range map[string]func(string, func(rune) bool) string{
		"trim": strings.TrimFunc, "ltrim": strings.TrimLeftFunc, "rtrim": strings.TrimRightFunc,
	} {
		add(name, 2, func(ctx sqlite3.Context, arg ...sqlite3.Value) {
			if anyNull(arg) {
				return
			}
			set := map[rune]bool{}
			for _, r := range arg[1].Text() {
				set[r] = true
			}
			ctx.ResultText(trim(arg[0].Text(), func(r rune) bool { return set[r] }))
		})
	}
	return failed
}

func anyNull(args []sqlite3.Value) bool {
	for _, a := range args {
		if a.Type() == sqlite3.NULL {
			return true
		}
	}
	return false
}

// location finds a time zone: an IANA name, UTC, or an offset such as +02:00.
func location(name string) (*time.Location, error) {
	if t, err := time.Parse("-07:00", name); err == nil {
		return t.Location(), nil
	}
	// The empty name and Local would be read as zones of this machine.
	if name != "" && name != "Local" {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	if r := []rune(name); len(r) > 60 {
		name = string(r[:60]) + "…"
	}
	return nil, fmt.Errorf("local: there is no time zone %q; give an IANA name such as Europe/Berlin or America/New_York", name)
}

// layouts are how a time may be written, the most frequent first. Seconds may
// have a fraction in all of them.
var layouts = []string{
	time.RFC3339, time.DateTime, "2006-01-02T15:04:05", time.DateOnly, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04",
}

// instant reads a time, in UTC where it says nothing else.
func instant(v sqlite3.Value) (time.Time, bool) {
	switch v.Type() {
	case sqlite3.INTEGER:
		return epoch(v.Int64()), true
	case sqlite3.FLOAT:
		f := v.Float()
		if f < -1e15 || f > 1e15 || f != f {
			return time.Time{}, false
		}
		return epoch(int64(f)), true
	case sqlite3.TEXT:
		return parseTime(v.Text())
	}
	return time.Time{}, false
}

// parseTime reads a text as instant does.
func parseTime(text string) (time.Time, bool) {
	if len(text) < 8 || len(text) > 40 {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return epoch(n), true
	}
	return time.Time{}, false
}

// epoch reads seconds since 1970 or, where that would be beyond the year 5138,
// milliseconds.
func epoch(n int64) time.Time {
	if n > 100_000_000_000 || n < -100_000_000_000 {
		return time.UnixMilli(n)
	}
	return time.Unix(n, 0)
}
