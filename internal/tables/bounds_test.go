package tables_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/tables"
)

// kindOf returns the kind of an error, or the empty text.
func kindOf(err error) apierror.Kind {
	if err == nil {
		return ""
	}
	return apierror.From(err).Kind
}

// long is SQL for a text of a million letters a.
const long = "printf('%.*c', 1000000, 'a')"

func TestAQuestionEndsWithItsContext(t *testing.T) {
	numbers := "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c WHERE "
	for _, sql := range []string{
		"SELECT " + long + " REGEXP '(?:a?){600}b'",
		"SELECT " + long + " REGEXP '(?:a*a*a*a*a*a*){60}b'",
		"SELECT " + long + " REGEXP '(?:(?:a|b|c|a|b){5}){30}$'",
		"SELECT " + long + " REGEXP '(?i)[^b]{500}b'",
		numbers + long + "||x REGEXP 'a+b'",
		numbers + "printf('%.*c', 1000, 'a') REGEXP '(?:a?){600}b'||x",
		numbers + "replace(" + long + ", 'a', x) = ''",
		numbers + "instr(" + long + ", printf('%.*c', 500000, 'a')||x) > 1",
		numbers + "json_valid(json_array(" + long + ", x)) = 0",
		"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c) SELECT json_group_array(x) FROM c",
		"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT 2000000) SELECT x FROM c ORDER BY printf('%0200d', x)",
	} {
		ctx, cancel := context.WithCancel(context.Background())
		cut := time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		_, err := tables.Query(ctx, sql, nil, nil, tables.Options{})
		if took := time.Since(start); took > 15*time.Second { // the race detector is slow
			t.Errorf("%.90s: ended %s after its context", sql, took)
		}
		if kind := kindOf(err); kind != apierror.Canceled {
			t.Errorf("%.90s: got %v, want an error of kind %s", sql, err, apierror.Canceled)
		}
		cut.Stop()
		cancel()
	}
}

func TestAPatternThatTakesTooManyStepsIsRefused(t *testing.T) {
	for _, pattern := range []string{
		strings.Repeat("(?:a?){1000}", 40) + "b", "(?:(?:a{10}){10}){10}(?:(?:a{10}){10}){10}(?:(?:a{10}){10}){10}", "(?:a?){1000}(?:a?){1000}",
		strings.Repeat(`\pL`, 300), `(?:\pL\pN){100}(?:\pL\pN){100}`, strings.Repeat("a", 1001),
	} {
		start := time.Now()
		_, err := tables.Query(context.Background(), "SELECT "+long+" REGEXP '"+pattern+"'", nil, nil, tables.Options{})
		if kind := kindOf(err); kind != apierror.InvalidParams || !strings.Contains(err.Error(), "regexp: the pattern") {
			t.Errorf("%.60s: got %v, want an error of kind %s about the pattern", pattern, err, apierror.InvalidParams)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%.60s: refused after %s", pattern, took)
		}
	}
}

func TestALongTextMatchesAsAShortOne(t *testing.T) {
	for _, c := range []struct{ text, pattern, want string }{
		{long + "||'b'", "a{20}b$", "1"},
		{long + "||'b'", "a{20}c$", "0"},
		{long + "||'\u00fcb'", "(?i)a\u00dcB", "1"},
		{long + "||'b'", "^a+b$", "1"},
		{"cast(" + long + "||x'ff' AS TEXT)", "\ufffd$", "1"},
		{long, `^\w+$`, "1"},
		{long, `(?:a|b|c|d|e|f|g|h){3}$`, "1"},
	} {
		result, err := tables.Query(context.Background(), "SELECT "+c.text+" REGEXP '"+c.pattern+"'", nil, nil, tables.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		} else if got := string(result.Rows[0][0]); got != c.want {
			t.Errorf("%s: got %s, want %s", c.pattern, got, c.want)
		}
	}
}

func TestARegularExpressionEndsWithTheTimeOfARun(t *testing.T) {
	_, err := tables.Query(context.Background(), "SELECT "+long+" REGEXP '(?:a?){600}b'", nil, nil, tables.Options{Timeout: 50 * time.Millisecond})
	if kind := kindOf(err); kind != apierror.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want an error of kind %s", err, apierror.Timeout)
	}
}
